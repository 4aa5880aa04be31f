import { isMapping } from '../api/object-shape.ts'

/** The API server answered, and the answer is a refusal. */
export class ApiStatusError extends Error {
  readonly code = 'ERR_API_STATUS'
  readonly status: number
  /** Milliseconds it asks to be left alone for; undefined = it doesn't say. */
  readonly retryAfter: number | undefined
  /** The resourceVersion or the continue token is too old: only a list from the start helps. */
  readonly expired: boolean

  constructor(status: number, { reason, message, retryAfter }: { reason?: string; message?: string; retryAfter?: number | undefined }) {
    super(`HTTP ${status}${reason ? ` ${reason}` : ''}${message ? `: ${message}` : ''}`)
    this.status = status
    this.retryAfter = retryAfter
    this.expired = status === 410 || reason === 'Expired' || reason === 'Gone'
  }
}

/** The API server answered, and the answer makes no sense: of another program, perhaps, or over a limit. */
export class MalformedAnswerError extends Error {
  readonly code = 'ERR_MALFORMED_ANSWER'
}

/**
 * A metav1.Status as an error: the body of a refusal, or the object of a watch's ERROR event. Anything else in its place gives the HTTP status
 * alone, since a proxy answers with pages of its own.
 */
export function statusError(httpStatus: number, body: unknown, retryAfterHeader?: string): ApiStatusError {
  const status = isMapping(body) ? body : {}
  const details = isMapping(status['details']) ? status['details'] : {}
  const text = (value: unknown) => (typeof value === 'string' ? value.slice(0, 500).replaceAll(/\s+/g, ' ') : '')
  const code = typeof status['code'] === 'number' ? status['code'] : httpStatus
  return new ApiStatusError(code, {
    reason: text(status['reason']),
    message: text(status['message']),
    retryAfter: seconds(retryAfterHeader) ?? seconds(details['retryAfterSeconds']),
  })
}

/** The API server writes whole seconds; the date that HTTP also allows is taken as absent. */
function seconds(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && number > 0 ? number * 1000 : undefined
}
