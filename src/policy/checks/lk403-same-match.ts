import type { Check } from '../check.ts'
import { conflictFinding } from '../conflict-findings.ts'
import { incumbentAction, whomToAsk } from '../incumbents.ts'

/** Whoever is older serves them; the newcomer is told, whichever that is. The split of actions is that of LK402. */
export const sameMatch: Check = {
  code: 'LK403',
  effect: 'escape',
  rule: "A match asks for exactly the requests of another owner's match.",
  action: 'Deny',
  patches: false,
  *find(subject) {
    for (const found of subject.conflicts) {
      const { conflict, contender } = found
      if (conflict.kind !== 'incumbent' || !conflict.same) continue
      const finding = conflictFinding(
        subject,
        found,
        (own) =>
          `${own} asks for exactly the requests that a route in another namespace already serves. Choose a path that is still free, or ask ${whomToAsk(contender)} who holds them.`,
      )
      yield { ...finding, action: incumbentAction(conflict) }
    }
  },
}
