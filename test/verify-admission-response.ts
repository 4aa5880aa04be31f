/** What the API server makes of a reply it accepts. */
export interface VerifiedResponse {
  readonly allowed: boolean
  readonly patch: unknown[]
  readonly message: string
  readonly code: number | undefined
  readonly reason: string | undefined
  readonly causes: { reason: string; field: string; message: string }[]
  readonly warnings: string[]
  readonly auditAnnotations: Record<string, string>
}

/**
 * The API server's own check of a webhook's reply (`VerifyAdmissionResponse` in apiserver/pkg/admission/plugin/webhook/request),
 * preceded by what its decoder insists on: the types of AdmissionReview's fields. Throws what the API server would report.
 */
export function verifyAdmissionResponse(uid: string, mutating: boolean, reply: unknown): VerifiedResponse {
  const review = mapping(reply, 'reply')
  if (review['response'] === undefined || review['response'] === null) throw new Error('webhook response was absent')
  const response = mapping(review['response'], 'response')
  if (response['uid'] !== uid) throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response['uid'])}`)
  if (review['apiVersion'] !== 'admission.k8s.io/v1' || review['kind'] !== 'AdmissionReview') {
    throw new Error(
      `expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got ${JSON.stringify(review['apiVersion'])}, Kind=${JSON.stringify(review['kind'])}`,
    )
  }
  if (typeof response['allowed'] !== 'boolean') throw new Error('response.allowed must be a boolean')
  const patch = optional(response['patch'], text, 'patch')
  const patchType = optional(response['patchType'], text, 'patchType')
  if (mutating) {
    if (patch !== undefined && patch !== '' && patchType === undefined)
      throw new Error('webhook returned response.patch but not response.patchType')
    if ((patch === undefined || patch === '') && patchType !== undefined) {
      throw new Error('webhook returned response.patchType but not response.patch')
    }
    if (patchType !== undefined && patchType !== 'JSONPatch') throw new Error(`unsupported patch type ${patchType}`)
  } else {
    if (patch !== undefined && patch !== '') throw new Error('validating webhook may not return response.patch')
    if (patchType !== undefined) throw new Error('validating webhook may not return response.patchType')
  }
  const status = optional(response['status'], mapping, 'status')
  const details = optional(status?.['details'], mapping, 'status.details')
  return {
    allowed: response['allowed'],
    patch: patch === undefined ? [] : decodePatch(patch),
    message: optional(status?.['message'], text, 'status.message') ?? '',
    code: optional(status?.['code'], integer, 'status.code'),
    reason: optional(status?.['reason'], text, 'status.reason'),
    causes: (optional(details?.['causes'], list, 'causes') ?? []).map((cause) => {
      const { reason, field, message, ...rest } = mapping(cause, 'cause')
      if (Object.keys(rest).length > 0) throw new Error(`unknown keys in a cause: ${Object.keys(rest).join(', ')}`)
      return { reason: text(reason, 'reason'), field: text(field, 'field'), message: text(message, 'message') }
    }),
    warnings: (optional(response['warnings'], list, 'warnings') ?? []).map((warning) => verifyWarning(text(warning, 'warning'))),
    auditAnnotations: Object.fromEntries(
      Object.entries(optional(response['auditAnnotations'], mapping, 'auditAnnotations') ?? {}).map(([key, value]) => [
        verifyAnnotationKey(key),
        text(value, key),
      ]),
    ),
  }
}

function decodePatch(base64: string): unknown[] {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) throw new Error('response.patch is not base64')
  return list(JSON.parse(Buffer.from(base64, 'base64').toString('utf8')), 'patch')
}

/** `net.NewWarningHeader` refuses control characters, and the API server then drops the warning silently. */
function verifyWarning(warning: string): string {
  if (/\p{Cc}/u.test(warning)) throw new Error(`warning with a control character: ${JSON.stringify(warning)}`)
  if (/^warning:/i.test(warning)) throw new Error(`warning with a prefix: ${warning}`)
  return warning
}

/** `<webhook name>/<key>` must be a qualified name. */
function verifyAnnotationKey(key: string): string {
  if (!/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(key)) throw new Error(`audit annotation key ${JSON.stringify(key)}`)
  return key
}

function optional<T>(value: unknown, read: (value: unknown, what: string) => T, what: string): T | undefined {
  return value === undefined || value === null ? undefined : read(value, what)
}

function mapping(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${what} must be an object`)
  return Object.fromEntries(Object.entries(value))
}

function list(value: unknown, what: string): unknown[] {
  if (!Array.isArray(value)) throw new Error(`${what} must be an array`)
  return [...value]
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new Error(`${what} must be a string`)
  return value
}

function integer(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new Error(`${what} must be an integer`)
  return value
}
