import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { SILENCE_MS } from '../../src/cluster/api-reader.ts'
import { type FollowedCluster, startFollowedCluster } from './followed-cluster.ts'

// A suite of its own: it waits for minutes, beside others that work.

let cluster: FollowedCluster
beforeAll(async () => {
  cluster = await startFollowedCluster()
})
afterAll(() => cluster?.stop())

it('silence that nobody ends is taken for a dead connection, and the view is the cluster again', async () => {
  cluster.proxy.freezeWatches()
  await cluster.change()
  expect(await cluster.isConverged()).toBe(false)
  await delay(SILENCE_MS)
  await cluster.converged()
  expect(cluster.replica.log()).toContain('httproutes: nothing heard for 150 s')
}, 240_000)
