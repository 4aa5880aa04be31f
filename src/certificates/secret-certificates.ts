import { CertificateError, type KeyPair } from './key-pair.ts'
import type { Pki } from './pki.ts'
import {
  bundleOf,
  freshState,
  isTrusted,
  type LiveBundle,
  mayServe,
  nextStep,
  type RotationState,
  type RotationTimings,
  type Served,
  type Step,
  withAuthority,
  withLeaf,
} from './rotation.ts'

/** The one place that all replicas share. Its calls reject when the place can't be asked. */
export interface SecretStore {
  /** Never from a cache. `text` is undefined while nothing was written; undefined = there is no such place. */
  read(): Promise<StoredText | undefined>
  /** Makes the place if need be. false = somebody else wrote after `expected` was read: nothing was done, read again. */
  write(text: string, expected: StoredText | undefined): Promise<boolean>
  /** Calls back after each change, and perhaps without one. */
  watch(onChange: () => void): Watching
}

export interface StoredText {
  readonly version: string
  readonly text: string | undefined
}

/** The webhook configurations whose caBundles are ours. Its calls reject when the API server can't be asked. */
export interface CaBundleWriter {
  /** Those that exist. Never from a cache. */
  read(): Promise<readonly WebhookConfiguration[]>
  /** Gives every webhook of it this bundle. false = somebody else wrote after `configuration` was read: nothing was done. */
  write(configuration: WebhookConfiguration, bundle: string): Promise<boolean>
  watch(onChange: () => void): Watching
}

export interface WebhookConfiguration {
  /** As messages call it. */
  readonly name: string
  readonly validating: boolean
  readonly version: string
  /** PEM, one for each webhook; '' = none. */
  readonly bundles: readonly string[]
}

export interface Watching {
  close(): void
}

export interface SecretCertificatesOptions {
  readonly store: SecretStore
  readonly bundles: CaBundleWriter
  readonly pki: Pki
  readonly timings: RotationTimings
  readonly hosts: readonly string[]
  readonly onChange?: (pair: KeyPair) => void
  readonly onNotice?: (level: 'info' | 'error', message: string) => void
  /** Milliseconds since the epoch. */
  readonly now?: () => number
  readonly pollMilliseconds?: number
}

/** How long a change may stay unseen when the watches tell nothing. */
const POLL_MILLISECONDS = 10_000
const RETRY_MILLISECONDS = 1_000

/** A rotation from nothing to served takes 6 steps. More than this in a row: somebody writes against us, and it can wait. */
const STEPS_AT_ONCE = 12

/** One replica's part in the rotation over a Secret: takes the steps that are due, and serves what the Secret says. */
export class SecretCertificates {
  readonly #options: SecretCertificatesOptions
  readonly #watching: Watching[] = []
  readonly #started = Promise.withResolvers<KeyPair>()
  #timer: NodeJS.Timeout | undefined
  #served: Served | undefined
  #signing: { readonly expires: number } | undefined
  /** Of the validating webhooks: the caBundles that a replica has to be trusted by. */
  #validating: readonly LiveBundle[] | undefined
  #inSync = false
  #failure = ''
  #running: Promise<void> = Promise.resolve()
  /** The look that has yet to begin, however often it was asked for. */
  #next: Promise<void> | undefined
  #closed = false

  constructor(options: SecretCertificatesOptions) {
    this.#options = options
  }

  /** Resolves with the first pair to serve; until then it goes on trying, and tells why there is none. */
  async start(): Promise<KeyPair> {
    this.#watching.push(
      this.#options.store.watch(() => void this.check()),
      this.#options.bundles.watch(() => void this.check()),
    )
    void this.check()
    return this.#started.promise
  }

  /** The pair in use, if there is one already. */
  current(): KeyPair | undefined {
    return this.#served?.leaf
  }

  /** Milliseconds since the epoch, by `leaf` and `ca`. */
  expiry(): ReadonlyMap<string, number> {
    const expiry = new Map<string, number>()
    if (this.#served !== undefined) expiry.set('leaf', this.#served.leaf.expires)
    if (this.#signing !== undefined) expiry.set('ca', this.#signing.expires)
    return expiry
  }

  /** Whether every live caBundle is the one that it should be, as of the last look. */
  inSync(): boolean {
    return this.#inSync
  }

  /** Why a validating webhook would refuse what is served, as of the last look; undefined = none does, or there is none to call it. */
  untrusted(): string | undefined {
    if (this.#served === undefined) return this.#failure === '' ? 'no certificate to serve yet' : this.#failure
    if (this.#validating === undefined) return 'no caBundle was read yet'
    if (isTrusted(this.#served.authority.id, this.#validating)) return undefined
    return 'the caBundle of a validating webhook lacks the CA of the certificate that is served'
  }

  /** Takes every step that is due now. One look at a time; never rejects: what fails is told, and tried again. */
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
    clearTimeout(this.#timer)
    for (const watching of this.#watching) watching.close()
    await this.#running
  }

  async #look(): Promise<void> {
    clearTimeout(this.#timer)
    if (this.#closed) return
    let pause = RETRY_MILLISECONDS
    try {
      const until = await this.#steps()
      this.#failure = ''
      pause = Math.max(RETRY_MILLISECONDS / 4, until - this.#now())
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      if (reason !== this.#failure) this.#options.onNotice?.('error', `certificates: ${reason}; trying again`)
      this.#failure = reason
    }
    if (this.#closed || this.#watching.length === 0) return
    this.#timer = setTimeout(() => void this.check(), Math.min(pause, this.#options.pollMilliseconds ?? POLL_MILLISECONDS))
    this.#timer.unref()
  }

  /** Returns when to look again. */
  async #steps(): Promise<number> {
    const { store, bundles, pki, timings, hosts } = this.#options
    for (let taken = 0; taken < STEPS_AT_ONCE && !this.#closed; taken++) {
      // INVARIANT: the configurations are read before the Secret. What a bundle has, the Secret had before; so what is written
      // into a bundle that is still the one read here lacks no CA that somebody relies on.
      const configurations = await bundles.read()
      const stored = await store.read()
      const live = configurations.flatMap(({ validating, bundles: texts }) =>
        texts.map((text) => ({ validating, text, authorities: pki.authoritiesIn(text) })),
      )
      const state = this.#decoded(stored)
      this.#validating = live.filter(({ validating }) => validating)
      if (!('absent' in state)) this.#serve(state, live)
      this.#inSync = !('absent' in state) && live.every(({ text }) => text === bundleOf(state))
      const step = nextStep({ state, live, served: this.#served, hosts, now: this.#now(), timings })
      if (step.kind === 'wait') return step.until
      if (step.kind === 'publish') await this.#publish(configurations, step.bundle)
      else await this.#write(await this.#after(step, state), stored, step)
    }
    return this.#now()
  }

  #decoded(stored: StoredText | undefined): RotationState | { readonly absent: string } {
    if (stored === undefined) return { absent: 'there was no Secret' }
    if (stored.text === undefined) return { absent: 'the Secret was empty' }
    try {
      return this.#options.pki.decode(stored.text)
    } catch (cause) {
      if (!(cause instanceof CertificateError)) throw cause
      return { absent: `the Secret was unusable: ${cause.message}` }
    }
  }

  #serve(state: RotationState, live: readonly LiveBundle[]): void {
    this.#signing = state.authorities[0]
    const { leaf } = state
    const authority = state.authorities.find(({ id }) => id === leaf?.authority)
    if (leaf === undefined || authority === undefined || leaf.cert === this.#served?.leaf.cert) return
    if (!mayServe(leaf, live, this.#served, this.#now())) return
    const first = this.#served === undefined
    this.#options.onChange?.(leaf)
    this.#served = { leaf, authority }
    this.#options.onNotice?.('info', `serving a ${first ? '' : 'new '}certificate, valid until ${new Date(leaf.expires).toISOString()}`)
    this.#started.resolve(leaf)
  }

  /** The state after a step on the Secret. */
  async #after(
    step: Exclude<Step, { kind: 'wait' | 'publish' }>,
    state: RotationState | { readonly absent: string },
  ): Promise<RotationState> {
    const { pki, timings } = this.#options
    const now = this.#now()
    if (step.kind === 'begin') return freshState(await pki.newAuthority(now), step)
    if (step.kind === 'record') return step.state
    if ('absent' in state) throw new Error('a step on a state that is absent')
    if (step.kind === 'new-authority') return withAuthority(state, await pki.newAuthority(now), now, timings)
    return withLeaf(state, await pki.newLeaf(step.by, step.hosts, now), now, timings)
  }

  async #write(state: RotationState, stored: StoredText | undefined, step: Exclude<Step, { kind: 'wait' | 'publish' }>): Promise<void> {
    const { store, pki, onNotice } = this.#options
    if (!(await store.write(pki.encode(state), stored)) || step.why === undefined) return
    onNotice?.('info', sentence(step.kind, step.why))
  }

  /** The others are written when one can't be. */
  async #publish(configurations: readonly WebhookConfiguration[], bundle: string): Promise<void> {
    const failures: Error[] = []
    for (const configuration of configurations) {
      if (configuration.bundles.every((text) => text === bundle)) continue
      try {
        const written = await this.#options.bundles.write(configuration, bundle)
        if (written) this.#options.onNotice?.('info', `wrote the caBundle of ${configuration.name}`)
      } catch (cause) {
        failures.push(
          new Error(`the caBundle of ${configuration.name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause }),
        )
      }
    }
    if (failures[0] !== undefined) throw failures[0]
  }

  #now(): number {
    return (this.#options.now ?? Date.now)()
  }
}

function sentence(kind: Exclude<Step['kind'], 'wait' | 'publish'>, why: string): string {
  if (kind === 'begin' || kind === 'new-authority') return `made a new CA: ${why}`
  if (kind === 'new-leaf') return `made a new server certificate: ${why}`
  return why
}
