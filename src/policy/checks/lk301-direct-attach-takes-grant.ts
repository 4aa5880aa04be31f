import type { Check } from '../check.ts'
import { takenGrants } from '../taken-grants.ts'

export const directAttachTakesGrant: Check = {
  code: 'LK301',
  effect: 'escape',
  rule: 'A route attached to a Gateway of another namespace takes requests that a root delegates, or serves beside its delegations.',
  action: 'Deny',
  patches: false,
  find: takenGrants,
}
