import { once } from 'node:events'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { HttpApiConnection } from '../src/cluster/api-connection.ts'
import { ClusterSource } from '../src/cluster/cluster-source.ts'
import { pathOf, WATCHED_KINDS } from '../src/cluster/watched-kinds.ts'
import { View } from '../src/delegation/view.ts'
import { FakeApiServer, frame } from './fake-api-server.ts'
import { FakeClock } from './fake-clock.ts'

/** The faults of a network, over real sockets; time is still fake, so that silence needs no waiting. */
const PATHS = WATCHED_KINDS.map((watched) => pathOf(watched, watched.versions[0] ?? ''))
const ROUTES = PATHS[0] ?? ''

let clock: FakeClock
let api: FakeApiServer
let listening: Awaited<ReturnType<FakeApiServer['listen']>>
let view: View
let source: ClusterSource
let connections: number

beforeEach(async () => {
  clock = new FakeClock()
  api = new FakeApiServer(clock, PATHS)
  listening = await api.listen()
  connections = 0
  listening.server.on('connection', () => connections++)
  view = new View('cluster')
  const target = { server: new URL(listening.url), tls: {}, headers: {} }
  source = new ClusterSource({ connection: new HttpApiConnection(() => Promise.resolve(target), clock), view, clock })
  for (let index = 0; index < 700; index++) put(index, '/before')
  await source.start()
  await settles(() => api.openWatches() === PATHS.length)
})

afterEach(async () => {
  await source.close()
  await listening.close()
})

function put(index: number, path: string): void {
  const spec = { rules: [{ matches: [{ path: { value: path } }] }] }
  api.put(ROUTES, { metadata: { namespace: 'shop', name: `r${index}` }, spec })
}

/** Real bytes take real time: they get it before fake time goes on. */
async function settles(check: () => boolean, step = 1000): Promise<void> {
  for (let look = 0; look < 2000 && !check(); look++) {
    await new Promise((done) => setTimeout(done, 5))
    if (look % 4 === 3) await clock.advance(step)
  }
  expect(check()).toBe(true)
}

function isSame(): boolean {
  const want = [...api.objects(ROUTES).values()].map(({ metadata, spec }) => `${metadata.name} ${JSON.stringify(spec)}`.replaceAll('"', ''))
  const have = [...view.routes()].map(
    ({ name, rules }) => `${name} {rules:[{matches:[{path:{value:${rules[0]?.matches[0]?.path.value}}}]}]}`,
  )
  return JSON.stringify(want.sort()) === JSON.stringify(have.sort())
}

function change(): void {
  for (let index = 0; index < 20; index++) put(index, '/after')
  for (let index = 20; index < 40; index++) api.remove(ROUTES, 'shop', `r${index}`)
  for (let index = 700; index < 720; index++) put(index, '/new')
}

it('holds what the server holds, on one connection for each watch', async () => {
  expect(isSame()).toBe(true)
  change()
  await settles(isSame)
  await clock.advance(3600_000)
  await settles(() => api.openWatches() === PATHS.length)
  // A planned end leaves the connection to the next watch.
  expect(connections).toBeLessThanOrEqual(2 * PATHS.length)
})

it.each<[string, () => void | Promise<void>]>([
  ['a reset of every connection', () => api.cut('reset')],
  [
    'silence',
    async () => {
      api.silence()
      await clock.advance(149_000)
    },
  ],
  [
    '410, as an event',
    () => {
      api.inject(ROUTES, frame('ERROR', { kind: 'Status', code: 410, reason: 'Expired' }))
      api.silence()
      api.compact()
    },
  ],
  [
    '410 in the middle of a list',
    () => {
      api.compact()
      let refused = false
      api.fault = ({ query }) => {
        if (refused || !query.has('continue')) return undefined
        refused = true
        return { kind: 'refuse', status: 410, reason: 'Expired' }
      }
      api.cut('reset')
    },
  ],
  [
    '429 with Retry-After',
    () => {
      let times = 5
      api.fault = ({ path }) => (path === ROUTES && times-- > 0 ? { kind: 'refuse', status: 429, retryAfter: '2' } : undefined)
      api.cut('reset')
    },
  ],
  [
    'half a line',
    () => {
      api.inject(ROUTES, '{"type":"DELETED","object":{"metadata":{"name":"r1",')
      api.cut('reset')
    },
  ],
  ['a line of 20 MB', () => api.inject(ROUTES, 'x'.repeat(20 * 1024 * 1024))],
  [
    'a connection that dies before it answers, five times',
    () => {
      let times = 5
      api.fault = ({ path }) => (path === ROUTES && times-- > 0 ? { kind: 'reset' } : undefined)
      api.cut('reset')
    },
  ],
])('converges after %s', async (_name, fault) => {
  const before = source.status().get('HTTPRoute')
  await fault()
  change()
  await settles(isSame)
  const after = source.status().get('HTTPRoute')
  expect((after?.watchRestarts ?? 0) + (after?.relists ?? 0)).toBeGreaterThan((before?.watchRestarts ?? 0) + (before?.relists ?? 0))
})

it('converges after the server was away, and the gauge and readiness tell', async () => {
  const { server } = listening
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  await listening.close()
  api.cut('clean')
  await settles(() => source.missing() !== undefined, 5000)
  expect(source.missing()).toMatch(/HTTPRoute not heard of for 3\d\d s \(connect ECONNREFUSED 127\.0\.0\.1:\d+\)/)
  expect(source.loaded()).toBe(true)
  change()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  await settles(() => isSame() && source.missing() === undefined)
})

it('ends with requests under way', async () => {
  api.fault = () => ({ kind: 'hang' })
  api.cut('reset')
  await clock.advance(2000)
  await source.close()
  expect(clock.pending).toBe(0)
})
