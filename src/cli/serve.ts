import type { Server } from 'node:https'
import type { FastifyInstance } from 'fastify'
import { type Logger, pino, stdTimeFunctions } from 'pino'
import { VIEW_KINDS } from '../api/view-object.ts'
import { logDecision } from '../audit/decision-log.ts'
import { Metrics } from '../audit/metrics.ts'
import type { KeyPair } from '../certificates/key-pair.ts'
import type { View } from '../delegation/view.ts'
import { evaluateUnsettled } from '../policy/evaluate-unsettled.ts'
import { buildApp } from '../server/app.ts'
import { CallerAuthentication } from '../server/caller-authentication.ts'
import { ClientCaFile } from '../server/client-ca-file.ts'
import { drain } from '../server/draining.ts'
import { buildProbes } from '../server/probes.ts'
import { swapCertificate, tlsOptions } from '../server/tls-options.ts'
import { helpText } from './help.ts'
import { EXIT, type Io } from './io.ts'
import { listenOn, StartError } from './listen-address.ts'
import { version } from './package-info.ts'
import { serveAudit } from './serve-audit.ts'
import { certificateSource } from './serve-certificates.ts'
import { parseServeOptions, type ServeOptions } from './serve-options.ts'
import { followView } from './serve-source.ts'
import { serveSummary } from './serve-summary.ts'

/** What is under way when the delay is over gets this long to end. */
const CLOSE_MILLISECONDS = 5_000

/** npm and a terminal both pass a Ctrl-C on: the same signal again within this time is not a second one. */
const ECHO_MILLISECONDS = 500

/** `lanekeeper serve`: answers until a signal, and returns the exit code. */
export async function serve(args: readonly string[], io: Io): Promise<number> {
  const options = parseServeOptions(args)
  if (options === undefined) {
    io.out(helpText('serve'))
    return EXIT.fine
  }
  const running = await start(options, io)
  // Who reads that it serves may stop it at once.
  const stopped = untilStopped(running, options, io)
  io.out(running.summary)
  return stopped
}

interface Running {
  readonly summary: string
  readonly begin: () => void
  readonly close: () => Promise<void>
  readonly cut: () => void
}

async function start(options: ServeOptions, io: Io): Promise<Running> {
  const log = logTo(io, options.logLevel)
  let draining = false
  let listening = false
  const followed = await followView(options.view, {
    lives: options.lives,
    log,
    onChange: () => audit.changed(),
    objects: (view) => Object.fromEntries(viewObjects(view)),
  })
  const { view, unsettled, source, cluster } = followed
  const audit = serveAudit(options, followed, log)
  const callers = options.callers
  const clientCa =
    callers &&
    new ClientCaFile({
      file: callers.caFile,
      onChange: (pem) => swap(certificates.current(), pem),
      onProblem: (message) => log.error(message),
    })
  let app: FastifyInstance<Server> | undefined
  let summary: string
  const swap = (pair: KeyPair | undefined, callersCa = clientCa?.current()) => {
    if (app !== undefined && pair !== undefined) swapCertificate(app.server, tlsOptions(pair, callersCa))
  }
  const certificates = certificateSource(options.certificates, {
    onNotice: (level, message) => log[level](message),
    onChange: (pair) => swap(pair),
  })
  const metrics = new Metrics({
    version: version(),
    viewObjects: () => viewObjects(view),
    unsettled: () => unsettled.counts(),
    ...(cluster === undefined ? {} : { following: { kinds: () => cluster.status(), unreadable: () => cluster.unreadable() } }),
    certificateExpiry: () => certificates.expiry(),
    caBundleInSync: () => certificates.inSync(),
    audit: () => audit.report(),
    ...(audit.leading === undefined ? {} : { leading: audit.leading }),
  })
  const probes = buildProbes({
    conditions: [
      { name: 'running', missing: () => (draining ? 'shutting down' : listening ? undefined : 'not listening yet') },
      { name: 'certificate', missing: () => expiredSentence(certificates.current()?.expires) },
      ...(options.certificates.mode === 'secret' ? [{ name: 'caBundle', missing: () => certificates.untrusted() }] : []),
      { name: source.name, missing: () => source.missing() },
    ],
    metrics: async () => ({ text: await metrics.registry.metrics(), contentType: metrics.registry.contentType }),
  })
  const cut = () => {
    app?.server.closeAllConnections()
    probes.server.closeAllConnections()
  }
  const close = async () => {
    clientCa?.close()
    await Promise.all([app?.close(), probes.close(), certificates.close(), source.close(), audit.close()])
  }
  try {
    // Probes first: a certificate that has to wait for the API server is no reason to be restarted.
    const probesPort = await listenOn(probes, '--metrics-listen', options.metricsListen)
    await source.start()
    audit.start()
    await clientCa?.start().catch((cause: unknown) => {
      throw new StartError(`--client-ca: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    })
    const pair = await certificates.start().catch((cause: unknown) => {
      throw new StartError(`no certificate to serve with: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    })
    app = buildApp({
      tls: tlsOptions(pair, clientCa?.current()),
      ...(callers === undefined ? {} : { callers: new CallerAuthentication(callers) }),
      decide: (request) => evaluateUnsettled(request, unsettled.views(), source.policies()),
      onAdmitted: (route, how) => unsettled.reserve(route, how),
      notReady: () => (source.loaded() ? undefined : 'the view is not complete yet'),
      messages: { docsBase: options.docsBase },
      onDecision: (record) => {
        metrics.observe(record)
        logDecision(log, record)
      },
      onDenied: (denial) => audit.denied(denial),
      onRefused: (refusal) => log.warn(refusal, 'request refused'),
      onCrash: (err, record) => log.error({ err, uid: record.uid }, 'evaluation crashed'),
      draining: () => draining,
    })
    const webhookPort = await listenOn(app, '--listen', options.listen)
    listening = true
    summary = serveSummary({ options, webhookPort, probesPort, view, source, caFile: certificates.caFile() })
  } catch (cause) {
    await close()
    throw cause
  }
  return {
    summary,
    begin: () => {
      draining = true
      log.info({ delaySeconds: options.shutdownDelayMilliseconds / 1000 }, 'shutting down')
    },
    close,
    cut,
  }
}

function untilStopped(running: Running, options: ServeOptions, io: Io): Promise<number> {
  return new Promise((resolve, reject) => {
    let first: { readonly signal: string; readonly at: number } | undefined
    io.onSignal((signal) => {
      if (first !== undefined) {
        if (signal !== first.signal || Date.now() - first.at > ECHO_MILLISECONDS) resolve(EXIT.failed)
        return
      }
      first = { signal, at: Date.now() }
      const delayMilliseconds = signal === 'SIGINT' ? 0 : options.shutdownDelayMilliseconds
      drain({ ...running, delayMilliseconds, closeMilliseconds: CLOSE_MILLISECONDS }).then(() => resolve(EXIT.fine), reject)
    })
  })
}

function logTo(io: Io, level: string): Logger {
  const formatters = { level: (label: string) => ({ level: label }) }
  return pino({ level, base: null, timestamp: stdTimeFunctions.isoTime, formatters }, { write: io.err })
}

function viewObjects(view: View): ReadonlyMap<string, number> {
  return new Map(VIEW_KINDS.map((kind) => [kind, view.count(kind)]))
}

function expiredSentence(expires: number | undefined): string | undefined {
  if (expires === undefined) return 'none loaded'
  return expires <= Date.now() ? `expired at ${new Date(expires).toISOString()}` : undefined
}
