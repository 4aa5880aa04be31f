import type { ApiClient } from './api-client.ts'

const FIRST_PAUSE_MILLISECONDS = 1_000
const LONGEST_PAUSE_MILLISECONDS = 60_000

/**
 * Watches one object by its name and calls back when something was said about it. Only a hint: what it says isn't read, so
 * nothing can be missed for good by whoever also looks from time to time. `path` is that of the object's list.
 */
export function watchForChanges(client: ApiClient, path: string, name: string, onChange: () => void): { close(): void } {
  const abort = new AbortController()
  const query = new URLSearchParams({ watch: 'true', fieldSelector: `metadata.name=${name}`, timeoutSeconds: '300' })
  let pause = FIRST_PAUSE_MILLISECONDS
  let timer: NodeJS.Timeout | undefined
  const again = () => {
    if (abort.signal.aborted) return
    timer = setTimeout(open, pause)
    timer.unref()
    pause = Math.min(pause * 2, LONGEST_PAUSE_MILLISECONDS)
  }
  const open = () => {
    const heard = () => {
      pause = FIRST_PAUSE_MILLISECONDS
      onChange()
    }
    // A refused or broken watch leaves the looking from time to time.
    client.watch(`${path}?${query.toString()}`, heard, abort.signal).then(again, again)
  }
  open()
  return {
    close() {
      abort.abort()
      clearTimeout(timer)
    },
  }
}
