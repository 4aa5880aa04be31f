import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Agent, createServer, request } from 'node:https'
import { createServer as createTcpServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { x509Pki } from '../../src/certificates/pki.ts'
import { DEFAULT_TIMINGS } from '../../src/certificates/rotation.ts'
import type { ControlPlane } from './control-plane.ts'
import type { Address } from './users.ts'

/** What happens to a request instead of its answer, or before it. */
export type Fault =
  | { readonly kind: 'reset' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'slow'; readonly milliseconds: number }
  | { readonly kind: 'refuse'; readonly status: number; readonly reason: string; readonly retryAfter?: number }

/** Stands between lanekeeper and the API server, with a certificate of its own; credentials pass through. */
export interface FaultProxy extends Address {
  /** Asked about each request; `path` has its query. */
  fault: (path: string) => Fault | undefined
  /** Resets every connection that a watch is on. */
  readonly resetWatches: () => void
  /** From now on watches stay open, and nothing comes through them. */
  readonly freezeWatches: () => void
  /** The next event of each watch breaks off in its middle. */
  readonly halveNextEvent: () => void
  /** Ends each watch as the API server does when its version is too old. */
  readonly expireWatches: () => void
  readonly close: () => Promise<void>
}

interface Watch {
  readonly response: ServerResponse
  state: 'flowing' | 'frozen' | 'halving'
}

export async function startFaultProxy(plane: ControlPlane): Promise<FaultProxy> {
  const pki = x509Pki(DEFAULT_TIMINGS)
  const authority = await pki.newAuthority(Date.now())
  const leaf = await pki.newLeaf(authority, ['127.0.0.1'], Date.now())
  const caFile = join(plane.folder, 'fault-proxy.crt')
  await writeFile(caFile, authority.cert)
  const agent = new Agent({ keepAlive: true, ca: readFileSync(plane.caFile) })
  const watches = new Set<Watch>()
  const server = createServer({ cert: leaf.cert, key: leaf.key })
  // A TLS socket can be closed, but not reset: for that the one below it is needed.
  const below = new Map<number, Socket>()
  const listener = createTcpServer((socket) => {
    const port = socket.remotePort ?? 0
    below.set(port, socket)
    socket.once('close', () => below.delete(port))
    server.emit('connection', socket)
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')

  const proxy: FaultProxy = {
    url: `https://127.0.0.1:${address.port}`,
    caFile,
    fault: () => undefined,
    resetWatches: () => {
      for (const { response } of watches) reset(response)
    },
    freezeWatches: () => {
      for (const watch of watches) watch.state = 'frozen'
    },
    halveNextEvent: () => {
      for (const watch of watches) watch.state = 'halving'
    },
    expireWatches: () => {
      const object = {
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        reason: 'Expired',
        code: 410,
        message: 'too old resource version',
      }
      for (const { response } of watches) response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`)
    },
    close: async () => {
      for (const socket of below.values()) socket.destroy()
      listener.close()
      await once(listener, 'close')
      agent.destroy()
    },
  }
  server.on('request', (asked, response) => void answer(asked, response))
  return proxy

  async function answer(asked: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = asked.url ?? ''
    const fault = proxy.fault(path)
    if (fault?.kind === 'reset') return reset(response)
    if (fault?.kind === 'hang') return
    if (fault?.kind === 'refuse') return refuse(response, fault)
    if (fault?.kind === 'slow') await delay(fault.milliseconds)
    const sent = request(`${plane.url}${path}`, { method: asked.method, headers: asked.headers, agent })
    sent.on('error', () => reset(response))
    response.on('close', () => sent.destroy())
    sent.on('response', (got) => forward(path, got, response))
    asked.pipe(sent)
  }

  function reset({ socket }: ServerResponse): void {
    below.get(socket?.remotePort ?? 0)?.resetAndDestroy()
  }

  function forward(path: string, got: IncomingMessage, response: ServerResponse): void {
    response.writeHead(got.statusCode ?? 502, got.headers)
    response.flushHeaders()
    got.on('error', () => reset(response))
    if (!/[?&]watch=/.test(path)) return void got.pipe(response)
    const watch: Watch = { response, state: 'flowing' }
    watches.add(watch)
    response.on('close', () => watches.delete(watch))
    got.on('data', (chunk: Buffer) => {
      if (watch.state === 'frozen') return
      if (watch.state === 'flowing') return void response.write(chunk)
      response.write(chunk.subarray(0, Math.floor(chunk.length / 2)), () => response.socket?.destroy())
    })
    got.on('end', () => {
      if (watch.state !== 'frozen') response.end()
    })
  }
}

function refuse(response: ServerResponse, { status, reason, retryAfter }: Extract<Fault, { kind: 'refuse' }>): void {
  const headers = { 'content-type': 'application/json', ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }) }
  response.writeHead(status, headers)
  response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, reason, message: 'says the proxy' }))
}
