import type { JudgeProgress } from './check-judge.ts'
import type { Io } from './io.ts'

const PROGRESS_MILLISECONDS = 250

/** A counter on one line for who waits at a terminal; gone when the work is. */
export function progressOn(io: Io): (progress: JudgeProgress) => void {
  if (!io.interactive) return () => {}
  let last = Date.now()
  let shown = false
  return ({ done, of }) => {
    if (done === of && shown) io.err('\r\u001b[K')
    if (done === of || Date.now() - last < PROGRESS_MILLISECONDS) return
    last = Date.now()
    shown = true
    io.err(`\r${done} of ${of} judged`)
  }
}
