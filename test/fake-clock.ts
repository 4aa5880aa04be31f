import type { Clock } from '../src/cluster/clock.ts'

interface Timer {
  readonly at: number
  readonly callback: () => void
}

/** Time that passes when told to. Chance is always the same unless a test says otherwise. */
export class FakeClock implements Clock {
  #now = 0
  readonly #timers = new Set<Timer>()
  readonly chance: () => number

  constructor(chance: () => number = () => 0.5) {
    this.chance = chance
  }

  now(): number {
    return this.#now
  }

  random(): number {
    return this.chance()
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.#now + milliseconds, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Timers that are set. */
  get pending(): number {
    return this.#timers.size
  }

  /** Lets so much time pass, timer by timer, and after each what it set in motion come to rest. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds
    await rest()
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.#timers.delete(due)
      this.#now = Math.max(this.#now, due.at)
      due.callback()
      await rest()
    }
    this.#now = end
  }
}

/** Streams and promises in memory settle within a few turns of the event loop. */
export async function rest(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((done) => setImmediate(done))
}
