import { routeWeight } from './annotations.ts'
import { type Claimant, sameObject, samePlace } from './claimant.ts'
import { type HttpMatch, type HttpRoute, identityOf, nameOf, type PathType } from './route.ts'

/** Whether route-weight annotations count; the controller's own switch can't be seen from the API. */
export interface RankRules {
  readonly weights: boolean
}

/**
 * Who comes first in a gateway's table of one host: negative = `a`. Flattening gateways compare the effective matches;
 * the nested one compares the grants on the way, level by level, and the matches themselves inside one group. A total
 * order on different places; where ages aren't known it falls back to names. Source: the sorters of the translators, held
 * to their real tables in test/observed-precedence.test.ts.
 */
export function compareRank(a: Claimant, b: Claimant, rules: RankRules): number {
  return compareKnown(a, b, rules) || compareNames(a.root, b.root) || compareNames(a.route, b.route) || a.rule - b.rule || a.match - b.match
}

/** Whether `a` comes before `b`, or may: a tie that only unknown ages would decide counts. */
export function mayOutrank(a: Claimant, b: Claimant, rules: RankRules): boolean {
  return compareKnown(a, b, rules) <= 0
}

/** Whether `a` comes before `b` for sure: ages that aren't known decide nothing. */
export function outranks(a: Claimant, b: Claimant, rules: RankRules): boolean {
  return compareKnown(a, b, rules) < 0
}

/** What decides between two rows. `name` and `place` are the last resorts. */
export type Criterion = 'weight' | MatchCriterion | 'root-age' | 'age' | 'root-name' | 'name' | 'place'

export type MatchCriterion = 'path-type' | 'path-length' | 'method' | 'headers' | 'query-params'

type CompareMatch = (a: HttpMatch, b: HttpMatch, nested: boolean) => number

/** In the order in which they count. */
const MATCH_CRITERIA: readonly (readonly [MatchCriterion, CompareMatch])[] = [
  ['path-type', (a, b, nested) => pathClass(b.path.type, nested) - pathClass(a.path.type, nested)],
  ['path-length', (a, b, nested) => pathLength(b, nested) - pathLength(a, nested)],
  ['method', (a, b) => Number(b.method !== undefined) - Number(a.method !== undefined)],
  ['headers', (a, b) => b.headers.length - a.headers.length],
  ['query-params', (a, b) => b.queryParams.length - a.queryParams.length],
]

/** The order of two matches by what they say alone; 0 = only ages and names decide. */
export function compareMatches(a: HttpMatch, b: HttpMatch, nested: boolean): number {
  for (const [, compare] of MATCH_CRITERIA) {
    const order = compare(a, b, nested)
    if (order !== 0) return order
  }
  return 0
}

/** What makes one of two rows come before the other, and the two that it was asked of: themselves, or grants above them. */
export interface Deciding {
  readonly criterion: Criterion
  readonly between: readonly [Claimant, Claimant]
}

/** Why compareRank orders the two as it does. */
export function decidingCriterion(a: Claimant, b: Claimant, rules: RankRules): Deciding {
  const nested = a.attachment.dialect === 'agentgateway'
  const between = nested ? (partingOf(a, b) ?? ([a, b] as const)) : ([a, b] as const)
  const [x, y] = between
  const byMatch = MATCH_CRITERIA.find(([, compare]) => compare(x.effective, y.effective, nested) !== 0)?.[0]
  if (nested) return { criterion: byMatch ?? (sameObject(x.route, y.route) ? 'place' : 'name'), between }
  if (compareWeights(x.route, y.route, rules) !== 0) return { criterion: 'weight', between }
  if (byMatch !== undefined) return { criterion: byMatch, between }
  if (!sameObject(x.root, y.root)) return { criterion: x.root.created === y.root.created ? 'root-name' : 'root-age', between }
  if (sameObject(x.route, y.route)) return { criterion: 'place', between }
  const byAge = a.attachment.dialect === 'kgateway' && x.route.created !== y.route.created
  return { criterion: byAge ? 'age' : 'name', between }
}

/** 0 where only unknown ages, or nothing, would decide. */
function compareKnown(a: Claimant, b: Claimant, rules: RankRules): number {
  switch (a.attachment.dialect) {
    case 'agentgateway':
      return compareNested(a, b)
    case 'kgateway':
    case 'gloo': {
      const byMatch = compareWeights(a.route, b.route, rules) || compareMatches(a.effective, b.effective, false)
      if (byMatch !== 0) return byMatch
      const byRoot = compareAges(a.root, b.root)
      if (byRoot !== 0 || !sameObject(a.root, b.root)) return byRoot
      const byObject = a.attachment.dialect === 'gloo' ? 0 : compareAges(a.route, b.route)
      if (byObject !== 0 || !sameObject(a.route, b.route)) return byObject
      return a.rule - b.rule || a.match - b.match
    }
  }
}

/** Below one grant, the group of its children. */
function compareNested(a: Claimant, b: Claimant): number {
  const [x, y] = partingOf(a, b) ?? []
  if (x === undefined || y === undefined) return 0
  return compareMatches(x.effective, y.effective, true) || compareNames(x.route, y.route) || x.rule - y.rule || x.match - y.match
}

/** The first level at which two ways part; undefined when one leads on from the other. */
function partingOf(a: Claimant, b: Claimant): readonly [Claimant, Claimant] | undefined {
  const [one, other] = [levelsOf(a), levelsOf(b)]
  for (let level = 0; level < Math.min(one.length, other.length); level++) {
    const [x, y] = [one[level], other[level]]
    if (x !== undefined && y !== undefined && !samePlace(x, y)) return [x, y]
  }
  return undefined
}

function levelsOf(claimant: Claimant): Claimant[] {
  const levels: Claimant[] = []
  for (let at: Claimant | undefined = claimant; at !== undefined; at = at.up) levels.unshift(at)
  return levels
}

function compareWeights(a: HttpRoute, b: HttpRoute, rules: RankRules): number {
  return rules.weights ? routeWeight(b) - routeWeight(a) : 0
}

const FLAT: Readonly<Record<PathType, number>> = { Unknown: 3, Exact: 2, RegularExpression: 1, PathPrefix: 0 }
const NESTED: Readonly<Record<PathType, number>> = { Unknown: 3, Exact: 2, PathPrefix: 1, RegularExpression: 0 }

function pathClass(type: PathType, nested: boolean): number {
  return (nested ? NESTED : FLAT)[type]
}

/** Characters as written: a trailing slash counts. Flattening gateways don't compare the lengths of regexes. */
function pathLength({ path }: HttpMatch, nested: boolean): number {
  return path.type === 'RegularExpression' && !nested ? 0 : path.value.length
}

/** Older first, then by name; an object without a timestamp is the youngest, and two of those can't be told apart. */
function compareAges(a: HttpRoute, b: HttpRoute): number {
  if (identityOf(a) === identityOf(b) || (a.created === undefined && b.created === undefined)) return 0
  return (a.created ?? Infinity) - (b.created ?? Infinity) || compareNames(a, b)
}

/** By name; a GRPCRoute and an HTTPRoute of one name are told apart by kind. */
function compareNames(a: HttpRoute, b: HttpRoute): number {
  return compareText(nameOf(a), nameOf(b)) || compareText(a.kind, b.kind)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
