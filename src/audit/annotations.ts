import type { Violation } from '../policy/decision.ts'
import { codesOf, type Outcome } from './decision-record.ts'

/**
 * What the API server writes into its audit log with the request, under `<webhook name>/<key>`. Keys are plain words:
 * anything else is dropped there with a log line.
 */
export function auditAnnotations(outcome: Outcome, violations: readonly Violation[]): Record<string, string> {
  const codes = codesOf(violations)
  return codes.length === 0 ? { decision: outcome } : { decision: outcome, codes: codes.join(',') }
}
