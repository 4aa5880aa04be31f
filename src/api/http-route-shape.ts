import { z } from 'zod'
import { objectMetadata } from './object-metadata.ts'
import type { ObjectShape } from './object-shape.ts'

const text = z.string().optional()
const texts = z.array(z.string()).optional()
const integer = z.int().optional()

/**
 * HTTPRoute v1 and v1beta1, standard and experimental channel, as the CRDs of Gateway API v1.4 to v1.7 spell it. Shapes only: limits, charsets
 * and combinations are the API server's. Path and header types and methods are plain strings, for a newer value is not a wrong shape.
 */
export function httpRouteShape(object: ObjectShape) {
  const filters = z.array(filterShape(object)).optional()
  const valueMatches = z.array(object({ type: text, name: z.string(), value: z.string() })).optional()
  const match = object({
    path: object({ type: text, value: text }).optional(),
    headers: valueMatches,
    queryParams: valueMatches,
    method: text,
  })
  const rule = object({
    name: text,
    matches: z.array(match).optional(),
    filters,
    // A backendRef without a name selects nothing; the CRD refuses it, yet it stands in the gateways' own examples and is a finding, not a shape.
    backendRefs: z.array(object({ ...backendObjectReference, name: text, weight: integer, filters })).optional(),
    timeouts: object({ request: text, backendRequest: text }).optional(),
    retry: object({ codes: z.array(z.int()).optional(), attempts: integer, backoff: text }).optional(),
    sessionPersistence: object({
      sessionName: text,
      absoluteTimeout: text,
      idleTimeout: text,
      type: text,
      cookieConfig: object({ lifetimeType: text }).optional(),
    }).optional(),
  })
  const parentRef = object({ group: text, kind: text, namespace: text, name: z.string(), sectionName: text, port: integer })
  return object({
    apiVersion: z.enum(['gateway.networking.k8s.io/v1', 'gateway.networking.k8s.io/v1beta1']),
    kind: z.literal('HTTPRoute'),
    metadata: objectMetadata(object),
    spec: object({
      parentRefs: z.array(parentRef).optional(),
      useDefaultGateways: text,
      hostnames: texts,
      rules: z.array(rule).optional(),
    }).optional(),
    status: z.unknown().optional(),
  })
}

const backendObjectReference = { group: text, kind: text, namespace: text, name: z.string(), port: integer }

function filterShape(object: ObjectShape) {
  const header = object({ name: z.string(), value: z.string() })
  const headerModifier = object({ set: z.array(header).optional(), add: z.array(header).optional(), remove: texts }).optional()
  const pathModifier = object({ type: z.string(), replaceFullPath: text, replacePrefixMatch: text }).optional()
  const backendRef = object(backendObjectReference)
  return object({
    type: z.string(),
    requestHeaderModifier: headerModifier,
    responseHeaderModifier: headerModifier,
    requestMirror: object({
      backendRef,
      percent: integer,
      fraction: object({ numerator: z.int(), denominator: integer }).optional(),
    }).optional(),
    requestRedirect: object({ scheme: text, hostname: text, path: pathModifier, port: integer, statusCode: integer }).optional(),
    urlRewrite: object({ hostname: text, path: pathModifier }).optional(),
    cors: object({
      allowOrigins: texts,
      allowCredentials: z.boolean().optional(),
      allowMethods: texts,
      allowHeaders: texts,
      exposeHeaders: texts,
      maxAge: integer,
    }).optional(),
    externalAuth: object({
      protocol: text,
      backendRef: backendRef.optional(),
      grpc: object({ allowedHeaders: texts }).optional(),
      http: object({ path: text, allowedHeaders: texts, allowedResponseHeaders: texts }).optional(),
      forwardBody: object({ maxSize: integer }).optional(),
    }).optional(),
    extensionRef: object({ group: z.string(), kind: z.string(), name: z.string() }).optional(),
  })
}

export type RawHttpRoute = z.output<ReturnType<typeof httpRouteShape>>
export type RawRule = NonNullable<NonNullable<RawHttpRoute['spec']>['rules']>[number]
export type RawFilter = NonNullable<RawRule['filters']>[number]
export type RawMatch = NonNullable<RawRule['matches']>[number]
