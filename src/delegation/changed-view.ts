import type { Area } from './area.ts'
import { type Attachable, entrancesOf } from './attachment.ts'
import type { IndexedMatch } from './path-index.ts'
import {
  type Dialect,
  type Gateway,
  type GatewayClass,
  type HttpRoute,
  type ListenerSet,
  type ListenerSetKind,
  type Namespace,
  nameOf,
  type ObjectName,
  type PathMatch,
  type ReferenceGrant,
  type ViewKind,
} from './route.ts'
import type { Selector } from './selection.ts'
import { type Delegation, View } from './view.ts'

/**
 * A view as it would be with one HTTPRoute changed: in the place of `name` there is `route`, or nothing. The base is asked at
 * the moment of each question, which costs what it costs there, and is left alone.
 */
export class ChangedView extends View {
  readonly #base: View
  readonly #name: string
  readonly #route: HttpRoute | undefined
  /** Nothing but the changed route, for the questions that an index answers. */
  readonly #own: View

  constructor(base: View, name: ObjectName, route: HttpRoute | undefined) {
    super(base.completeness)
    this.#base = base
    this.#name = nameOf(name)
    this.#route = route
    this.#own = new View(base.completeness)
    if (route !== undefined) this.#own.put({ kind: 'HTTPRoute', value: route })
  }

  override put(): never {
    throw new Error('what a change would make of a view is only there to be asked')
  }

  override remove(): never {
    this.put()
  }

  #isChanged(route: HttpRoute): boolean {
    return route.kind === 'HTTPRoute' && nameOf(route) === this.#name
  }

  *#unchanged(routes: Iterable<HttpRoute>): Iterable<HttpRoute> {
    for (const route of routes) if (!this.#isChanged(route)) yield route
  }

  *#matchesUnchanged(matches: Iterable<IndexedMatch>): Iterable<IndexedMatch> {
    for (const indexed of matches) if (!this.#isChanged(indexed.route)) yield indexed
  }

  override count(kind: ViewKind): number {
    if (kind !== 'HTTPRoute') return this.#base.count(kind)
    return [...this.routes()].length
  }

  override route(namespace: string, name: string): HttpRoute | undefined {
    return `${namespace}/${name}` === this.#name ? this.#route : this.#base.route(namespace, name)
  }

  override *routes(): Iterable<HttpRoute> {
    yield* this.#unchanged(this.#base.routes())
    if (this.#route !== undefined) yield this.#route
  }

  override grpcRoute(namespace: string, name: string): HttpRoute | undefined {
    return this.#base.grpcRoute(namespace, name)
  }

  override grpcRoutes(): Iterable<HttpRoute> {
    return this.#base.grpcRoutes()
  }

  override gateway(namespace: string, name: string): Gateway | undefined {
    return this.#base.gateway(namespace, name)
  }

  override gateways(): Iterable<Gateway> {
    return this.#base.gateways()
  }

  override defaultGateways(): readonly Gateway[] {
    return this.#base.defaultGateways()
  }

  override listenerSet(kind: ListenerSetKind, namespace: string, name: string): ListenerSet | undefined {
    return this.#base.listenerSet(kind, namespace, name)
  }

  override listenerSets(): Iterable<ListenerSet> {
    return this.#base.listenerSets()
  }

  override hasGatewaysIn(namespace: string): boolean {
    return this.#base.hasGatewaysIn(namespace)
  }

  override gatewayClass(name: string): GatewayClass | undefined {
    return this.#base.gatewayClass(name)
  }

  override namespace(name: string): Namespace | undefined {
    return this.#base.namespace(name)
  }

  /** A namespace stays when the last route in it goes. */
  override hasNamespace(name: string): boolean {
    return this.#base.hasNamespace(name) || this.#own.hasNamespace(name)
  }

  override namespaceLabels(name: string): ReadonlyMap<string, string> {
    return this.#base.namespaceLabels(name)
  }

  override referenceGrantsIn(namespace: string): Iterable<ReferenceGrant> {
    return this.#base.referenceGrantsIn(namespace)
  }

  override *routesOn(gatewayNamespace: string, gatewayName: string): Iterable<HttpRoute> {
    yield* this.#unchanged(this.#base.routesOn(gatewayNamespace, gatewayName))
    const entrances = this.#route === undefined ? [] : entrancesOf(this.#route, this)
    const leadsThere = ({ kind, namespace, name }: Attachable) =>
      kind === 'Gateway' && namespace === gatewayNamespace && name === gatewayName
    if (this.#route !== undefined && entrances.some(({ gateway }) => leadsThere(gateway))) yield this.#route
  }

  override *delegationsTo(route: HttpRoute): Iterable<Delegation> {
    for (const delegation of this.#base.delegationsTo(route)) if (!this.#isChanged(delegation.parent)) yield delegation
    yield* this.#own.delegationsTo(route)
  }

  /** May still say so of a label that only the changed route selected by. */
  override selectsLabel(dialect: 'kgateway' | 'gloo', namespace: string, value: string): boolean {
    return this.#base.selectsLabel(dialect, namespace, value) || this.#own.selectsLabel(dialect, namespace, value)
  }

  override *selectedBy(selector: Selector): Iterable<HttpRoute> {
    yield* this.#unchanged(this.#base.selectedBy(selector))
    yield* this.#own.selectedBy(selector)
  }

  override countSelectedBy(selector: Selector): number {
    return this.#base.countSelectedBy(selector) + this.#own.countSelectedBy(selector)
  }

  override *matchesNear(selector: Selector, asked: Area, granted: PathMatch, dialect: Dialect): Iterable<IndexedMatch> {
    yield* this.#matchesUnchanged(this.#base.matchesNear(selector, asked, granted, dialect))
    yield* this.#own.matchesNear(selector, asked, granted, dialect)
  }

  /** May still say so where only the changed route had one. */
  override get hasWeights(): boolean {
    return this.#base.hasWeights || this.#own.hasWeights
  }

  override *rootMatchesNear(host: Area, path: Area): Iterable<IndexedMatch> {
    yield* this.#matchesUnchanged(this.#base.rootMatchesNear(host, path))
    yield* this.#own.rootMatchesNear(host, path)
  }

  override *rootsAbove(host: string): Iterable<HttpRoute> {
    yield* this.#unchanged(this.#base.rootsAbove(host))
    yield* this.#own.rootsAbove(host)
  }
}
