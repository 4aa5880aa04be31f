import { matchesAreDisjoint } from './disjoint.ts'
import { sameValueMatch } from './matcher.ts'
import { isLegalLiteral, joinPaths } from './path.ts'
import type { Dialect, HttpMatch, ValueMatch } from './route.ts'

export type DeadReason = 'parent-not-prefix' | 'path' | 'headers' | 'queryParams' | 'method'

/** What a gateway makes of a child's match under one parent match. */
export type Effective =
  | { readonly status: 'programmed'; readonly match: HttpMatch }
  /** The joined literal is no legal path: kgateway answers 500 for it (gloo programs it all the same). */
  | { readonly status: 'error'; readonly match: HttpMatch }
  | { readonly status: 'dead'; readonly reason: DeadReason }

/**
 * The match the gateway programs for `child` under `parent`, or why there is none. `parent` is itself effective, so that
 * applying this from root to leaf gives any depth. Source: the translators of kgateway and gloo, and their tables in
 * docs/adr/0002. Cost: the number of conditions.
 */
export function effectiveMatch(parent: HttpMatch, child: HttpMatch, dialect: Dialect, inherits: boolean): Effective {
  if (dialect === 'agentgateway') return nested(parent, child)
  return inherits ? joined(parent, child, dialect) : verbatim(parent, child)
}

/** What a rule of an inheriting child with an explicit empty `matches` gets: the parent's own. */
export function inheritedMatch(parent: HttpMatch): Effective {
  return { status: 'programmed', match: parent }
}

/** Flattening without inheritance: a textual subset test, then the child's match as written. */
function verbatim(parent: HttpMatch, child: HttpMatch): Effective {
  if (parent.path.type !== 'PathPrefix') return { status: 'dead', reason: 'parent-not-prefix' }
  if (!child.path.value.startsWith(parent.path.value)) return { status: 'dead', reason: 'path' }
  if (!includesAll(child.headers, parent.headers)) return { status: 'dead', reason: 'headers' }
  if (!includesAll(child.queryParams, parent.queryParams)) return { status: 'dead', reason: 'queryParams' }
  if (parent.method !== undefined && child.method !== parent.method) return { status: 'dead', reason: 'method' }
  return { status: 'programmed', match: child }
}

/** Flattening with inheritance: no test at all; paths joined, conditions merged, the child's path type kept. */
function joined(parent: HttpMatch, child: HttpMatch, dialect: Dialect): Effective {
  const path = { type: child.path.type, value: joinPaths(parent.path.value, child.path.value) }
  const match: HttpMatch = {
    path,
    headers: merged(child.headers, parent.headers),
    queryParams: merged(child.queryParams, parent.queryParams),
    method: parent.method ?? child.method,
  }
  const literal = path.type === 'Exact' || path.type === 'PathPrefix'
  const refused = dialect === 'kgateway' && literal && !isLegalLiteral(path.value)
  return refused ? { status: 'error', match } : { status: 'programmed', match }
}

/** The child is asked only for what its parent let through: nothing escapes, what is disjoint is dead. */
function nested(parent: HttpMatch, child: HttpMatch): Effective {
  const reason = matchesAreDisjoint(parent, child)
  return reason === undefined ? { status: 'programmed', match: child } : { status: 'dead', reason }
}

function includesAll(have: readonly ValueMatch[], needed: readonly ValueMatch[]): boolean {
  return needed.every((need) => have.some((match) => sameValueMatch(need, match)))
}

/** The child's conditions and the parent's, the parent's winning on an identical (case-sensitive) name. */
function merged(child: readonly ValueMatch[], parent: readonly ValueMatch[]): readonly ValueMatch[] {
  if (parent.length === 0) return child
  return [...child.filter((match) => parent.every((own) => own.name !== match.name)), ...parent]
}
