import { LABEL_KEY, routeWeight } from './annotations.ts'
import { type Area, areaOfHost } from './area.ts'
import { patternsAbove } from './hostname.ts'
import { type IndexedMatch, PathIndex } from './path-index.ts'
import type { Reference } from './reference.ts'
import {
  type Dialect,
  type Gateway,
  type GatewayClass,
  type HttpRoute,
  identityOf,
  type ListenerSet,
  type ListenerSetKind,
  type Namespace,
  nameOf,
  type PathMatch,
  type ReferenceGrant,
  type RouteKind,
  type ViewKind,
  type ViewObject,
} from './route.ts'
import { attachableKind, attachesDirectly, type Selector, selectorOf, selects } from './selection.ts'
import { Trie } from './trie.ts'

/** A delegating backendRef of a rule, as the index holds it. */
export interface Delegation extends Reference {
  readonly parent: HttpRoute
  /** Index into the parent's rules. */
  readonly rule: number
}

/**
 * What is known of the cluster, kept up to date one object at a time. `completeness` says what a missing object means:
 * in `files` it may live elsewhere, in a `cluster` it does not exist.
 *
 * INVARIANT: every index below says exactly what the objects say; `put` and `remove` cost what the one object holds
 * (rules, labels), never what the view holds.
 */
export class View {
  readonly completeness: 'files' | 'cluster'
  /**
   * Routes that were deleted a short while ago, and nothing else. Their requests are still their owners', against all others;
   * they serve, grant and select nothing. Undefined where nobody keeps them.
   */
  readonly departed: View | undefined
  /** Itself, and what departed from it. */
  readonly withDeparted: readonly View[]
  /** By kind; then by namespace and name. */
  readonly #routes = { HTTPRoute: new Buckets<HttpRoute>(), GRPCRoute: new Buckets<HttpRoute>() }
  readonly #gateways = new Buckets<Gateway>()
  readonly #defaultGateways = new Map<string, Gateway>()
  readonly #listenerSets = { ListenerSet: new Buckets<ListenerSet>(), XListenerSet: new Buckets<ListenerSet>() }
  /** ListenerSets by the Gateway they add listeners to. */
  readonly #setsOf = new Buckets<ListenerSet>()
  readonly #classes = new Map<string, GatewayClass>()
  readonly #namespaces = new Map<string, Namespace>()
  readonly #referenceGrants = new Map<string, ReferenceGrant>()
  /** Delegations by what they select (selectorKey), then by the parent that writes them. */
  readonly #delegations = new Buckets<readonly Delegation[]>()
  /** Routes by namespace, and by delegation label value, under `namespace` or every namespace. */
  readonly #selectable = new Buckets<HttpRoute>()
  readonly #grantsByNamespace = new Buckets<ReferenceGrant>()
  /** The matches of what #selectable holds, by path. */
  readonly #paths = new Map<string, PathIndex>()
  /** The matches of routes that attach to Gateways, by hostname (`*` = none written) and path. */
  readonly #onHosts = new Map<string, PathIndex>()
  readonly #hosts = new Trie<PathIndex>()
  /** Routes whose weight puts them before or behind what their matches say. */
  readonly #weighted = new Set<string>()
  /** Routes by what they name to be put on (attachableKey), for top-down walks. */
  readonly #attached = new Buckets<HttpRoute>()

  constructor(completeness: 'files' | 'cluster', departed?: View) {
    this.completeness = completeness
    this.departed = departed
    this.withDeparted = departed === undefined ? [this] : [this, departed]
  }

  /** Adds the object or replaces the one of its kind, namespace and name. */
  put(object: ViewObject): void {
    switch (object.kind) {
      case 'HTTPRoute':
      case 'GRPCRoute':
        this.#removeRoute(object.kind, object.value.namespace, object.value.name)
        this.#addRoute(object.value)
        break
      case 'Gateway':
        this.#gateways.set(object.value.namespace, object.value.name, object.value)
        if (object.value.isDefault) this.#defaultGateways.set(nameOf(object.value), object.value)
        else this.#defaultGateways.delete(nameOf(object.value))
        break
      case 'ListenerSet':
      case 'XListenerSet':
        this.#removeListenerSet(object.kind, object.value.namespace, object.value.name)
        this.#addListenerSet(object.value)
        break
      case 'GatewayClass':
        this.#classes.set(object.value.name, object.value)
        break
      case 'Namespace':
        this.#namespaces.set(object.value.name, object.value)
        break
      case 'ReferenceGrant':
        this.#referenceGrants.set(nameOf(object.value), object.value)
        this.#grantsByNamespace.set(object.value.namespace, object.value.name, object.value)
        break
    }
  }

  /** Cluster-scoped kinds pass '' as the namespace. Removing what isn't there changes nothing. */
  remove(kind: ViewKind, namespace: string, name: string): void {
    switch (kind) {
      case 'HTTPRoute':
      case 'GRPCRoute':
        this.#removeRoute(kind, namespace, name)
        break
      case 'Gateway':
        this.#gateways.delete(namespace, name)
        this.#defaultGateways.delete(`${namespace}/${name}`)
        break
      case 'ListenerSet':
      case 'XListenerSet':
        this.#removeListenerSet(kind, namespace, name)
        break
      case 'GatewayClass':
        this.#classes.delete(name)
        break
      case 'Namespace':
        this.#namespaces.delete(name)
        break
      case 'ReferenceGrant':
        this.#referenceGrants.delete(`${namespace}/${name}`)
        this.#grantsByNamespace.delete(namespace, name)
        break
    }
  }

  count(kind: ViewKind): number {
    switch (kind) {
      case 'HTTPRoute':
      case 'GRPCRoute':
        return this.#routes[kind].total
      case 'Gateway':
        return this.#gateways.total
      case 'ListenerSet':
      case 'XListenerSet':
        return this.#listenerSets[kind].total
      case 'GatewayClass':
        return this.#classes.size
      case 'Namespace':
        return this.#namespaces.size
      case 'ReferenceGrant':
        return this.#referenceGrants.size
    }
  }

  /** The HTTPRoute of that name. */
  route(namespace: string, name: string): HttpRoute | undefined {
    return this.routeOf('HTTPRoute', namespace, name)
  }

  grpcRoute(namespace: string, name: string): HttpRoute | undefined {
    return this.routeOf('GRPCRoute', namespace, name)
  }

  routeOf(kind: RouteKind, namespace: string, name: string): HttpRoute | undefined {
    return this.#routes[kind].get(namespace, name)
  }

  /** Every HTTPRoute. */
  routes(): Iterable<HttpRoute> {
    return this.#routes.HTTPRoute.all()
  }

  gateway(namespace: string, name: string): Gateway | undefined {
    return this.#gateways.get(namespace, name)
  }

  /** The Gateways for routes that ask for the default ones, by name. */
  defaultGateways(): readonly Gateway[] {
    return [...this.#defaultGateways].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, gateway]) => gateway)
  }

  listenerSet(kind: ListenerSetKind, namespace: string, name: string): ListenerSet | undefined {
    return this.#listenerSets[kind].get(namespace, name)
  }

  /** Whether anything of the namespace is known that routes can be put on. */
  hasGatewaysIn(namespace: string): boolean {
    return [this.#gateways, this.#listenerSets.ListenerSet, this.#listenerSets.XListenerSet].some((known) => known.has(namespace))
  }

  gateways(): Iterable<Gateway> {
    return this.#gateways.all()
  }

  *listenerSets(): Iterable<ListenerSet> {
    for (const sets of Object.values(this.#listenerSets)) yield* sets.all()
  }

  grpcRoutes(): Iterable<HttpRoute> {
    return this.#routes.GRPCRoute.all()
  }

  gatewayClass(name: string): GatewayClass | undefined {
    return this.#classes.get(name)
  }

  namespace(name: string): Namespace | undefined {
    return this.#namespaces.get(name)
  }

  /** Whether the namespace is known to exist: by itself, or because a route lives in it. */
  hasNamespace(name: string): boolean {
    return this.#namespaces.has(name) || this.#routes.HTTPRoute.has(name) || this.#routes.GRPCRoute.has(name)
  }

  /** The labels a namespace is known to wear; the API server gives every namespace its own name. */
  namespaceLabels(name: string): ReadonlyMap<string, string> {
    return this.#namespaces.get(name)?.labels ?? new Map([['kubernetes.io/metadata.name', name]])
  }

  referenceGrantsIn(namespace: string): Iterable<ReferenceGrant> {
    return this.#grantsByNamespace.values(namespace)
  }

  /** Routes that are put on the Gateway by name, through its ListenerSets or by default; each once. */
  routesOn(gatewayNamespace: string, gatewayName: string): Iterable<HttpRoute> {
    const keys = [attachableKey('Gateway', gatewayNamespace, gatewayName)]
    for (const { kind, namespace, name } of this.#setsOf.values(`${gatewayNamespace}/${gatewayName}`)) {
      keys.push(attachableKey(kind, namespace, name))
    }
    if (this.#defaultGateways.has(`${gatewayNamespace}/${gatewayName}`)) keys.push(BY_DEFAULT)
    return new Set(keys.flatMap((key) => [...this.#attached.values(key)]))
  }

  /**
   * The delegations of other routes, and of itself, whose reference selects `route`: consent, dialect and cycles are for
   * the caller. Cost: the number of them.
   */
  *delegationsTo(route: HttpRoute): Iterable<Delegation> {
    for (const key of keysOf(route)) yield* this.delegationsBy(key)
  }

  /** The delegations whose reference has this `selectorKey`. */
  *delegationsBy(key: string): Iterable<Delegation> {
    for (const delegations of this.#delegations.values(key)) yield* delegations
  }

  /** Whether any route selects by this label reference at all. */
  selectsLabel(dialect: 'kgateway' | 'gloo', namespace: string, value: string): boolean {
    for (const within of [namespace, undefined]) for (const _ of this.delegationsBy(labelKey(dialect, within, value))) return true
    return false
  }

  /** The routes a reference selects, consent aside. Cost: the number of them. */
  *selectedBy(selector: Selector): Iterable<HttpRoute> {
    switch (selector.by) {
      case 'name': {
        const route = this.#routes.HTTPRoute.get(selector.namespace, selector.name)
        if (route !== undefined) yield route
        return
      }
      case 'wildcard':
        yield* this.#selectable.values(selector.namespace)
        return
      case 'label':
        yield* this.#selectable.values(labelKey(selector.dialect, selector.namespace, selector.value))
        return
      case 'key-value':
        for (const route of this.#selectable.values(selector.namespace)) {
          if (route.labels.get(selector.key) === selector.value) yield route
        }
    }
  }

  /** An upper bound of how many routes a reference selects, without walking them. */
  countSelectedBy(selector: Selector): number {
    switch (selector.by) {
      case 'name':
        return 1
      case 'label':
        return this.#selectable.size(labelKey(selector.dialect, selector.namespace, selector.value))
      case 'wildcard':
      case 'key-value':
        return this.#selectable.size(selector.namespace)
    }
  }

  /** Matches that a reference selects and that may meet `asked` under a grant of `granted`; consent is for the caller. */
  *matchesNear(selector: Selector, asked: Area, granted: PathMatch, dialect: Dialect): Iterable<IndexedMatch> {
    const bucket = selector.by === 'label' ? labelKey(selector.dialect, selector.namespace, selector.value) : selector.namespace
    for (const indexed of this.#paths.get(bucket)?.meeting(asked, granted, dialect) ?? []) {
      if (selects(selector, indexed.route)) yield indexed
    }
  }

  /** Whether some route's weight counts before its match. */
  get hasWeights(): boolean {
    return this.#weighted.size > 0 || this.departed?.hasWeights === true
  }

  /** Matches of routes that attach to a Gateway, by their hostnames and paths as written; one entry a hostname. */
  *rootMatchesNear(host: Area, path: Area): Iterable<IndexedMatch> {
    for (const index of this.#hosts.meeting(host.segments, host.extent)) yield* index.meetingAsWritten(path)
  }

  /** Routes that attach to a Gateway with a hostname wider than `host`, or none. Cost: the number of them. */
  *rootsAbove(host: string): Iterable<HttpRoute> {
    for (const pattern of patternsAbove(host)) yield* this.#onHosts.get(pattern)?.routes ?? []
  }

  #addRoute(route: HttpRoute): void {
    this.#routes[route.kind].set(route.namespace, route.name, route)
    if (route.kind === 'HTTPRoute') this.#addDelegatee(route)
    for (const host of rootHostsOf(route)) {
      const { segments, extent } = areaOfHost(host)
      this.#hosts.add(segments, extent, host, addToIndex(this.#onHosts, host, route))
    }
    for (const key of attachableKeysOf(route)) this.#attached.set(key, identityOf(route), route)
  }

  #removeRoute(kind: RouteKind, namespace: string, name: string): void {
    const route = this.#routes[kind].get(namespace, name)
    if (route === undefined) return
    this.#routes[kind].delete(namespace, name)
    if (kind === 'HTTPRoute') this.#removeDelegatee(route)
    for (const host of rootHostsOf(route)) {
      const { segments, extent } = areaOfHost(host)
      if (removeFromIndex(this.#onHosts, host, route)) this.#hosts.remove(segments, extent, host)
    }
    for (const key of attachableKeysOf(route)) this.#attached.delete(key, identityOf(route))
  }

  /** What only HTTPRoutes have: delegations, and being delegated to. */
  #addDelegatee(route: HttpRoute): void {
    const name = nameOf(route)
    this.#selectable.set(route.namespace, name, route)
    for (const key of labelKeysOf(route)) this.#selectable.set(key, name, route)
    for (const bucket of [route.namespace, ...labelKeysOf(route)]) addToIndex(this.#paths, bucket, route)
    if (routeWeight(route) !== 0) this.#weighted.add(name)
    for (const [key, delegations] of delegationsOf(route)) this.#delegations.set(key, name, delegations)
  }

  #removeDelegatee(route: HttpRoute): void {
    const name = nameOf(route)
    this.#selectable.delete(route.namespace, name)
    for (const key of labelKeysOf(route)) this.#selectable.delete(key, name)
    for (const bucket of [route.namespace, ...labelKeysOf(route)]) removeFromIndex(this.#paths, bucket, route)
    this.#weighted.delete(name)
    for (const key of delegationsOf(route).keys()) this.#delegations.delete(key, name)
  }

  #addListenerSet(set: ListenerSet): void {
    this.#listenerSets[set.kind].set(set.namespace, set.name, set)
    if (set.gateway !== undefined) this.#setsOf.set(nameOf(set.gateway), attachableKey(set.kind, set.namespace, set.name), set)
  }

  #removeListenerSet(kind: ListenerSetKind, namespace: string, name: string): void {
    const set = this.#listenerSets[kind].get(namespace, name)
    this.#listenerSets[kind].delete(namespace, name)
    if (set?.gateway !== undefined) this.#setsOf.delete(nameOf(set.gateway), attachableKey(kind, namespace, name))
  }
}

/** Maps of maps that leave no empty ones behind. */
class Buckets<T> {
  readonly #buckets = new Map<string, Map<string, T>>()
  #total = 0

  set(bucket: string, key: string, value: T): void {
    const entries = this.#buckets.get(bucket) ?? new Map<string, T>()
    if (!entries.has(key)) this.#total++
    this.#buckets.set(bucket, entries.set(key, value))
  }

  delete(bucket: string, key: string): void {
    const entries = this.#buckets.get(bucket)
    if (entries?.delete(key) !== true) return
    this.#total--
    if (entries.size === 0) this.#buckets.delete(bucket)
  }

  get(bucket: string, key: string): T | undefined {
    return this.#buckets.get(bucket)?.get(key)
  }

  has(bucket: string): boolean {
    return this.#buckets.has(bucket)
  }

  size(bucket: string): number {
    return this.#buckets.get(bucket)?.size ?? 0
  }

  values(bucket: string): Iterable<T> {
    return this.#buckets.get(bucket)?.values() ?? []
  }

  *all(): Iterable<T> {
    for (const entries of this.#buckets.values()) yield* entries.values()
  }

  /** Of all buckets. */
  get total(): number {
    return this.#total
  }
}

function labelKey(dialect: 'kgateway' | 'gloo', namespace: string | undefined, value: string): string {
  return JSON.stringify(['label', dialect, namespace ?? null, value])
}

function nameKey(namespace: string, name: string): string {
  return JSON.stringify(['name', namespace, name])
}

function wildcardKey(namespace: string): string {
  return JSON.stringify(['wildcard', namespace])
}

function keyValueKey(namespace: string, key: string, value: string): string {
  return JSON.stringify(['key-value', namespace, key, value])
}

/** References that select different things have different keys, whatever names and labels are called. */
export function selectorKey(selector: Selector): string {
  switch (selector.by) {
    case 'name':
      return nameKey(selector.namespace, selector.name)
    case 'wildcard':
      return wildcardKey(selector.namespace)
    case 'label':
      return labelKey(selector.dialect, selector.namespace, selector.value)
    case 'key-value':
      return keyValueKey(selector.namespace, selector.key, selector.value)
  }
}

/** Every selectorKey that would select the route. */
function keysOf(route: HttpRoute): string[] {
  if (route.kind !== 'HTTPRoute') return []
  const keys = [wildcardKey(route.namespace), ...labelKeysOf(route)]
  if (route.name !== '') keys.push(nameKey(route.namespace, route.name))
  for (const [key, value] of route.labels) keys.push(keyValueKey(route.namespace, key, value))
  return keys
}

function labelKeysOf(route: HttpRoute): string[] {
  const keys: string[] = []
  for (const dialect of ['kgateway', 'gloo'] as const) {
    const value = route.labels.get(LABEL_KEY[dialect])
    if (value !== undefined) keys.push(labelKey(dialect, route.namespace, value), labelKey(dialect, undefined, value))
  }
  return keys
}

function delegationsOf(route: HttpRoute): Map<string, Delegation[]> {
  const byKey = new Map<string, Delegation[]>()
  route.rules.forEach((rule, index) => {
    for (const ref of rule.backendRefs) {
      const selector = selectorOf(ref, route.namespace)
      if (selector === undefined) continue
      const key = selectorKey(selector)
      const list = byKey.get(key) ?? []
      list.push({ parent: route, rule: index, selector, weight: ref.weight })
      byKey.set(key, list)
    }
  })
  return byKey
}

/** Stands for all default Gateways among the attachableKeys. */
const BY_DEFAULT = 'default'

function attachableKey(kind: 'Gateway' | ListenerSetKind, namespace: string, name: string): string {
  return `${kind} ${namespace}/${name}`
}

function attachableKeysOf(route: HttpRoute): string[] {
  const keys = route.parentRefs.flatMap((ref) => {
    const kind = attachableKind(ref)
    return kind === undefined ? [] : [attachableKey(kind, ref.namespace ?? route.namespace, ref.name)]
  })
  return route.usesDefaultGateways ? [...keys, BY_DEFAULT] : keys
}

function rootHostsOf(route: HttpRoute): readonly string[] {
  if (!attachesDirectly(route)) return []
  return route.hostnames.length === 0 ? ['*'] : route.hostnames
}

function addToIndex(indexes: Map<string, PathIndex>, bucket: string, route: HttpRoute): PathIndex {
  const index = indexes.get(bucket) ?? new PathIndex()
  index.add(route)
  indexes.set(bucket, index)
  return index
}

/** Whether the bucket is gone, the route having been its last. */
function removeFromIndex(indexes: Map<string, PathIndex>, bucket: string, route: HttpRoute): boolean {
  const index = indexes.get(bucket)
  index?.remove(route)
  return index?.isEmpty === true && indexes.delete(bucket)
}
