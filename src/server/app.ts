import type { Server } from 'node:https'
import { type FastifyError, type FastifyInstance, fastify } from 'fastify'
import { type AdmissionRequest, parseAdmissionReview } from '../api/admission-review.ts'
import type { DecisionRecord, Webhook } from '../audit/decision-record.ts'
import type { Denial } from '../audit/denial-events.ts'
import type { HttpRoute } from '../delegation/route.ts'
import { DEFAULT_MESSAGE_OPTIONS, type MessageOptions } from '../policy/message.ts'
import { type Decide, type Judgement, judge, listed, routeKindOf } from './admission.ts'
import { type AdmissionReply, answer, objectName } from './admission-response.ts'
import type { CallerAuthentication } from './caller-authentication.ts'
import { parseTimeout } from './deadline.ts'
import type { TlsOptions } from './tls-options.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Whether a client certificate proves that the API server sent this. */
    callerAuthenticated: boolean
  }
}

export interface AppOptions {
  readonly decide: Decide
  /** Why nothing may be judged at this moment; such a request fails, and the operator's failurePolicy decides. */
  readonly notReady?: () => string | undefined
  /** Absent only where requests are injected without a socket. */
  readonly tls?: TlsOptions
  /** Absent: no caller counts as authenticated, and none has to. */
  readonly callers?: CallerAuthentication
  readonly messages?: MessageOptions
  /** Called with each route that `/validate` lets be stored, before the next request is judged. Never on dryRun. */
  readonly onAdmitted?: (route: HttpRoute, how: Admitted) => void
  /** Called once per request whose uid was read. */
  readonly onDecision?: (record: DecisionRecord) => void
  /**
   * Called when a change to a route was denied and not only tried. Not for a creation: there is no object to say it of, and who asked was told.
   * Where callers are authenticated, only for those: anybody else could have events written.
   */
  readonly onDenied?: (denial: Omit<Denial, 'uid'>) => void
  /** Called for what never became an admission request: bytes, wrong shapes, unknown paths. */
  readonly onRefused?: (refusal: { readonly status: number; readonly reason: string }) => void
  /** Called with what `decide` threw. */
  readonly onCrash?: (cause: unknown, record: DecisionRecord) => void
  /** While true, answers ask the client to open its next connection elsewhere. */
  readonly draining?: () => boolean
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

export interface Admitted {
  readonly created: boolean
  /** Whether a client certificate proves that the API server asked. */
  readonly authenticated: boolean
}

/** Two objects of 3 MiB (etcd's request limit with room) and an envelope; Fastify's default 1 MiB breaks UPDATEs. */
export const BODY_LIMIT = 8 * 1024 * 1024

/** Longer than the 90 s for which the API server keeps idle connections: it must be the one that closes them. */
export const KEEP_ALIVE_MILLISECONDS = 120_000

/** A client gets this long to send its headers, and a whole request; the API server's own timeout is 30 s at most. */
export const HEADERS_MILLISECONDS = 10_000
export const REQUEST_MILLISECONDS = 30_000

/** The webhook's endpoints, not listening yet. HTTP/1.1 only: the API server forces it for webhooks. */
export function buildApp(options: AppOptions): FastifyInstance<Server> {
  const app = fastify({
    https: { ...options.tls, headersTimeout: HEADERS_MILLISECONDS },
    bodyLimit: BODY_LIMIT,
    keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
    requestTimeout: REQUEST_MILLISECONDS,
    // A key named __proto__ or constructor is data here: refusing it would be a bypass under failurePolicy Ignore.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    logger: false,
    // While closing, a request on an open connection still gets its answer.
    return503OnClosing: false,
  })
  // Taken before the body is read: reading it counts against the deadline. (Fastify's own clock runs only with its logger.)
  const received = new WeakMap<object, number>()
  app.decorateRequest('callerAuthenticated', false)
  app.addHook('onRequest', async (request, reply) => {
    received.set(request, performance.now())
    request.callerAuthenticated = options.callers?.isAuthenticated(request.raw.socket, (options.now ?? Date.now)()) ?? false
    if (request.callerAuthenticated || options.callers?.required !== true) return undefined
    options.onRefused?.({ status: 403, reason: 'no client certificate of an allowed subject' })
    return reply.code(403).type(PLAIN_TEXT).send('a client certificate of an allowed subject is required\n')
  })
  app.addHook('onSend', async (_request, reply) => {
    if (options.draining?.()) reply.header('connection', 'close')
  })
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const status = error.statusCode !== undefined && error.statusCode >= 400 ? error.statusCode : 500
    options.onRefused?.({ status, reason: status >= 500 ? error.message : error.code })
    return reply
      .code(status)
      .type(PLAIN_TEXT)
      .send(status >= 500 ? 'internal error\n' : `${error.message}\n`)
  })
  app.setNotFoundHandler((_request, reply) => reply.code(404).type(PLAIN_TEXT).send('no such endpoint: POST to /validate or /mutate\n'))
  for (const webhook of ['validate', 'mutate'] as const) {
    app.post(`/${webhook}`, (request, reply) => {
      const since = received.get(request) ?? performance.now()
      const authenticated = request.callerAuthenticated
      const posted = { body: request.body, query: request.query, authenticated, elapsed: () => performance.now() - since }
      const { status, body } = respond(webhook, posted, options)
      return typeof body === 'string' ? reply.code(status).type(PLAIN_TEXT).send(`${body}\n`) : reply.code(status).send(body)
    })
  }
  return app
}

/** Of an answer that is no AdmissionReview, the API server shows the body to the user only if it is text. */
const PLAIN_TEXT = 'text/plain; charset=utf-8'

interface Posted {
  readonly body: unknown
  readonly query: unknown
  /** Whether a client certificate proves that the API server sent it. */
  readonly authenticated: boolean
  /** Milliseconds since the request arrived. */
  readonly elapsed: () => number
}

function respond(webhook: Webhook, posted: Posted, options: AppOptions): { status: number; body: AdmissionReply | string } {
  const review = parseAdmissionReview(posted.body)
  if (!review.ok) {
    options.onRefused?.({ status: 400, reason: 'not an AdmissionReview' })
    return { status: 400, body: `not an AdmissionReview of admission.k8s.io/v1: ${listed(review.problems)}` }
  }
  const request = review.value
  const timeout = parseTimeout(posted.query)
  const judgement = judge(request, {
    decide: options.decide,
    notReady: options.notReady,
    now: options.now ?? Date.now,
    overdue: () => timeout !== undefined && posted.elapsed() >= timeout,
  })
  if (judgement.kind === 'failed') {
    const record = recordOf(webhook, request, judgement, 'error', posted.elapsed())
    options.onDecision?.(record)
    if (judgement.cause !== undefined) options.onCrash?.(judgement.cause, record)
    return { status: judgement.status, body: `lanekeeper: ${judgement.message}` }
  }
  const { reply, outcome } = answer(webhook, request, judgement, options.messages ?? DEFAULT_MESSAGE_OPTIONS)
  if (webhook === 'validate' && judgement.kind === 'judged' && reply.response.allowed && !request.dryRun) {
    const { route, operation } = judgement.asked
    if (route !== undefined) options.onAdmitted?.(route, { created: operation === 'CREATE', authenticated: posted.authenticated })
  }
  options.onDecision?.(recordOf(webhook, request, judgement, outcome, posted.elapsed()))
  const { status } = reply.response
  const kind = routeKindOf(request)
  const trusted = options.callers === undefined || posted.authenticated
  if (status !== undefined && kind !== undefined && request.operation === 'UPDATE' && !request.dryRun && trusted) {
    options.onDenied?.({ kind, namespace: request.namespace ?? '', name: objectName(request), message: status.message })
  }
  return { status: 200, body: reply }
}

function recordOf(
  webhook: Webhook,
  request: AdmissionRequest,
  judgement: Judgement,
  outcome: DecisionRecord['outcome'],
  milliseconds: number,
): DecisionRecord {
  return {
    webhook,
    uid: short(request.uid),
    operation: request.operation,
    kind: short(request.kind.kind),
    namespace: short(request.namespace ?? ''),
    name: short(objectName(request)),
    user: short(request.userInfo.username),
    dryRun: request.dryRun,
    outcome,
    violations: judgement.kind === 'judged' ? judgement.decision.violations : [],
    milliseconds,
    error: judgement.kind === 'failed' ? judgement.message : undefined,
  }
}

/** Longer than any name is. Whoever reaches the port could fill the log with a few requests otherwise. */
function short(text: string): string {
  return text.slice(0, 300)
}
