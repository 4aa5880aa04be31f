import type { HttpRoute } from '../delegation/route.ts'
import type { Check, Finding } from './check.ts'
import { matchesPattern } from './namespaces.ts'
import type { Action, Policy } from './policy.ts'

export const STRICTNESS: Readonly<Record<Action, number>> = { Deny: 4, Patch: 3, Warn: 2, Audit: 1, Ignore: 0 }

export interface ActionInput {
  readonly check: Check
  readonly finding: Finding
  readonly policy: Policy
  readonly ratcheted: boolean
  readonly excepted: boolean
}

/**
 * What is done about a finding: the policy's action or the default, then lowered by whatever speaks for the requester: an
 * exception (still reported), a violation that was there before, a grant that may not deny others, the policy's mode.
 */
export function actionFor({ check, finding, policy, ratcheted, excepted }: ActionInput): Action {
  const configured = policy.actions.get(check.code) ?? finding.action ?? check.action
  if (configured === 'Ignore') return 'Ignore'
  if (excepted || policy.mode === 'Audit') return atMost('Audit', configured)
  if (ratcheted || finding.untrusted === true || policy.mode === 'Warn') return atMost('Warn', configured)
  return configured
}

function atMost(limit: Action, action: Action): Action {
  return STRICTNESS[action] > STRICTNESS[limit] ? limit : action
}

/** The reason of an exception that holds for the object now; exceptions hold across policies. */
export function exceptionFor(code: string, route: HttpRoute, policies: readonly Policy[], now: number): string | undefined {
  const name = route.name !== '' ? route.name : (route.generateName ?? '')
  for (const { exceptions } of policies) {
    for (const exception of exceptions) {
      if (exception.expires <= now || !exception.checks.includes(code)) continue
      if (matchesPattern(exception.namespace, route.namespace) && matchesPattern(exception.name, name)) return exception.reason
    }
  }
  return undefined
}
