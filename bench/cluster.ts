import { parseViewObject } from '../src/api/view-object.ts'
import type { HttpRoute } from '../src/delegation/route.ts'
import { View } from '../src/delegation/view.ts'

/** Raw objects for benchmarks, as short as they can be written. */
const GROUP = 'gateway.networking.k8s.io'

export interface RawRoute {
  readonly namespace: string
  readonly name: string
  readonly labels?: Record<string, string>
  readonly annotations?: Record<string, string>
  readonly parentRefs?: readonly object[]
  readonly hostnames?: readonly string[]
  readonly rules: readonly object[]
}

export function routeObject({ namespace, name, labels = {}, annotations = {}, ...spec }: RawRoute): object {
  return { apiVersion: `${GROUP}/v1`, kind: 'HTTPRoute', metadata: { namespace, name, labels, annotations }, spec }
}

export function parseRoute(raw: RawRoute): HttpRoute {
  const parsed = parseViewObject(routeObject(raw), 'ignore')
  if (parsed === undefined || !parsed.ok || parsed.value.kind !== 'HTTPRoute')
    throw new Error(`not an HTTPRoute: ${JSON.stringify(parsed)}`)
  return parsed.value.value
}

export function putRoute(view: View, raw: RawRoute): HttpRoute {
  const value = parseRoute(raw)
  view.put({ kind: 'HTTPRoute', value })
  return value
}

/** A view with the kgateway Gateway `infra/edge`. */
export function viewWithGateway(): View {
  const view = new View('cluster')
  view.put({ kind: 'GatewayClass', value: { name: 'kgateway', controllerName: 'kgateway.dev/kgateway' } })
  view.put({
    kind: 'Gateway',
    value: {
      namespace: 'infra',
      name: 'edge',
      className: 'kgateway',
      created: undefined,
      listeners: [{ name: 'http', port: 80, protocol: 'HTTP', hostname: undefined, allowedNamespaces: { from: 'All' }, allowedKinds: [] }],
      allowedListeners: { from: 'None' },
      isDefault: false,
    },
  })
  return view
}

export const ON_EDGE = { parentRefs: [{ namespace: 'infra', name: 'edge' }] }

export function childOf(namespace: string, name: string): { parentRefs: object[] } {
  return { parentRefs: [{ group: GROUP, kind: 'HTTPRoute', namespace, name }] }
}

export function prefix(value: string): object {
  return { path: { type: 'PathPrefix', value } }
}

export function regex(value: string): object {
  return { path: { type: 'RegularExpression', value } }
}

export function delegateTo(namespace: string, name: string): object {
  return { group: GROUP, kind: 'HTTPRoute', namespace, name }
}

export const SERVICE = { name: 'svc', port: 80 }
