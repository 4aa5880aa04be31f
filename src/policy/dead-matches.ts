import { type Claim, matchContainedIn } from '../delegation/claim.ts'
import type { DeadReason } from '../delegation/effective.ts'
import type { HttpMatch } from '../delegation/route.ts'
import type { Subject } from './subject.ts'

/** A match of the object that no selecting grant lets through, and the most telling reason. */
export interface DeadMatch {
  readonly at: { readonly rule: number; readonly match: number }
  readonly own: HttpMatch
  /** `spelling`: the grant contains it, only the gateway's comparison of texts fails. */
  readonly reason: Exclude<DeadReason, 'parent-not-prefix'> | 'spelling'
  /** The claim that came closest. */
  readonly claim: Claim
  /** No grant that may deny is among those that refuse it. */
  readonly untrusted: boolean
}

/** In the order in which a gateway tests: a later one came closer. */
const CLOSENESS: readonly DeadReason[] = ['parent-not-prefix', 'path', 'headers', 'queryParams', 'method']

/** The matches that are programmed under no lane though at least one selects the object. */
export function deadMatches(subject: Subject): DeadMatch[] {
  const byMatch = new Map<string, Claim[]>()
  for (const claim of subject.claims) {
    const key = `${claim.rule}.${claim.match}`
    const claims = byMatch.get(key)
    if (claims === undefined) byMatch.set(key, [claim])
    else claims.push(claim)
  }
  const dead: DeadMatch[] = []
  for (const claims of byMatch.values()) {
    const found = deadMatch(claims, subject)
    if (found !== undefined) dead.push(found)
  }
  return dead
}

function deadMatch(claims: readonly Claim[], subject: Subject): DeadMatch | undefined {
  let closest: { claim: Claim; reason: DeadReason } | undefined
  for (const claim of claims) {
    if (claim.effective.status !== 'dead') return undefined
    const { reason } = claim.effective
    if (closest === undefined || CLOSENESS.indexOf(reason) > CLOSENESS.indexOf(closest.reason)) closest = { claim, reason }
  }
  const own = closest?.claim.own
  if (closest === undefined || own === undefined) return undefined
  const at = { rule: closest.claim.rule, match: closest.claim.match }
  const untrusted = claims.every((claim) => !claim.lane.trusted)
  const inside = claims.find((claim) => matchContainedIn(own, [claim.lane.granted], subject.budget).verdict === 'contained')
  if (inside !== undefined) return { at, own, reason: 'spelling', claim: inside, untrusted }
  const reason = closest.reason === 'parent-not-prefix' ? 'path' : closest.reason
  return { at, own, reason, claim: closest.claim, untrusted }
}
