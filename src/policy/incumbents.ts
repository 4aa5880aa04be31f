import type { Conflict } from '../delegation/conflict.ts'
import { nameOf } from '../delegation/route.ts'
import type { Finding } from './check.ts'
import { conflictFinding, gatewayInWords } from './conflict-findings.ts'
import type { Contender } from './contenders.ts'
import type { Action } from './policy.ts'
import type { Subject } from './subject.ts'

/** What the object takes from routes that hold it by right, by matches that ask for the same or for other requests. `what` says it. */
export function* takenIncumbents(
  subject: Subject,
  which: Pick<Conflict, 'same'>,
  what: (own: string, example: string) => string,
): Iterable<Finding> {
  for (const found of subject.conflicts) {
    const { conflict, contender } = found
    if (conflict.kind !== 'incumbent' || conflict.same !== which.same) continue
    const finding = conflictFinding(
      subject,
      found,
      (own, example) =>
        `${what(own, example)} that a route in another namespace already serves. Choose a path that is still free, or ask ${whomToAsk(contender)} who holds them.`,
    )
    yield { ...finding, action: incumbentAction(conflict) }
  }
}

/**
 * Inside one lane: Deny, but Warn where the other match is all that its grant holds and this one a longer literal path: a
 * lane's catch-all is there to be refined. Between routes attached directly: Warn, for there a longer path overrides a
 * shorter one by design.
 */
function incumbentAction({ trusted, isRefinement }: Conflict): Action {
  return trusted && !isRefinement ? 'Deny' : 'Warn'
}

/** Who can say whose the requests are: the parent's owner, or the Gateway's. */
function whomToAsk({ claim, claimant }: Contender): string {
  return `the owner of ${claim === undefined ? gatewayInWords(claimant.attachment) : nameOf(claim.lane.parent)}`
}
