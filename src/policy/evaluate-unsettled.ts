import type { CheckCode } from './codes.ts'
import type { Decision, ReviewRequest, Violation } from './decision.ts'
import { compareViolations, evaluate, identityOf } from './evaluate.ts'
import type { Policy } from './policy.ts'
import type { Views } from './unsettled.ts'

/** Says that something isn't there (yet). */
const ABSENCES: readonly CheckCode[] = ['LK201', 'LK202', 'LK209']

/**
 * Judges where some of what may be there was only reserved by callers who could be anybody. That adds warnings, and takes
 * back the warning that something is missing. INVARIANT: it never changes who is allowed, nor what is patched.
 */
export function evaluateUnsettled(request: ReviewRequest, { proven, unproven }: Views, policies: readonly Policy[]): Decision {
  const decision = evaluate(request, proven, policies)
  if (unproven === undefined) return decision
  const rumoured = evaluate(request, unproven, policies).violations
  const known = new Set(decision.violations.map(identityOf))
  const heard = new Set(rumoured.map(identityOf))
  const kept = decision.violations.filter((violation) => heard.has(identityOf(violation)) || !saysAbsent(violation))
  const added = rumoured.filter((violation) => !known.has(identityOf(violation))).map(atMostWarned)
  return { ...decision, violations: [...kept, ...added].sort(compareViolations) }
}

function saysAbsent({ code, action }: Violation): boolean {
  return action === 'Warn' && ABSENCES.some((absence) => absence === code)
}

function atMostWarned(violation: Violation): Violation {
  return violation.action === 'Deny' || violation.action === 'Patch' ? { ...violation, action: 'Warn' } : violation
}
