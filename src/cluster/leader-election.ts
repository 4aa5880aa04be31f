import type { Clock } from './clock.ts'

/** What a Lease says. Times are milliseconds since the epoch, for people to read: nothing is decided by them. */
export interface Lease {
  /** '' = nobody. */
  readonly holder: string
  /** How long others leave it alone after it was last written. */
  readonly seconds: number
  readonly acquired: number
  readonly renewed: number
  /** How often the holder changed. */
  readonly transitions: number
}

export interface StoredLease {
  /** Another one after each write. */
  readonly version: string
  readonly lease: Lease
}

/** The one object that the replicas share. Its calls reject when it can't be asked; a write may have happened all the same. */
export interface LeaseStore {
  /** Never from a cache; undefined = there is no such object. */
  read(): Promise<StoredLease | undefined>
  /** Over what was read. undefined = somebody else wrote since: nothing was done. */
  write(lease: Lease, expected: StoredLease | undefined): Promise<StoredLease | undefined>
}

export interface LeaderElectionOptions {
  readonly store: LeaseStore
  readonly clock: Clock
  /** Milliseconds since the epoch. */
  readonly wallNow: () => number
  /** Of this process alone, and never again of another. */
  readonly identity: string
  readonly onChange: (leading: boolean) => void
  /** Why the Lease can't be had, once for each reason, and when it is over. */
  readonly onNotice: (level: 'info' | 'warn', message: string) => void
}

/** Others take the Lease over when it wasn't written for so long by their clock. */
export const LEASE_MS = 15_000
/** Its holder counts on it for so long, by its own clock, from before it sent its last write. Clocks may differ by half in their speed. */
export const HOLD_MS = 10_000
/** Between two looks. */
const RETRY_MS = 2_000
/** A Lease that says more was written by something else. */
const MAX_LEASE_MS = 60_000

/**
 * One replica's part in the election of a leader over a Lease.
 *
 * The law: while the Lease is only written by replicas, no two of them lead at once. A holder leads until HOLD_MS after it *sent* its last
 * write that succeeded; another takes over only LEASE_MS after it *saw* the Lease change last, which is later. Times of day are not compared,
 * so clocks may be set to anything. Where somebody deletes the Lease or empties it, its holder finds out at its next look, and leads no longer
 * than HOLD_MS.
 */
export class LeaderElection {
  readonly #options: LeaderElectionOptions
  #seen: { readonly version: string; readonly at: number } | undefined
  #held: StoredLease | undefined
  #until = Number.NEGATIVE_INFINITY
  #leading = false
  #failure = ''
  #cancelRound = () => {}
  #cancelExpiry = () => {}
  #running: Promise<void> = Promise.resolve()
  #closed = false

  constructor(options: LeaderElectionOptions) {
    this.#options = options
  }

  start(): void {
    this.#round()
  }

  /** To be asked right before each write. */
  isLeader(): boolean {
    return this.#options.clock.now() < this.#until
  }

  /** Leads no more, and says so to the others if it can. */
  async close(): Promise<void> {
    this.#closed = true
    this.#cancelRound()
    const { wallNow, store } = this.#options
    await this.#running
    const held = this.isLeader() ? this.#held : undefined
    this.#leadUntil(Number.NEGATIVE_INFINITY)
    // The others would find out by waiting.
    if (held !== undefined) await store.write({ ...held.lease, holder: '', renewed: wallNow() }, held).catch(() => undefined)
  }

  #round(): void {
    this.#running = this.#look().then(
      () => this.#report(''),
      (cause: unknown) => this.#report(cause instanceof Error ? cause.message : String(cause)),
    )
    void this.#running.then(() => {
      if (this.#closed) return
      const { clock } = this.#options
      this.#cancelRound = clock.after(RETRY_MS * (0.8 + 0.4 * clock.random()), () => this.#round())
    })
  }

  async #look(): Promise<void> {
    const { store, clock } = this.#options
    const stored = await store.read()
    if (stored?.lease.holder !== this.#options.identity) this.#leadUntil(Number.NEGATIVE_INFINITY)
    if (this.#closed || !this.#isFree(stored)) return
    const sent = clock.now()
    const written = await store.write(this.#next(stored), stored)
    if (written === undefined || this.#closed) return
    this.#held = written
    this.#leadUntil(sent + HOLD_MS)
  }

  /** Whether nobody else can think that it is the leader. */
  #isFree(stored: StoredLease | undefined): boolean {
    const now = this.#options.clock.now()
    if (stored === undefined) return true
    if (this.#seen?.version !== stored.version) this.#seen = { version: stored.version, at: now }
    const { holder, seconds } = stored.lease
    if (holder === '' || holder === this.#options.identity) return true
    return now - this.#seen.at >= Math.min(MAX_LEASE_MS, Math.max(LEASE_MS, seconds * 1000))
  }

  #next(stored: StoredLease | undefined): Lease {
    const { identity, wallNow } = this.#options
    const now = wallNow()
    const before = stored?.lease
    const renewal = { holder: identity, seconds: LEASE_MS / 1000, renewed: now }
    if (before?.holder === identity) return { ...before, ...renewal }
    return { ...renewal, acquired: now, transitions: (before?.transitions ?? 0) + (before === undefined ? 0 : 1) }
  }

  #leadUntil(until: number): void {
    const { clock } = this.#options
    this.#until = until
    this.#cancelExpiry()
    if (this.isLeader()) this.#cancelExpiry = clock.after(until - clock.now(), () => this.#tell())
    this.#tell()
  }

  #tell(): void {
    const leading = this.isLeader()
    if (leading === this.#leading) return
    this.#leading = leading
    this.#options.onChange(leading)
  }

  #report(failure: string): void {
    if (failure === this.#failure) return
    this.#failure = failure
    const { onNotice } = this.#options
    if (failure === '') onNotice('info', 'the Lease can be read and written again')
    else onNotice('warn', `the Lease can't be had: ${failure}; trying again`)
  }
}
