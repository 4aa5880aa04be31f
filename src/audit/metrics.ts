import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { AuditReport } from './audit-report.ts'
import type { DecisionRecord } from './decision-record.ts'

export interface MetricsSources {
  readonly version: string
  /** Objects in the view by kind, read at each scrape. */
  readonly viewObjects: () => ReadonlyMap<string, number>
  /** What the view's source has not settled, read at each scrape. */
  readonly unsettled: () => { readonly authenticated: number; readonly unauthenticated: number; readonly tombstones: number }
  /** Only where the view follows an API server; read at each scrape. */
  readonly following?: {
    readonly kinds: () => ReadonlyMap<string, FollowedKind>
    /** Objects left out of the view because they can't be read, by kind. */
    readonly unreadable: () => ReadonlyMap<string, number>
  }
  /** Milliseconds since the epoch at which each certificate expires, by kind (`leaf`, `ca`), read at each scrape. */
  readonly certificateExpiry: () => ReadonlyMap<string, number>
  /** Whether the live caBundles are as they should be; undefined = they aren't ours. Read at each scrape. */
  readonly caBundleInSync?: () => boolean | undefined
  /** What the last scan found; undefined = another replica audits, or none was finished yet. Read at each scrape. */
  readonly audit?: () => AuditReport | undefined
  /** Only where replicas elect one that writes; read at each scrape. */
  readonly leading?: () => boolean
}

/** How the watch of one kind fares. */
export interface FollowedKind {
  readonly millisecondsSinceContact: number
  readonly relists: number
  readonly watchRestarts: number
}

/** Half a millisecond to five seconds: from a fast decision to the webhook's own timeout. */
const DURATION_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

/** The program's metrics in a registry of their own. No label carries a user, an object or anything else a requester chooses. */
export class Metrics {
  readonly registry = new Registry()
  readonly #requests: Counter<'webhook' | 'operation' | 'decision' | 'dry_run'>
  readonly #duration: Histogram<'webhook'>
  readonly #results: Counter<'code' | 'action'>

  constructor(sources: MetricsSources) {
    const registers = [this.registry]
    collectDefaultMetrics({ register: this.registry })
    this.#requests = new Counter({
      name: 'lanekeeper_admission_requests_total',
      help: 'Admission requests answered, by decision',
      labelNames: ['webhook', 'operation', 'decision', 'dry_run'],
      registers,
    })
    this.#duration = new Histogram({
      name: 'lanekeeper_admission_duration_seconds',
      help: 'Time from receiving an admission request to its answer',
      labelNames: ['webhook'],
      buckets: DURATION_BUCKETS,
      registers,
    })
    this.#results = new Counter({
      name: 'lanekeeper_check_results_total',
      help: 'Findings of the validating webhook, by check and the action taken',
      labelNames: ['code', 'action'],
      registers,
    })
    gauge(registers, 'lanekeeper_view_objects', 'Objects in the view', 'kind', sources.viewObjects)
    const reserved = 'Routes that were admitted and that the view does not show yet, by whether their caller was authenticated'
    gauge(registers, 'lanekeeper_reservations', reserved, 'caller', () => {
      const { authenticated, unauthenticated } = sources.unsettled()
      return new Map(Object.entries({ authenticated, unauthenticated }))
    })
    new Gauge({
      name: 'lanekeeper_tombstones',
      help: 'Routes deleted a short while ago, whose requests are kept for their owners',
      registers,
      collect() {
        this.set(sources.unsettled().tombstones)
      },
    })
    if (sources.following !== undefined) observeFollowing(registers, sources.following)
    gauge(registers, 'lanekeeper_certificate_expiry_timestamp_seconds', 'When the certificate expires', 'kind', () =>
      mapValues(sources.certificateExpiry(), (milliseconds) => milliseconds / 1000),
    )
    const { caBundleInSync } = sources
    if (caBundleInSync !== undefined) {
      new Gauge({
        name: 'lanekeeper_cabundle_in_sync',
        help: '1 while every live caBundle is the one that it should be, else 0; absent where they are managed by others',
        registers,
        collect() {
          this.remove()
          const inSync = caBundleInSync()
          if (inSync !== undefined) this.set(inSync ? 1 : 0)
        },
      })
    }
    observeAudit(registers, sources.audit ?? (() => undefined))
    const { leading } = sources
    if (leading !== undefined) {
      new Gauge({
        name: 'lanekeeper_leader',
        help: '1 on the replica that audits and writes, else 0; absent where none is elected',
        registers,
        collect() {
          this.set(leading() ? 1 : 0)
        },
      })
    }
    new Gauge({ name: 'lanekeeper_build_info', help: 'Always 1', labelNames: ['version', 'node'], registers }).set(
      { version: sources.version, node: process.version },
      1,
    )
  }

  observe(record: DecisionRecord): void {
    this.#requests.inc({
      webhook: record.webhook,
      operation: record.operation,
      decision: record.outcome,
      dry_run: String(record.dryRun),
    })
    this.#duration.observe({ webhook: record.webhook }, record.milliseconds / 1000)
    if (record.webhook === 'mutate') return
    for (const violation of record.violations) this.#results.inc({ code: violation.code, action: violation.action })
  }
}

function gauge(registers: Registry[], name: string, help: string, label: string, read: () => ReadonlyMap<string, number>): void {
  new Gauge({
    name,
    help,
    labelNames: [label],
    registers,
    collect() {
      this.reset()
      for (const [key, value] of read()) this.set({ [label]: key }, value)
    },
  })
}

function observeFollowing(registers: Registry[], { kinds, unreadable }: NonNullable<MetricsSources['following']>): void {
  const contact = 'Seconds since the API server last said something about the kind: a list, an event or a bookmark'
  gauge(registers, 'lanekeeper_view_last_contact_seconds', contact, 'kind', () =>
    mapValues(kinds(), ({ millisecondsSinceContact }) => millisecondsSinceContact / 1000),
  )
  counter(registers, 'lanekeeper_view_relists_total', 'Lists after the first', () => mapValues(kinds(), ({ relists }) => relists))
  counter(registers, 'lanekeeper_view_watch_restarts_total', 'Watches after the first, planned ends every 5 to 10 minutes included', () =>
    mapValues(kinds(), ({ watchRestarts }) => watchRestarts),
  )
  gauge(registers, 'lanekeeper_view_unreadable_objects', "Objects left out of the view because they can't be read", 'kind', unreadable)
}

/** Absent on replicas that don't audit, so that sums over them are true. */
function observeAudit(registers: Registry[], report: () => AuditReport | undefined): void {
  new Gauge({
    name: 'lanekeeper_audit_findings',
    help: 'Findings of the last scan of everything that is there, by check and the action that a new route would get',
    labelNames: ['code', 'action'],
    registers,
    collect() {
      this.reset()
      for (const { code, action, count } of report()?.byCode ?? []) this.set({ code, action }, count)
    },
  })
  const ofLastScan = (name: string, help: string, read: (report: AuditReport) => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.remove()
        const last = report()
        if (last !== undefined) this.set(read(last))
      },
    })
  ofLastScan('lanekeeper_audit_last_run_timestamp_seconds', 'When the last scan ended', ({ finished }) => finished / 1000)
  ofLastScan('lanekeeper_audit_duration_seconds', 'How long the last scan took', ({ milliseconds }) => milliseconds / 1000)
}

/** Of counts that are kept elsewhere and never go back. */
function counter(registers: Registry[], name: string, help: string, read: () => ReadonlyMap<string, number>): void {
  new Counter({
    name,
    help,
    labelNames: ['kind'],
    registers,
    collect() {
      this.reset()
      for (const [kind, value] of read()) this.inc({ kind }, value)
    },
  })
}

function mapValues<T>(map: ReadonlyMap<string, T>, change: (value: T) => number): Map<string, number> {
  return new Map([...map].map(([key, value]) => [key, change(value)]))
}
