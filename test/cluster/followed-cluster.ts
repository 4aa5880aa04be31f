import { gatewayOf, granting, parentRef, platformRoot, prefix, route, serving, to } from '../manifest-fixtures.ts'
import { AdminApi } from './admin-api.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'
import { freePort } from './free-port.ts'
import { installGatewayApi } from './gateway-api.ts'
import { installChart, startReplica } from './installation.ts'
import { type Serving, untilAsked } from './lanekeeper.ts'
import { metric } from './probes.ts'
import { giveNamespaces } from './users.ts'

/** A cluster, and a replica that follows it through a proxy that breaks things. */
export interface FollowedCluster {
  readonly plane: ControlPlane
  readonly proxy: FaultProxy
  readonly replica: Serving
  /** Something is changed, something comes and something goes. */
  readonly change: () => Promise<void>
  /** Whether the view is the cluster: what the last change left, nothing too much and nothing missing. */
  readonly isConverged: () => Promise<boolean>
  readonly converged: () => Promise<void>
  /** Of HTTPRoutes: `last_contact_seconds`, say. */
  readonly gauge: (name: string) => Promise<number>
  readonly stop: () => Promise<void>
}

/** How many HTTPRoutes there are after each change. */
export const ROUTES = 2

export async function startFollowedCluster(): Promise<FollowedCluster> {
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one()
  }
  try {
    const plane = await startControlPlane()
    stops.push(plane.stop)
    await installGatewayApi(plane, { version: '1.6', channel: 'standard' })
    await giveNamespaces(plane, 'shop', ['shop', 'infra'])
    const port = await freePort()
    await installChart(plane, `https://127.0.0.1:${port}`)
    const proxy = await startFaultProxy(plane)
    stops.push(proxy.close)
    const replica = await startReplica(plane, { port, server: proxy })
    stops.push(() => replica.stop())
    await untilAsked(plane, replica)
    const api = new AdminApi(plane)
    stops.push(async () => api.close())
    for (const object of gatewayOf('kgateway')) {
      const problem = await api.put(object)
      if (problem !== undefined) throw new Error(problem)
    }
    const cluster = { plane, proxy, replica, stop, ...changing(api, replica) }
    await cluster.change()
    await cluster.converged()
    return cluster
  } catch (cause) {
    await stop()
    throw cause
  }
}

function changing(api: AdminApi, replica: Serving): Pick<FollowedCluster, 'change' | 'isConverged' | 'converged' | 'gauge'> {
  const routes = '/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes'
  let round = -1
  const gauge = async (name: string) => (await metric(replica, `lanekeeper_view_${name}{kind="HTTPRoute"}`)) ?? Number.NaN

  async function change(): Promise<void> {
    round++
    // The lane of the child is another one in each round.
    for (const object of [platformRoot([granting(prefix(`/lane-${round}`), to('shop/child'))]), route(`shop/extra-${round}`, {})]) {
      const problem = await api.put(object)
      if (problem !== undefined) throw new Error(problem)
    }
    const { status, body } = await api.request('DELETE', `${routes}/extra-${round - 1}`)
    if (round > 0 && status !== 200) throw new Error(body)
  }

  /** Whether a child of that round's lane is allowed, as the API server is told. */
  async function allows(number: number): Promise<boolean> {
    const child = route('shop/child', { parentRefs: [parentRef('infra/parent')], rules: [serving(prefix(`/lane-${number}`))] })
    const { status, body } = await api.request('POST', `${routes}?dryRun=All`, child)
    if (status !== 201 && !body.includes('HTTPRoute shop/child denied: 1 violation')) throw new Error(body)
    return status === 201
  }

  async function isConverged(): Promise<boolean> {
    return (await gauge('objects')) === ROUTES && (await allows(round)) && !(await allows(round - 1))
  }

  return { change, isConverged, gauge, converged: () => replica.until('like the cluster again', isConverged) }
}
