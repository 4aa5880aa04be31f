import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { Serving } from './lanekeeper.ts'

/** What a Service does in a cluster: new connections go to replicas that are ready, open ones stay where they are. */
export interface Balancer {
  /** `https://127.0.0.1:PORT` */
  readonly webhook: string
  /** Resolves when it gets connections, if it is ready. */
  readonly add: (replica: Serving) => Promise<void>
  readonly remove: (replica: Serving) => void
  readonly close: () => Promise<void>
}

/** As short as a readiness probe may be. */
const PROBE_MILLISECONDS = 100

/** On a free port of 127.0.0.1. A replica gets connections as soon as its /readyz says so, and no more of them once it doesn't. */
export async function startBalancer(): Promise<Balancer> {
  const ready = new Map<Serving, boolean>()
  const sockets = new Set<Socket>()
  let turn = 0
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const choice = [...ready].flatMap(([replica, isReady]) => (isReady ? [replica] : []))
    const replica = choice[turn++ % Math.max(1, choice.length)]
    // As the rules of a Service without endpoints have it.
    if (replica === undefined) return void client.resetAndDestroy()
    const upstream = connect({ host: '127.0.0.1', port: Number(new URL(replica.webhook).port), allowHalfOpen: true })
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    }
    client.on('error', () => upstream.destroy())
    upstream.on('error', () => client.resetAndDestroy())
    client.pipe(upstream)
    upstream.pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const probe = async (replica: Serving) => {
    const isReady = await fetch(`${replica.probes}/readyz`, { signal: AbortSignal.timeout(2_000) }).then(
      ({ status }) => status === 200,
      () => false,
    )
    if (ready.has(replica)) ready.set(replica, isReady)
  }
  const timer = setInterval(() => {
    for (const replica of ready.keys()) void probe(replica)
  }, PROBE_MILLISECONDS)
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return {
    webhook: `https://127.0.0.1:${address.port}`,
    add: (replica) => {
      ready.set(replica, false)
      return probe(replica)
    },
    remove: (replica) => void ready.delete(replica),
    close: async () => {
      clearInterval(timer)
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
