import type { AppliedPolicy, Decision } from '../policy/decision.ts'
import { codesOf, type Outcome } from './decision-record.ts'

/** How many policies one annotation names. */
const MAX_POLICIES = 20

/**
 * What the API server writes into its audit log with the request, under `<webhook name>/<key>`. Keys are plain words:
 * anything else is dropped there with a log line. A policy stands as `<name>@<generation>`.
 */
export function auditAnnotations(
  outcome: Outcome,
  { violations, policies }: Pick<Decision, 'violations' | 'policies'>,
): Record<string, string> {
  const codes = codesOf(violations)
  return {
    decision: outcome,
    ...(codes.length > 0 && { codes: codes.join(',') }),
    ...(policies.length > 0 && { policies: policyList(policies) }),
  }
}

function policyList(policies: readonly AppliedPolicy[]): string {
  const named = policies.slice(0, MAX_POLICIES).map(({ name, generation }) => (generation === undefined ? name : `${name}@${generation}`))
  const more = policies.length - named.length
  return [...named, ...(more > 0 ? [`+${more}`] : [])].join(',')
}
