import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { Logger } from 'pino'
import { logAudit } from '../audit/audit-log.ts'
import type { AuditReport } from '../audit/audit-report.ts'
import { AuditScan } from '../audit/audit-scan.ts'
import { type Denial, DenialEvents } from '../audit/denial-events.ts'
import { ConnectedApiClient } from '../cluster/api-client.ts'
import { HttpApiConnection } from '../cluster/api-connection.ts'
import { SYSTEM_CLOCK } from '../cluster/clock.ts'
import type { ClusterSource } from '../cluster/cluster-source.ts'
import { ApiEventWriter } from '../cluster/event-writer.ts'
import { apiTarget, type ClusterOrigin } from '../cluster/kube-config.ts'
import { LeaderElection } from '../cluster/leader-election.ts'
import { ApiLeaseStore } from '../cluster/lease-store.ts'
import { ApiPolicyStatusWriter, policyStatus } from '../cluster/policy-status.ts'
import type { NamespacedName, ServeOptions } from './serve-options.ts'
import type { FollowedView } from './serve-source.ts'

/** The audit of a server, and what it writes about it. */
export interface ServeAudit {
  /** Once the view is followed. */
  start(): void
  /** To be called after the view or the policies have changed. */
  changed(): void
  /** To be called with each denied change. */
  denied(denial: Omit<Denial, 'uid'>): void
  /** Of the last scan, as long as this replica is the one that audits. */
  report(): AuditReport | undefined
  /** undefined: no leader is elected. */
  readonly leading: (() => boolean) | undefined
  close(): Promise<void>
}

export function serveAudit({ view: origin, lease }: ServeOptions, followed: FollowedView, log: Logger): ServeAudit {
  const { view, source, cluster } = followed
  let report: AuditReport | undefined
  const scan = new AuditScan({
    view,
    policies: () => source.policies(),
    loaded: () => source.loaded(),
    clock: SYSTEM_CLOCK,
    wallNow: Date.now,
    onReport: (next) => {
      logAudit(log, report, next)
      report = next
      writers?.tell(next)
    },
    onCrash: (err, route) => log.error({ err, route }, 'audit: evaluation crashed'),
  })
  const forget = () => {
    scan.stop()
    report = undefined
  }
  const writers =
    lease === undefined || cluster === undefined || origin.from === 'manifests'
      ? undefined
      : clusterWriters(origin, lease, cluster, log, (leading) => (leading ? scan.start() : forget()))
  return {
    start: () => (writers === undefined ? scan.start() : writers.election.start()),
    changed: () => scan.changed(),
    denied: (denial) => {
      // What is not in the view is not there, or was only just created; a name that nobody checked goes into no URL.
      const { kind, namespace, name } = denial
      const uid = view.routeOf(kind, namespace, name)?.uid
      if (uid !== undefined) writers?.events.denied({ ...denial, uid })
    },
    report: () => report,
    leading: writers && (() => writers.election.isLeader()),
    close: async () => {
      forget()
      await writers?.close()
    },
  }
}

interface ClusterWriters {
  readonly election: LeaderElection
  readonly events: DenialEvents
  /** Brings the status of every policy to what the report says, beside whatever else goes on. */
  tell(report: AuditReport): void
  close(): Promise<void>
}

function clusterWriters(
  origin: ClusterOrigin,
  lease: NamespacedName,
  cluster: ClusterSource,
  log: Logger,
  onLeading: (leading: boolean) => void,
): ClusterWriters {
  const api = new ConnectedApiClient(new HttpApiConnection(() => apiTarget(origin), SYSTEM_CLOCK), SYSTEM_CLOCK)
  // A pod is named by its host; two processes of one machine differ all the same.
  const identity = `${hostname().slice(0, 100)}-${randomBytes(4).toString('hex')}`
  const election = new LeaderElection({
    store: new ApiLeaseStore(api, lease.namespace, lease.name),
    clock: SYSTEM_CLOCK,
    wallNow: Date.now,
    identity,
    onChange: (leading) => {
      log.info({ leading }, leading ? 'this replica audits and writes' : 'this replica audits and writes no more')
      onLeading(leading)
    },
    onNotice: (level, message) => log[level](message),
  })
  const events = new DenialEvents({
    writer: new ApiEventWriter(api, identity),
    clock: SYSTEM_CLOCK,
    wallNow: Date.now,
    onFailure: (reason) => log.warn(`events can't be written: ${reason}`),
  })
  const statuses = new ApiPolicyStatusWriter(api)
  const writeStatuses = async (report: AuditReport) => {
    for (const reading of cluster.policyReadings()) {
      if (!election.isLeader()) return
      const wanted = policyStatus(reading, report.byPolicy.get(reading.name), Date.now())
      await statuses.write(reading, wanted).catch((cause: unknown) => log.warn(`a status can't be written: ${messageOf(cause)}`))
    }
  }
  let writing = Promise.resolve()
  let latest: AuditReport | undefined
  return {
    election,
    events,
    tell: (report) => {
      latest = report
      // Only the latest is worth writing, however long the one before takes.
      writing = writing.then(async () => {
        if (latest === report) await writeStatuses(report)
      })
    },
    close: async () => {
      events.close()
      await election.close()
      api.close()
    },
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
