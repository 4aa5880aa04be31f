import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gatewayOf, granting, parentRef, platformRoot, prefix, route, serving, to } from '../manifest-fixtures.ts'
import { type Balancer, startBalancer } from './balancer.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { installGatewayApi } from './gateway-api.ts'
import { installChart, startReplica } from './installation.ts'
import { kubectl, kubectlOk, listOf } from './kubectl.ts'
import { type Serving, untilAsked } from './lanekeeper.ts'
import { startLoad } from './load.ts'
import { readyz } from './probes.ts'
import { giveNamespaces } from './users.ts'

// Replicas come and go behind a balancer that follows /readyz, as a Service does.

const CART = route('shop/cart', { parentRefs: [parentRef('infra/parent')], rules: [serving(prefix('/shop/cart'))] })
const GRPC = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'GRPCRoute',
  metadata: { namespace: 'shop', name: 'calls' },
  spec: { rules: [{ backendRefs: [{ name: 'web', port: 80 }] }] },
}
/** Longer than the balancer takes to notice. */
const SHUTDOWN_DELAY = ['--shutdown-delay=1']

let plane: ControlPlane
let balancer: Balancer
let started = 0
const replicas: Serving[] = []
beforeAll(async () => {
  plane = await startControlPlane({ tenants: ['shop'] })
  await installGatewayApi(plane, { version: '1.6', channel: 'standard' })
  await giveNamespaces(plane, 'shop', ['shop', 'infra'])
  balancer = await startBalancer()
  await installChart(plane, balancer.webhook)
  await untilAsked(plane, ...(await Promise.all([add(), add()])))
  const parent = platformRoot([granting(prefix('/shop'), to('shop/cart'))])
  await kubectlOk(plane.admin, ['apply', '-f', '-'], listOf([...gatewayOf('kgateway'), parent]))
})
afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()))
  await balancer?.close()
  await plane?.stop()
})

/** A new replica, ready and known to the balancer. */
async function add(): Promise<Serving> {
  const replica = await startReplica(plane, { name: `replica-${started++}`, args: SHUTDOWN_DELAY })
  replicas.push(replica)
  await replica.until('ready', async () => (await readyz(replica)).ready)
  await balancer.add(replica)
  return replica
}

/** The end of the one that started first, as of a pod: nobody is told but by its /readyz. */
async function removeOldest(): Promise<Serving> {
  const replica = replicas.shift()
  if (replica === undefined) throw new Error('no replica')
  await replica.stop('SIGTERM')
  balancer.remove(replica)
  return replica
}

it('replicas replaced one after the other under load: no call fails', async () => {
  const load = startLoad(plane, CART)
  for (let round = 0; round < 3; round++) {
    await add()
    const gone = await removeOldest()
    expect(gone.log()).toContain('shutting down')
  }
  const { calls, failures } = await load.stop()
  expect([...new Set(failures)]).toEqual([])
  expect(calls).toBeGreaterThan(100)
}, 120_000)

describe('with no replica left', () => {
  beforeAll(async () => {
    await kubectlOk(plane.admin, ['apply', '-f', '-'], listOf([CART, GRPC]))
    while (replicas.length > 0) await removeOldest()
  })

  const shop = (args: readonly string[], input = '') => kubectl(plane.tenant('shop'), [...args, '--namespace', 'shop'], input)

  it.each([
    ['creating an HTTPRoute', ['create', '-f', '-'], { ...CART, metadata: { ...CART.metadata, name: 'other' } }],
    ['changing an HTTPRoute', ['label', 'httproute', 'cart', 'tier=gold'], undefined],
    ['creating a GRPCRoute', ['create', '-f', '-'], { ...GRPC, metadata: { ...GRPC.metadata, name: 'other' } }],
    ['changing a GRPCRoute', ['label', 'grpcroute', 'calls', 'tier=gold'], undefined],
  ])('%s is refused', async (_name, args, object) => {
    const { code, stderr } = await shop(args, object && listOf([object]))
    expect(stderr).toContain('failed calling webhook "validate.lanekeeper.dev"')
    expect(code).toBe(1)
  })

  it('what changes nothing that is judged passes', async () => {
    const status = [{ op: 'add', path: '/status', value: { parents: [] } }]
    const patch = ['patch', 'httproute', 'cart', '--subresource=status', '--type=json', '--patch', JSON.stringify(status)]
    expect(await shop(patch)).toMatchObject({ code: 0 })
    const finalizers = ['patch', 'httproute', 'cart', '--type=merge', '--patch', '{"metadata": {"finalizers": []}}']
    expect(await shop(finalizers)).toMatchObject({ code: 0 })
  })

  it('nothing else in the cluster is touched', async () => {
    const objects = [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'any', namespace: 'shop' }, data: {} },
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' }, spec: { ports: [{ port: 80 }] } },
      ...gatewayOf('kgateway').slice(1),
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'new' } },
      { apiVersion: 'lanekeeper.dev/v1alpha1', kind: 'DelegationPolicy', metadata: { name: 'new' } },
      {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'ReferenceGrant',
        metadata: { name: 'any', namespace: 'shop' },
        spec: { from: [{ group: '', kind: 'Service', namespace: 'infra' }], to: [{ group: '', kind: 'Service' }] },
      },
    ]
    expect(await kubectl(plane.admin, ['apply', '-f', '-'], listOf(objects))).toMatchObject({ code: 0, stderr: '' })
  })

  it('deletes pass, of routes and of their namespace', async () => {
    expect(await shop(['delete', 'httproute', 'cart'])).toMatchObject({ code: 0, stderr: '' })
    expect(await shop(['delete', 'grpcroute', 'calls'])).toMatchObject({ code: 0, stderr: '' })
    expect(await kubectl(plane.admin, ['delete', 'namespace', 'shop', '--wait=false'])).toMatchObject({ code: 0 })
  })

  it('and when one is back, routes can be written again', async () => {
    const replica = await add()
    const parent = platformRoot([granting(prefix('/shop'), to('shop/cart')), granting(prefix('/new'), to('shop/new'))])
    expect(await kubectl(plane.admin, ['apply', '-f', '-'], listOf([parent]))).toMatchObject({ code: 0 })
    expect(replica.log()).toContain('"name":"parent"')
  })
})
