import { POLICY_KIND } from '../api/delegation-policy.ts'
import { isMapping } from '../api/object-shape.ts'
import type { Parsed, Problem } from '../api/parsed.ts'
import type { Policy } from '../policy/policy.ts'
import type { ApiConnection } from './api-connection.ts'
import type { Clock } from './clock.ts'
import type { ListedObject } from './kind-list.ts'
import type { PolicyReading } from './policy-status.ts'
import { Reflector, type ReflectorStatus } from './reflector.ts'
import type { ViewSink, ViewSource } from './view-source.ts'
import { parseWatched, WATCHED_KINDS, type WatchedKind, type WatchedObject } from './watched-kinds.ts'

export interface ClusterSourceOptions {
  readonly connection: ApiConnection
  readonly view: ViewSink
  readonly clock: Clock
  readonly kinds?: readonly WatchedKind[]
  /** How the connection fares, as sentences. */
  readonly onNotice?: (level: 'info' | 'warn' | 'error', message: string) => void
  /** Called once for each object that can't be read. */
  readonly onProblem?: (line: string) => void
  /** Called once when it can be read again, or is gone. */
  readonly onRecovered?: (line: string) => void
  /** Called after something that is served may have changed. */
  readonly onChange?: () => void
}

/** What a read object came as. */
interface Read {
  readonly namespace: string
  readonly name: string
  readonly parsed: Parsed<WatchedObject>
  /** Of policies alone. */
  readonly policy?: Omit<PolicyReading, 'problems'>
}

/**
 * Two silent watches in a row make 302 s: then what is known may be old, and another replica should answer. One that breaks and comes back is never
 * more than 150 s + 30 s + the minute to the next bookmark.
 */
export const STALE_AFTER_MS = 300_000
/** `start` goes on after this: the probes must answer to say what is missing. */
const START_PATIENCE_MS = 5_000

/**
 * Keeps a view and the policies like a cluster, one reflector for each kind.
 *
 * An object that can't be read is left out of the view and named as a problem. Its last good state is not kept: a grant that was narrowed since
 * would go on allowing, and nobody would see it, while for a parent that is left out every child gets LK202, and the log and a gauge name it. It doesn't
 * make the replica unready: a tenant's odd object must not stop everybody's writes. A policy is the opposite: without it everything is judged by the
 * defaults, so the last good one stays, and readiness says so.
 */
export class ClusterSource implements ViewSource {
  readonly name = 'cluster'
  readonly #options: ClusterSourceOptions
  readonly #reflectors: ReadonlyMap<string, Reflector<Read>>
  readonly #policies = new Map<string, Policy>()
  #sortedPolicies: readonly Policy[] = []
  readonly #policyReadings = new Map<string, PolicyReading>()
  /** By kind, then by `namespace/name`: a line. */
  readonly #problems = new Map<string, Map<string, string>>()

  constructor(options: ClusterSourceOptions) {
    this.#options = options
    this.#reflectors = new Map(
      (options.kinds ?? WATCHED_KINDS).map((watched) => [
        watched.kind,
        new Reflector<Read>({
          connection: options.connection,
          watched,
          clock: options.clock,
          onNotice: (level, message) => options.onNotice?.(level, message),
          sink: {
            read: (object, version) => readObject(watched, object, version),
            put: (read) => this.#put(watched, read),
            remove: (namespace, name) => this.#remove(watched, namespace, name),
            changed: () => options.onChange?.(),
          },
        }),
      ]),
    )
  }

  async start(): Promise<void> {
    const synced = Promise.all([...this.#reflectors.values()].map((reflector) => reflector.start()))
    let cancel = () => {}
    const patience = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(START_PATIENCE_MS, resolve)
    })
    await Promise.race([synced, patience])
    cancel()
  }

  async close(): Promise<void> {
    await Promise.all([...this.#reflectors.values()].map((reflector) => reflector.stop()))
    this.#options.connection.close()
  }

  policies(): readonly Policy[] {
    return this.#sortedPolicies
  }

  /** Every policy of the cluster, readable or not. */
  policyReadings(): readonly PolicyReading[] {
    return [...this.#policyReadings.values()]
  }

  problemLines(): readonly string[] {
    return [...this.#problems.values()].flatMap((byName) => [...byName.values()])
  }

  /** Numbers of objects that can't be read, by kind. */
  unreadable(): ReadonlyMap<string, number> {
    return new Map([...this.#reflectors.keys()].map((kind) => [kind, this.#problems.get(kind)?.size ?? 0]))
  }

  /** How each kind fares. */
  status(): ReadonlyMap<string, ReflectorStatus> {
    return new Map([...this.#reflectors].map(([kind, reflector]) => [kind, reflector.status()]))
  }

  loaded(): boolean {
    return [...this.#reflectors.values()].every((reflector) => reflector.status().synced)
  }

  missing(): string | undefined {
    const sentences = [...this.status()].flatMap(([kind, status]) => sentenceOf(kind, status) ?? [])
    const [first, ...rest] = this.#problems.get(POLICY_KIND)?.values() ?? []
    if (first !== undefined)
      sentences.push(`a policy can't be read: ${first}${rest.length === 0 ? '' : ` (+${rest.length} more problems)`}`)
    return sentences.length === 0 ? undefined : sentences.join('; ')
  }

  #put(watched: WatchedKind, { namespace, name, parsed, policy }: Read): void {
    if (policy !== undefined) this.#policyReadings.set(name, { ...policy, problems: parsed.ok ? [] : parsed.problems })
    if (!parsed.ok) {
      if (watched.kind !== POLICY_KIND) this.#options.view.remove(watched.kind, namespace, name)
      return this.#report(watched, namespace, name, parsed.problems)
    }
    const object = parsed.value
    if (object.kind === POLICY_KIND) {
      this.#policies.set(name, object.value)
      this.#sortPolicies()
    } else this.#options.view.put(object)
    this.#report(watched, namespace, name, [])
  }

  #remove(watched: WatchedKind, namespace: string, name: string): void {
    if (watched.kind === POLICY_KIND) {
      this.#policies.delete(name)
      this.#policyReadings.delete(name)
      this.#sortPolicies()
    } else this.#options.view.remove(watched.kind, namespace, name)
    this.#report(watched, namespace, name, [])
  }

  #sortPolicies(): void {
    this.#sortedPolicies = [...this.#policies.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  #report({ kind }: WatchedKind, namespace: string, name: string, problems: readonly Problem[]): void {
    const byName = this.#problems.get(kind) ?? new Map<string, string>()
    this.#problems.set(kind, byName)
    const key = `${namespace}/${name}`
    const before = byName.get(key)
    const [first, ...rest] = problems
    if (first === undefined) {
      byName.delete(key)
      if (before !== undefined) this.#options.onRecovered?.(before)
      return
    }
    const line = problemLineOf(kind, namespace, name, first) + (rest.length === 0 ? '' : ` (+${rest.length} more)`)
    byName.set(key, line)
    if (line !== before) this.#options.onProblem?.(line)
  }
}

/** `HTTPRoute shop/cart: spec.rules: must be a list, not the number 3` */
export function problemLineOf(kind: string, namespace: string, name: string, { field, message }: Problem): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}: ${field === '' ? '' : `${field}: `}${message}`
}

/** A parser that throws is a parser that can't read it: nothing about it may be taken for granted. */
function readObject(watched: WatchedKind, { namespace, name, raw }: ListedObject, version: string): Read {
  const policy = watched.kind === POLICY_KIND ? { policy: { name, ...generationAndStatus(raw) } } : {}
  try {
    return { namespace, name, parsed: parseWatched(watched, version, raw), ...policy }
  } catch (cause) {
    const message = `can't be read: ${cause instanceof Error ? cause.message : String(cause)}`
    return { namespace, name, parsed: { ok: false, problems: [{ field: '', message }] }, ...policy }
  }
}

function generationAndStatus(raw: unknown): Pick<PolicyReading, 'generation' | 'status'> {
  const { metadata, status } = isMapping(raw) ? raw : {}
  const generation = isMapping(metadata) ? metadata['generation'] : undefined
  return { generation: typeof generation === 'number' ? generation : undefined, status }
}

function sentenceOf(kind: string, { synced, millisecondsSinceContact, failure }: ReflectorStatus): string | undefined {
  const why = failure === undefined ? '' : ` (${failure})`
  if (!synced) return `${kind} not listed yet${why}`
  if (millisecondsSinceContact <= STALE_AFTER_MS) return undefined
  return `${kind} not heard of for ${Math.floor(millisecondsSinceContact / 1000)} s${why}`
}
