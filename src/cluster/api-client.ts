import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { Agent, type RequestOptions, request } from 'node:https'
import { text } from 'node:stream/consumers'

export interface ApiContent {
  readonly contentType: 'application/json' | 'application/merge-patch+json' | 'application/apply-patch+yaml'
  readonly body: string
}

export interface ApiReply {
  readonly status: number
  readonly body: string
}

export type ApiMethod = 'GET' | 'PATCH' | 'POST'

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

export interface ApiServer {
  readonly url: URL
  /** PEM. */
  readonly ca: string | undefined
  /** Read anew for each request: tokens are replaced every hour. */
  readonly token: () => Promise<string>
}

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The API server as a pod finds it; undefined outside of a cluster. */
export async function inClusterServer(env: Readonly<Record<string, string | undefined>>): Promise<ApiServer | undefined> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env
  if (host === undefined || port === undefined) return undefined
  return {
    url: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    ca: await readFile(`${ACCOUNT}/ca.crt`, 'utf8'),
    token: async () => (await readFile(`${ACCOUNT}/token`, 'utf8')).trim(),
  }
}

export const TIMEOUT_MILLISECONDS = 10_000
/** A watch brings a bookmark about every minute. */
const SILENCE_MILLISECONDS = 150_000

export class HttpsApiClient implements ApiClient {
  readonly #server: ApiServer
  readonly #agent: Agent

  constructor(server: ApiServer) {
    this.#server = server
    this.#agent = new Agent({ keepAlive: true, ...(server.ca === undefined ? {} : { ca: server.ca }) })
  }

  async request(method: ApiMethod, path: string, content?: ApiContent): Promise<ApiReply> {
    const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS)
    const response = await this.#send({ method, path, signal }, content)
    return { status: response.statusCode ?? 0, body: await text(response) }
  }

  async watch(path: string, onData: () => void, signal: AbortSignal): Promise<void> {
    const response = await this.#send({ method: 'GET', path, signal }, undefined)
    response.setTimeout(SILENCE_MILLISECONDS, () => response.destroy(new Error('the watch went silent')))
    if (response.statusCode !== 200) throw new ApiRefusal('watch', { status: response.statusCode ?? 0, body: await text(response) })
    for await (const _chunk of response) onData()
  }

  close(): void {
    this.#agent.destroy()
  }

  async #send(options: Omit<RequestOptions, 'headers'>, content: ApiContent | undefined): Promise<IncomingMessage> {
    const { url, token } = this.#server
    const headers = {
      authorization: `Bearer ${await token()}`,
      accept: 'application/json',
      'user-agent': 'lanekeeper',
      ...(content === undefined ? {} : { 'content-type': content.contentType }),
    }
    return new Promise((resolve, reject) => {
      const sent = request(url, { ...options, agent: this.#agent, headers }, resolve)
      sent.on('error', reject)
      sent.end(content?.body)
    })
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
