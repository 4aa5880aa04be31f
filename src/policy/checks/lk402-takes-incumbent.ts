import type { Check } from '../check.ts'
import { takenIncumbents } from '../incumbents.ts'

export const takesIncumbent: Check = {
  code: 'LK402',
  effect: 'escape',
  rule: "A match takes requests that another owner's route holds by right.",
  action: 'Deny',
  patches: false,
  find: (subject) => takenIncumbents(subject, { same: false }, (own, example) => `${own} takes requests${example}`),
}
