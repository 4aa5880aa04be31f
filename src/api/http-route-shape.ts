import { z } from 'zod'
import {
  backendObjectReference,
  backendRef,
  extensionRef,
  headerModifier,
  integer,
  requestMirror,
  routeSpec,
  sessionPersistence,
  text,
  texts,
  valueMatches,
} from './common-route.ts'
import { objectMetadata } from './object-metadata.ts'
import type { ObjectShape } from './object-shape.ts'

/**
 * HTTPRoute v1 and v1beta1, standard and experimental channel, as the CRDs of Gateway API v1.4 to v1.7 spell it. Shapes only: limits, charsets
 * and combinations are the API server's. Path and header types and methods are plain strings, for a newer value is not a wrong shape.
 */
export function httpRouteShape(object: ObjectShape) {
  const filters = z.array(filterShape(object)).optional()
  const match = object({
    path: object({ type: text, value: text }).optional(),
    headers: valueMatches(object),
    queryParams: valueMatches(object),
    method: text,
  })
  const rule = object({
    name: text,
    matches: z.array(match).optional(),
    filters,
    backendRefs: z.array(object({ ...backendRef, filters })).optional(),
    timeouts: object({ request: text, backendRequest: text }).optional(),
    retry: object({ codes: z.array(z.int()).optional(), attempts: integer, backoff: text }).optional(),
    sessionPersistence: sessionPersistence(object),
  })
  return object({
    apiVersion: z.enum(['gateway.networking.k8s.io/v1', 'gateway.networking.k8s.io/v1beta1']),
    kind: z.literal('HTTPRoute'),
    metadata: objectMetadata(object),
    spec: object({ ...routeSpec(object), rules: z.array(rule).optional() }).optional(),
    status: z.unknown().optional(),
  })
}

function filterShape(object: ObjectShape) {
  const pathModifier = object({ type: z.string(), replaceFullPath: text, replacePrefixMatch: text }).optional()
  return object({
    type: z.string(),
    requestHeaderModifier: headerModifier(object),
    responseHeaderModifier: headerModifier(object),
    requestMirror: requestMirror(object),
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
      backendRef: object(backendObjectReference).optional(),
      grpc: object({ allowedHeaders: texts }).optional(),
      http: object({ path: text, allowedHeaders: texts, allowedResponseHeaders: texts }).optional(),
      forwardBody: object({ maxSize: integer }).optional(),
    }).optional(),
    extensionRef: extensionRef(object),
  })
}

export type RawHttpRoute = z.output<ReturnType<typeof httpRouteShape>>
export type RawRule = NonNullable<NonNullable<RawHttpRoute['spec']>['rules']>[number]
export type RawFilter = NonNullable<RawRule['filters']>[number]
export type RawMatch = NonNullable<RawRule['matches']>[number]
