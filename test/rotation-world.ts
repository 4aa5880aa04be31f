import { setImmediate as turn } from 'node:timers/promises'
import { CertificateError, type KeyPair } from '../src/certificates/key-pair.ts'
import type { Pki } from '../src/certificates/pki.ts'
import { clockTolerance, DEFAULT_TIMINGS, type RotationState, type RotationTimings } from '../src/certificates/rotation.ts'
import { type CaBundleWriter, SecretCertificates, type SecretStore, type StoredText } from '../src/certificates/secret-certificates.ts'

/** What becomes of a call to the API server. A lost one took effect, and its caller hears of a failure. */
export type Outcome = 'done' | 'failed' | 'lost' | 'stale'

/** One state that the bundle of a webhook was in. */
interface BundleVersion {
  readonly text: string
  until: number
  /** Others wrote it, or broke it later: nobody can be blamed for what happens under it. */
  exempt: boolean
}

interface Configuration {
  readonly name: string
  version: number
  exists: boolean
  readonly past: BundleVersion[]
}

interface Replica {
  readonly certificates: SecretCertificates
  busy: boolean
  /** Of mutating webhooks, and refused its leaf when it served nothing before: it answered nobody who is worse off now. */
  readonly waived: Set<BundleVersion>
}

/** A cluster on a clock of its own, in which every call of every replica waits until the test lets it through. */
export class RotationWorld {
  now = Date.parse('2030-01-01T00:00:00Z')
  readonly timings: RotationTimings
  readonly pki: Pki
  readonly replicas: Replica[] = []
  readonly configurations: Configuration[]
  readonly #pending: ((outcome: Outcome) => void)[] = []
  /** Every state the Secret was in; the last one is what it holds. */
  readonly secrets: (StoredText | undefined)[] = [undefined]
  /** The CAs that any certificate was ever made with. */
  readonly #signers = new Set<string>()
  #restored = false
  #version = 0

  constructor(
    pki: (timings: RotationTimings) => Pki = modelPki,
    names: readonly string[] = ['validating', 'mutating'],
    timings = DEFAULT_TIMINGS,
  ) {
    this.timings = timings
    const made = pki(timings)
    const newLeaf: Pki['newLeaf'] = (by, hosts, now) => {
      this.#signers.add(by.id)
      return made.newLeaf(by, hosts, now)
    }
    this.pki = { ...made, newLeaf }
    this.configurations = names.map((name) => ({ name, version: ++this.#version, exists: true, past: [openVersion('', true)] }))
  }

  start(): void {
    const waived = new Set<BundleVersion>()
    const certificates: SecretCertificates = new SecretCertificates({
      store: this.#store(),
      bundles: this.#bundles(),
      pki: this.pki,
      timings: this.timings,
      hosts: ['lanekeeper.lanekeeper.svc'],
      now: () => this.now,
      onChange: (pair) => {
        for (const version of waived) if (this.#trusts(version, pair)) waived.delete(version)
        if ((certificates.current()?.expires ?? 0) > this.now) return
        for (const { name, past } of this.configurations) {
          const refusing = past.filter((version) => !this.#trusts(version, pair))
          if (name !== 'validating' && refusing.at(-1) === past.at(-1)) for (const version of refusing) waived.add(version)
        }
      },
    })
    this.replicas.push({ certificates, busy: false, waived })
  }

  /** Its calls that are under way may still take effect. */
  crash(index: number): void {
    this.replicas.splice(index, 1)
  }

  async tick(index: number): Promise<void> {
    const replica = this.replicas[index]
    if (replica === undefined || replica.busy) return
    replica.busy = true
    void replica.certificates.check().then(() => {
      replica.busy = false
    })
    await turn()
  }

  /** Lets one call through; 0 = the newest. */
  async call(index: number, outcome: Outcome): Promise<void> {
    if (this.#pending.length === 0) return
    this.#pending.splice(-1 - (index % this.#pending.length), 1)[0]?.(outcome)
    await turn()
  }

  /** Lets all calls of all replicas through, in order, until every one of them has nothing more to do. */
  async settle(): Promise<void> {
    for (let index = 0; index < this.replicas.length; index++) await this.tick(index)
    // A replica without a pending call is making a certificate.
    while (this.#pending.length > 0 || this.replicas.some(({ busy }) => busy)) {
      if (this.#pending.length === 0) await turn()
      else await this.call(0, 'done')
      this.check()
    }
  }

  setSecret(text: string | undefined): void {
    this.secrets.push(text === undefined ? undefined : { version: String(++this.#version), text })
  }

  restoreSecret(index: number): void {
    const text = this.secrets[index % this.secrets.length]?.text
    if (text === undefined) return
    this.setSecret(text)
    this.#restored = true
  }

  /** Somebody else's hand. undefined deletes the configuration. */
  damage(index: number, text: string | undefined): void {
    const configuration = this.configurations[index % this.configurations.length]
    if (configuration === undefined) return
    for (const version of configuration.past) version.exempt = true
    this.#put(configuration, text ?? '', true)
    configuration.exists = text !== undefined
  }

  bundle(configuration: Configuration): string {
    return configuration.past.at(-1)?.text ?? ''
  }

  served(): readonly { readonly authority: string; readonly expires: number }[] {
    return this.#serving().map(({ pair }) => ({ authority: authorityOf(pair), expires: pair.expires }))
  }

  /** Throws where the law is broken. */
  check(strict = false): void {
    for (const configuration of this.configurations.filter(({ exists }) => exists)) {
      for (const [index, version] of configuration.past.entries()) {
        const live = index === configuration.past.length - 1
        // An API server may go on with an old bundle for the time of propagation. Where no CA of it has signed anything, there is
        // nothing to wait for: its calls fail whatever is served.
        const used = live || (version.until > this.now - this.timings.propagation && this.#hasSigned(version))
        if (!used || ((version.exempt || this.#restored) && !(strict && live))) continue
        const refused = this.#serving().filter(({ pair, waived }) => !this.#trusts(version, pair) && (strict || !waived.has(version)))
        if (refused.length > 0) {
          const trusted = this.pki.authoritiesIn(version.text).map(({ id }) => id)
          throw new Error(
            `${configuration.name} trusts ${trusted.join(', ')}${live ? '' : ' (replaced)'}, served is ${refused.map(({ pair }) => authorityOf(pair)).join(', ')}`,
          )
        }
      }
    }
  }

  /** Those with a certificate that a client may be shown. */
  #serving(): readonly { readonly pair: KeyPair; readonly waived: ReadonlySet<BundleVersion> }[] {
    return this.replicas.flatMap(({ certificates, waived }) => {
      const pair = certificates.current()
      return pair === undefined || pair.expires <= this.now ? [] : [{ pair, waived }]
    })
  }

  #hasSigned({ text }: BundleVersion): boolean {
    return this.pki.authoritiesIn(text).some(({ id }) => this.#signers.has(id))
  }

  #trusts({ text }: BundleVersion, pair: KeyPair): boolean {
    return this.pki.authoritiesIn(text).some(({ id }) => id === authorityOf(pair))
  }

  #store(): SecretStore {
    const current = () => this.secrets.at(-1)
    return {
      read: () =>
        this.#called((outcome) => {
          const stale = this.secrets.at(-2)
          return outcome === 'stale' && stale !== undefined ? stale : current()
        }),
      write: (text, expected) =>
        this.#called(() => {
          if (current()?.version !== expected?.version) return false
          this.setSecret(text)
          return true
        }),
      watch: () => ({ close() {} }),
    }
  }

  #bundles(): CaBundleWriter {
    return {
      read: () =>
        this.#called(() =>
          this.configurations
            .filter(({ exists }) => exists)
            .map((configuration) => ({
              name: configuration.name,
              validating: configuration.name === 'validating',
              version: String(configuration.version),
              bundles: [this.bundle(configuration)],
            })),
        ),
      write: ({ name, version }, text) =>
        this.#called(() => {
          const configuration = this.configurations.find((candidate) => candidate.name === name)
          if (configuration === undefined || !configuration.exists || String(configuration.version) !== version) return false
          const repaired = this.#serving().every(({ pair }) => this.#trusts(openVersion(text, false), pair))
          this.#put(configuration, text, configuration.past.at(-1)?.exempt === true && !repaired)
          return true
        }),
      watch: () => ({ close() {} }),
    }
  }

  #put(configuration: Configuration, text: string, exempt: boolean): void {
    const last = configuration.past.at(-1)
    if (last !== undefined) last.until = this.now
    configuration.past.push(openVersion(text, exempt))
    configuration.version = ++this.#version
  }

  #called<T>(work: (outcome: Outcome) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#pending.push((outcome) => {
        if (outcome === 'failed') return reject(new Error('connection refused'))
        const result = work(outcome)
        if (outcome === 'lost') reject(new Error('connection reset'))
        else resolve(result)
      })
    })
  }
}

function authorityOf(pair: KeyPair): string {
  return 'authority' in pair ? String(pair.authority) : ''
}

function openVersion(text: string, exempt: boolean): BundleVersion {
  return { text, until: Number.POSITIVE_INFINITY, exempt }
}

/** Certificates that are their own description. */
export function modelPki({ caLife, leafLife }: RotationTimings): Pki {
  let made = 0
  return {
    async newAuthority(now) {
      const id = `ca-${++made}`
      const notBefore = now - clockTolerance(caLife)
      const expires = notBefore + caLife
      return { id, cert: modelCert({ id, notBefore, expires }), key: `key of ${id}`, notBefore, expires }
    },
    async newLeaf(by, hosts, now) {
      const notBefore = now - clockTolerance(leafLife)
      return {
        cert: `leaf-${++made}`,
        key: 'key',
        authority: by.id,
        hosts,
        notBefore,
        expires: Math.min(notBefore + leafLife, by.expires),
      }
    },
    encode: (state) => JSON.stringify(state),
    decode(text) {
      if (!text.startsWith('{')) throw new CertificateError('it is no JSON')
      // Written by `encode`.
      return JSON.parse(text) as RotationState
    },
    authoritiesIn: (bundle) => bundle.split('\n').flatMap((line) => (line.startsWith('{') ? [{ ...JSON.parse(line), cert: line }] : [])),
  }
}

export function modelCert(authority: { readonly id: string; readonly notBefore: number; readonly expires: number }): string {
  const { id, notBefore, expires } = authority
  return JSON.stringify({ id, notBefore, expires })
}
