import type { Area } from './area.ts'
import { entrancesOf, isGatewayOf } from './attachment.ts'
import type { IndexedMatch } from './path-index.ts'
import {
  type Dialect,
  type Gateway,
  type GatewayClass,
  type HttpRoute,
  identityOf,
  type ListenerSet,
  type ListenerSetKind,
  type Namespace,
  type PathMatch,
  type ReferenceGrant,
  type RouteKind,
  type RouteName,
  type ViewKind,
  type ViewObject,
} from './route.ts'
import type { Selector } from './selection.ts'
import { type Delegation, View } from './view.ts'

/**
 * Routes laid over another view: of one kind and name only the one on top counts, and none where it was hidden; everything
 * else is read through. What is below is never changed, so taking a route off leaves what is there by then.
 *
 * INVARIANT: reads like one View of the routes on top and of all below that they don't hide (`countSelectedBy`, `hasWeights`
 * and `hasNamespace` may still count what is hidden). A read costs what it costs in both, and a look-up for each route found
 * below; `routesOn` and `count` go through all on top.
 */
export class LayeredView extends View {
  readonly #below: View
  /** Routes below that don't count, by identity. */
  readonly #hidden = new Map<string, RouteName>()

  /** `departed`: whether what departed from the view below counts. */
  constructor(below: View, { departed = true }: { readonly departed?: boolean } = {}) {
    super(below.completeness, departed ? below.departed : undefined)
    this.#below = below
  }

  override put(object: Extract<ViewObject, { readonly kind: RouteKind }>): void {
    super.put(object)
  }

  /** From now on what is below of this kind and name doesn't count, whatever it becomes there. */
  hide(route: RouteName): void {
    this.#hidden.set(identityOf(route), route)
  }

  override count(kind: ViewKind): number {
    const below = this.#below.count(kind)
    if (kind !== 'HTTPRoute' && kind !== 'GRPCRoute') return below
    const above = [...(kind === 'HTTPRoute' ? super.routes() : super.grpcRoutes())]
    const covering = new Map<string, RouteName>(this.#hidden)
    for (const route of above) covering.set(identityOf(route), route)
    let covered = 0
    for (const route of covering.values()) {
      if (route.kind === kind && this.#below.routeOf(kind, route.namespace, route.name) !== undefined) covered++
    }
    return above.length + below - covered
  }

  override routeOf(kind: RouteKind, namespace: string, name: string): HttpRoute | undefined {
    const above = super.routeOf(kind, namespace, name)
    if (above !== undefined || this.#hidden.has(identityOf({ kind, namespace, name }))) return above
    return this.#below.routeOf(kind, namespace, name)
  }

  override *routes(): Iterable<HttpRoute> {
    yield* super.routes()
    yield* this.#shown(this.#below.routes(), itself)
  }

  override *grpcRoutes(): Iterable<HttpRoute> {
    yield* super.grpcRoutes()
    yield* this.#shown(this.#below.grpcRoutes(), itself)
  }

  override gateway(namespace: string, name: string): Gateway | undefined {
    return this.#below.gateway(namespace, name)
  }

  override gateways(): Iterable<Gateway> {
    return this.#below.gateways()
  }

  override defaultGateways(): readonly Gateway[] {
    return this.#below.defaultGateways()
  }

  override listenerSet(kind: ListenerSetKind, namespace: string, name: string): ListenerSet | undefined {
    return this.#below.listenerSet(kind, namespace, name)
  }

  override listenerSets(): Iterable<ListenerSet> {
    return this.#below.listenerSets()
  }

  override hasGatewaysIn(namespace: string): boolean {
    return this.#below.hasGatewaysIn(namespace)
  }

  override gatewayClass(name: string): GatewayClass | undefined {
    return this.#below.gatewayClass(name)
  }

  override namespace(name: string): Namespace | undefined {
    return this.#below.namespace(name)
  }

  /** A namespace stays when the last route in it is hidden. */
  override hasNamespace(name: string): boolean {
    return super.hasNamespace(name) || this.#below.hasNamespace(name)
  }

  override namespaceLabels(name: string): ReadonlyMap<string, string> {
    return this.#below.namespaceLabels(name)
  }

  override referenceGrantsIn(namespace: string): Iterable<ReferenceGrant> {
    return this.#below.referenceGrantsIn(namespace)
  }

  override *routesOn(gatewayNamespace: string, gatewayName: string): Iterable<HttpRoute> {
    for (const routes of [super.routes(), super.grpcRoutes()]) {
      for (const route of routes) {
        // What leads to the Gateway is below.
        const leadsThere = entrancesOf(route, this).some(
          ({ gateway }) => isGatewayOf(gateway, gatewayNamespace) && gateway.name === gatewayName,
        )
        if (leadsThere) yield route
      }
    }
    yield* this.#shown(this.#below.routesOn(gatewayNamespace, gatewayName), itself)
  }

  override *delegationsBy(key: string): Iterable<Delegation> {
    yield* super.delegationsBy(key)
    yield* this.#shown(this.#below.delegationsBy(key), ({ parent }) => parent)
  }

  override *selectedBy(selector: Selector): Iterable<HttpRoute> {
    yield* super.selectedBy(selector)
    yield* this.#shown(this.#below.selectedBy(selector), itself)
  }

  override countSelectedBy(selector: Selector): number {
    return selector.by === 'name' ? 1 : super.countSelectedBy(selector) + this.#below.countSelectedBy(selector)
  }

  override *matchesNear(selector: Selector, asked: Area, granted: PathMatch, dialect: Dialect): Iterable<IndexedMatch> {
    yield* super.matchesNear(selector, asked, granted, dialect)
    yield* this.#shown(this.#below.matchesNear(selector, asked, granted, dialect), ({ route }) => route)
  }

  override get hasWeights(): boolean {
    return super.hasWeights || this.#below.hasWeights
  }

  override *rootMatchesNear(host: Area, path: Area): Iterable<IndexedMatch> {
    yield* super.rootMatchesNear(host, path)
    yield* this.#shown(this.#below.rootMatchesNear(host, path), ({ route }) => route)
  }

  override *rootsAbove(host: string): Iterable<HttpRoute> {
    yield* super.rootsAbove(host)
    yield* this.#shown(this.#below.rootsAbove(host), itself)
  }

  /** What of it, found below, is neither hidden nor under a route on top. */
  *#shown<T>(found: Iterable<T>, routeOf: (one: T) => HttpRoute): Iterable<T> {
    for (const one of found) {
      const route = routeOf(one)
      if (super.routeOf(route.kind, route.namespace, route.name) === undefined && !this.#hidden.has(identityOf(route))) yield one
    }
  }
}

/** The view as it is, and nothing of what departed from it. What changes in it later shines through. */
export function withoutDeparted(view: View): View {
  return view.departed === undefined ? view : new LayeredView(view, { departed: false })
}

function itself(route: HttpRoute): HttpRoute {
  return route
}
