import type { AdmissionRequest } from '../api/admission-review.ts'
import { auditAnnotations } from '../audit/annotations.ts'
import type { Outcome, Webhook } from '../audit/decision-record.ts'
import type { Decision, Violation } from '../policy/decision.ts'
import { denialMessage, type MessageOptions, warnings } from '../policy/message.ts'
import { type Judgement, oneLine } from './admission.ts'

/** `admission.k8s.io/v1` AdmissionReview as a reply. A validating one never has a patch; a mutating one has both patch fields or neither. */
export interface AdmissionReply {
  readonly apiVersion: 'admission.k8s.io/v1'
  readonly kind: 'AdmissionReview'
  readonly response: AdmissionResponse
}

export interface AdmissionResponse {
  readonly uid: string
  readonly allowed: boolean
  readonly status?: DenialStatus
  readonly warnings?: readonly string[]
  readonly auditAnnotations?: Readonly<Record<string, string>>
  readonly patchType?: 'JSONPatch'
  /** Base64 of the JSON Patch array. */
  readonly patch?: string
}

/**
 * metav1.Status of a denial. The code and reason are chosen with care: under 400 becomes 400, reason `Invalid` makes
 * kubectl drop the message, and 409 or 422 make Flux delete and recreate the object.
 */
export interface DenialStatus {
  readonly status: 'Failure'
  readonly code: 403
  readonly reason: 'Forbidden'
  readonly message: string
  readonly details: {
    readonly group: string
    readonly kind: string
    readonly name: string
    readonly causes: readonly { readonly reason: string; readonly field: string; readonly message: string }[]
  }
}

export interface Answer {
  readonly reply: AdmissionReply
  readonly outcome: Outcome
}

/**
 * The answer to a judgement that didn't fail. `/mutate` never denies and never warns: `/validate` judges the object
 * after it, and says everything once.
 */
export function answer(
  webhook: Webhook,
  request: AdmissionRequest,
  judgement: Exclude<Judgement, { kind: 'failed' }>,
  options: MessageOptions,
): Answer {
  if (judgement.kind === 'not-judged') {
    const warning = webhook === 'validate' ? { warnings: [judgement.warning] } : {}
    return answered('not-judged', { uid: request.uid, allowed: true, ...warning, auditAnnotations: { decision: 'not-judged' } })
  }
  return webhook === 'validate' ? validated(request, judgement.decision, options) : mutated(request, judgement.decision)
}

/** A violation to be patched is denied here: whoever should have patched it, the object came as it is (`/mutate` may be skipped). */
function validated(request: AdmissionRequest, decision: Decision, options: MessageOptions): Answer {
  const refused = decision.violations.filter(({ action }) => action === 'Deny' || action === 'Patch')
  const allowed = decision.allowed && refused.length === 0
  const outcome = allowed ? 'allow' : 'deny'
  const warned = warnings(decision)
  return answered(outcome, {
    uid: request.uid,
    allowed,
    ...(allowed ? {} : { status: denial(request, decision, refused, options) }),
    ...(warned.length === 0 ? {} : { warnings: warned }),
    auditAnnotations: auditAnnotations(outcome, decision),
  })
}

function mutated(request: AdmissionRequest, decision: Decision): Answer {
  if (decision.patches.length === 0) return answered('allow', { uid: request.uid, allowed: true })
  return answered('patch', {
    uid: request.uid,
    allowed: true,
    patchType: 'JSONPatch',
    patch: Buffer.from(JSON.stringify(decision.patches)).toString('base64'),
    auditAnnotations: auditAnnotations('patch', {
      violations: decision.violations.filter(({ action }) => action === 'Patch'),
      policies: decision.policies,
    }),
  })
}

function denial(request: AdmissionRequest, decision: Decision, refused: readonly Violation[], options: MessageOptions): DenialStatus {
  const causes = refused.map(({ code, field, message }) => ({ reason: code, field, message }))
  const message = denialMessage(oneLine(`${request.kind.kind} ${request.namespace ?? ''}/${objectName(request)}`), decision, options)
  const details = { group: request.kind.group, kind: request.kind.kind, name: request.name ?? '', causes }
  return { status: 'Failure', code: 403, reason: 'Forbidden', message, details }
}

/** The name as far as it is known: with generateName the API server may choose it only after admission. */
export function objectName(request: AdmissionRequest): string {
  if (request.name) return request.name
  const metadata = property(request.object ?? request.oldObject, 'metadata')
  const name = property(metadata, 'name')
  if (typeof name === 'string' && name !== '') return name
  const prefix = property(metadata, 'generateName')
  return typeof prefix === 'string' ? `${prefix}*` : ''
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined
}

function answered(outcome: Outcome, response: AdmissionResponse): Answer {
  return { outcome, reply: { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response } }
}
