import { isMapping } from '../api/object-shape.ts'
import type { ApiConnection } from './api-connection.ts'
import { ApiStatusError, MalformedAnswerError, statusError } from './api-error.ts'
import { ApiReader, parseJson } from './api-reader.ts'
import type { Clock } from './clock.ts'
import { identify, type ListedObject, listKind } from './kind-list.ts'
import { LineTooLongError, readLines } from './watch-frames.ts'
import { acceptOf, pathOf, type WatchedKind } from './watched-kinds.ts'

/** What follows one kind. What a method throws is reported and contained: one bad object must not end the watch. */
export interface Sink<T> {
  /** What is kept of an object; `version` is that of the API it came in. The object itself is dropped. */
  readonly read: (object: ListedObject, version: string) => T
  readonly put: (value: T) => void
  /** `namespace` is '' for cluster-scoped kinds. */
  readonly remove: (namespace: string, name: string) => void
  /** After a list was taken over, or an event. */
  readonly changed: () => void
}

export interface ReflectorOptions<T> {
  readonly connection: ApiConnection
  readonly watched: WatchedKind
  readonly sink: Sink<T>
  readonly clock: Clock
  /** A sentence when something goes wrong, once for each reason, and when it is over. */
  readonly onNotice: (level: 'info' | 'warn' | 'error', message: string) => void
}

export interface ReflectorStatus {
  /** Everything was listed once, or the kind is known not to be served. */
  readonly synced: boolean
  readonly installed: boolean
  /** Since the API server last said something about this kind; since the start, if it never did. */
  readonly millisecondsSinceContact: number
  /** Lists that were taken over after the first. */
  readonly relists: number
  /** Watches after the first, planned ends (every 5 to 10 minutes) included. */
  readonly watchRestarts: number
  /** Why it doesn't work at this moment. */
  readonly failure: string | undefined
}

const WATCH_SECONDS = { least: 300, most: 600 } as const
const BACKOFF_MS = { least: 800, most: 30_000 } as const
/** A watch that lived this long was a good one, whatever ended it. */
const STEADY_MS = 10_000
/** A longer Retry-After is cut: it would make the view stale. */
const MAX_RETRY_AFTER_MS = 60_000
const NOT_SERVED_RETRY_MS = { least: 30_000, most: 60_000 } as const
/** So often in vain from the same resourceVersion, and the version itself is in doubt (an etcd restored from a backup, say). */
const DOUBT_AFTER = 10
// The API server takes objects of 3 MiB; escapes may double that in JSON.
const MAX_LINE_BYTES = 16 * 1024 * 1024

/** Tells one incarnation of an object, in one state, from others. */
interface Known {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
}

/**
 * Keeps a sink like the objects of one kind in a cluster: a list, then a watch from its resourceVersion, for ever.
 *
 * INVARIANT: between two turns of the event loop the sink holds what the cluster held at one moment. A list is taken over in one go, with the
 * deletions that nobody reported; the resourceVersion moves on only after its event was handled, so what breaks off is sent again.
 */
export class Reflector<T> {
  readonly #options: ReflectorOptions<T>
  readonly #stop = new AbortController()
  readonly #reader: ApiReader
  readonly #synced = Promise.withResolvers<void>()
  #running: Promise<void> = Promise.resolve()
  #known = new Map<string, Known>()
  /** Where the watch goes on from; undefined = list first. */
  #position: { readonly version: string; resourceVersion: string } | undefined
  #isSynced = false
  #installed = true
  #contact: number
  #lists = 0
  #watches = 0
  /** Since there was progress. */
  #failures = 0
  #expiries = 0
  #absences = 0
  #failure: string | undefined

  constructor(options: ReflectorOptions<T>) {
    this.#options = options
    this.#reader = new ApiReader(options.connection, options.clock, this.#stop.signal)
    this.#contact = options.clock.now()
  }

  /** Resolves when everything was listed once, or when it is stopped before. */
  start(): Promise<void> {
    this.#running = this.#run()
    return this.#synced.promise
  }

  /** At any moment; the sink is not called afterwards. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('stopped'))
    this.#synced.resolve()
    await this.#running
  }

  status(): ReflectorStatus {
    return {
      synced: this.#isSynced,
      installed: this.#installed,
      millisecondsSinceContact: this.#options.clock.now() - this.#contact,
      relists: Math.max(0, this.#lists - 1),
      watchRestarts: Math.max(0, this.#watches - 1),
      failure: this.#failure,
    }
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) await this.#sleep(await this.#turn())
  }

  /** One list or one watch, and the milliseconds to wait before the next. */
  async #turn(): Promise<number> {
    const position = this.#position
    try {
      return position === undefined ? await this.#list() : await this.#watch(position)
    } catch (cause) {
      if (this.#stop.signal.aborted) return 0
      return this.#pauseAfter(cause)
    }
  }

  async #list(): Promise<number> {
    const { watched, sink } = this.#options
    const list = await listKind(this.#reader, watched, (object, version) => {
      const { raw: _, ...known } = object
      return { known, value: this.#contained(() => ({ read: sink.read(object, version) })) }
    })
    if (this.#stop.signal.aborted) return 0
    if (list === undefined) return this.#notServed()
    this.#lists++
    this.#takeOver(list.items)
    this.#installed = true
    this.#absences = 0
    this.#position = { version: list.version, resourceVersion: list.resourceVersion }
    this.#failures = 0
    return 0
  }

  /**
   * An API server deletes the objects of a kind, and says so, before it stops serving the kind. So a 404 while objects are known may be somebody
   * else's: they go only when it is said again after a while.
   */
  #notServed(): number {
    this.#absences++
    if (this.#known.size === 0 || this.#absences > 1) {
      if (this.#installed) this.#options.onNotice('info', `${this.#options.watched.resource} are not installed`)
      this.#installed = false
      this.#takeOver([])
    }
    return this.#between(NOT_SERVED_RETRY_MS.least, NOT_SERVED_RETRY_MS.most)
  }

  /** The swap: synchronous, so that no decision sees half of it. */
  #takeOver(items: readonly { readonly known: Known; readonly value: { readonly read: T } | undefined }[]): void {
    const { sink } = this.#options
    const before = this.#known
    this.#known = new Map(items.map(({ known }) => [keyOf(known), known]))
    for (const [key, { namespace, name, uid }] of before) {
      // Another uid is another object: the one that is known was deleted in between.
      if (this.#known.get(key)?.uid !== uid) this.#contained(() => sink.remove(namespace, name))
    }
    for (const { known, value } of items) {
      const old = before.get(keyOf(known))
      if (old?.uid !== known.uid || old.resourceVersion !== known.resourceVersion) this.#hand(known, value)
    }
    this.#isSynced = true
    this.#heard()
    this.#synced.resolve()
    this.#contained(() => sink.changed())
  }

  async #watch(position: { readonly version: string; resourceVersion: string }): Promise<number> {
    const { clock, watched } = this.#options
    this.#watches++
    const opened = clock.now()
    const from = position.resourceVersion
    const query = new URLSearchParams({
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: from,
      timeoutSeconds: String(Math.floor(this.#between(WATCH_SECONDS.least, WATCH_SECONDS.most + 1))),
    })
    try {
      const body = await this.#reader.open(`${pathOf(watched, position.version)}?${query.toString()}`, acceptOf(watched, 'watch'))
      this.#answered()
      for await (const line of readLines(body, MAX_LINE_BYTES)) {
        if (this.#stop.signal.aborted) return 0
        position.resourceVersion = this.#apply(parseJson(line), position.version)
        this.#heard()
      }
    } finally {
      if (position.resourceVersion !== from || clock.now() - opened >= STEADY_MS) this.#progressed()
    }
    // A server that ends every watch at once is not asked again at once.
    return clock.now() - opened >= STEADY_MS ? 0 : this.#pauseAfter(new Error('the watch ended as soon as it began'))
  }

  /** Handles an event and returns the resourceVersion after it. */
  #apply(event: unknown, version: string): string {
    const { type, object: raw } = isMapping(event) ? event : {}
    if (type === 'ERROR') throw statusError(500, raw)
    if (type === 'BOOKMARK') return bookmarked(raw)
    const { raw: _, ...known } = identify(raw)
    const { namespace, name, uid, resourceVersion } = known
    const { sink } = this.#options
    const key = keyOf(known)
    const old = this.#known.get(key)
    switch (type) {
      case 'ADDED':
      case 'MODIFIED': {
        if (old !== undefined && old.uid !== uid) this.#contained(() => sink.remove(namespace, name))
        this.#known.set(key, known)
        this.#hand(
          known,
          this.#contained(() => ({ read: sink.read({ ...known, raw }, version) })),
        )
        break
      }
      case 'DELETED':
        this.#known.delete(key)
        this.#contained(() => sink.remove(namespace, name))
        break
      default:
        throw new MalformedAnswerError('a watch event of an unknown type')
    }
    this.#contained(() => sink.changed())
    return resourceVersion
  }

  /** What could not even be read is not kept as it was before. */
  #hand({ namespace, name }: Known, value: { readonly read: T } | undefined): void {
    const { sink } = this.#options
    this.#contained(() => (value === undefined ? sink.remove(namespace, name) : sink.put(value.read)))
  }

  #pauseAfter(cause: unknown): number {
    this.#failures++
    const message = messageOf(cause)
    // That a version expires is no fault of anybody.
    const level = cause instanceof ApiStatusError && cause.expired ? 'info' : 'warn'
    if (message !== this.#failure) this.#options.onNotice(level, `${this.#options.watched.resource}: ${message}`)
    this.#failure = message
    if (cause instanceof ApiStatusError) {
      if (cause.expired) {
        this.#position = undefined
        this.#expiries++
        // At once; but a server for which everything is always too old must not be asked in circles.
        if (this.#expiries === 1) return 0
      }
      // Some other version may be served from now on, or none.
      if (cause.status === 404) this.#position = undefined
      if (cause.retryAfter !== undefined && (cause.status === 429 || cause.status === 503)) {
        return Math.min(cause.retryAfter, MAX_RETRY_AFTER_MS) + this.#between(0, 1000)
      }
    }
    // The same line would come again: a list has it too, and no bound of this size.
    if (cause instanceof LineTooLongError || cause instanceof MalformedAnswerError) this.#position = undefined
    if (this.#failures >= DOUBT_AFTER) this.#position = undefined
    return this.#between(BACKOFF_MS.least, Math.min(BACKOFF_MS.most, BACKOFF_MS.least * 2 ** Math.max(this.#failures, this.#expiries)))
  }

  #progressed(): void {
    this.#failures = 0
    this.#expiries = 0
  }

  /** An accepted watch is not heard of yet: a server that accepts and then says nothing must look stale. */
  #heard(): void {
    this.#contact = this.#options.clock.now()
    this.#answered()
  }

  #answered(): void {
    if (this.#failure === undefined) return
    this.#failure = undefined
    this.#options.onNotice('info', `${this.#options.watched.resource}: the API server answers again`)
  }

  #contained<R>(run: () => R): R | undefined {
    try {
      return run()
    } catch (cause) {
      this.#options.onNotice('error', `${this.#options.watched.resource}: an object can't be handled: ${messageOf(cause)}`)
      return undefined
    }
  }

  #between(least: number, most: number): number {
    return least + (most - least) * this.#options.clock.random()
  }

  #sleep(milliseconds: number): Promise<void> {
    const { signal } = this.#stop
    if (milliseconds <= 0 || signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = () => {
        cancel()
        signal.removeEventListener('abort', wake)
        resolve()
      }
      const cancel = this.#options.clock.after(milliseconds, wake)
      signal.addEventListener('abort', wake)
    })
  }
}

function keyOf({ namespace, name }: Known): string {
  return `${namespace}/${name}`
}

function bookmarked(raw: unknown): string {
  const metadata = isMapping(raw) ? raw['metadata'] : undefined
  const resourceVersion = isMapping(metadata) ? metadata['resourceVersion'] : undefined
  if (typeof resourceVersion !== 'string' || resourceVersion === '') throw new MalformedAnswerError('a bookmark without a resourceVersion')
  return resourceVersion
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
