import { X509Certificate } from 'node:crypto'
import { type FSWatcher, watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type KeyPair, parseKeyPair } from './key-pair.ts'
import { ensureSelfSigned, SELF_SIGNED_FILES } from './self-signed.ts'

/** `self`: made and renewed here, in a directory. `files`: somebody else puts them there and replaces them. */
export type CertificateOrigin =
  | { readonly mode: 'self'; readonly dir: string; readonly hosts: readonly string[] }
  | { readonly mode: 'files'; readonly certFile: string; readonly keyFile: string }

export interface CertificatesOptions {
  readonly origin: CertificateOrigin
  readonly onChange?: (pair: KeyPair) => void
  /** A sentence about a renewal, or about a pair that can't be used while the one before it stays. */
  readonly onNotice?: (level: 'info' | 'error', message: string) => void
  /** Milliseconds since the epoch. */
  readonly now?: () => number
  readonly pollMilliseconds?: number
}

/** How long a change may stay unseen when the file system tells nothing (network volumes, some symlink swaps). */
const POLL_MILLISECONDS = 5_000
/** Writers replace two files; give them time to finish both. */
const SETTLE_MILLISECONDS = 100

/** The server's certificate, kept current: its directory is watched, and its content polled. */
export class Certificates {
  readonly #options: CertificatesOptions
  readonly #certFile: string
  readonly #keyFile: string
  readonly #watchers: FSWatcher[] = []
  #timer: NodeJS.Timeout | undefined
  #settle: NodeJS.Timeout | undefined
  #pair: KeyPair | undefined
  #caExpires: number | undefined
  #refused = ''
  #running: Promise<void> = Promise.resolve()
  /** The look that has yet to begin, however often it was asked for. */
  #next: Promise<void> | undefined
  #closed = false

  constructor(options: CertificatesOptions) {
    this.#options = options
    const { origin } = options
    this.#certFile = origin.mode === 'self' ? join(origin.dir, SELF_SIGNED_FILES.cert) : origin.certFile
    this.#keyFile = origin.mode === 'self' ? join(origin.dir, SELF_SIGNED_FILES.key) : origin.keyFile
  }

  /** Loads (or makes) the first pair and starts watching. Rejects when there is none to serve with. */
  async start(): Promise<KeyPair> {
    await this.#renew()
    const pair = await this.#read()
    this.#pair = pair
    for (const dir of new Set([dirname(this.#certFile), dirname(this.#keyFile)])) this.#watch(dir)
    this.#timer = setInterval(() => void this.check(), this.#options.pollMilliseconds ?? POLL_MILLISECONDS)
    this.#timer.unref()
    return pair
  }

  /** The pair in use; undefined before `start`. */
  current(): KeyPair | undefined {
    return this.#pair
  }

  /** What clients must trust to reach a server with a self-made certificate. */
  caFile(): string | undefined {
    return this.#options.origin.mode === 'self' ? join(this.#options.origin.dir, SELF_SIGNED_FILES.caCert) : undefined
  }

  /** Milliseconds since the epoch, by `leaf` and, if it is ours, `ca`. */
  expiry(): ReadonlyMap<string, number> {
    const expiry = new Map<string, number>()
    if (this.#pair !== undefined) expiry.set('leaf', this.#pair.expires)
    if (this.#caExpires !== undefined) expiry.set('ca', this.#caExpires)
    return expiry
  }

  /** Looks at the files now. One look at a time; never rejects: a bad pair is told, and the old one stays. */
  check(): Promise<void> {
    this.#next ??= this.#running.then(() => {
      this.#next = undefined
      return this.#look()
    })
    this.#running = this.#next
    return this.#next
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    clearTimeout(this.#settle)
    for (const watcher of this.#watchers) watcher.close()
    await this.#running
  }

  async #look(): Promise<void> {
    if (this.#closed) return
    try {
      const pair = await this.#repaired()
      this.#refused = ''
      if (this.#closed || (pair.cert === this.#pair?.cert && pair.key === this.#pair.key)) return
      this.#options.onChange?.(pair)
      this.#pair = pair
      this.#options.onNotice?.('info', `serving a new certificate, valid until ${new Date(pair.expires).toISOString()}`)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      if (reason === this.#refused) return
      this.#refused = reason
      this.#options.onNotice?.('error', `the certificate on disk can't be used, the one before it stays: ${reason}`)
    }
  }

  /** What is ours and broke between the look and the reading is made again at once. */
  async #repaired(): Promise<KeyPair> {
    await this.#renew()
    try {
      return await this.#read()
    } catch (cause) {
      if (this.#options.origin.mode === 'files') throw cause
      await this.#renew()
      return this.#read()
    }
  }

  async #renew(): Promise<void> {
    const { origin } = this.#options
    if (origin.mode === 'files') return
    const made = await ensureSelfSigned(origin.dir, origin.hosts, this.#now())
    for (const sentence of made) this.#options.onNotice?.('info', sentence)
    if (made.length > 0 || this.#caExpires === undefined) {
      this.#caExpires = new X509Certificate(await readFile(join(origin.dir, SELF_SIGNED_FILES.caCert))).validToDate.getTime()
    }
  }

  async #read(): Promise<KeyPair> {
    return parseKeyPair(await readFile(this.#certFile, 'utf8'), await readFile(this.#keyFile, 'utf8'), this.#now())
  }

  #now(): number {
    return (this.#options.now ?? Date.now)()
  }

  #watch(dir: string): void {
    try {
      const watcher = watch(dir, { persistent: false }, () => {
        clearTimeout(this.#settle)
        this.#settle = setTimeout(() => void this.check(), SETTLE_MILLISECONDS)
        this.#settle.unref()
      })
      // The poll goes on without it.
      watcher.on('error', () => watcher.close())
      this.#watchers.push(watcher)
    } catch {
      // No watching here (a limit, a file system without it): the poll sees every change a little later.
    }
  }
}
