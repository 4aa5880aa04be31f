import { text } from 'node:stream/consumers'
import type { ApiContent, ApiMethod, HttpApiConnection } from './api-connection.ts'
import { ApiReader, SilenceError } from './api-reader.ts'
import type { Clock } from './clock.ts'

export interface ApiReply {
  readonly status: number
  readonly body: string
}

/** Few and small requests to the API server: what the writers need of it. */
export interface ApiRequests {
  /** `path` begins with /api or /apis. Rejects when there is no answer in time; any status is one. */
  request(method: ApiMethod, path: string, content?: ApiContent): Promise<ApiReply>
}

export interface ApiClient extends ApiRequests {
  /** Calls `onData` for whatever a watch sends. Resolves when it ends, rejects when it breaks or is refused. */
  watch(path: string, onData: () => void, signal: AbortSignal): Promise<void>
}

/** The API server refused: with its status, and what it says about it. */
export class ApiRefusal extends Error {
  readonly code = 'ERR_API_REFUSAL'
  readonly status: number

  constructor(what: string, { status, body }: ApiReply) {
    super(`${what}: HTTP ${status}${messageOf(body)}`)
    this.status = status
  }
}

const TIMEOUT_MILLISECONDS = 10_000

/** The same over the connection that the view has, too: whatever rotates is picked up. */
export class ConnectedApiClient implements ApiClient {
  readonly #connection: HttpApiConnection
  readonly #clock: Clock

  constructor(connection: HttpApiConnection, clock: Clock) {
    this.#connection = connection
    this.#clock = clock
  }

  async request(method: ApiMethod, path: string, content?: ApiContent): Promise<ApiReply> {
    const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS)
    try {
      const { status, body } = await this.#connection.request(method, path, content, signal)
      return { status, body: await text(body) }
    } catch (cause) {
      // "The operation was aborted", and by whom it doesn't say.
      throw signal.aborted ? new SilenceError(`the API server did not answer within ${TIMEOUT_MILLISECONDS / 1000} s`) : cause
    }
  }

  async watch(path: string, onData: () => void, signal: AbortSignal): Promise<void> {
    const body = await new ApiReader(this.#connection, this.#clock, signal).open(path, 'application/json')
    for await (const _chunk of body) onData()
  }

  close(): void {
    this.#connection.close()
  }
}

function messageOf(body: string): string {
  try {
    const status: unknown = JSON.parse(body)
    const message = typeof status === 'object' && status !== null && 'message' in status ? status.message : undefined
    return typeof message === 'string' ? `: ${message.slice(0, 300)}` : ''
  } catch {
    // A proxy's page.
    return ''
  }
}
