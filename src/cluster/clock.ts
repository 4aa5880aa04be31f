/** Time and chance, passed in so that a test can live through a day of watching in a moment. */
export interface Clock {
  /** Milliseconds on a scale that never goes back; only differences mean anything. */
  now(): number
  /** At least 0, below 1. */
  random(): number
  /** Calls back once after so many milliseconds; what it returns prevents that. */
  after(milliseconds: number, callback: () => void): () => void
}

export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  random: Math.random,
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds)
    return () => clearTimeout(timer)
  },
}
