import type { Budget } from './budget.ts'
import type { DeadReason } from './effective.ts'
import { isWithin, normalizePrefix } from './path.ts'
import { compileWithin } from './re2.ts'
import { regexIntersects } from './regex-intersection.ts'
import type { HttpMatch, PathMatch, ValueMatch } from './route.ts'

/**
 * Why no request can be in both matches, or undefined when one may be. Sound for "disjoint": a reason is always true.
 * Regexes are taken to meet anything; `disjointBy` decides those of paths.
 */
export function matchesAreDisjoint(a: HttpMatch, b: HttpMatch): DeadReason | undefined {
  if (literalPathsAreDisjoint(a.path, b.path)) return 'path'
  if (valuesAreDisjoint(a.headers, b.headers)) return 'headers'
  if (valuesAreDisjoint(a.queryParams, b.queryParams)) return 'queryParams'
  if (a.method !== undefined && b.method !== undefined && a.method !== b.method) return 'method'
  return undefined
}

/** The same with regexes of paths decided exactly; what the budget doesn't reach for is taken to meet. */
export function disjointBy(a: HttpMatch, b: HttpMatch, budget: Budget): DeadReason | undefined {
  return matchesAreDisjoint(a, b) ?? (regexPathsAreDisjoint(a.path, b.path, budget) ? 'path' : undefined)
}

function regexPathsAreDisjoint(a: PathMatch, b: PathMatch, budget: Budget): boolean {
  const [regex, other] = a.type === 'RegularExpression' ? [a, b] : [b, a]
  if (regex.type !== 'RegularExpression') return false
  const compiled = compileWithin(regex.value, budget)
  if (!compiled.ok || (other.type === 'RegularExpression' && !compileWithin(other.value, budget).ok)) return false
  return regexIntersects(compiled.regex, other, budget).verdict === 'disjoint'
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
