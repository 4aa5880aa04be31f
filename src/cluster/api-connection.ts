import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { type AgentOptions, Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Clock } from './clock.ts'

/** Where an API server is, and who we are to it, at one moment. */
export interface ApiTarget {
  /** May have a path: what proxies such as Rancher's put before /api and /apis. */
  readonly server: URL
  /** CA, client certificate, name of the server; of no use over plain HTTP. */
  readonly tls: Pick<AgentOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized' | 'proxyEnv'>
  readonly headers: Readonly<Record<string, string>>
}

export interface ApiAnswer {
  readonly status: number
  /** The header of that name. */
  readonly retryAfter: string | undefined
  /** Throws when the connection breaks, and when the request is aborted. */
  readonly body: AsyncIterable<Uint8Array>
}

export interface ApiConnection {
  /** `path` begins with /api or /apis. Rejects when there is no answer; any status is one. */
  get(path: string, accept: string, signal: AbortSignal): Promise<ApiAnswer>
  close(): void
}

export type ApiMethod = 'GET' | 'PATCH' | 'POST'

export interface ApiContent {
  readonly contentType: 'application/json' | 'application/merge-patch+json' | 'application/apply-patch+yaml'
  readonly body: string
}

interface Asked {
  readonly method: ApiMethod
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

interface Loaded {
  readonly value: Promise<ApiTarget>
  /** When it was there; +∞ while it is awaited: a program that takes its time isn't started twice. */
  at: number
}

/** Credentials and CAs are looked at again when they are older than this, as client-go does with token files. */
const TARGET_LIFE_MS = 60_000

/**
 * Requests to one API server over one keep-alive agent. Credentials are read again every minute and after a 401, so that whatever rotates (token
 * files, exec plugins, the kubeconfig itself) is picked up; the agent is replaced when the CA or the client certificate did change.
 */
export class HttpApiConnection implements ApiConnection {
  readonly #load: () => Promise<ApiTarget>
  readonly #clock: Clock
  #target: Loaded | undefined
  #agent: { readonly key: string; readonly agent: HttpAgent } | undefined

  constructor(load: () => Promise<ApiTarget>, clock: Clock) {
    this.#load = load
    this.#clock = clock
  }

  get(path: string, accept: string, signal: AbortSignal): Promise<ApiAnswer> {
    return this.#send({ method: 'GET', path, headers: { accept } }, undefined, signal)
  }

  /** A request with JSON as its answer, for whoever also writes. */
  request(method: ApiMethod, path: string, content: ApiContent | undefined, signal: AbortSignal): Promise<ApiAnswer> {
    const headers = { accept: 'application/json', ...(content === undefined ? {} : { 'content-type': content.contentType }) }
    return this.#send({ method, path, headers }, content?.body, signal)
  }

  close(): void {
    this.#agent?.agent.destroy()
    this.#agent = undefined
  }

  async #send({ method, path, headers }: Asked, body: string | undefined, signal: AbortSignal): Promise<ApiAnswer> {
    const loaded = this.#current()
    const target = await unlessAborted(loaded.value, signal)
    const { server } = target
    const send = server.protocol === 'http:' ? httpRequest : httpsRequest
    return new Promise((resolve, reject) => {
      const request = send({
        hostname: server.hostname.replace(/^\[|\]$/g, ''),
        port: server.port,
        method,
        path: server.pathname.replace(/\/$/, '') + path,
        headers: { ...target.headers, ...headers, 'user-agent': 'lanekeeper' },
        agent: this.#agentFor(target),
        signal,
      })
      request.on('error', reject)
      request.on('response', (response) => {
        const { statusCode: status = 0 } = response
        if (status === 401) this.#forget(loaded)
        resolve({ status, retryAfter: response.headers['retry-after'], body: response })
      })
      request.end(body)
    })
  }

  #current(): Loaded {
    if (this.#target !== undefined && this.#clock.now() - this.#target.at <= TARGET_LIFE_MS) return this.#target
    const loaded: Loaded = { value: this.#load(), at: Number.POSITIVE_INFINITY }
    this.#target = loaded
    loaded.value.then(
      () => {
        loaded.at = this.#clock.now()
      },
      () => this.#forget(loaded),
    )
    return loaded
  }

  #forget(loaded: Loaded): void {
    if (this.#target === loaded) this.#target = undefined
  }

  #agentFor({ server, tls }: ApiTarget): HttpAgent {
    const key = JSON.stringify([server.origin, tls])
    if (this.#agent?.key !== key) {
      if (this.#agent !== undefined) retire(this.#agent.agent)
      const agent = server.protocol === 'http:' ? new HttpAgent({ keepAlive: true }) : new HttpsAgent({ keepAlive: true, ...tls })
      this.#agent = { key, agent }
    }
    return this.#agent.agent
  }
}

/** What is under way ends by itself; its connections are not used again. */
function retire(agent: HttpAgent): void {
  agent.maxFreeSockets = 0
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy()
}

/** An exec plugin may take minutes: the wait for it ends with the request. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
