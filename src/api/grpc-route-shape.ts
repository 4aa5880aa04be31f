import { z } from 'zod'
import {
  backendRef,
  extensionRef,
  headerModifier,
  requestMirror,
  routeSpec,
  sessionPersistence,
  text,
  valueMatches,
} from './common-route.ts'
import { objectMetadata } from './object-metadata.ts'
import type { ObjectShape } from './object-shape.ts'

/** GRPCRoute v1, standard and experimental channel, as the CRDs of Gateway API v1.4 to v1.7 spell it. Shapes only, as for HTTPRoutes. */
export function grpcRouteShape(object: ObjectShape) {
  const filter = object({
    type: z.string(),
    requestHeaderModifier: headerModifier(object),
    responseHeaderModifier: headerModifier(object),
    requestMirror: requestMirror(object),
    extensionRef: extensionRef(object),
  })
  const filters = z.array(filter).optional()
  const match = object({
    method: object({ type: text, service: text, method: text }).optional(),
    headers: valueMatches(object),
  })
  const rule = object({
    name: text,
    matches: z.array(match).optional(),
    filters,
    backendRefs: z.array(object({ ...backendRef, filters })).optional(),
    sessionPersistence: sessionPersistence(object),
  })
  return object({
    apiVersion: z.literal('gateway.networking.k8s.io/v1'),
    kind: z.literal('GRPCRoute'),
    metadata: objectMetadata(object),
    spec: object({ ...routeSpec(object), rules: z.array(rule).optional() }).optional(),
    status: z.unknown().optional(),
  })
}

export type RawGrpcRoute = z.output<ReturnType<typeof grpcRouteShape>>
export type RawGrpcRule = NonNullable<NonNullable<RawGrpcRoute['spec']>['rules']>[number]
export type RawGrpcMatch = NonNullable<RawGrpcRule['matches']>[number]
