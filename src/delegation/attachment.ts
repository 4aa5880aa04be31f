import { hostsOn, intersectHostnames } from './hostname.ts'
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
  /** The same, listener by listener. */
  readonly places: readonly Place[]
}

/** A host on a listener, or on what a parentRef says of one where the Gateway isn't known. */
export interface Place {
  readonly host: string
  readonly listener: string | undefined
  readonly port: number | undefined
  /** The names in the TLS handshake that lead here; undefined without TLS, or where that isn't known. */
  readonly serverName: string | undefined
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
    const places = known === undefined ? placesNamed(refs, route.hostnames) : placesOn(known, refs, route.hostnames)
    const hosts = [...new Set(places.map((place) => place.host))]
    return { gateway, known, dialect: forced ?? dialectOf(known, view), hosts, places }
  })
}

function placesOn(gateway: Gateway, refs: readonly ParentRef[], hostnames: readonly string[]): Place[] {
  return gateway.listeners
    .filter(({ name, port }) => refs.some((ref) => (ref.sectionName ?? name) === name && (ref.port ?? port) === port))
    .flatMap(({ name, port, protocol, hostname }) => {
      const serverName = protocol === 'HTTPS' ? (hostname ?? '*') : undefined
      return hostsOn(hostname, hostnames).map((host) => ({ host, listener: name, port, serverName }))
    })
}

function placesNamed(refs: readonly ParentRef[], hostnames: readonly string[]): Place[] {
  return refs.flatMap(({ sectionName, port }) =>
    hostsOn(undefined, hostnames).map((host) => ({ host, listener: sectionName, port, serverName: undefined })),
  )
}

/** A host that two attachments both serve in one place, and which of them says it more exactly. */
export interface SharedHost {
  readonly host: string
  readonly closer: 'same' | 'first' | 'second'
  /** Port and TLS name; equal texts are one place. */
  readonly door: string
}

/**
 * The hosts where requests may be for either of two attachments: on one Gateway, port and TLS name, and on a listener that
 * no other of that port is closer to the host than. Where the Gateway isn't known, different sections or ports are
 * different places and everything else may be the same.
 */
export function sharedHosts(a: Attachment, b: Attachment): readonly SharedHost[] {
  const known = SHARED.get(a)?.get(b)
  if (known !== undefined) return known
  const shared = hostsInCommon(a, b)
  const others = SHARED.get(a) ?? new WeakMap()
  SHARED.set(a, others.set(b, shared))
  return shared
}

/** Remembered while both are in use: every match of two routes asks the same. */
const SHARED = new WeakMap<Attachment, WeakMap<Attachment, readonly SharedHost[]>>()

function hostsInCommon(a: Attachment, b: Attachment): SharedHost[] {
  if (a.gateway.namespace !== b.gateway.namespace || a.gateway.name !== b.gateway.name) return []
  const shared = new Map<string, SharedHost>()
  for (const one of a.places) {
    for (const other of b.places) {
      const host = intersectHostnames(patternOf(one.host), patternOf(other.host))
      if (host === undefined || !samePlace(one, other, a.known !== undefined)) continue
      if (isLeftToCloserListener(one, host, a.known) || isLeftToCloserListener(other, host, a.known)) continue
      const closer = one.host === other.host ? 'same' : host === one.host ? 'first' : 'second'
      const door = `${one.port ?? other.port ?? one.listener ?? other.listener ?? ''} ${one.serverName ?? ''}`
      shared.set(`${door} ${host} ${closer}`, { host, closer, door })
    }
  }
  return [...shared.values()]
}

function samePlace(a: Place, b: Place, known: boolean): boolean {
  if (known) return a.port === b.port && a.serverName === b.serverName
  return sameOrUnsaid(a.listener, b.listener) && sameOrUnsaid(a.port, b.port)
}

/** Of the listeners of a port, only the one whose hostname is closest gets a request. */
function isLeftToCloserListener({ listener, port }: Place, host: string, gateway: Gateway | undefined): boolean {
  const own = gateway?.listeners.find(({ name }) => name === listener)
  if (own === undefined || gateway === undefined) return false
  return gateway.listeners.some(
    ({ port: otherPort, protocol, hostname }) =>
      otherPort === port &&
      protocol === own.protocol &&
      hostname !== undefined &&
      hostname !== own.hostname &&
      intersectHostnames(own.hostname, hostname) === hostname &&
      intersectHostnames(hostname, patternOf(host)) === host,
  )
}

function sameOrUnsaid<T>(a: T | undefined, b: T | undefined): boolean {
  return a === undefined || b === undefined || a === b
}

function patternOf(host: string): string | undefined {
  return host === '*' ? undefined : host
}
