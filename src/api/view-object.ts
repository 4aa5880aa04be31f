import { z } from 'zod'
import type { AllowedNamespaces, HttpRoute, Listener, ListenerSetKind, RouteKind, ViewKind, ViewObject } from '../delegation/route.ts'
import { EXPERIMENTAL_GROUP, GATEWAY_GROUP } from '../delegation/selection.ts'
import { parseGrpcRoute } from './grpc-route.ts'
import { parseHttpRoute } from './http-route.ts'
import { labelSelector } from './label-selector.ts'
import { objectMetadata } from './object-metadata.ts'
import { isMapping, shapeFor } from './object-shape.ts'
import type { Parsed, UnknownKeys } from './parsed.ts'
import { parseWith } from './problems.ts'

const object = shapeFor('ignore')
const metadata = objectMetadata(object).extend({ name: z.string().min(1, 'must not be empty') })
const namespaced = metadata.extend({ namespace: z.string().min(1, 'must not be empty') })

const ALLOWED_NAMESPACES = object({
  from: z.enum(['All', 'Same', 'Selector', 'None']).optional(),
  selector: labelSelector(object).optional(),
}).optional()

function allowedNamespaces(written: z.output<typeof ALLOWED_NAMESPACES>, byDefault: 'Same' | 'None'): AllowedNamespaces {
  const { from = byDefault, selector } = written ?? {}
  if (from !== 'Selector') return { from }
  // `from: Selector` without a selector selects nothing, as a nil LabelSelector does.
  return selector === undefined ? { from: 'None' } : { from, selector }
}

const ROUTE_KIND = object({ group: z.string().default(GATEWAY_GROUP), kind: z.string() })

/** `port` as the kind of object has it. */
function listenerShape(port: z.ZodType<number>) {
  return object({
    name: z.string(),
    port,
    protocol: z.string(),
    hostname: z.string().optional(),
    allowedRoutes: object({ namespaces: ALLOWED_NAMESPACES, kinds: z.array(ROUTE_KIND).optional() }).optional(),
  }).transform(
    ({ name, port, protocol, hostname, allowedRoutes }): Listener => ({
      name,
      port,
      protocol,
      hostname: hostname?.toLowerCase() || undefined,
      allowedNamespaces: allowedNamespaces(allowedRoutes?.namespaces, 'Same'),
      allowedKinds: (allowedRoutes?.kinds ?? []).map(({ group, kind }) => ({ group, kind })),
    }),
  )
}

const GATEWAY = object({
  metadata: namespaced,
  spec: object({
    gatewayClassName: z.string(),
    listeners: z.array(listenerShape(z.int())).default([]),
    allowedListeners: object({ namespaces: ALLOWED_NAMESPACES }).optional(),
    defaultScope: z.string().optional(),
  }),
}).transform(
  ({ metadata, spec }): ViewObject => ({
    kind: 'Gateway',
    value: {
      namespace: metadata.namespace,
      name: metadata.name,
      className: spec.gatewayClassName,
      created: metadata.creationTimestamp,
      listeners: spec.listeners,
      allowedListeners: allowedNamespaces(spec.allowedListeners?.namespaces, 'None'),
      isDefault: spec.defaultScope === 'All',
    },
  }),
)

function listenerSetShape(kind: ListenerSetKind, port: z.ZodType<number>) {
  const parentRef = object({
    group: z.string().default(GATEWAY_GROUP),
    kind: z.string().default('Gateway'),
    namespace: z.string().optional(),
    name: z.string(),
  })
  return object({ metadata: namespaced, spec: object({ parentRef, listeners: z.array(listenerShape(port)) }) }).transform(
    ({ metadata: { namespace, name }, spec: { parentRef: parent, listeners } }): ViewObject => {
      const onGateway = parent.group === GATEWAY_GROUP && parent.kind === 'Gateway'
      const gateway = onGateway ? { namespace: parent.namespace ?? namespace, name: parent.name } : undefined
      return { kind, value: { kind, namespace, name, gateway, listeners } }
    },
  )
}

const GATEWAY_CLASS = object({ metadata, spec: object({ controllerName: z.string() }) }).transform(
  ({ metadata, spec }): ViewObject => ({ kind: 'GatewayClass', value: { name: metadata.name, controllerName: spec.controllerName } }),
)

const NAMESPACE = object({ metadata }).transform(
  ({ metadata }): ViewObject => ({ kind: 'Namespace', value: { name: metadata.name, labels: metadata.labels ?? new Map() } }),
)

const REFERENCE_GRANT = object({
  metadata: namespaced,
  spec: object({
    from: z.array(object({ group: z.string(), kind: z.string(), namespace: z.string() })),
    to: z.array(object({ group: z.string(), kind: z.string(), name: z.string().optional() })),
  }),
}).transform(
  ({ metadata, spec }): ViewObject => ({
    kind: 'ReferenceGrant',
    value: {
      namespace: metadata.namespace,
      name: metadata.name,
      from: spec.from.map(({ group, kind, namespace }) => ({ group, kind, namespace })),
      // An empty name means every name, as in the Go type where it can't be told from an absent one.
      to: spec.to.map(({ group, kind, name }) => ({ group, kind, name: name || undefined })),
    },
  }),
)

const SCHEMAS = {
  Gateway: GATEWAY,
  GatewayClass: GATEWAY_CLASS,
  Namespace: NAMESPACE,
  ReferenceGrant: REFERENCE_GRANT,
  ListenerSet: listenerSetShape('ListenerSet', z.int()),
  XListenerSet: listenerSetShape('XListenerSet', z.int().default(0)),
}

const ROUTES: Readonly<Record<RouteKind, typeof parseHttpRoute>> = { HTTPRoute: parseHttpRoute, GRPCRoute: parseGrpcRoute }

const GATEWAY_API = { group: GATEWAY_GROUP, versions: ['v1', 'v1beta1'] }
/** `group: ''` = the core group. */
const KINDS: Readonly<Record<ViewKind, { readonly group: string; readonly versions: readonly string[] }>> = {
  HTTPRoute: GATEWAY_API,
  GRPCRoute: { group: GATEWAY_GROUP, versions: ['v1'] },
  Gateway: GATEWAY_API,
  GatewayClass: GATEWAY_API,
  ListenerSet: { group: GATEWAY_GROUP, versions: ['v1'] },
  XListenerSet: { group: EXPERIMENTAL_GROUP, versions: ['v1alpha1'] },
  Namespace: { group: '', versions: ['v1'] },
  ReferenceGrant: GATEWAY_API,
}

/** Every kind that is watched. */
export const VIEW_KINDS = Object.keys(KINDS) as readonly ViewKind[] // its keys are all of them

export function isRouteKind(kind: string): kind is RouteKind {
  return Object.hasOwn(ROUTES, kind)
}

export function parseRoute(kind: RouteKind, raw: unknown, unknownKeys: UnknownKeys): Parsed<HttpRoute> {
  return ROUTES[kind](raw, unknownKeys)
}

/**
 * An object of a watched kind, or undefined for any other kind. A watched kind in a version that can't be read is a problem, never skipped.
 * Unknown keys are only ever reported for routes: nothing else here would change its meaning by a misspelt one.
 */
export function parseViewObject(raw: unknown, unknownKeys: UnknownKeys): Parsed<ViewObject> | undefined {
  const kind = viewKindOf(raw)
  if (kind === undefined) return undefined
  if (isRouteKind(kind)) {
    const route = parseRoute(kind, raw, unknownKeys)
    return route.ok ? { ok: true, value: { kind, value: route.value } } : route
  }
  const apiVersion = isMapping(raw) ? String(raw['apiVersion']) : ''
  const { group, versions } = KINDS[kind]
  const known = versions.map((version) => (group === '' ? version : `${group}/${version}`))
  if (!known.includes(apiVersion)) {
    return {
      ok: false,
      problems: [{ field: 'apiVersion', message: `must be one of ${known.join(', ')}, not ${JSON.stringify(apiVersion)}` }],
    }
  }
  return parseWith(SCHEMAS[kind], raw)
}

/** The watched kind an object says it is, whatever its version. */
export function viewKindOf(raw: unknown): ViewKind | undefined {
  if (!isMapping(raw)) return undefined
  const { apiVersion, kind } = raw
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || !Object.hasOwn(KINDS, kind)) return undefined
  const viewKind = kind as ViewKind // an own key of KINDS
  const slash = apiVersion.lastIndexOf('/')
  return apiVersion.slice(0, Math.max(0, slash)) === KINDS[viewKind].group ? viewKind : undefined
}

/** Whether objects of this kind live in a namespace. */
export function isNamespaced(kind: ViewKind): boolean {
  return kind !== 'GatewayClass' && kind !== 'Namespace'
}
