import { setTimeout as sleep } from 'node:timers/promises'

export interface DrainSteps {
  /** From now on: unready, and answers ask for a new connection. Called at once. */
  readonly begin: () => void
  /** How long requests are still served while the endpoint list of the Service forgets this process. */
  readonly delayMilliseconds: number
  /** Closes the listeners and waits for what is under way. */
  readonly close: () => Promise<void>
  /** Cuts what is still open when closing takes longer than `closeMilliseconds`. */
  readonly cut: () => void
  readonly closeMilliseconds: number
}

/** An end without a lost request: unready, a while of serving on, then the listeners close and the rest is awaited. */
export async function drain(steps: DrainSteps): Promise<void> {
  steps.begin()
  await sleep(steps.delayMilliseconds)
  const timer = setTimeout(steps.cut, steps.closeMilliseconds)
  try {
    await steps.close()
  } finally {
    clearTimeout(timer)
  }
}
