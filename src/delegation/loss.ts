import type { SharedHost } from './attachment.ts'
import type { Budget } from './budget.ts'
import { matchContainedIn } from './claim.ts'
import { type Claimant, grantsAbove } from './claimant.ts'
import { intersectOutside, type Region } from './match-difference.ts'
import { intersectMatches, type MatchIntersection } from './match-intersection.ts'
import { compareRank, type RankRules } from './rank.ts'
import { type MatchedRequest, matchesRequest } from './request.ts'

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

/**
 * What the other one loses: a request that no excuse takes, if there is one. Excuses add up. One at a time is found that takes the
 * example, and the next example is looked for outside of it: most cost nothing, for the first example is nobody else's.
 */
export function findLoss({ other, shared, places, excuses, isExcusedBy }: Contention, rules: RankRules, budget: Budget): Loss | undefined {
  const inside = shared.map(({ effective }) => effective)
  const met = places.length === 0 ? undefined : intersectMatches(inside, budget)
  if (met === undefined || met.verdict === 'disjoint') return undefined
  for (const place of places) {
    const isExcused = (row: Claimant) => isExcusedBy(row, place)
    const excusing = (request: MatchedRequest) => excuses().filter((row) => takes(row, request) && isExcused(row))
    const isLost = (request: MatchedRequest) =>
      inside.every((match) => matchesRequest(match, request) === true) && excusing(request).length === 0
    const at = { other, host: place.host, onCloserHost: place.closer !== 'same', isLost }
    const outside: Region[] = []
    let left: MatchIntersection = met
    while (left.verdict === 'intersecting') {
      const { witness } = left
      // Whichever comes first, in whatever order the view knows them.
      const [excuse] = excusing(witness).sort((a, b) => compareRank(a, b, rules))
      if (excuse === undefined) return { ...at, witness }
      outside.push(regionOf(excuse))
      const isAffordable = outside.length <= MAX_EXCUSES && budget.spend(excuses().length)
      left = isAffordable ? intersectOutside(inside, outside, budget) : { verdict: 'undecided', reason: 'too many excuses' }
    }
    if (left.verdict === 'disjoint') continue
    // No example to go by: perhaps one excuse alone has all of some match.
    const covers = (row: Claimant) =>
      isExcused(row) &&
      inside.some((match) => regionOf(row).every((outer) => matchContainedIn(match, [outer], budget).verdict === 'contained'))
    if (!excuses().some(covers)) return { ...at, witness: undefined }
  }
  return undefined
}

function takes(row: Claimant, request: MatchedRequest): boolean {
  return regionOf(row).every((match) => matchesRequest(match, request) === true)
}

/** In the nested dialect a match takes what its grants let through, and no more. */
function regionOf(row: Claimant): Region {
  const isNested = row.attachment.dialect === 'agentgateway'
  return [row, ...(isNested ? grantsAbove(row) : [])].map(({ effective }) => effective)
}
