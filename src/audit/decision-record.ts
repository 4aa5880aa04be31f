import type { Violation } from '../policy/decision.ts'

export type Webhook = 'validate' | 'mutate'

/** `not-judged`: allowed because it is none of our business. `error`: answered with a plain HTTP error, so that failurePolicy decides. */
export type Outcome = 'allow' | 'deny' | 'patch' | 'not-judged' | 'error'

/** What is told about one admission request: names and codes, never the object and never a token. */
export interface DecisionRecord {
  readonly webhook: Webhook
  readonly uid: string
  readonly operation: string
  /** `HTTPRoute` */
  readonly kind: string
  readonly namespace: string
  /** As far as it is known: `<prefix>*` while the API server has yet to choose the name. */
  readonly name: string
  readonly user: string
  readonly dryRun: boolean
  readonly outcome: Outcome
  readonly violations: readonly Violation[]
  readonly milliseconds: number
  /** Why the request was answered with an error. */
  readonly error: string | undefined
}

/** Codes in the order of the violations, each once. */
export function codesOf(violations: readonly Violation[]): string[] {
  return [...new Set(violations.map((violation) => violation.code))]
}
