import { once } from 'node:events'
import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import type { ApiAnswer, ApiConnection } from '../src/cluster/api-connection.ts'
import type { Clock } from '../src/cluster/clock.ts'

/** A raw object. Its resourceVersion and, if it has none, its uid are the server's to give. */
export interface FakeObject {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid?: string; readonly [key: string]: unknown }
  readonly [key: string]: unknown
}

export interface FakeRequest {
  readonly path: string
  readonly query: URLSearchParams
  readonly accept: string
  readonly authorization: string | undefined
  readonly watch: boolean
}

/**
 * What goes wrong with a request. `hang`: no answer at all. `reset`: the connection dies instead of an answer. `refuse`: a Status. `raw`: these bytes
 * as a 200, and then the end.
 */
export type Fault =
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'refuse'; readonly status: number; readonly reason?: string; readonly retryAfter?: string }
  | { readonly kind: 'raw'; readonly bytes: string }

interface Event {
  readonly version: number
  readonly path: string
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: unknown
}

interface OpenWatch {
  readonly path: string
  readonly body: PassThrough
  readonly end: () => void
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: PassThrough
}

/**
 * As much of an API server as a list and a watch need, by the rules that the real one documents: one growing resourceVersion, pages of one snapshot, events
 * in order, bookmarks every minute, 410 for what was compacted. In memory through `connection`, over sockets through `listen`.
 */
export class FakeApiServer {
  readonly requests: FakeRequest[] = []
  /** Asked before each request is answered. */
  fault: (request: FakeRequest) => Fault | undefined = () => undefined
  #version = 100
  #compacted = 0
  #uids = 0
  readonly #stores = new Map<string, Map<string, FakeObject>>()
  #history: Event[] = []
  readonly #watches = new Set<OpenWatch>()
  readonly #snapshots = new Map<string, { readonly version: number; readonly items: readonly FakeObject[] }>()
  readonly #clock: Clock

  /** `served`: paths such as /apis/gateway.networking.k8s.io/v1/httproutes; anything else is 404. */
  constructor(clock: Clock, served: readonly string[]) {
    this.#clock = clock
    for (const path of served) this.serve(path)
  }

  serve(path: string): void {
    this.#stores.set(path, this.#stores.get(path) ?? new Map())
  }

  /** The kind is gone, with its watches; what was in it is forgotten. */
  unserve(path: string): void {
    this.#stores.delete(path)
    for (const watch of this.#watches) if (watch.path === path) watch.end()
  }

  put(path: string, object: FakeObject): void {
    const store = this.#storeOf(path)
    const { namespace = '', name } = object.metadata
    const old = store.get(`${namespace}/${name}`)
    const uid = object.metadata.uid ?? old?.metadata.uid ?? `uid-${++this.#uids}`
    const stored = { ...object, metadata: { ...object.metadata, uid, resourceVersion: String(++this.#version) } }
    store.set(`${namespace}/${name}`, stored)
    this.#tell({ version: this.#version, path, type: old === undefined ? 'ADDED' : 'MODIFIED', object: stored })
  }

  remove(path: string, namespace: string, name: string): void {
    const store = this.#storeOf(path)
    const old = store.get(`${namespace}/${name}`)
    if (old === undefined) return
    store.delete(`${namespace}/${name}`)
    const object = { ...old, metadata: { ...old.metadata, resourceVersion: String(++this.#version) } }
    this.#tell({ version: this.#version, path, type: 'DELETED', object })
  }

  /** `namespace/name` of each object, sorted, with its resourceVersion. */
  objects(path: string): ReadonlyMap<string, FakeObject> {
    return new Map([...this.#storeOf(path)].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  /** Whatever is older than now is gone: watches from there and pages still to come get 410. */
  compact(): void {
    this.#version++
    this.#compacted = this.#version
    this.#history = []
    this.#snapshots.clear()
  }

  /** Bytes into every open watch of the path, as they are. */
  inject(path: string, bytes: string): void {
    for (const watch of this.#watches) if (watch.path === path) watch.body.write(bytes)
  }

  /** Every open watch breaks off; `clean` = as at its timeout. */
  cut(how: 'clean' | 'reset'): void {
    for (const watch of this.#watches) {
      if (how === 'clean') watch.end()
      else {
        this.#watches.delete(watch)
        watch.body.destroy(new Error('read ECONNRESET'))
      }
    }
  }

  /** Open watches hear nothing any more, and don't end. */
  silence(): void {
    this.#watches.clear()
  }

  openWatches(path?: string): number {
    return [...this.#watches].filter((watch) => path === undefined || watch.path === path).length
  }

  /** Without sockets: for fake time. */
  connection(): ApiConnection {
    return {
      get: (target, accept, signal) => this.#getInMemory(target, accept, signal),
      close: () => {},
    }
  }

  /** Over sockets on a free port of this machine; `tls` makes it HTTPS. */
  async listen(tls?: ServerOptions): Promise<{ readonly url: string; readonly server: Server; readonly close: () => Promise<void> }> {
    const handler: Parameters<typeof createHttpServer>[1] = (incoming, response) => {
      const { url = '/', headers } = incoming
      const answer = this.#answer(url, headers.accept ?? '', headers.authorization)
      if (answer === 'hang') return
      if (answer === 'reset') return void incoming.socket.resetAndDestroy()
      response.writeHead(answer.status, answer.headers)
      response.flushHeaders()
      answer.body.on('error', () => incoming.socket.resetAndDestroy())
      response.on('close', () => answer.body.destroy())
      answer.body.pipe(response)
    }
    const server = tls === undefined ? createHttpServer(handler) : createHttpsServer(tls, handler)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo // it listens on TCP
    const close = async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    }
    return { url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, server, close }
  }

  async #getInMemory(target: string, accept: string, signal: AbortSignal): Promise<ApiAnswer> {
    signal.throwIfAborted()
    const answer = this.#answer(target, accept, undefined)
    if (answer === 'reset') throw new Error('read ECONNRESET')
    if (answer === 'hang') {
      await once(signal, 'abort')
      throw signal.reason
    }
    const abort = () => answer.body.destroy(new Error('aborted'))
    signal.addEventListener('abort', abort, { once: true })
    return { status: answer.status, retryAfter: answer.headers['retry-after'], body: answer.body }
  }

  #answer(target: string, accept: string, authorization: string | undefined): Answer | 'hang' | 'reset' {
    const { pathname: path, searchParams: query } = new URL(target, 'http://fake')
    const request = { path, query, accept, authorization, watch: query.get('watch') === '1' }
    this.requests.push(request)
    const fault = this.fault(request)
    switch (fault?.kind) {
      case 'hang':
      case 'reset':
        return fault.kind
      case 'refuse':
        return refusal(fault.status, fault.reason ?? '', fault.retryAfter)
      case 'raw': {
        const body = new PassThrough()
        body.end(fault.bytes)
        return { status: 200, headers: { 'content-type': 'application/json' }, body }
      }
      case undefined:
    }
    const store = this.#stores.get(path)
    if (store === undefined) return refusal(404, 'NotFound')
    return request.watch ? this.#watch(path, query, accept) : this.#list(store, query)
  }

  #list(store: ReadonlyMap<string, FakeObject>, query: URLSearchParams): Answer {
    const token = query.get('continue')
    const limit = Number(query.get('limit') ?? Number.POSITIVE_INFINITY)
    const [id = '', offset = '0'] = token?.split(':') ?? []
    const snapshot = token === null ? { version: this.#version, items: [...store.values()] } : this.#snapshots.get(id)
    if (snapshot === undefined) return refusal(410, 'Expired')
    const start = Number(offset)
    const items = snapshot.items.slice(start, start + limit)
    const more = start + items.length < snapshot.items.length
    const key = id === '' ? `s${this.#snapshots.size}-${this.#version}` : id
    if (more) this.#snapshots.set(key, snapshot)
    const metadata = { resourceVersion: String(snapshot.version), ...(more ? { continue: `${key}:${start + items.length}` } : {}) }
    const body = new PassThrough()
    // As Go writes an empty list.
    body.end(JSON.stringify({ kind: 'List', apiVersion: 'v1', metadata, items: snapshot.items.length === 0 ? null : items }))
    return { status: 200, headers: { 'content-type': 'application/json' }, body }
  }

  #watch(path: string, query: URLSearchParams, accept: string): Answer {
    const from = Number(query.get('resourceVersion'))
    if (!(from >= this.#compacted)) return refusal(410, 'Expired')
    const body = new PassThrough()
    const cancels: (() => void)[] = []
    const watch: OpenWatch = {
      path,
      body,
      end: () => {
        this.#watches.delete(watch)
        body.end()
      },
    }
    this.#watches.add(watch)
    body.on('close', () => {
      this.#watches.delete(watch)
      for (const cancel of cancels.splice(0)) cancel()
    })
    for (const event of this.#history) if (event.path === path && event.version > from) body.write(frame(event.type, event.object))
    if (query.get('allowWatchBookmarks') === 'true') {
      const remind = () => {
        if (!this.#watches.has(watch)) return
        const kind = accept.includes('PartialObjectMetadata') ? 'PartialObjectMetadata' : 'Bookmarked'
        body.write(frame('BOOKMARK', { kind, metadata: { resourceVersion: String(this.#version) } }))
        cancels.push(this.#clock.after(60_000, remind))
      }
      cancels.push(this.#clock.after(60_000, remind))
    }
    cancels.push(this.#clock.after(Number(query.get('timeoutSeconds')) * 1000, watch.end))
    return { status: 200, headers: { 'content-type': 'application/json' }, body }
  }

  #tell(event: Event): void {
    this.#history.push(event)
    for (const watch of this.#watches) if (watch.path === event.path) watch.body.write(frame(event.type, event.object))
  }

  #storeOf(path: string): Map<string, FakeObject> {
    const store = this.#stores.get(path)
    if (store === undefined) throw new Error(`${path} is not served`)
    return store
  }
}

export function frame(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`
}

function refusal(status: number, reason: string, retryAfter?: string): Answer {
  const body = new PassThrough()
  body.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, reason, message: 'says the fake' }))
  const headers = { 'content-type': 'application/json', ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }) }
  return { status, headers, body }
}
