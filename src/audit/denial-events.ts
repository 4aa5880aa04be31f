import type { RouteKind } from '../delegation/route.ts'
import type { AuditClock } from './audit-scan.ts'

/** A denial of a change to a route that is there. */
export interface Denial {
  readonly kind: RouteKind
  readonly namespace: string
  readonly name: string
  /** Of the route. */
  readonly uid: string
  /** What the requester was told, and nothing else: whoever may read the route's events may not read more. */
  readonly message: string
}

/** What an event in the cluster says: one denial, or a series of the same. */
export interface DenialSeries extends Denial {
  /** Tells the event from every other. */
  readonly id: number
  /** Milliseconds since the epoch. */
  readonly first: number
  readonly last: number
  readonly count: number
}

/** Its calls reject when the cluster can't be written to. */
export interface EventWriter {
  create(series: DenialSeries): Promise<void>
  /** false = the event is gone: they live for an hour. */
  update(series: DenialSeries): Promise<boolean>
}

export interface DenialEventsOptions {
  readonly writer: EventWriter
  readonly clock: AuditClock
  /** Milliseconds since the epoch. */
  readonly wallNow: () => number
  /** Why events can't be written, once for each reason. */
  readonly onFailure: (reason: string) => void
}

/** Series that are remembered; the one that was quiet for longest goes first. */
export const MAX_SERIES = 256
/** New events at once, and one more each so many milliseconds: a controller that retries must not fill etcd. */
export const BURST = 20
export const REFILL_MS = 5_000
/** A series is told again only after so long. */
export const UPDATE_MS = 30_000

/** The API server takes no longer notes, in bytes. */
const MAX_NOTE = 1024

interface Entry {
  readonly key: string
  series: DenialSeries
  /** How many of it the cluster knows of. */
  written: number
  /** When it may be written again. */
  due: number
}

/**
 * Events for denials, beside the requests: `denied` only notes, and one write is under way at a time. Best effort: what is too much or can't be
 * written is left out.
 */
export class DenialEvents {
  readonly #options: DenialEventsOptions
  /** By what makes two denials the same; the longest quiet first. */
  readonly #entries = new Map<string, Entry>()
  #ids = 0
  #tokens = BURST
  #refilled: number
  #cancel = () => {}
  #writing = false
  #failure = ''
  #closed = false

  constructor(options: DenialEventsOptions) {
    this.#options = options
    this.#refilled = options.clock.now()
  }

  denied({ message, ...route }: Denial): void {
    if (this.#closed) return
    const denial = { ...route, message: cut(message) }
    const key = JSON.stringify([denial.kind, denial.namespace, denial.name, denial.uid, denial.message])
    const now = this.#options.wallNow()
    const known = this.#entries.get(key)
    if (known === undefined && !this.#take()) return
    const series = known === undefined ? { ...denial, id: this.#ids++, first: now, last: now, count: 1 } : again(known.series, now)
    this.#entries.delete(key)
    this.#entries.set(key, { key, written: 0, due: 0, ...known, series })
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > MAX_SERIES && oldest !== undefined) this.#entries.delete(oldest)
    this.#next()
  }

  close(): void {
    this.#closed = true
    this.#cancel()
  }

  #take(): boolean {
    const { clock } = this.#options
    const gained = Math.floor((clock.now() - this.#refilled) / REFILL_MS)
    this.#tokens = Math.min(BURST, this.#tokens + gained)
    this.#refilled += gained * REFILL_MS
    if (this.#tokens === 0) return false
    this.#tokens--
    return true
  }

  /** Writes what is due, and waits for what will be. */
  #next(): void {
    if (this.#writing || this.#closed) return
    this.#cancel()
    const { clock } = this.#options
    const unwritten = [...this.#entries.values()].filter(({ series, written }) => series.count > written)
    const due = unwritten.find((entry) => entry.due <= clock.now())
    if (due !== undefined) {
      this.#writing = true
      void this.#write(due).then(() => {
        this.#writing = false
        this.#next()
      })
    } else if (unwritten.length > 0) {
      const soonest = Math.min(...unwritten.map((entry) => entry.due))
      this.#cancel = clock.after(soonest - clock.now(), () => this.#next())
    }
  }

  async #write(entry: Entry): Promise<void> {
    const { writer, clock, onFailure } = this.#options
    entry.due = clock.now() + UPDATE_MS
    try {
      let { series } = entry
      if (entry.written > 0 && !(await writer.update(series))) {
        series = { ...entry.series, id: this.#ids++, first: series.last, count: entry.series.count - entry.written }
        entry.series = series
        entry.written = 0
      }
      if (entry.written === 0) await writer.create(series)
      entry.written = series.count
      this.#failure = ''
    } catch (cause) {
      // The next denial of the kind tries again.
      this.#entries.delete(entry.key)
      const reason = cause instanceof Error ? cause.message : String(cause)
      if (reason !== this.#failure) onFailure(reason)
      this.#failure = reason
    }
  }
}

function cut(message: string): string {
  const { read } = new TextEncoder().encodeInto(message, new Uint8Array(MAX_NOTE))
  if (read === message.length) return message
  const { read: room } = new TextEncoder().encodeInto(message, new Uint8Array(MAX_NOTE - '…'.length * 3))
  return `${message.slice(0, room)}…`
}

function again(series: DenialSeries, now: number): DenialSeries {
  return { ...series, last: now, count: series.count + 1 }
}
