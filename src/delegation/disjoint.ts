import type { DeadReason } from './effective.ts'
import { isWithin, normalizePrefix } from './path.ts'
import type { HttpMatch, PathMatch, ValueMatch } from './route.ts'

/**
 * Why no request can be in both matches, or undefined when one may be. Sound for "disjoint": a reason is always true.
 * Regexes are taken to meet anything; regex-intersection.ts decides those exactly.
 */
export function matchesAreDisjoint(a: HttpMatch, b: HttpMatch): DeadReason | undefined {
  if (literalPathsAreDisjoint(a.path, b.path)) return 'path'
  if (valuesAreDisjoint(a.headers, b.headers)) return 'headers'
  if (valuesAreDisjoint(a.queryParams, b.queryParams)) return 'queryParams'
  if (a.method !== undefined && b.method !== undefined && a.method !== b.method) return 'method'
  return undefined
}

export function literalPathsAreDisjoint(a: PathMatch, b: PathMatch): boolean {
  if (!isLiteral(a) || !isLiteral(b)) return false
  if (a.type === 'Exact' && b.type === 'Exact') return a.value !== b.value
  if (a.type === 'Exact') return !isWithin(normalizePrefix(b.value), a.value)
  if (b.type === 'Exact') return !isWithin(normalizePrefix(a.value), b.value)
  const [p, q] = [normalizePrefix(a.value), normalizePrefix(b.value)]
  return !isWithin(p, q) && !isWithin(q, p)
}

export function isLiteral(path: PathMatch): boolean {
  return path.type === 'Exact' || path.type === 'PathPrefix'
}

function valuesAreDisjoint(a: readonly ValueMatch[], b: readonly ValueMatch[]): boolean {
  return a.some((x) => b.some((y) => x.key === y.key && x.type === 'Exact' && y.type === 'Exact' && x.value !== y.value))
}
