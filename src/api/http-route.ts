import { parseDuration } from '../delegation/duration.ts'
import type {
  BackendRef,
  Duration,
  HttpMatch,
  HttpRoute,
  ParentRef,
  PathType,
  Rule,
  ValueMatch,
  ValueMatchType,
} from '../delegation/route.ts'
import { toBackend, toFilter } from './http-filter.ts'
import type { RawHttpRoute, RawMatch, RawRule } from './http-route-shape.ts'
import { httpRouteShape } from './http-route-shape.ts'
import { shapeFor } from './object-shape.ts'
import type { Parsed, Problem, UnknownKeys } from './parsed.ts'
import { parseWith } from './problems.ts'

const GATEWAY_GROUP = 'gateway.networking.k8s.io'
const SCHEMAS = { report: httpRouteShape(shapeFor('report')), ignore: httpRouteShape(shapeFor('ignore')) }

/** Every request: what the CRD fills in where a rule writes no matches. */
const EVERY_REQUEST: HttpMatch = { path: { type: 'PathPrefix', value: '/' }, headers: [], queryParams: [], method: undefined }

/**
 * An HTTPRoute in normal form, with the CRD's defaults filled in. The namespace must be written: it decides what the route may claim, so nobody
 * guesses it here. The name may be missing beside a generateName.
 */
export function parseHttpRoute(raw: unknown, unknownKeys: UnknownKeys): Parsed<HttpRoute> {
  const parsed = parseWith(SCHEMAS[unknownKeys], raw)
  if (!parsed.ok) return parsed
  const { metadata } = parsed.value
  const problems: Problem[] = []
  if (!metadata.name && !metadata.generateName) problems.push({ field: 'metadata.name', message: 'is required' })
  if (!metadata.namespace) problems.push({ field: 'metadata.namespace', message: 'is required' })
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: toHttpRoute(parsed.value) }
}

function toHttpRoute({ metadata, spec }: RawHttpRoute): HttpRoute {
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
    rules: (spec?.rules ?? [{}]).map(toRule),
    usesDefaultGateways: spec?.useDefaultGateways !== undefined && spec.useDefaultGateways !== 'None',
  }
}

function toRule({ matches, backendRefs, filters, timeouts, retry, sessionPersistence }: RawRule): Rule {
  return {
    matches: matches?.map(toMatch) ?? [EVERY_REQUEST],
    backendRefs: (backendRefs ?? []).map(
      (ref): BackendRef => ({ ...toBackend(ref), weight: ref.weight ?? 1, filters: (ref.filters ?? []).map(toFilter) }),
    ),
    filters: (filters ?? []).map(toFilter),
    timeouts: { request: toDuration(timeouts?.request), backendRequest: toDuration(timeouts?.backendRequest) },
    retry: retry && { attempts: retry.attempts },
    sessionPersistence: sessionPersistence && {
      absoluteTimeout: toDuration(sessionPersistence.absoluteTimeout),
      idleTimeout: toDuration(sessionPersistence.idleTimeout),
    },
  }
}

function toDuration(written: string | undefined): Duration | undefined {
  return written === undefined ? undefined : { written, milliseconds: parseDuration(written) }
}

function toMatch({ path, headers, queryParams, method }: RawMatch): HttpMatch {
  return {
    path: { type: pathType(path?.type), value: path?.value ?? '/' },
    headers: (headers ?? []).map((header) => toValueMatch(header, header.name.toLowerCase())),
    queryParams: (queryParams ?? []).map((param) => toValueMatch(param, param.name)),
    method,
  }
}

function toValueMatch(raw: { type?: string | undefined; name: string; value: string }, key: string): ValueMatch {
  return { type: valueMatchType(raw.type), name: raw.name, key, value: raw.value }
}

function pathType(type: string | undefined): PathType {
  switch (type) {
    case undefined:
      return 'PathPrefix'
    case 'Exact':
    case 'PathPrefix':
    case 'RegularExpression':
      return type
    default:
      return 'Unknown'
  }
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
