import { hostsOn, intersectHostnames } from './hostname.ts'
import type { Dialect, Gateway, HttpRoute, Listener, ListenerSet, ListenerSetKind, ObjectName, ParentRef } from './route.ts'
import { attachableKind, GATEWAY_GROUP } from './selection.ts'
import type { View } from './view.ts'

/** A route put on a Gateway directly: the root of whatever it delegates. */
export interface Attachment {
  /** The Gateway finally reached; a ListenerSet that isn't there (yet) stands for the one it would lead to. */
  readonly gateway: Attachable
  /** What the route names to get there, as messages may say it: `ListenerSet shop/extra`. */
  readonly named: string
  /** The Gateway as the view holds it; undefined when it isn't there (yet). */
  readonly known: Gateway | undefined
  readonly dialect: Dialect
  /** Host patterns, `*` = every host; empty when route and listeners share none. */
  readonly hosts: readonly string[]
  /** The same, listener by listener. Whether the listeners accept the route is another question (allowed-routes.ts). */
  readonly places: readonly Place[]
}

/** What a parentRef can put a route on. */
export interface Attachable extends ObjectName {
  readonly kind: 'Gateway' | ListenerSetKind
}

/** How messages and maps name it: `Gateway infra/edge`. */
export function attachableName({ kind, namespace, name }: Attachable): string {
  return `${kind} ${namespace}/${name}`
}

/** A host on a listener, or on what a parentRef says of one that isn't known. */
export interface Place {
  readonly host: string
  /** Whose listener it is (attachableName): two of them may use one name. */
  readonly holder: string
  readonly listener: string | undefined
  readonly port: number | undefined
  /** The listener's own; undefined = every host, or not known. */
  readonly hostname: string | undefined
  /** The names in the TLS handshake that lead here; undefined without TLS, or where that isn't known. */
  readonly serverName: string | undefined
  /** The listener itself is known, not only what a parentRef says of it. */
  readonly known: boolean
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

/** What a parentRef, or asking for the default Gateways, leads to. */
export interface Entrance {
  readonly named: Attachable
  readonly refs: readonly ParentRef[]
  /** On the way, if one is named and known. */
  readonly listenerSet: ListenerSet | undefined
  /** The Gateway finally reached, or `named` where that can't be told. */
  readonly gateway: Attachable
  readonly known: Gateway | undefined
  /** Those of what is named; undefined when it isn't there (yet). */
  readonly listeners: readonly Listener[] | undefined
}

/** One entry per object the route names, in the order of its parentRefs; default Gateways last. */
export function entrancesOf(route: HttpRoute, view: View): Entrance[] {
  const refsByName = new Map<string, { named: Attachable; refs: ParentRef[] }>()
  for (const ref of route.parentRefs) {
    const kind = attachableKind(ref)
    if (kind === undefined) continue
    const named = { kind, namespace: ref.namespace ?? route.namespace, name: ref.name }
    const entry = refsByName.get(attachableName(named))
    if (entry === undefined) refsByName.set(attachableName(named), { named, refs: [ref] })
    else entry.refs.push(ref)
  }
  for (const { namespace, name } of route.usesDefaultGateways ? view.defaultGateways() : []) {
    const named = { kind: 'Gateway' as const, namespace, name }
    const ref = { ...named, group: GATEWAY_GROUP, sectionName: undefined, port: undefined, kindWritten: false }
    // Being named narrows nothing: the default puts the route on every listener.
    refsByName.set(attachableName(named), { named, refs: [...(refsByName.get(attachableName(named))?.refs ?? []), ref] })
  }
  return [...refsByName.values()].map(({ named, refs }) => ({ named, refs, ...reached(named, view) }))
}

/** What one parentRef leads to; undefined for a parent that isn't attached to. */
export function entranceAt(ref: ParentRef, { namespace }: HttpRoute, view: View): Entrance | undefined {
  const kind = attachableKind(ref)
  if (kind === undefined) return undefined
  const named = { kind, namespace: ref.namespace ?? namespace, name: ref.name }
  return { named, refs: [ref], ...reached(named, view) }
}

/** Whether the Gateway is one of the namespace, as far as that can be told: where a missing ListenerSet leads can't. */
export function isGatewayOf(gateway: Attachable, namespace: string): boolean {
  return gateway.kind === 'Gateway' && gateway.namespace === namespace
}

function reached(named: Attachable, view: View): Pick<Entrance, 'listenerSet' | 'gateway' | 'known' | 'listeners'> {
  const { kind, namespace, name } = named
  if (kind === 'Gateway') {
    const known = view.gateway(namespace, name)
    return { listenerSet: undefined, gateway: named, known, listeners: known?.listeners }
  }
  const listenerSet = view.listenerSet(kind, namespace, name)
  const parent = listenerSet?.gateway
  if (parent === undefined) return { listenerSet, gateway: named, known: undefined, listeners: listenerSet?.listeners }
  const known = view.gateway(parent.namespace, parent.name)
  return { listenerSet, gateway: { kind: 'Gateway', ...parent }, known, listeners: listenerSet?.listeners }
}

/**
 * One attachment per Gateway that the route reaches, as if every listener accepted it. `forced` is the policy's dialect,
 * when it isn't `auto`.
 */
export function attachmentsOf(route: HttpRoute, view: View, forced: Dialect | undefined): Attachment[] {
  const byGateway = Map.groupBy(entrancesOf(route, view), ({ gateway }) => attachableName(gateway))
  return [...byGateway.values()].flatMap((entrances) => {
    const [first] = entrances
    if (first === undefined) return []
    const { gateway, known } = first
    const places = entrances.flatMap((entrance) => placesOf(entrance, route.hostnames))
    const hosts = [...new Set(places.map((place) => place.host))]
    return [{ gateway, named: attachableName(first.named), known, dialect: forced ?? dialectOf(known, view), hosts, places }]
  })
}

/** The listeners that a parentRef of the entrance asks for. */
export function listenersNamed(listeners: readonly Listener[], refs: readonly ParentRef[]): Listener[] {
  return listeners.filter(({ name, port }) => refs.some((ref) => (ref.sectionName ?? name) === name && (ref.port ?? port) === port))
}

function placesOf({ named, refs, listeners }: Entrance, hostnames: readonly string[]): Place[] {
  const holder = attachableName(named)
  if (listeners === undefined) {
    return refs.flatMap(({ sectionName, port }) =>
      hostsOn(undefined, hostnames).map((host) => ({
        host,
        holder,
        listener: sectionName,
        port,
        hostname: undefined,
        serverName: undefined,
        known: false,
      })),
    )
  }
  return listenersNamed(listeners, refs).flatMap(({ name, port, protocol, hostname }) => {
    const serverName = protocol === 'HTTPS' ? (hostname ?? '*') : undefined
    return hostsOn(hostname, hostnames).map((host) => ({ host, holder, listener: name, port, hostname, serverName, known: true }))
  })
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
 * none of the Gateway's is closer to the host than on that port. Where a listener isn't known, different sections or ports
 * are different places and everything else may be the same.
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
  if (attachableName(a.gateway) !== attachableName(b.gateway)) return []
  const shared = new Map<string, SharedHost>()
  for (const one of a.places) {
    for (const other of b.places) {
      const host = intersectHostnames(patternOf(one.host), patternOf(other.host))
      if (host === undefined || !samePlace(one, other)) continue
      if (isLeftToCloserListener(one, host, a.known) || isLeftToCloserListener(other, host, a.known)) continue
      const closer = one.host === other.host ? 'same' : host === one.host ? 'first' : 'second'
      const door = `${one.port ?? other.port ?? one.listener ?? other.listener ?? ''} ${one.serverName ?? ''}`
      shared.set(`${door} ${host} ${closer}`, { host, closer, door })
    }
  }
  // On a wider host, too, neither is less close on this one.
  return [...shared.values()].filter(({ host, closer, door }) => closer === 'same' || !shared.has(`${door} ${host} same`))
}

function samePlace(a: Place, b: Place): boolean {
  if (a.known && b.known) return a.port === b.port && a.serverName === b.serverName
  return sameOrUnsaid(a.port, b.port) && (a.holder !== b.holder || sameOrUnsaid(a.listener, b.listener))
}

/** Of the listeners of a port, only the one whose hostname is closest gets a request. */
function isLeftToCloserListener({ port, serverName, hostname: own, known }: Place, host: string, gateway: Gateway | undefined): boolean {
  if (!known || gateway === undefined) return false
  return gateway.listeners.some(
    ({ port: otherPort, protocol, hostname }) =>
      otherPort === port &&
      (protocol === 'HTTPS') === (serverName !== undefined) &&
      hostname !== undefined &&
      hostname !== own &&
      intersectHostnames(own, hostname) === hostname &&
      intersectHostnames(hostname, patternOf(host)) === host,
  )
}

function sameOrUnsaid<T>(a: T | undefined, b: T | undefined): boolean {
  return a === undefined || b === undefined || a === b
}

function patternOf(host: string): string | undefined {
  return host === '*' ? undefined : host
}
