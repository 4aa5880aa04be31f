import type { HttpMatch, HttpRoute, PathMatch, Rule } from '../delegation/route.ts'
import { EVERY_REQUEST, namingProblems, toBackendRef, toCommonRoute, toHeaderMatch, toSessionPersistence } from './common-route.ts'
import { grpcRouteShape, type RawGrpcMatch, type RawGrpcRoute, type RawGrpcRule } from './grpc-route-shape.ts'
import { toFilter } from './http-filter.ts'
import { shapeFor } from './object-shape.ts'
import type { Parsed, UnknownKeys } from './parsed.ts'
import { parseWith } from './problems.ts'

const SCHEMAS = { report: grpcRouteShape(shapeFor('report')), ignore: grpcRouteShape(shapeFor('ignore')) }

/** A GRPCRoute as the gateways program it: HTTP matches in the same table as those of HTTPRoutes. */
export function parseGrpcRoute(raw: unknown, unknownKeys: UnknownKeys): Parsed<HttpRoute> {
  const parsed = parseWith(SCHEMAS[unknownKeys], raw)
  if (!parsed.ok) return parsed
  const problems = namingProblems(parsed.value.metadata)
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: toRoute(parsed.value) }
}

/** A GRPCRoute without rules takes nothing: its CRD fills none in. */
function toRoute({ metadata, spec }: RawGrpcRoute): HttpRoute {
  return { kind: 'GRPCRoute', ...toCommonRoute(metadata, spec), rules: (spec?.rules ?? []).map(toRule) }
}

function toRule({ matches = [], backendRefs = [], filters = [], sessionPersistence }: RawGrpcRule): Rule {
  return {
    matches: matches.length === 0 ? [EVERY_REQUEST] : matches.map(toMatch),
    backendRefs: backendRefs.map((ref) => ({ ...toBackendRef(ref), delegates: false })),
    filters: filters.map(toFilter),
    timeouts: { request: undefined, backendRequest: undefined },
    retry: undefined,
    sessionPersistence: toSessionPersistence(sessionPersistence),
  }
}

/** No method: gRPC is always POST, but the gateways check neither that nor the content type. */
function toMatch({ method, headers = [] }: RawGrpcMatch): HttpMatch {
  return { path: toPath(method), headers: headers.map(toHeaderMatch), queryParams: [], method: undefined }
}

/**
 * The path match that a gateway makes of a service and method. Regular expressions are pasted in as they are, neither
 * grouped nor escaped: an alternation in one reaches any path. Source: kgateway, pkg/krtcollections/grpc_route.go
 * (buildGRPCPathMatch), whose `.+` for what is left out contains what the other gateways write there.
 */
function toPath(match: RawGrpcMatch['method']): PathMatch {
  if (match === undefined) return EVERY_REQUEST.path
  const { type = 'Exact' } = match
  // An empty text matches anything, as an absent one does.
  const [service, method] = [match.service || undefined, match.method || undefined]
  if (service === undefined && method === undefined) return EVERY_REQUEST.path
  switch (type) {
    case 'RegularExpression':
      return { type, value: `/${service ?? '.+'}/${method ?? '.+'}` }
    case 'Exact':
      if (service === undefined) return { type: 'RegularExpression', value: `/.+/${method}` }
      return method === undefined ? { type: 'PathPrefix', value: `/${service}` } : { type, value: `/${service}/${method}` }
    default:
      return { type: 'Unknown', value: `/${service ?? ''}/${method ?? ''}` }
  }
}
