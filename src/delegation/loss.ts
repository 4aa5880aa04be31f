import type { SharedHost } from './attachment.ts'
import type { Budget } from './budget.ts'
import { matchContainedIn } from './claim.ts'
import { type Claimant, isGrant, matchesPassed } from './claimant.ts'
import { intersectOutside, type Region } from './match-difference.ts'
import type { MatchIntersection } from './match-intersection.ts'
import { compareRank, type RankRules } from './rank.ts'
import { compileWithin, fullMatches, quoteRegex } from './re2.ts'
import { conditionsMatch, type MatchedRequest, matchesRequest, pathMatches } from './request.ts'
import type { PathMatch } from './route.ts'

/** Requests of somebody else's that a claimant is asked for instead. */
export interface Loss {
  readonly other: Claimant
  /** A host where it is, as a pattern of both. */
  readonly host: string
  /** It is because the claimant's host is closer than the other's, and on no other host. */
  readonly onCloserHost: boolean
  /** One of these requests; undefined where none could be worked out, and then they are taken to be lost. */
  readonly witness: MatchedRequest | undefined
  /** Whether this very request is one of them. */
  readonly isLost: (request: MatchedRequest) => boolean
}

export interface Contention {
  readonly other: Claimant
  /** What all of these take is in question, the claimant's own match among them. */
  readonly shared: readonly Claimant[]
  /** Where the claimant comes first: hosts of both before closer ones of its own. */
  readonly places: readonly SharedHost[]
  /** Rows that may say that some of these requests are not the other one's to lose. */
  readonly excuses: () => readonly Claimant[]
  /** Whether the row does say so, of every request there that it takes. */
  readonly isExcusedBy: (row: Claimant, place: SharedHost) => boolean
}

/** Excuses that are put together for one pair of matches; what more of them would cover counts as lost. */
const MAX_EXCUSES = 16

/** What a library that remembers its states needs a character, for a regex that it has compiled. */
const STEPS_PER_MATCHING = 4

/**
 * What the other one loses: a request that no excuse takes, if there is one. Excuses add up. One at a time is found that takes the
 * example, and the next example is looked for outside of it: most cost nothing, for the first example is nobody else's.
 */
export function findLoss(contention: Contention, rules: RankRules, budget: Budget): Loss | undefined {
  const { other, shared, places, excuses, isExcusedBy } = contention
  const inside = shared.map(({ effective }) => effective)
  const met = places.length === 0 ? undefined : intersectOutside(inside, [], budget)
  if (met === undefined || met.verdict === 'disjoint') return undefined
  for (const place of places) {
    const isLost = (request: MatchedRequest) =>
      inside.every((match) => matchesRequest(match, request) === true) && firstExcuse(request, place, contention, rules, budget) === 'none'
    const at = { other, host: place.host, onCloserHost: place.closer !== 'same', isLost }
    const outside: Region[] = []
    let left: MatchIntersection = met
    while (left.verdict === 'intersecting') {
      const { witness } = left
      const excuse = firstExcuse(witness, place, contention, rules, budget)
      if (excuse === 'none') return { ...at, witness }
      if (excuse === 'unaffordable' || outside.length >= MAX_EXCUSES) return { ...at, witness: undefined }
      outside.push(regionOf(excuse))
      left = intersectOutside(inside, outside, budget)
    }
    if (left.verdict === 'disjoint') continue
    // No example to go by: perhaps one excuse alone has all of some match.
    const covers = (row: Claimant) =>
      budget.spend(1) &&
      isExcusedBy(row, place) &&
      inside.some((match) => regionOf(row).every((outer) => matchContainedIn(match, [outer], budget).verdict === 'contained'))
    if (!budget.spend(1) || !excuses().some(covers)) return { ...at, witness: undefined }
  }
  return undefined
}

/** Of the excuses that take the request the one that ranks first, in whatever order the view knows them. */
function firstExcuse(
  request: MatchedRequest,
  place: SharedHost,
  { excuses, isExcusedBy }: Contention,
  rules: RankRules,
  budget: Budget,
): Claimant | 'none' | 'unaffordable' {
  let first: Claimant | 'none' = 'none'
  for (const row of excuses()) {
    if (!budget.spend(1)) return 'unaffordable'
    if (first !== 'none' && compareRank(first, row, rules) < 0) continue
    if (!mayTake(row, request) || !isExcusedBy(row, place)) continue
    const isTaken = takes(row, request, budget)
    if (isTaken === 'unaffordable') return 'unaffordable'
    if (isTaken) first = row
  }
  return first
}

/** What can be told without its regexes. */
function mayTake(row: Claimant, request: MatchedRequest): boolean {
  return regionOf(row).every(({ path }) => path.type === 'RegularExpression' || pathMatches(path, request.path) === true)
}

function takes(row: Claimant, request: MatchedRequest, budget: Budget): boolean | 'unaffordable' {
  for (const match of regionOf(row)) {
    if (conditionsMatch(match, request) !== true) return false
    if (match.path.type !== 'RegularExpression') continue
    const compiled = compileWithin(match.path.value, budget)
    if (!budget.spend(STEPS_PER_MATCHING * request.path.length)) return 'unaffordable'
    if (!compiled.ok || !fullMatches(compiled.regex, request.path)) return false
  }
  return true
}

/**
 * In the nested dialect a match takes what its grants let through, and no more. gloo programs a slash at the end of a prefix as text;
 * what is granted means the same everywhere.
 */
function regionOf(row: Claimant): Region {
  const { effective, attachment } = row
  switch (attachment.dialect) {
    case 'agentgateway':
      return matchesPassed(row)
    case 'gloo':
      return [isGrant(row) ? effective : { ...effective, path: asText(effective.path) }]
    case 'kgateway':
      return [effective]
  }
}

/** A prefix that ends in a slash as the text that paths start with. */
function asText(path: PathMatch): PathMatch {
  if (path.type !== 'PathPrefix' || path.value === '/' || !path.value.endsWith('/')) return path
  return { type: 'RegularExpression', value: `${quoteRegex(path.value)}.*` }
}
