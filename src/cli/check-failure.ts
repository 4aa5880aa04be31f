import type { Violation } from '../policy/decision.ts'
import type { FailOn } from './check-options.ts'

/** Whether a finding is at or above the bar. A Patch is worse than a warning: the object would not stand as written. */
export function isFailure({ action }: Violation, failOn: FailOn): boolean {
  return action === 'Deny' || (failOn === 'warn' && (action === 'Patch' || action === 'Warn'))
}
