import { setTimeout as delay } from 'node:timers/promises'
import type { Raw } from '../manifest-fixtures.ts'
import { AdminApi } from './admin-api.ts'
import type { ControlPlane } from './control-plane.ts'

/** Routes that are written all the time, each write a call of the webhook. */
export interface Load {
  /** Stops it and gives how many writes there were, and what was said of those that didn't succeed. */
  readonly stop: () => Promise<{ readonly calls: number; readonly failures: readonly string[] }>
  /** So far. */
  readonly calls: () => number
  readonly failures: () => readonly string[]
}

const WRITERS = 4
const PAUSE_MILLISECONDS = 5

/** Creates the route again and again, several at a time, as a dry run that leaves nothing behind: the webhooks are asked all the same. */
export function startLoad(plane: ControlPlane, route: Raw): Load {
  const api = new AdminApi(plane)
  const path = `/apis/gateway.networking.k8s.io/v1/namespaces/${route.metadata.namespace}/httproutes?dryRun=All`
  const failures: string[] = []
  let calls = 0
  let stopped = false
  const writing = Array.from({ length: WRITERS }, async () => {
    while (!stopped) {
      try {
        const { status, body } = await api.request('POST', path, route)
        if (status !== 201) failures.push(body)
      } catch (cause) {
        failures.push(String(cause))
      }
      calls++
      await delay(PAUSE_MILLISECONDS)
    }
  })
  return {
    calls: () => calls,
    failures: () => failures,
    stop: async () => {
      stopped = true
      await Promise.all(writing)
      api.close()
      return { calls, failures }
    },
  }
}
