import type { Conflict } from '../delegation/conflict.ts'
import { nameOf } from '../delegation/route.ts'
import type { Contender } from './contenders.ts'
import type { Action } from './policy.ts'

/** What happens with a newcomer that takes from an incumbent, where no policy says otherwise. */
export function incumbentAction({ trusted, isRefinement }: Conflict): Action {
  return trusted && !isRefinement ? 'Deny' : 'Warn'
}

/** Who can say whose the requests are: the parent's owner, or the Gateway's. */
export function whomToAsk({ claim, claimant }: Contender): string {
  return `the owner of ${claim === undefined ? claimant.attachment.named : nameOf(claim.lane.parent)}`
}
