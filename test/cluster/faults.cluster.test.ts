import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { FaultProxy } from './fault-proxy.ts'
import { type FollowedCluster, ROUTES, startFollowedCluster } from './followed-cluster.ts'
import { startReplica } from './installation.ts'
import { metric, readyz } from './probes.ts'

// The cluster changes while something breaks, and the view has to be the cluster again. silence.cluster.test.ts has the fault that takes longest.

const ROUTES_PATH = '/apis/gateway.networking.k8s.io/v1/httproutes?'

let cluster: FollowedCluster
beforeAll(async () => {
  cluster = await startFollowedCluster()
})
afterEach(() => {
  cluster.proxy.fault = () => undefined
})
afterAll(() => cluster?.stop())

const lastContact = () => cluster.gauge('last_contact_seconds')
const restarts = () => cluster.gauge('watch_restarts_total')
const relists = () => cluster.gauge('relists_total')

/** Requests about routes fail like this so many times. */
function failing(fault: NonNullable<ReturnType<FaultProxy['fault']>>, times: number): () => number {
  let failed = 0
  cluster.proxy.fault = (path) => (path.startsWith(ROUTES_PATH) && failed < times ? (failed++, fault) : undefined)
  return () => failed
}

describe('the view is the cluster again after', () => {
  it('connections that are reset', async () => {
    const before = await restarts()
    cluster.proxy.resetWatches()
    await cluster.change()
    await cluster.converged()
    expect(await restarts()).toBeGreaterThan(before)
  })

  it('a connection that is reset three times in a row', async () => {
    const failed = failing({ kind: 'reset' }, 3)
    cluster.proxy.resetWatches()
    await cluster.change()
    await cluster.converged()
    expect(failed()).toBe(3)
  })

  it('half a line', async () => {
    const before = await restarts()
    cluster.proxy.halveNextEvent()
    await cluster.change()
    await cluster.converged()
    expect(await restarts()).toBeGreaterThan(before)
  })

  it('410: everything is listed anew', async () => {
    const before = await relists()
    cluster.proxy.expireWatches()
    await cluster.change()
    await cluster.converged()
    expect(await relists()).toBe(before + 1)
  })

  it('429 with Retry-After, which is heeded', async () => {
    const seconds = 2
    const failed = failing({ kind: 'refuse', status: 429, reason: 'TooManyRequests', retryAfter: seconds }, 1)
    cluster.proxy.resetWatches()
    await cluster.change()
    await cluster.replica.until('refused', () => failed() === 1)
    const asked = performance.now()
    await cluster.converged()
    expect(performance.now() - asked).toBeGreaterThan(seconds * 900)
  })

  it('a slow list', async () => {
    cluster.proxy.fault = (path) => (path.startsWith(`${ROUTES_PATH}limit=`) ? { kind: 'slow', milliseconds: 2_000 } : undefined)
    const before = await relists()
    cluster.proxy.expireWatches()
    await cluster.change()
    await cluster.converged()
    expect(await relists()).toBe(before + 1)
  })

  it('silence, which the gauge shows', async () => {
    cluster.proxy.freezeWatches()
    await cluster.change()
    await delay(2_500)
    expect(await lastContact()).toBeGreaterThan(2)
    expect(await cluster.isConverged()).toBe(false)
    cluster.proxy.resetWatches()
    await cluster.converged()
    expect(await lastContact()).toBeLessThan(2)
  })

  // SIGTERM lets watches run on until the patience with it is over.
  it.each(['SIGTERM', 'SIGKILL'] as const)('a restart of the API server by %s', async (signal) => {
    await cluster.plane.stopApiServer(signal)
    await delay(1_000)
    await cluster.plane.startApiServer()
    await cluster.change()
    await cluster.converged()
    expect(await readyz(cluster.replica)).toMatchObject({ ready: true })
  })
})

describe('a replica that starts while routes can’t be listed', () => {
  it('says what is missing, answers no review, and is ready when they can', async () => {
    let broken = true
    cluster.proxy.fault = (path) =>
      broken && path.startsWith(ROUTES_PATH) ? { kind: 'refuse', status: 429, reason: 'TooManyRequests', retryAfter: 1 } : undefined
    const late = await startReplica(cluster.plane, { name: 'late', server: cluster.proxy })
    try {
      expect((await readyz(late)).report).toContain(
        '[-] cluster: HTTPRoute not listed yet (HTTP 429 TooManyRequests: says the proxy)\nnot ready\n',
      )
      broken = false
      await late.until('ready', async () => (await readyz(late)).ready)
      expect(await metric(late, 'lanekeeper_view_objects{kind="HTTPRoute"}')).toBe(ROUTES)
    } finally {
      await late.stop()
    }
  })
})
