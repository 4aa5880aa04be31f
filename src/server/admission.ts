import type { AdmissionRequest } from '../api/admission-review.ts'
import type { Problem } from '../api/parsed.ts'
import { isRouteKind, parseRoute } from '../api/view-object.ts'
import type { HttpRoute, RouteKind } from '../delegation/route.ts'
import type { Decision, ReviewRequest } from '../policy/decision.ts'
import { printable } from '../policy/message.ts'

/** The engine, as the server sees it: pure, synchronous, throws only for bugs. */
export type Decide = (request: ReviewRequest) => Decision

/** `failed` becomes a plain HTTP error, so that the operator's failurePolicy decides. It is never "allowed". */
export type Judgement =
  | { readonly kind: 'judged'; readonly asked: ReviewRequest; readonly decision: Decision }
  | { readonly kind: 'not-judged'; readonly warning: string }
  | { readonly kind: 'failed'; readonly status: 500 | 504; readonly message: string; readonly cause?: unknown }

export interface JudgeOptions {
  readonly decide: Decide
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** True once the API server has given up on this request: its answer would be thrown away. */
  readonly overdue: () => boolean
  /** Why nothing may be judged at this moment: an empty view would allow what the whole one denies. A delete is told less, and passes. */
  readonly notReady?: (() => string | undefined) | undefined
}

const ROUTE_GROUP = 'gateway.networking.k8s.io'

/** The kind of route a request is about; undefined = none that is judged. */
export function routeKindOf({ kind: { group, kind } }: AdmissionRequest): RouteKind | undefined {
  return group === ROUTE_GROUP && isRouteKind(kind) ? kind : undefined
}

/** Turns an admission request into a question to the engine, and asks it. */
export function judge(request: AdmissionRequest, options: JudgeOptions): Judgement {
  const { kind, operation } = request
  const routeKind = routeKindOf(request)
  if (routeKind === undefined) {
    return notJudged(`${kind.group === '' ? '' : `${kind.group}/`}${kind.version} ${kind.kind}`)
  }
  // Status and other subresources can't change what a route says.
  if (request.subResource) return notJudged(`subresource ${request.subResource}`)
  if (operation === 'CONNECT') return notJudged('CONNECT')
  if (operation === 'DELETE') {
    // A delete is never held up: without a readable object there is only less to warn about.
    const oldRoute = parseObject(request.oldObject, routeKind, request)
    return ask({ operation, route: undefined, oldRoute: oldRoute.ok ? oldRoute.value : undefined, now: options.now() }, options)
  }
  const route = parseObject(request.object, routeKind, request)
  if (!route.ok) return failed(`object is no ${routeKind} the API server would store: ${route.reason}`)
  if (operation === 'CREATE') return ask({ operation, route: route.value, oldRoute: undefined, now: options.now() }, options)
  if (request.oldObject === null || request.oldObject === undefined) return failed('an UPDATE needs oldObject')
  // An old object that can't be read (stored under an older CRD) excuses nothing: the new one is judged without the ratchet.
  const oldRoute = parseObject(request.oldObject, routeKind, request)
  return ask({ operation, route: route.value, oldRoute: oldRoute.ok ? oldRoute.value : undefined, now: options.now() }, options)
}

function ask(request: ReviewRequest, options: JudgeOptions): Judgement {
  if (options.overdue()) return { kind: 'failed', status: 504, message: 'the deadline of this request passed before it was judged' }
  const notReady = request.operation === 'DELETE' ? undefined : options.notReady?.()
  if (notReady !== undefined) return failed(notReady)
  try {
    return { kind: 'judged', asked: request, decision: options.decide(request) }
  } catch (cause) {
    return { kind: 'failed', status: 500, message: 'evaluation failed unexpectedly; this is a bug of lanekeeper', cause }
  }
}

function notJudged(what: string): Judgement {
  return { kind: 'not-judged', warning: `lanekeeper: ${oneLine(what)} is not judged; narrow the rules of the webhook configuration` }
}

function failed(message: string): Judgement {
  return { kind: 'failed', status: 500, message }
}

type ParsedObject = { readonly ok: true; readonly value: HttpRoute } | { readonly ok: false; readonly reason: string }

function parseObject(raw: unknown, kind: RouteKind, request: AdmissionRequest): ParsedObject {
  if (!isRecord(raw)) return { ok: false, reason: 'it is not an object' }
  const metadata = raw['metadata']
  if (!isRecord(metadata)) return { ok: false, reason: 'metadata is missing' }
  const namespace = metadata['namespace'] ?? ''
  if (namespace !== '' && request.namespace && namespace !== request.namespace) {
    return { ok: false, reason: 'metadata.namespace differs from request.namespace' }
  }
  const complete = namespace === '' ? { ...raw, metadata: { ...metadata, namespace: request.namespace } } : raw
  try {
    const parsed = parseRoute(kind, complete, 'ignore')
    return parsed.ok ? parsed : { ok: false, reason: listed(parsed.problems) }
  } catch (cause) {
    // Nesting so deep that a recursive walk overflows the stack: no CRD would accept it either.
    if (cause instanceof RangeError) return { ok: false, reason: 'it is nested too deeply' }
    throw cause
  }
}

/** At most ten problems: the text goes into an HTTP error that people read in kubectl. */
export function listed(problems: readonly Problem[]): string {
  const shown = problems.slice(0, 10).map(({ field, message }) => oneLine(field === '' ? message : `${field}: ${message}`))
  const more = problems.length - shown.length
  return more > 0 ? `${shown.join('; ')}; +${more} more` : shown.join('; ')
}

/** On one line, and no longer than people read: text of the requester stands in messages. */
export function oneLine(text: string): string {
  return printable(text).slice(0, 300)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
