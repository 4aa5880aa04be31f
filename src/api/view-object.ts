import { z } from 'zod'
import type { Listener, ViewKind, ViewObject } from '../delegation/route.ts'
import { parseHttpRoute } from './http-route.ts'
import { labelSelector } from './label-selector.ts'
import { objectMetadata } from './object-metadata.ts'
import { isMapping, shapeFor } from './object-shape.ts'
import type { Parsed, UnknownKeys } from './parsed.ts'
import { parseWith } from './problems.ts'

const object = shapeFor('ignore')
const metadata = objectMetadata(object).extend({ name: z.string().min(1, 'must not be empty') })
const namespaced = metadata.extend({ namespace: z.string().min(1, 'must not be empty') })

const ALLOWED_ROUTES = object({
  namespaces: object({
    from: z.enum(['All', 'Same', 'Selector', 'None']).default('Same'),
    selector: labelSelector(object).optional(),
  }).optional(),
})

const LISTENER = object({
  name: z.string(),
  port: z.int(),
  protocol: z.string(),
  hostname: z.string().optional(),
  allowedRoutes: ALLOWED_ROUTES.optional(),
}).transform(({ name, port, protocol, hostname, allowedRoutes }): Listener => {
  const { from = 'Same', selector } = allowedRoutes?.namespaces ?? {}
  // `from: Selector` without a selector selects nothing, as a nil LabelSelector does.
  const allowedNamespaces = from !== 'Selector' ? { from } : selector === undefined ? { from: 'None' as const } : { from, selector }
  return { name, port, protocol, hostname: hostname?.toLowerCase() || undefined, allowedNamespaces }
})

const GATEWAY = object({
  metadata: namespaced,
  spec: object({ gatewayClassName: z.string(), listeners: z.array(LISTENER).default([]) }),
}).transform(
  ({ metadata, spec }): ViewObject => ({
    kind: 'Gateway',
    value: {
      namespace: metadata.namespace,
      name: metadata.name,
      className: spec.gatewayClassName,
      created: metadata.creationTimestamp,
      listeners: spec.listeners,
    },
  }),
)

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

const SCHEMAS = { Gateway: GATEWAY, GatewayClass: GATEWAY_CLASS, Namespace: NAMESPACE, ReferenceGrant: REFERENCE_GRANT }

const GATEWAY_API = 'gateway.networking.k8s.io/'
const VERSIONS: Readonly<Record<ViewKind, readonly string[]>> = {
  HTTPRoute: [`${GATEWAY_API}v1`, `${GATEWAY_API}v1beta1`],
  Gateway: [`${GATEWAY_API}v1`, `${GATEWAY_API}v1beta1`],
  GatewayClass: [`${GATEWAY_API}v1`, `${GATEWAY_API}v1beta1`],
  Namespace: ['v1'],
  ReferenceGrant: [`${GATEWAY_API}v1`, `${GATEWAY_API}v1beta1`],
}

/**
 * An object of a watched kind, or undefined for any other kind. A watched kind in a version that can't be read is a problem, never skipped.
 * Unknown keys are only ever reported for HTTPRoutes: nothing else here would change its meaning by a misspelt one.
 */
export function parseViewObject(raw: unknown, unknownKeys: UnknownKeys): Parsed<ViewObject> | undefined {
  const kind = viewKindOf(raw)
  if (kind === undefined) return undefined
  if (kind === 'HTTPRoute') {
    const route = parseHttpRoute(raw, unknownKeys)
    return route.ok ? { ok: true, value: { kind, value: route.value } } : route
  }
  const apiVersion = isMapping(raw) ? String(raw['apiVersion']) : ''
  if (!VERSIONS[kind].includes(apiVersion)) {
    return {
      ok: false,
      problems: [{ field: 'apiVersion', message: `must be one of ${VERSIONS[kind].join(', ')}, not ${JSON.stringify(apiVersion)}` }],
    }
  }
  return parseWith(SCHEMAS[kind], raw)
}

/** The watched kind an object says it is, whatever its version. */
export function viewKindOf(raw: unknown): ViewKind | undefined {
  if (!isMapping(raw)) return undefined
  const { apiVersion, kind } = raw
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || !Object.hasOwn(VERSIONS, kind)) return undefined
  const viewKind = kind as ViewKind // an own key of VERSIONS
  return (viewKind === 'Namespace') === !apiVersion.includes('/') && (viewKind === 'Namespace' || apiVersion.startsWith(GATEWAY_API))
    ? viewKind
    : undefined
}

/** Whether objects of this kind live in a namespace. */
export function isNamespaced(kind: ViewKind): boolean {
  return kind !== 'GatewayClass' && kind !== 'Namespace'
}
