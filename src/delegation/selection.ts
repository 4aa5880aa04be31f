import { LABEL_KEY } from './annotations.ts'
import type { BackendRef, Dialect, HttpRoute, ListenerSetKind, ObjectName, ParentRef, Rule } from './route.ts'

export const GATEWAY_GROUP = 'gateway.networking.k8s.io'
export const EXPERIMENTAL_GROUP = 'gateway.networking.x-k8s.io'

const LABEL_GROUP = { 'delegation.kgateway.dev': 'kgateway', 'delegation.gateway.solo.io': 'gloo' } as const

/** What a delegating backendRef selects. `namespace: undefined` = every namespace (a label reference to `all`). */
export type Selector =
  | { readonly by: 'name'; readonly namespace: string; readonly name: string }
  | { readonly by: 'wildcard'; readonly namespace: string }
  | { readonly by: 'label'; readonly dialect: 'kgateway' | 'gloo'; readonly namespace: string | undefined; readonly value: string }
  | { readonly by: 'key-value'; readonly namespace: string; readonly key: string; readonly value: string }

/**
 * What `ref` selects when a route of `namespace` writes it, or undefined if it doesn't delegate. `key=value` names are
 * read as agentgateway does; a legal object name has no `=`, so other dialects lose nothing.
 */
export function selectorOf(ref: BackendRef, namespace: string): Selector | undefined {
  if (ref.delegates === false) return undefined
  const target = ref.namespace ?? namespace
  if (ref.group === GATEWAY_GROUP && ref.kind === 'HTTPRoute') {
    if (ref.name === '*') return { by: 'wildcard', namespace: target }
    const equals = ref.name.indexOf('=')
    if (equals > 0) return { by: 'key-value', namespace: target, key: ref.name.slice(0, equals), value: ref.name.slice(equals + 1) }
    return { by: 'name', namespace: target, name: ref.name }
  }
  if (ref.kind === 'label' && Object.hasOwn(LABEL_GROUP, ref.group)) {
    // hasOwn above makes the group a key.
    const dialect = LABEL_GROUP[ref.group as keyof typeof LABEL_GROUP]
    return { by: 'label', dialect, namespace: target === 'all' ? undefined : target, value: ref.name }
  }
  return undefined
}

/** Whether a gateway of `dialect` reads this form of reference at all. */
export function isReadBy(selector: Selector, dialect: Dialect): boolean {
  if (selector.by === 'label') return selector.dialect === dialect
  if (selector.by === 'key-value') return dialect === 'agentgateway'
  return true
}

export function selects(selector: Selector, route: HttpRoute): boolean {
  if (route.kind !== 'HTTPRoute') return false
  if (selector.namespace !== undefined && selector.namespace !== route.namespace) return false
  switch (selector.by) {
    case 'name':
      return selector.name === route.name && route.name !== ''
    case 'wildcard':
      return true
    case 'label':
      return route.labels.get(LABEL_KEY[selector.dialect]) === selector.value
    case 'key-value':
      return route.labels.get(selector.key) === selector.value
  }
}

/** A rule delegates if one of its backendRefs does, in any dialect. */
export function delegates(rule: Rule, namespace: string): boolean {
  return rule.backendRefs.some((ref) => selectorOf(ref, namespace) !== undefined)
}

/** The HTTPRoutes a route names as its parents. `sectionName` and `port` are ignored by every dialect. */
export function namedParents(route: HttpRoute): ObjectName[] {
  if (route.kind !== 'HTTPRoute') return []
  return route.parentRefs
    .filter((ref) => ref.group === GATEWAY_GROUP && ref.kind === 'HTTPRoute')
    .map((ref) => ({ namespace: ref.namespace ?? route.namespace, name: ref.name }))
}

/** Whether `child` lets `parent` adopt it: it names the parent, or names no parent of any kind. */
export function consents(child: HttpRoute, parent: ObjectName): boolean {
  if (child.parentRefs.length === 0) return true
  return namedParents(child).some((named) => named.namespace === parent.namespace && named.name === parent.name)
}

/** How messages write what a reference selects. */
export function describeSelector(selector: Selector): string {
  switch (selector.by) {
    case 'name':
      return `HTTPRoute ${selector.namespace}/${selector.name}`
    case 'wildcard':
      return `every HTTPRoute in namespace ${selector.namespace}`
    case 'label':
      return `HTTPRoutes labelled ${LABEL_KEY[selector.dialect]}=${selector.value} in ${selector.namespace === undefined ? 'every namespace' : `namespace ${selector.namespace}`}`
    case 'key-value':
      return `HTTPRoutes labelled ${selector.key}=${selector.value} in namespace ${selector.namespace}`
  }
}

export function isGatewayRef(ref: ParentRef): boolean {
  return ref.group === GATEWAY_GROUP && ref.kind === 'Gateway'
}

/** What a parentRef puts the route on: a Gateway, or listeners kept apart from one; undefined for any other kind of parent. */
export function attachableKind({ group, kind }: ParentRef): 'Gateway' | ListenerSetKind | undefined {
  if (group === GATEWAY_GROUP && (kind === 'Gateway' || kind === 'ListenerSet')) return kind
  return group === EXPERIMENTAL_GROUP && kind === 'XListenerSet' ? kind : undefined
}

/** Whether the object asks to be put on a Gateway, by itself or through a ListenerSet, there or not. */
export function attachesDirectly(route: HttpRoute): boolean {
  return route.usesDefaultGateways || route.parentRefs.some((ref) => attachableKind(ref) !== undefined)
}
