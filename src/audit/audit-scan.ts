import { withoutDeparted } from '../delegation/layered-view.ts'
import { type HttpRoute, nameOf } from '../delegation/route.ts'
import type { View } from '../delegation/view.ts'
import type { Policy } from '../policy/policy.ts'
import { type AuditReport, AuditTally } from './audit-report.ts'
import { judgeStanding, nowStanding, standingRoutes } from './standing-route.ts'

/** Time, passed in so that a test can live through a day in a moment. */
export interface AuditClock {
  /** Milliseconds on a scale that never goes back. */
  now(): number
  /** Calls back once after so many milliseconds; what it returns prevents that. */
  after(milliseconds: number, callback: () => void): () => void
}

export interface AuditScanOptions {
  /** Of it only what is there is judged: nobody's requests are kept for who may come back. */
  readonly view: View
  readonly policies: () => readonly Policy[]
  /** Whether the view is whole: a part of it would be full of routes without parents. */
  readonly loaded: () => boolean
  readonly clock: AuditClock
  /** Milliseconds since the epoch. */
  readonly wallNow: () => number
  readonly onReport: (report: AuditReport) => void
  /** Called with what judging a route threw; the others are judged all the same. */
  readonly onCrash: (cause: unknown, route: string) => void
  /** How long it may keep the event loop at a time, in milliseconds, and one route longer. */
  readonly chunkMilliseconds?: number
}

/** A change is looked at when nothing else has changed for so long… */
export const SETTLE_MS = 2_000
/** …but not later than this, however much goes on. */
export const PATIENCE_MS = 5_000
/** A change that wasn't reported for so long is not put off by later ones any more: the scan goes on to its end. */
export const OVERDUE_MS = 60_000
/** Exceptions expire without any change. */
export const INTERVAL_MS = 600_000
const CHUNK_MS = 5

interface Scan {
  readonly since: number
  readonly routes: Iterator<HttpRoute>
  readonly policies: readonly Policy[]
  readonly tally: AuditTally
}

/**
 * Judges every route of the view, again and again: after changes, and every ten minutes. A change during a scan makes it begin anew. Between two
 * chunks requests are answered, and it rests as long as the last one took: it never takes more than half of the process.
 */
export class AuditScan {
  readonly #options: AuditScanOptions
  readonly #view: View
  #scan: Scan | undefined
  /** Of the oldest change that no scan has begun after. */
  #changed: number | undefined
  /** Of the oldest change that no report has. */
  #unreported: number | undefined
  #cancel = () => {}
  #active = false

  constructor(options: AuditScanOptions) {
    this.#options = options
    this.#view = withoutDeparted(options.view)
  }

  /** Scans at once, and from then on. */
  start(): void {
    if (this.#active) return
    this.#active = true
    this.#wait(0)
  }

  /** Until it is started again. */
  stop(): void {
    this.#active = false
    this.#scan = undefined
    this.#changed = undefined
    this.#unreported = undefined
    this.#cancel()
  }

  /** To be called after the view or the policies have changed. Cheap. */
  changed(): void {
    if (!this.#active) return
    const now = this.#options.clock.now()
    this.#changed ??= now
    this.#unreported ??= now
    if (this.#scan !== undefined && now - this.#unreported > OVERDUE_MS) return
    this.#scan = undefined
    this.#wait(Math.max(0, Math.min(SETTLE_MS, this.#changed + PATIENCE_MS - now)))
  }

  #wait(milliseconds: number): void {
    this.#cancel()
    this.#cancel = this.#options.clock.after(milliseconds, () => this.#begin())
  }

  #begin(): void {
    const { loaded, clock } = this.#options
    if (!loaded()) return this.#wait(SETTLE_MS)
    const policies = this.#options.policies()
    this.#changed = undefined
    // A copy: routes that come and go meanwhile must not make it go on for ever.
    this.#scan = { since: clock.now(), routes: standingRoutes(this.#view).values(), policies, tally: new AuditTally(this.#view, policies) }
    this.#chunk(this.#scan)
  }

  #chunk(scan: Scan): void {
    const { clock, chunkMilliseconds = CHUNK_MS } = this.#options
    const begun = clock.now()
    do {
      const next = scan.routes.next()
      if (next.done === true) return this.#finish(scan)
      this.#judge(next.value, scan)
    } while (clock.now() - begun < chunkMilliseconds)
    this.#cancel = clock.after(clock.now() - begun, () => this.#chunk(scan))
  }

  #judge(listed: HttpRoute, { policies, tally }: Scan): void {
    const { wallNow, onCrash } = this.#options
    const route = nowStanding(listed, this.#view)
    if (route === undefined) return
    try {
      tally.add(route, judgeStanding(route, this.#view, policies, wallNow()))
    } catch (cause) {
      onCrash(cause, `${route.kind} ${nameOf(route)}`)
    }
  }

  #finish({ tally, since }: Scan): void {
    const { clock, wallNow, onReport } = this.#options
    this.#scan = undefined
    this.#unreported = this.#changed
    this.#wait(this.#changed === undefined ? INTERVAL_MS : SETTLE_MS)
    onReport(tally.report(wallNow(), clock.now() - since))
  }
}
