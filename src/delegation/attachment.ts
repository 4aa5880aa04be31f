import { hostsOn } from './hostname.ts'
import type { Dialect, Gateway, HttpRoute, ParentRef } from './route.ts'
import { isGatewayRef } from './selection.ts'
import type { View } from './view.ts'

/** A route put on a Gateway directly: the root of whatever it delegates. */
export interface Attachment {
  readonly gateway: { readonly namespace: string; readonly name: string }
  /** The Gateway as the view holds it; undefined when it isn't there (yet). */
  readonly known: Gateway | undefined
  readonly dialect: Dialect
  /** Host patterns, `*` = every host; empty when route and listeners share none. */
  readonly hosts: readonly string[]
}

/** The dialect of a GatewayClass by its controller; flattening is what a guard has to assume of an unknown one. */
const DIALECT_OF_CONTROLLER: ReadonlyMap<string, Dialect> = new Map([
  ['kgateway.dev/kgateway', 'kgateway'],
  ['solo.io/gloo-gateway', 'gloo'],
  ['agentgateway.dev/agentgateway', 'agentgateway'],
  ['kgateway.dev/agentgateway', 'agentgateway'],
])

export function dialectOf(gateway: Gateway | undefined, view: View): Dialect {
  const controller = gateway === undefined ? undefined : view.gatewayClass(gateway.className)?.controllerName
  return (controller === undefined ? undefined : DIALECT_OF_CONTROLLER.get(controller)) ?? 'kgateway'
}

/** One attachment per Gateway the route names. `forced` is the policy's dialect, when it isn't `auto`. */
export function attachmentsOf(route: HttpRoute, view: View, forced: Dialect | undefined): Attachment[] {
  const byGateway = new Map<string, { gateway: Attachment['gateway']; refs: ParentRef[] }>()
  for (const ref of route.parentRefs) {
    if (!isGatewayRef(ref)) continue
    const gateway = { namespace: ref.namespace ?? route.namespace, name: ref.name }
    const key = `${gateway.namespace}/${gateway.name}`
    const entry = byGateway.get(key)
    if (entry === undefined) byGateway.set(key, { gateway, refs: [ref] })
    else entry.refs.push(ref)
  }
  return [...byGateway.values()].map(({ gateway, refs }) => {
    const known = view.gateway(gateway.namespace, gateway.name)
    return { gateway, known, dialect: forced ?? dialectOf(known, view), hosts: hostsFor(known, refs, route.hostnames) }
  })
}

function hostsFor(gateway: Gateway | undefined, refs: readonly ParentRef[], hostnames: readonly string[]): string[] {
  if (gateway === undefined) return hostsOn(undefined, hostnames)
  const hosts = new Set<string>()
  for (const listener of gateway.listeners) {
    const named = refs.some(
      (ref) =>
        (ref.sectionName === undefined || ref.sectionName === listener.name) && (ref.port === undefined || ref.port === listener.port),
    )
    if (named) for (const host of hostsOn(listener.hostname, hostnames)) hosts.add(host)
  }
  return [...hosts]
}
