import type { Check } from '../check.ts'
import { conflictFinding } from '../conflict-findings.ts'
import { incumbentAction, whomToAsk } from '../incumbents.ts'

/**
 * Inside one lane: Deny, but Warn where the other match is all that its grant holds and this one a longer literal path: a
 * lane's catch-all is there to be refined. Between routes attached directly: Warn, for there a longer path overrides a
 * shorter one by design.
 */
export const takesIncumbent: Check = {
  code: 'LK402',
  effect: 'escape',
  rule: "A match takes requests that another owner's route holds by right.",
  action: 'Deny',
  patches: false,
  *find(subject) {
    for (const found of subject.conflicts) {
      const { conflict, contender } = found
      if (conflict.kind !== 'incumbent' || conflict.same) continue
      const finding = conflictFinding(
        subject,
        found,
        (own, example) =>
          `${own} takes requests${example} that a route in another namespace already serves. Choose a path that is still free, or ask ${whomToAsk(contender)} who holds them.`,
      )
      yield { ...finding, action: incumbentAction(conflict) }
    }
  },
}
