import { LayeredView } from '../delegation/layered-view.ts'
import { type HttpRoute, identityOf, type ViewKind, type ViewObject } from '../delegation/route.ts'
import type { View } from '../delegation/view.ts'
import { Expiring } from './expiring.ts'
import { differsForChecks } from './ratchet.ts'

const RESERVATIONS = { entries: 2_000, size: 16_000_000 }

const TOMBSTONES = { entries: 10_000, size: 64_000_000 }

/** How long each is kept; 0 = not beyond the request at hand. */
export interface UnsettledLives {
  readonly reservationMilliseconds: number
  readonly tombstoneMilliseconds: number
}

const DEFAULT_LIVES: UnsettledLives = {
  // The API server stores what was admitted, and its watch tells us, within milliseconds; a busy one may take seconds.
  reservationMilliseconds: 10_000,
  // Long enough for a pipeline to delete and recreate.
  tombstoneMilliseconds: 600_000,
}

/** What a request is judged against. */
export interface Views {
  /** What the source says, and reservations of authenticated callers. */
  readonly proven: View
  /** With what others have reserved on top; undefined where that is nothing. Anyone may have made it up. */
  readonly unproven: View | undefined
}

interface Reservation {
  readonly route: HttpRoute
  /** As a CREATE: until it is seen, a removal is that of its predecessor. */
  readonly created: boolean
}

/** Reservations of one kind of caller, and the view with them on top. */
interface Layer {
  readonly view: LayeredView
  readonly reservations: Expiring<Reservation>
}

/**
 * What the source of a view has not settled: a *reservation* is a route that was admitted here and that the source doesn't
 * know yet; a *tombstone* is one that it knew and that is gone since a short while (`View.departed`). Both are bounded in
 * time and number and vanish without a trace: the source's own objects are never changed by them.
 *
 * Stands between a source and its view: the source calls `put` and `remove`.
 */
export class Unsettled {
  readonly #settled: View
  readonly #now: () => number
  readonly #proven: Layer
  readonly #unproven: Layer
  readonly #tombstones: Expiring<HttpRoute>

  /** `settled` is written by nobody else; `now` in milliseconds, on a scale that never goes back. */
  constructor(settled: View, now: () => number, lives: UnsettledLives = DEFAULT_LIVES) {
    this.#settled = settled
    this.#now = now
    this.#proven = layerOver(settled, lives.reservationMilliseconds)
    this.#unproven = layerOver(this.#proven.view, lives.reservationMilliseconds)
    this.#tombstones = new Expiring({ ...TOMBSTONES, milliseconds: lives.tombstoneMilliseconds }, ({ kind, namespace, name }) =>
      settled.departed?.remove(kind, namespace, name),
    )
  }

  /** What the source says settles what was reserved, unless it says nothing new. */
  put(object: ViewObject): void {
    if (object.kind === 'HTTPRoute' || object.kind === 'GRPCRoute') {
      const { namespace, name, uid } = object.value
      const key = identityOf(object.value)
      const known = this.#settled.routeOf(object.kind, namespace, name)
      if (known === undefined || known.uid !== uid || differsForChecks(object.value, known)) this.#settle(key)
      this.#tombstones.delete(key)
    }
    this.#settled.put(object)
  }

  /** A route leaves a tombstone. */
  remove(kind: ViewKind, namespace: string, name: string): void {
    if (kind === 'HTTPRoute' || kind === 'GRPCRoute') {
      const key = identityOf({ kind, namespace, name })
      for (const { reservations } of this.#layers) if (reservations.get(key)?.created !== true) reservations.delete(key)
      const known = this.#settled.routeOf(kind, namespace, name)
      if (known !== undefined) this.#bury(known)
    }
    this.#settled.remove(kind, namespace, name)
  }

  /** A route without a name is not reserved: nobody could tell it from the next one. */
  reserve(route: HttpRoute, { created, authenticated }: { readonly created: boolean; readonly authenticated: boolean }): void {
    if (route.name === '') return
    const key = identityOf(route)
    // What anybody said before must not hide what is proven.
    if (authenticated) this.#unproven.reservations.delete(key)
    const layer = authenticated ? this.#proven : this.#unproven
    const now = this.#expire()
    layer.reservations.set(key, { route, created }, { group: route.namespace, size: sizeOf(route), now })
    if (layer.reservations.get(key) !== undefined) layer.view.put({ kind: route.kind, value: route })
  }

  /** As of now; not to be kept. */
  views(): Views {
    this.#expire()
    return {
      proven: this.#proven.reservations.count === 0 ? this.#settled : this.#proven.view,
      unproven: this.#unproven.reservations.count === 0 ? undefined : this.#unproven.view,
    }
  }

  counts(): { readonly authenticated: number; readonly unauthenticated: number; readonly tombstones: number } {
    this.#expire()
    return {
      authenticated: this.#proven.reservations.count,
      unauthenticated: this.#unproven.reservations.count,
      tombstones: this.#tombstones.count,
    }
  }

  #settle(key: string): void {
    for (const { reservations } of this.#layers) reservations.delete(key)
  }

  get #layers(): readonly Layer[] {
    return [this.#proven, this.#unproven]
  }

  /** When it comes back it is the youngest: its age protects it no more than it will then. */
  #bury(route: HttpRoute): void {
    const key = identityOf(route)
    const departed: HttpRoute = { ...route, created: undefined }
    this.#tombstones.set(key, departed, { group: route.namespace, size: sizeOf(route), now: this.#expire() })
    if (this.#tombstones.get(key) !== undefined) this.#settled.departed?.put({ kind: route.kind, value: departed })
  }

  #expire(): number {
    const now = this.#now()
    for (const { reservations } of this.#layers) reservations.expire(now)
    this.#tombstones.expire(now)
    return now
  }
}

function layerOver(below: View, milliseconds: number): Layer {
  const view = new LayeredView(below)
  const reservations = new Expiring<Reservation>({ ...RESERVATIONS, milliseconds }, ({ route }) =>
    view.remove(route.kind, route.namespace, route.name),
  )
  return { view, reservations }
}

/** About the characters it holds in memory. */
function sizeOf({ labels, annotations, parentRefs, hostnames, rules }: HttpRoute): number {
  return JSON.stringify([[...labels], [...annotations], parentRefs, hostnames, rules]).length
}
