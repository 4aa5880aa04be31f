import type { Dialect } from '../src/delegation/route.ts'

/** Raw objects as users write them, for whole-program tests: every door parses them itself. */
export type Raw = Readonly<Record<string, unknown>> & { readonly kind: string; readonly metadata: RawMetadata }

interface RawMetadata {
  readonly name: string
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly [key: string]: unknown
}

/** A match as it stands in a manifest. */
export interface RawMatch {
  readonly path?: { readonly type?: string; readonly value?: string }
  readonly headers?: readonly RawValue[]
  readonly queryParams?: readonly RawValue[]
  readonly method?: string
}

export interface RawValue {
  readonly type?: string
  readonly name: string
  readonly value: string
}

const GROUP = 'gateway.networking.k8s.io'
export const CONTROLLERS: Readonly<Record<Dialect, string>> = {
  kgateway: 'kgateway.dev/kgateway',
  gloo: 'solo.io/gloo-gateway',
  agentgateway: 'agentgateway.dev/agentgateway',
}

export const INHERIT: Readonly<Record<Dialect, string>> = {
  kgateway: 'delegation.kgateway.dev/inherit-parent-matcher',
  gloo: 'delegation.gateway.solo.io/inherit-parent-matcher',
  agentgateway: 'delegation.kgateway.dev/inherit-parent-matcher',
}

export function prefix(value: string, more: Omit<RawMatch, 'path'> = {}): RawMatch {
  return { path: { type: 'PathPrefix', value }, ...more }
}

export function exact(value: string, more: Omit<RawMatch, 'path'> = {}): RawMatch {
  return { path: { type: 'Exact', value }, ...more }
}

export function regex(value: string, more: Omit<RawMatch, 'path'> = {}): RawMatch {
  return { path: { type: 'RegularExpression', value }, ...more }
}

/** `Gateway infra/edge` of the dialect's controller, open to every namespace. */
export function gatewayOf(dialect: Dialect, listeners: readonly object[] = [httpListener()]): Raw[] {
  return [
    { apiVersion: `${GROUP}/v1`, kind: 'GatewayClass', metadata: { name: 'class' }, spec: { controllerName: CONTROLLERS[dialect] } },
    {
      apiVersion: `${GROUP}/v1`,
      kind: 'Gateway',
      metadata: { namespace: 'infra', name: 'edge' },
      spec: { gatewayClassName: 'class', listeners },
    },
  ]
}

export function httpListener(more: object = {}): object {
  return { name: 'http', port: 80, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'All' } }, ...more }
}

export function namespace(name: string, labels: Readonly<Record<string, string>> = {}): Raw {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { 'kubernetes.io/metadata.name': name, ...labels } } }
}

export const ON_EDGE = { name: 'edge', namespace: 'infra' }
export const PLATFORM_HOST = 'api.example.com'

/** An HTTPRoute `namespace/name`. */
export function route(place: string, spec: Readonly<Record<string, unknown>>, metadata: Readonly<Record<string, unknown>> = {}): Raw {
  const [space = '', name = ''] = place.split('/')
  return { apiVersion: `${GROUP}/v1`, kind: 'HTTPRoute', metadata: { namespace: space, name, ...metadata }, spec }
}

/** A GRPCRoute `namespace/name`. */
export function grpcRoute(place: string, spec: Readonly<Record<string, unknown>>): Raw {
  return { ...route(place, spec), kind: 'GRPCRoute' }
}

/** A root of the Gateway's owner on the platform's host. */
export function platformRoot(
  rules: readonly object[],
  more: { readonly place?: string; readonly hostnames?: readonly string[] } = {},
): Raw {
  return route(more.place ?? 'infra/parent', { parentRefs: [ON_EDGE], hostnames: more.hostnames ?? [PLATFORM_HOST], rules })
}

/** `to('shop/child')` names it, `to('shop/*')` every route of the namespace. */
export function to(place: string): object {
  const [space, name] = place.split('/')
  return { group: GROUP, kind: 'HTTPRoute', namespace: space, name }
}

/** A label reference, as the dialect writes it. */
export function toLabel(dialect: Dialect, value: string, space: string): object {
  switch (dialect) {
    case 'kgateway':
      return { group: 'delegation.kgateway.dev', kind: 'label', name: value, namespace: space }
    case 'gloo':
      return { group: 'delegation.gateway.solo.io', kind: 'label', name: value, namespace: space }
    case 'agentgateway':
      return { group: GROUP, kind: 'HTTPRoute', name: `lane=${value}`, namespace: space }
  }
}

export function labelOf(dialect: Dialect, value: string): Record<string, string> {
  switch (dialect) {
    case 'kgateway':
      return { 'delegation.kgateway.dev/label': value }
    case 'gloo':
      return { 'delegation.gateway.solo.io/label': value }
    case 'agentgateway':
      return { lane: value }
  }
}

export function parentRef(place: string, more: Readonly<Record<string, unknown>> = {}): object {
  const [space, name] = place.split('/')
  return { group: GROUP, kind: 'HTTPRoute', namespace: space, name, ...more }
}

export function service(name: string): object {
  return { name, port: 80 }
}

/** A rule that serves. */
export function serving(...matches: readonly RawMatch[]): object {
  return { matches, backendRefs: [service('web')] }
}

/** A rule that delegates one match. */
export function granting(match: RawMatch, ...refs: readonly object[]): object {
  return { matches: [match], backendRefs: refs }
}

export function delegationPolicy(spec: Readonly<Record<string, unknown>>, name = 'test'): Raw {
  return { apiVersion: 'lanekeeper.dev/v1alpha1', kind: 'DelegationPolicy', metadata: { name }, spec }
}

/** One text for every door: JSON is YAML. */
export function listText(objects: readonly Raw[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
}
