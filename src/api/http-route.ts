import type { HttpMatch, HttpRoute, PathType, Rule } from '../delegation/route.ts'
import {
  EVERY_REQUEST,
  namingProblems,
  toBackendRef,
  toCommonRoute,
  toDuration,
  toHeaderMatch,
  toSessionPersistence,
  toValueMatch,
} from './common-route.ts'
import { toFilter } from './http-filter.ts'
import type { RawHttpRoute, RawMatch, RawRule } from './http-route-shape.ts'
import { httpRouteShape } from './http-route-shape.ts'
import { shapeFor } from './object-shape.ts'
import type { Parsed, UnknownKeys } from './parsed.ts'
import { parseWith } from './problems.ts'

const SCHEMAS = { report: httpRouteShape(shapeFor('report')), ignore: httpRouteShape(shapeFor('ignore')) }

/** An HTTPRoute in normal form, with the CRD's defaults filled in. */
export function parseHttpRoute(raw: unknown, unknownKeys: UnknownKeys): Parsed<HttpRoute> {
  const parsed = parseWith(SCHEMAS[unknownKeys], raw)
  if (!parsed.ok) return parsed
  const problems = namingProblems(parsed.value.metadata)
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: toHttpRoute(parsed.value) }
}

function toHttpRoute({ metadata, spec }: RawHttpRoute): HttpRoute {
  return { kind: 'HTTPRoute', ...toCommonRoute(metadata, spec), rules: (spec?.rules ?? [{}]).map(toRule) }
}

function toRule({ matches, backendRefs, filters, timeouts, retry, sessionPersistence }: RawRule): Rule {
  return {
    matches: matches?.map(toMatch) ?? [EVERY_REQUEST],
    backendRefs: (backendRefs ?? []).map(toBackendRef),
    filters: (filters ?? []).map(toFilter),
    timeouts: { request: toDuration(timeouts?.request), backendRequest: toDuration(timeouts?.backendRequest) },
    retry: retry && { attempts: retry.attempts },
    sessionPersistence: toSessionPersistence(sessionPersistence),
  }
}

function toMatch({ path, headers, queryParams, method }: RawMatch): HttpMatch {
  return {
    path: { type: pathType(path?.type), value: path?.value ?? '/' },
    headers: (headers ?? []).map(toHeaderMatch),
    queryParams: (queryParams ?? []).map((param) => toValueMatch(param, param.name)),
    method,
  }
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
