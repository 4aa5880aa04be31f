import type { ApiAnswer, ApiConnection } from './api-connection.ts'
import { MalformedAnswerError, statusError } from './api-error.ts'
import type { Clock } from './clock.ts'

/** Nothing came for too long: the connection is taken for dead. */
export class SilenceError extends Error {
  readonly code = 'ERR_SILENCE'
}

/** A watch brings a bookmark about every minute; two and a half without a byte is no watch any more. */
export const SILENCE_MS = 150_000
const MAX_STATUS_BYTES = 64 * 1024

/** Requests that can't hang: each is given up when nothing comes for SILENCE_MS, or when `signal` says so. */
export class ApiReader {
  readonly #connection: ApiConnection
  readonly #clock: Clock
  readonly #signal: AbortSignal

  constructor(connection: ApiConnection, clock: Clock, signal: AbortSignal) {
    this.#connection = connection
    this.#clock = clock
    this.#signal = signal
  }

  /** The body of a 200, to be iterated once; throws ApiStatusError for any other status. */
  async open(path: string, accept: string): Promise<AsyncIterable<Uint8Array>> {
    const guard = new SilenceGuard(this.#clock, this.#signal)
    try {
      guard.heard()
      const answer = await this.#connection.get(path, accept, guard.signal)
      guard.heard()
      const body = guard.over(answer.body)
      if (answer.status !== 200) throw await refusal(answer, body)
      return body
    } catch (cause) {
      guard.end()
      throw guard.signal.aborted ? guard.signal.reason : cause
    }
  }

  /** The body of a 200 as JSON. Throws MalformedAnswerError for what is none, or has more than `maxBytes`. */
  async readJson(path: string, accept: string, maxBytes: number): Promise<unknown> {
    const bytes = await readAll(await this.open(path, accept), maxBytes)
    return parseJson(bytes.toString('utf8'))
  }
}

/** Throws MalformedAnswerError. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new MalformedAnswerError('the answer is not JSON', { cause })
  }
}

/** Aborts when nothing is heard for SILENCE_MS, or with the signal around it. */
class SilenceGuard {
  readonly #clock: Clock
  readonly #outer: AbortSignal
  readonly #abort = new AbortController()
  readonly #onOuter = () => this.#abort.abort(this.#outer.reason)
  #cancel = () => {}

  constructor(clock: Clock, outer: AbortSignal) {
    this.#clock = clock
    this.#outer = outer
    if (outer.aborted) this.#onOuter()
    outer.addEventListener('abort', this.#onOuter, { once: true })
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  heard(): void {
    this.#cancel()
    this.#cancel = this.#clock.after(SILENCE_MS, () => this.#abort.abort(new SilenceError(`nothing heard for ${SILENCE_MS / 1000} s`)))
  }

  end(): void {
    this.#cancel()
    this.#outer.removeEventListener('abort', this.#onOuter)
  }

  async *over(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of body) {
        if (this.signal.aborted) throw this.signal.reason
        this.heard()
        yield chunk
      }
    } catch (cause) {
      throw this.signal.aborted ? this.signal.reason : cause
    } finally {
      this.end()
    }
  }
}

async function refusal(answer: ApiAnswer, body: AsyncIterable<Uint8Array>): Promise<Error> {
  let status: unknown
  try {
    status = parseJson((await readAll(body, MAX_STATUS_BYTES)).toString('utf8'))
  } catch (cause) {
    // A proxy's page: the status line says enough.
    if (!(cause instanceof MalformedAnswerError)) throw cause
  }
  return statusError(answer.status, status, answer.retryAfter)
}

async function readAll(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > maxBytes) throw new MalformedAnswerError(`an answer of more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}
