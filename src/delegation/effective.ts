import type { Budget } from './budget.ts'
import { disjointBy } from './disjoint.ts'
import { sameValueMatch } from './matcher.ts'
import { isLegalLiteral, joinPaths } from './path.ts'
import type { Dialect, HttpMatch, ValueMatch } from './route.ts'

export type DeadReason = 'parent-not-prefix' | 'path' | 'headers' | 'queryParams' | 'method'

/** A match as a parent holds it, and the grant through which it does; undefined when the parent is a root. */
export interface Grant {
  readonly granted: HttpMatch
  readonly up: Grant | undefined
}

/** What a gateway makes of a child's match under one grant. */
export type Effective =
  | { readonly status: 'programmed'; readonly match: HttpMatch }
  /** The joined literal is no legal path: kgateway answers 500 for it (gloo programs it all the same). */
  | { readonly status: 'error'; readonly match: HttpMatch }
  | Dead

export interface Dead {
  readonly status: 'dead'
  readonly reason: DeadReason
  /** Which grant refuses it: 0 = the parent's, 1 = the one above that, and so on (nested dialect only). */
  readonly hops: number
}

/**
 * The match the gateway programs for `child` under `grant`, or why there is none. What is granted is itself effective, so
 * that applying this from root to leaf gives any depth. Source: the translators of kgateway and gloo, and their tables in
 * docs/adr/0002. Cost: the number of conditions; in the nested dialect that of the whole way, and the budget for regexes.
 */
export function effectiveMatch(grant: Grant, child: HttpMatch, dialect: Dialect, inherits: boolean, budget: Budget): Effective {
  if (dialect === 'agentgateway') return nested(grant, child, budget)
  return inherits ? joined(grant.granted, child, dialect) : verbatim(grant.granted, child)
}

/** What a rule of an inheriting child with an explicit empty `matches` gets: the parent's own. */
export function inheritedMatch(parent: HttpMatch): Effective {
  return { status: 'programmed', match: parent }
}

/** Flattening without inheritance: a textual subset test, then the child's match as written. */
function verbatim(parent: HttpMatch, child: HttpMatch): Effective {
  if (parent.path.type !== 'PathPrefix') return dead('parent-not-prefix')
  if (!child.path.value.startsWith(parent.path.value)) return dead('path')
  if (!includesAll(child.headers, parent.headers)) return dead('headers')
  if (!includesAll(child.queryParams, parent.queryParams)) return dead('queryParams')
  if (parent.method !== undefined && child.method !== parent.method) return dead('method')
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

/**
 * A request has to be in every match on its way down: nothing escapes, and what shares none with one of them is dead.
 * Asking two by two is exact where at most one path of the way is a regex, for of literals that meet one is inside the
 * other; several regexes that meet two by two are taken to meet, and so are regexes of values. Never wrong about "dead".
 */
function nested(grant: Grant, child: HttpMatch, budget: Budget): Effective {
  let hops = 0
  for (let above: Grant | undefined = grant; above !== undefined; above = above.up) {
    const reason = disjointBy(above.granted, child, budget)
    if (reason !== undefined) return { status: 'dead', reason, hops }
    hops++
  }
  return { status: 'programmed', match: child }
}

function dead(reason: DeadReason): Dead {
  return { status: 'dead', reason, hops: 0 }
}

function includesAll(have: readonly ValueMatch[], needed: readonly ValueMatch[]): boolean {
  return needed.every((need) => have.some((match) => sameValueMatch(need, match)))
}

/** The child's conditions and the parent's, the parent's winning on an identical (case-sensitive) name. */
function merged(child: readonly ValueMatch[], parent: readonly ValueMatch[]): readonly ValueMatch[] {
  if (parent.length === 0) return child
  return [...child.filter((match) => parent.every((own) => own.name !== match.name)), ...parent]
}
