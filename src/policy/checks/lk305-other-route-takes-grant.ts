import type { Check } from '../check.ts'
import { takenGrants } from '../taken-grants.ts'

/** A GRPCRoute shares the table of its host: its services and methods are paths there, and nothing checks the content type. */
export const otherRouteTakesGrant: Check = {
  code: 'LK305',
  effect: 'escape',
  rule: 'A GRPCRoute takes requests that a root delegates on the same host and Gateway, or serves beside its delegations.',
  action: 'Deny',
  patches: false,
  kinds: ['GRPCRoute'],
  find: takenGrants,
}
