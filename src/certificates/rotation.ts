/**
 * The rotation of a self-made CA, as a pure function: what is seen now → the next step. Any replica may take any step at any
 * time, and again; whoever writes says which version of the Secret it had read, and reads again when that one is gone.
 *
 * The law: at every instant, every unexpired leaf that any replica serves verifies under every live caBundle; but for the first
 * one of a replica, which waits for the validating webhooks alone. It holds because
 *  - a CA is in the Secret before it is in a bundle, and in every bundle, for the time of propagation, before it signs;
 *  - a leaf is in the Secret before it is served;
 *  - a CA leaves the Secret only when all it signed has expired, and leaves the bundles only after that;
 *  - a CA found in a live bundle that the Secret doesn't know (a lost Secret, a restored one, another mode before this) is
 *    taken into the Secret before a bundle is written.
 */

/** A CA that clients are told to trust. Times are milliseconds since the epoch. */
export interface TrustedAuthority {
  /** Differs for each CA ever made: the SHA-256 of its certificate. */
  readonly id: string
  /** PEM. */
  readonly cert: string
  readonly notBefore: number
  readonly expires: number
}

/** One that signs, or may become the one that signs. */
export interface SigningAuthority extends TrustedAuthority {
  /** PEM. */
  readonly key: string
}

/** One that signs no more, and is trusted until what it signed has expired. */
export interface RetiringAuthority extends TrustedAuthority {
  readonly retireAt: number
}

export type Authority = SigningAuthority | RetiringAuthority

/** A server certificate with its key, both PEM. */
export interface Leaf {
  readonly cert: string
  readonly key: string
  /** The `id` of the CA that signed it. */
  readonly authority: string
  /** The DNS names and IP addresses it is for. */
  readonly hosts: readonly string[]
  readonly notBefore: number
  readonly expires: number
}

/** What the Secret holds. */
export interface RotationState {
  /** Newest first: the first one signs, or will once it is published. INVARIANT: `leaf` is of one of them. */
  readonly authorities: readonly [SigningAuthority, ...Authority[]]
  /** What every replica serves. Absent until the first CA is published. */
  readonly leaf: Leaf | undefined
  /**
   * Since when the first authority is known to be in every bundle, while it hasn't signed; 'first' = no bundle seen so far trusts
   * another, so there is no older one to wait for.
   */
  readonly publishedAt: number | 'first' | undefined
  /** CAs that were dropped: found in a bundle, they are not taken back. Kept until they expire. */
  readonly retired: readonly { readonly id: string; readonly expires: number }[]
}

/** The caBundle of one webhook, as read. */
export interface LiveBundle {
  /** Writes are refused while a validating webhook can't be called; without a mutating one they go on unpatched. */
  readonly validating: boolean
  readonly text: string
  readonly authorities: readonly TrustedAuthority[]
}

/** What this replica answers handshakes with, and the CA that signed it. */
export interface Served {
  readonly leaf: Leaf
  readonly authority: TrustedAuthority
}

/** In milliseconds. */
export interface RotationTimings {
  readonly caLife: number
  readonly leafLife: number
  /** How long an API server may go on using a caBundle after it was replaced. */
  readonly propagation: number
}

const DAY = 86_400_000

export const DEFAULT_TIMINGS: RotationTimings = { caLife: 5 * 365 * DAY, leafLife: 90 * DAY, propagation: 30_000 }

export interface Seen {
  /** Or why there is no usable one. INVARIANT: read after `live`, or a CA could be missed that both have. */
  readonly state: RotationState | { readonly absent: string }
  /** Of every webhook of every configuration that exists. */
  readonly live: readonly LiveBundle[]
  readonly served: Served | undefined
  /** What the leaf must be for. */
  readonly hosts: readonly string[]
  readonly now: number
  readonly timings: RotationTimings
}

export type Step =
  /** Make a CA, and of `carried` and `leaf`, which are relied on, a new state with `freshState`. */
  | {
      readonly kind: 'begin'
      readonly why: string
      readonly carried: readonly RetiringAuthority[]
      readonly leaf: Leaf | undefined
      /** Nothing is trusted yet. */
      readonly first: boolean
    }
  /** Make a CA and put it first with `withAuthority`. */
  | { readonly kind: 'new-authority'; readonly why: string }
  /** Have `by` sign a leaf for `hosts`, and put it in with `withLeaf`. */
  | { readonly kind: 'new-leaf'; readonly why: string; readonly by: SigningAuthority; readonly hosts: readonly string[] }
  /** Write `state`: nothing has to be made. `why` is undefined where nobody needs to know. */
  | { readonly kind: 'record'; readonly why: string | undefined; readonly state: RotationState }
  /** Write `bundle` into every webhook that has another. */
  | { readonly kind: 'publish'; readonly bundle: string }
  /** Nothing to do before `until`, if nothing else changes. */
  | { readonly kind: 'wait'; readonly until: number }

/** More is a sign of something that stuffs bundles; the API server would be the one to suffer. */
const MAX_AUTHORITIES = 16

/** Steps on the Secret come before those on the bundles, so that a webhook that can't be written doesn't hold up a renewal. */
export function nextStep(seen: Seen): Step {
  const { state, live, now, timings } = seen
  if ('absent' in state) {
    const carried = unknown(seen, undefined)
    const first = carried.length === 0 && live.every(({ authorities }) => authorities.length === 0)
    return { kind: 'begin', why: state.absent, carried, leaf: usable(seen.served, now), first }
  }
  const adopted = unknown(seen, state)
  if (adopted.length > 0) {
    const why = `a live caBundle has ${count(adopted.length, 'CA')} that the Secret doesn't know: trusted until ${isoDate(latest(adopted))}`
    return { kind: 'record', why, state: { ...state, authorities: [...state.authorities, ...adopted], publishedAt: undefined } }
  }
  const retired = state.authorities.filter((authority) => isOver(authority, state, now))
  if (retired.length > 0) {
    return {
      kind: 'record',
      why: `${count(retired.length, 'old CA')} retired: nothing it signed is valid`,
      state: without(state, retired, now),
    }
  }
  const next = state.authorities[0]
  if (now >= renewalOf(next)) return { kind: 'new-authority', why: 'two thirds of the old one’s life are over' }
  const renewal = leafRenewal(seen, state)
  if (renewal !== undefined) return renewal

  const bundle = bundleOf(state)
  const inSync = live.every(({ text }) => text === bundle)
  const published = state.leaf?.authority === next.id
  if (!inSync) {
    // The wait starts anew, and it must be known before the repair: the repaired bundle needs its time too. One that trusts nobody
    // needs none before the first CA: there were no calls that could have succeeded.
    const stillFirst = state.publishedAt === 'first' && live.every(({ text, authorities }) => text === bundle || authorities.length === 0)
    if (!published && state.publishedAt !== undefined && !stillFirst)
      return { kind: 'record', why: undefined, state: { ...state, publishedAt: undefined } }
    return { kind: 'publish', bundle }
  }
  if (published) return { kind: 'wait', until: nextTime(state) }
  if (state.publishedAt === undefined) return { kind: 'record', why: undefined, state: { ...state, publishedAt: now } }
  const due = state.publishedAt === 'first' ? now : state.publishedAt + timings.propagation
  if (now < due) return { kind: 'wait', until: Math.min(due, nextTime(state)) }
  return { kind: 'new-leaf', why: 'its CA is new', by: next, hosts: seen.hosts }
}

/** What clients are told to trust. */
export function bundleOf(state: RotationState): string {
  return state.authorities.map(({ cert }) => `${cert.trimEnd()}\n`).join('')
}

/** A state whose only signing CA is `authority`. A leaf that was served before goes on being served until the CA is published. */
export function freshState(authority: SigningAuthority, { carried, leaf, first }: Extract<Step, { kind: 'begin' }>): RotationState {
  return { authorities: [authority, ...carried], leaf, publishedAt: first ? 'first' : undefined, retired: [] }
}

/** The state in which `authority` waits to be published. The one that signed the leaf goes on signing, every other stops. */
export function withAuthority(state: RotationState, authority: SigningAuthority, now: number, timings: RotationTimings): RotationState {
  const rest = state.authorities.map((old) => (old.id === state.leaf?.authority ? old : retiring(old, state, now, timings)))
  return { ...state, authorities: [authority, ...rest], publishedAt: undefined }
}

/** The state in which replicas serve `leaf`. Signed by the first CA, it takes the pen from every other. */
export function withLeaf(state: RotationState, leaf: Leaf, now: number, timings: RotationTimings): RotationState {
  const [first, ...rest] = state.authorities
  if (leaf.authority !== first.id) return { ...state, leaf }
  return { ...state, authorities: [first, ...rest.map((old) => retiring(old, state, now, timings))], leaf, publishedAt: undefined }
}

/** Whether clients of every live webhook accept what `authority` signed. */
export function isTrusted(authority: string, live: readonly LiveBundle[]): boolean {
  return live.every((bundle) => trusts(bundle, authority))
}

/**
 * Whether a replica may change over to the leaf of the Secret: no webhook that accepts what is served now would refuse it; where
 * that is nothing, or has expired, no validating one. So a mutating caBundle that nobody can write holds up no replica.
 */
export function mayServe(leaf: Leaf, live: readonly LiveBundle[], served: Served | undefined, now: number): boolean {
  if (leaf.expires <= now) return false
  const current = usable(served, now)?.authority
  return live.every((bundle) => trusts(bundle, leaf.authority) || (current === undefined ? !bundle.validating : !trusts(bundle, current)))
}

/** How far clocks may differ: certificates start this much in the past, and CAs retire this much later. */
export function clockTolerance(life: number): number {
  return Math.min(3_600_000, Math.floor(life / 10))
}

function trusts({ authorities }: LiveBundle, authority: string): boolean {
  return authorities.some(({ id }) => id === authority)
}

/** CAs that clients may rely on and the state doesn't know; the replica's own first. */
function unknown({ live, served, now, timings }: Seen, state: RotationState | undefined): readonly RetiringAuthority[] {
  const known = new Set([...(state?.authorities ?? []), ...(state?.retired ?? [])].map(({ id }) => id))
  const found = new Map<string, RetiringAuthority>()
  const candidates = [
    ...(usable(served, now) === undefined || served === undefined ? [] : [served.authority]),
    ...live.flatMap((bundle) => bundle.authorities),
  ]
  for (const { id, cert, notBefore, expires } of candidates) {
    if (known.has(id) || expires <= now) continue
    found.set(id, { id, cert, notBefore, expires, retireAt: Math.min(expires, now + timings.leafLife + clockTolerance(timings.leafLife)) })
  }
  const room = MAX_AUTHORITIES - (state?.authorities.length ?? 1)
  return [...found.values()].slice(0, Math.max(0, room))
}

function usable(served: Served | undefined, now: number): Leaf | undefined {
  return served !== undefined && served.leaf.expires > now ? served.leaf : undefined
}

function retiring(authority: Authority, state: RotationState, now: number, timings: RotationTimings): RetiringAuthority {
  if ('retireAt' in authority) return authority
  const { id, cert, notBefore, expires } = authority
  // The leaf's own end counts where lives were longer once.
  const lastLeaf = Math.max(now + timings.leafLife, state.leaf?.expires ?? 0)
  return { id, cert, notBefore, expires, retireAt: Math.min(expires, lastLeaf + clockTolerance(timings.leafLife)) }
}

function isOver(authority: Authority, state: RotationState, now: number): boolean {
  if (authority === state.authorities[0] || !('retireAt' in authority)) return false
  return now >= authority.retireAt && (authority.id !== state.leaf?.authority || state.leaf.expires <= now)
}

function without(state: RotationState, dropped: readonly Authority[], now: number): RotationState {
  const [first, ...rest] = state.authorities
  const kept = rest.filter((authority) => !dropped.includes(authority))
  const leaf = dropped.some(({ id }) => id === state.leaf?.authority) ? undefined : state.leaf
  const retired = [...state.retired, ...dropped.map(({ id, expires }) => ({ id, expires }))].filter(({ expires }) => expires > now)
  return { ...state, authorities: [first, ...kept], leaf, retired }
}

function leafRenewal({ hosts, now }: Seen, { authorities, leaf }: RotationState): Step | undefined {
  const by = authorities.find(({ id }) => id === leaf?.authority)
  if (leaf === undefined || by === undefined || 'retireAt' in by) return undefined
  const missing = hosts.filter((host) => !leaf.hosts.includes(host))
  // The hosts of both: two replicas with different ones (an upgrade) would take turns for ever.
  if (missing.length > 0) {
    return { kind: 'new-leaf', why: `the old one isn't for ${missing.join(', ')}`, by, hosts: [...leaf.hosts, ...missing] }
  }
  // One that lasts as long as its CA can't be made to last longer.
  if (now < renewalOf(leaf) || leaf.expires >= by.expires) return undefined
  return { kind: 'new-leaf', why: 'two thirds of the old one’s life are over', by, hosts }
}

/** Two thirds into its life. */
function renewalOf({ notBefore, expires }: { readonly notBefore: number; readonly expires: number }): number {
  return notBefore + ((expires - notBefore) * 2) / 3
}

function nextTime({ authorities, leaf }: RotationState): number {
  const retirements = authorities.flatMap((authority) => ('retireAt' in authority ? [authority.retireAt] : []))
  return Math.min(renewalOf(authorities[0]), leaf === undefined ? Number.POSITIVE_INFINITY : renewalOf(leaf), ...retirements)
}

function latest(authorities: readonly RetiringAuthority[]): number {
  return Math.max(...authorities.map(({ retireAt }) => retireAt))
}

function isoDate(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`
}
