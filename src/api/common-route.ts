import { z } from 'zod'
import { parseDuration } from '../delegation/duration.ts'
import type {
  BackendRef,
  Duration,
  HttpMatch,
  HttpRoute,
  ParentRef,
  SessionPersistence,
  ValueMatch,
  ValueMatchType,
} from '../delegation/route.ts'
import { GATEWAY_GROUP } from '../delegation/selection.ts'
import { toBackend, toFilter } from './http-filter.ts'
import type { RawFilter } from './http-route-shape.ts'
import type { objectMetadata } from './object-metadata.ts'
import type { ObjectShape } from './object-shape.ts'
import type { Problem } from './parsed.ts'

/** What HTTPRoutes and GRPCRoutes have in common: the parts of their shapes, and what becomes of these. */

export const text = z.string().optional()
export const texts = z.array(z.string()).optional()
export const integer = z.int().optional()

/** The spec beside the rules. */
export function routeSpec(object: ObjectShape) {
  const parentRef = object({ group: text, kind: text, namespace: text, name: z.string(), sectionName: text, port: integer })
  return { parentRefs: z.array(parentRef).optional(), useDefaultGateways: text, hostnames: texts }
}

export const backendObjectReference = { group: text, kind: text, namespace: text, name: z.string(), port: integer }

// A backendRef without a name selects nothing; the CRD refuses it, yet it stands in the gateways' own examples and is a finding, not a shape.
export const backendRef = { ...backendObjectReference, name: text, weight: integer }

export function valueMatches(object: ObjectShape) {
  return z.array(object({ type: text, name: z.string(), value: z.string() })).optional()
}

export function headerModifier(object: ObjectShape) {
  const header = object({ name: z.string(), value: z.string() })
  return object({ set: z.array(header).optional(), add: z.array(header).optional(), remove: texts }).optional()
}

export function requestMirror(object: ObjectShape) {
  return object({
    backendRef: object(backendObjectReference),
    percent: integer,
    fraction: object({ numerator: z.int(), denominator: integer }).optional(),
  }).optional()
}

export function extensionRef(object: ObjectShape) {
  return object({ group: z.string(), kind: z.string(), name: z.string() }).optional()
}

export function sessionPersistence(object: ObjectShape) {
  return object({
    sessionName: text,
    absoluteTimeout: text,
    idleTimeout: text,
    type: text,
    cookieConfig: object({ lifetimeType: text }).optional(),
  }).optional()
}

type RawMetadata = z.output<ReturnType<typeof objectMetadata>>
type RawSpec = z.output<z.ZodObject<ReturnType<typeof routeSpec>>>
type RawBackendRef = z.output<z.ZodObject<typeof backendRef>>
type RawValueMatch = NonNullable<z.output<ReturnType<typeof valueMatches>>>[number]

/** Every request: what a rule takes that writes no matches. */
export const EVERY_REQUEST: HttpMatch = { path: { type: 'PathPrefix', value: '/' }, headers: [], queryParams: [], method: undefined }

/** A route has a name, or a generateName, and a namespace: it decides what the route may claim, so nobody guesses it here. */
export function namingProblems({ name, generateName, namespace }: RawMetadata): Problem[] {
  const problems: Problem[] = []
  if (!name && !generateName) problems.push({ field: 'metadata.name', message: 'is required' })
  if (!namespace) problems.push({ field: 'metadata.namespace', message: 'is required' })
  return problems
}

/** All of a route but its kind and its rules. */
export function toCommonRoute(metadata: RawMetadata, spec: RawSpec | undefined): Omit<HttpRoute, 'kind' | 'rules'> {
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    generateName: metadata.generateName || undefined,
    uid: metadata.uid || undefined,
    created: metadata.creationTimestamp,
    labels: metadata.labels ?? new Map(),
    annotations: metadata.annotations ?? new Map(),
    parentRefs: (spec?.parentRefs ?? []).map(
      (ref): ParentRef => ({
        group: ref.group ?? GATEWAY_GROUP,
        kind: ref.kind ?? 'Gateway',
        namespace: ref.namespace,
        name: ref.name,
        sectionName: ref.sectionName,
        port: ref.port,
        kindWritten: ref.kind !== undefined,
      }),
    ),
    hostnames: (spec?.hostnames ?? []).map((hostname) => hostname.toLowerCase()),
    usesDefaultGateways: spec?.useDefaultGateways !== undefined && spec.useDefaultGateways !== 'None',
  }
}

export function toBackendRef(ref: RawBackendRef & { filters?: RawFilter[] | undefined }): BackendRef {
  return { ...toBackend(ref), weight: ref.weight ?? 1, filters: (ref.filters ?? []).map(toFilter) }
}

export function toSessionPersistence(raw: z.output<ReturnType<typeof sessionPersistence>>): SessionPersistence | undefined {
  return raw && { absoluteTimeout: toDuration(raw.absoluteTimeout), idleTimeout: toDuration(raw.idleTimeout) }
}

export function toDuration(written: string | undefined): Duration | undefined {
  return written === undefined ? undefined : { written, milliseconds: parseDuration(written) }
}

export function toHeaderMatch(header: RawValueMatch): ValueMatch {
  return toValueMatch(header, header.name.toLowerCase())
}

/** `key` = what identifies it at request time. */
export function toValueMatch(raw: RawValueMatch, key: string): ValueMatch {
  return { type: valueMatchType(raw.type), name: raw.name, key, value: raw.value }
}

function valueMatchType(type: string | undefined): ValueMatchType {
  switch (type) {
    case undefined:
      return 'Exact'
    case 'Exact':
    case 'RegularExpression':
      return type
    default:
      return 'Unknown'
  }
}
