import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { gatewayOf, granting, parentRef, platformRoot, prefix, type Raw, route, serving, to } from '../manifest-fixtures.ts'
import { AdminApi } from './admin-api.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'
import { freePort } from './free-port.ts'
import { installGatewayApi } from './gateway-api.ts'
import { installChart, startReplica } from './installation.ts'
import { type Serving, untilAsked } from './lanekeeper.ts'
import { LONG } from './needed-tools.ts'
import { metric, readyz } from './probes.ts'
import { giveNamespaces } from './users.ts'

// A replica behind a proxy that breaks things. The cluster changes meanwhile, and the view has to be the cluster again.

const ROUTES = 'HTTPRoute'
const ROUTES_PATH = '/apis/gateway.networking.k8s.io/v1/httproutes?'

let plane: ControlPlane
let proxy: FaultProxy
let replica: Serving
let api: AdminApi
let round = 0
beforeAll(async () => {
  plane = await startControlPlane()
  await installGatewayApi(plane, { version: '1.6', channel: 'standard' })
  await giveNamespaces(plane, 'shop', ['shop', 'infra'])
  const port = await freePort()
  await installChart(plane, `https://127.0.0.1:${port}`)
  proxy = await startFaultProxy(plane)
  replica = await startReplica(plane, { port, server: proxy })
  await untilAsked(plane, replica)
  api = new AdminApi(plane)
  for (const object of [...gatewayOf('kgateway'), route('shop/extra-0', {}), parentOf(0)]) await put(object)
  await converged()
})
afterEach(() => {
  proxy.fault = () => undefined
})
afterAll(async () => {
  api?.close()
  await replica?.stop()
  await proxy?.close()
  await plane?.stop()
})

async function put(object: Raw): Promise<void> {
  const problem = await api.put(object)
  if (problem !== undefined) throw new Error(problem)
}

/** The lane of the child is another one in each round. */
function parentOf(number: number): Raw {
  return platformRoot([granting(prefix(`/lane-${number}`), to('shop/child'))])
}

/** Something is changed, something comes and something goes. */
async function change(): Promise<void> {
  round++
  await put(parentOf(round))
  await put(route(`shop/extra-${round}`, {}))
  const gone = await api.request('DELETE', `/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/extra-${round - 1}`)
  if (gone.status !== 200) throw new Error(gone.body)
}

/** Whether a child of that round's lane is allowed, as the API server is told. */
async function allows(number: number): Promise<boolean> {
  const child = route('shop/child', { parentRefs: [parentRef('infra/parent')], rules: [serving(prefix(`/lane-${number}`))] })
  const { status, body } = await api.request('POST', '/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes?dryRun=All', child)
  if (status !== 201 && !body.includes('HTTPRoute shop/child denied: 1 violation')) throw new Error(body)
  return status === 201
}

/** Whether the view is the cluster: the parent of this round and no other, nothing too much and nothing missing. */
async function isConverged(): Promise<boolean> {
  const two = (await metric(replica, `lanekeeper_view_objects{kind="${ROUTES}"}`)) === 2
  return two && (await allows(round)) && (round === 0 || !(await allows(round - 1)))
}

function converged(): Promise<void> {
  return replica.until('like the cluster again', isConverged)
}

const lastContact = async () => (await metric(replica, `lanekeeper_view_last_contact_seconds{kind="${ROUTES}"}`)) ?? Number.NaN
const restarts = async () => (await metric(replica, `lanekeeper_view_watch_restarts_total{kind="${ROUTES}"}`)) ?? Number.NaN
const relists = async () => (await metric(replica, `lanekeeper_view_relists_total{kind="${ROUTES}"}`)) ?? Number.NaN

/** Requests about routes fail like this so many times. */
function failing(fault: NonNullable<ReturnType<FaultProxy['fault']>>, times: number): () => number {
  let failed = 0
  proxy.fault = (path) => (path.startsWith(ROUTES_PATH) && failed < times ? (failed++, fault) : undefined)
  return () => failed
}

describe('the view is the cluster again after', () => {
  it('connections that are reset', async () => {
    const before = await restarts()
    proxy.resetWatches()
    await change()
    await converged()
    expect(await restarts()).toBeGreaterThan(before)
  })

  it('a connection that is reset three times in a row', async () => {
    const failed = failing({ kind: 'reset' }, 3)
    proxy.resetWatches()
    await change()
    await converged()
    expect(failed()).toBe(3)
  })

  it('half a line', async () => {
    const before = await restarts()
    proxy.halveNextEvent()
    await change()
    await converged()
    expect(await restarts()).toBeGreaterThan(before)
  })

  it('410: everything is listed anew', async () => {
    const before = await relists()
    proxy.expireWatches()
    await change()
    await converged()
    expect(await relists()).toBe(before + 1)
  })

  it('429 with Retry-After, which is heeded', async () => {
    const seconds = 2
    const failed = failing({ kind: 'refuse', status: 429, reason: 'TooManyRequests', retryAfter: seconds }, 1)
    proxy.resetWatches()
    await change()
    await replica.until('refused', () => failed() === 1)
    const asked = performance.now()
    await converged()
    expect(performance.now() - asked).toBeGreaterThan(seconds * 900)
  })

  it('a slow list', async () => {
    proxy.fault = (path) => (path.startsWith(`${ROUTES_PATH}limit=`) ? { kind: 'slow', milliseconds: 2_000 } : undefined)
    const before = await relists()
    proxy.expireWatches()
    await change()
    await converged()
    expect(await relists()).toBe(before + 1)
  })

  it('silence, which the gauge shows', async () => {
    proxy.freezeWatches()
    await change()
    await delay(2_500)
    expect(await lastContact()).toBeGreaterThan(2)
    expect(await isConverged()).toBe(false)
    proxy.resetWatches()
    await converged()
    expect(await lastContact()).toBeLessThan(2)
  })

  it.skipIf(!LONG)(
    'silence that nobody ends: it is taken for a dead connection after 150 s',
    async () => {
      proxy.freezeWatches()
      await change()
      await delay(150_000)
      await converged()
      expect(replica.log()).toContain('httproutes: nothing heard for 150 s')
    },
    240_000,
  )

  // SIGTERM lets watches run on until the patience with it is over.
  it.each(LONG ? (['SIGTERM', 'SIGKILL'] as const) : (['SIGKILL'] as const))('a restart of the API server by %s', async (signal) => {
    await plane.stopApiServer(signal)
    await delay(1_000)
    await plane.startApiServer()
    await change()
    await converged()
    expect(await readyz(replica)).toMatchObject({ ready: true })
  })
})

describe('a replica that starts while routes can’t be listed', () => {
  it('says what is missing, answers no review, and is ready when they can', async () => {
    let broken = true
    proxy.fault = (path) =>
      broken && path.startsWith(ROUTES_PATH) ? { kind: 'refuse', status: 429, reason: 'TooManyRequests', retryAfter: 1 } : undefined
    const late = await startReplica(plane, { name: 'late', server: proxy })
    try {
      expect((await readyz(late)).report).toContain(
        '[-] cluster: HTTPRoute not listed yet (HTTP 429 TooManyRequests: says the proxy)\nnot ready\n',
      )
      broken = false
      await late.until('ready', async () => (await readyz(late)).ready)
      expect(await metric(late, `lanekeeper_view_objects{kind="${ROUTES}"}`)).toBe(2)
    } finally {
      await late.stop()
    }
  })
})
