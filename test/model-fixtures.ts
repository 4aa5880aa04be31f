import type {
  BackendRef,
  Gateway,
  HttpMatch,
  HttpRoute,
  Listener,
  ListenerSet,
  ParentRef,
  PathMatch,
  Rule,
  ValueMatch,
} from '../src/delegation/route.ts'

/** Domain objects with everything optional, for tests that build trees of them. */

const GROUP = 'gateway.networking.k8s.io'

export function routeRef(name: string, namespace?: string): BackendRef {
  return { group: GROUP, kind: 'HTTPRoute', namespace, name, weight: 1, filters: [] }
}

export function labelRef(group: string, name: string, namespace?: string): BackendRef {
  return { group, kind: 'label', namespace, name, weight: 1, filters: [] }
}

export function gatewayParent(name: string, namespace?: string): ParentRef {
  return { group: GROUP, kind: 'Gateway', namespace, name, sectionName: undefined, port: undefined, kindWritten: false }
}

export function listenerSetParent(name: string, namespace?: string, kind: ListenerSet['kind'] = 'ListenerSet'): ParentRef {
  const group = kind === 'ListenerSet' ? GROUP : 'gateway.networking.x-k8s.io'
  return { group, kind, namespace, name, sectionName: undefined, port: undefined, kindWritten: true }
}

export function routeParent(name: string, namespace?: string): ParentRef {
  return { group: GROUP, kind: 'HTTPRoute', namespace, name, sectionName: undefined, port: undefined, kindWritten: true }
}

export function header(name: string, value: string, type: ValueMatch['type'] = 'Exact'): ValueMatch {
  return { type, name, key: name.toLowerCase(), value }
}

export function queryParam(name: string, value: string, type: ValueMatch['type'] = 'Exact'): ValueMatch {
  return { type, name, key: name, value }
}

export function matchOf(path: PathMatch | string, more: Partial<Omit<HttpMatch, 'path'>> = {}): HttpMatch {
  const at: PathMatch = typeof path === 'string' ? { type: 'PathPrefix', value: path } : path
  return { path: at, headers: [], queryParams: [], method: undefined, ...more }
}

export function exact(value: string): PathMatch {
  return { type: 'Exact', value }
}

export function regex(value: string): PathMatch {
  return { type: 'RegularExpression', value }
}

/** A rule that does nothing but match and send on. */
export const NO_EFFECTS = {
  filters: [],
  timeouts: { request: undefined, backendRequest: undefined },
  retry: undefined,
  sessionPersistence: undefined,
} as const

export function ruleOf(matches: readonly (HttpMatch | string)[], backendRefs: readonly BackendRef[] = []): Rule {
  return { matches: matches.map((match) => (typeof match === 'string' ? matchOf(match) : match)), backendRefs, ...NO_EFFECTS }
}

/** One that takes every route, on port 80. */
export function listenerOf(name: string, more: Partial<Listener> = {}): Listener {
  return { name, port: 80, protocol: 'HTTP', hostname: undefined, allowedNamespaces: { from: 'All' }, allowedKinds: [], ...more }
}

/** A Gateway by `namespace/name`, of class `class`. */
export function gatewayOf(id: string, listeners: readonly Listener[] = [listenerOf('http')], more: Partial<Gateway> = {}): Gateway {
  const [namespace = '', name = ''] = id.split('/')
  return {
    namespace,
    name,
    className: 'class',
    created: undefined,
    listeners,
    allowedListeners: { from: 'All' },
    isDefault: false,
    ...more,
  }
}

/** A ListenerSet by `namespace/name`, on a Gateway by its own. */
export function listenerSetOf(
  id: string,
  gateway: string,
  listeners: readonly Listener[] = [listenerOf('http')],
  kind: ListenerSet['kind'] = 'ListenerSet',
): ListenerSet {
  const [namespace = '', name = ''] = id.split('/')
  const [gatewayNamespace = '', gatewayName = ''] = gateway.split('/')
  return { kind, namespace, name, gateway: { namespace: gatewayNamespace, name: gatewayName }, listeners }
}

/** A route by `namespace/name`. */
export function routeOf(id: string, more: Partial<HttpRoute> = {}): HttpRoute {
  const [namespace = '', name = ''] = id.split('/')
  return {
    kind: 'HTTPRoute',
    namespace,
    name,
    generateName: undefined,
    uid: undefined,
    created: undefined,
    labels: new Map(),
    annotations: new Map(),
    parentRefs: [],
    hostnames: [],
    rules: [],
    usesDefaultGateways: false,
    ...more,
  }
}
