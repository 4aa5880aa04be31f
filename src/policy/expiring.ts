export interface ExpiringLimits {
  readonly milliseconds: number
  readonly entries: number
  /** In the unit of the entries' sizes. */
  readonly size: number
}

/** A group may fill so much of the whole: who floods pushes out his own first. */
const SHARE = 1 / 4

interface Entry<T> {
  readonly value: T
  readonly group: string
  readonly size: number
  readonly until: number
}

/**
 * Values that are kept for a while. Over a limit the oldest goes first, of its own group if that has its share; so what is
 * kept is bounded at every moment, whatever is put in. Expired ones go when `expire` is called. Cost: what goes.
 */
export class Expiring<T> {
  readonly #limits: ExpiringLimits
  readonly #onGone: (value: T) => void
  /** INVARIANT: in the order of their times, as long as `now` doesn't go back. */
  readonly #entries = new Map<string, Entry<T>>()
  readonly #groups = new Map<string, { readonly keys: Set<string>; size: number }>()
  #size = 0

  /** `onGone` is called once with each value that expires, is deleted, replaced or pushed out. */
  constructor(limits: ExpiringLimits, onGone: (value: T) => void) {
    this.#limits = limits
    this.#onGone = onGone
  }

  get count(): number {
    return this.#entries.size
  }

  get(key: string): T | undefined {
    return this.#entries.get(key)?.value
  }

  /** Adds a value or replaces the one of its key, from now on. One larger than a group's share is not kept. */
  set(key: string, value: T, { group, size, now }: { readonly group: string; readonly size: number; readonly now: number }): void {
    this.delete(key)
    this.#entries.set(key, { value, group, size, until: now + this.#limits.milliseconds })
    const members = this.#groups.get(group) ?? { keys: new Set(), size: 0 }
    this.#groups.set(group, members)
    members.keys.add(key)
    members.size += size
    this.#size += size
    while (members.keys.size > this.#limits.entries * SHARE || members.size > this.#limits.size * SHARE) this.#deleteFirst(members.keys)
    while (this.#entries.size > this.#limits.entries || this.#size > this.#limits.size) this.#deleteFirst(this.#entries.keys())
  }

  delete(key: string): void {
    const entry = this.#entries.get(key)
    const members = entry && this.#groups.get(entry.group)
    if (entry === undefined || members === undefined) return
    this.#entries.delete(key)
    this.#size -= entry.size
    members.keys.delete(key)
    members.size -= entry.size
    if (members.keys.size === 0) this.#groups.delete(entry.group)
    this.#onGone(entry.value)
  }

  expire(now: number): void {
    for (const [key, { until }] of this.#entries) {
      if (until > now) return
      this.delete(key)
    }
  }

  #deleteFirst(keys: Iterable<string>): void {
    for (const key of keys) return this.delete(key)
  }
}
