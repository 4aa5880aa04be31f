import type { Check } from '../check.ts'
import { takenIncumbents } from '../incumbents.ts'

/** Whoever is older serves them; the newcomer is told, whichever that is. */
export const sameMatch: Check = {
  code: 'LK403',
  effect: 'escape',
  rule: "A match asks for exactly the requests of another owner's match.",
  action: 'Deny',
  patches: false,
  find: (subject) => takenIncumbents(subject, { same: true }, (own) => `${own} asks for exactly the requests`),
}
