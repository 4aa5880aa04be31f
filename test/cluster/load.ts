import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import type { Raw } from '../manifest-fixtures.ts'
import type { ControlPlane } from './control-plane.ts'

/** Routes that are written all the time, each write a call of the webhook. */
export interface Load {
  /** Stops it and gives how many writes there were, and what was said of those that didn't succeed. */
  readonly stop: () => Promise<{ readonly calls: number; readonly failures: readonly string[] }>
  /** So far. */
  readonly calls: () => number
  readonly failures: () => readonly string[]
}

/** `writers` at a time create the route, as a dry run that leaves nothing behind: the webhooks are asked all the same. */
export function startLoad(plane: ControlPlane, route: Raw, writers = 4, pauseMilliseconds = 5): Load {
  const agent = new Agent({ keepAlive: true, ca: readFileSync(plane.caFile) })
  const url = `${plane.url}/apis/gateway.networking.k8s.io/v1/namespaces/${route.metadata.namespace}/httproutes?dryRun=All`
  const headers = { authorization: `Bearer ${plane.admin.token}`, 'content-type': 'application/json' }
  const failures: string[] = []
  let calls = 0
  let stopped = false
  const write = () =>
    new Promise<string | undefined>((resolve) => {
      const sent = request(url, { method: 'POST', agent, headers }, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
        response.on('end', () => resolve(response.statusCode === 201 ? undefined : body))
      })
      sent.on('error', (error) => resolve(error.message))
      sent.end(JSON.stringify(route))
    })
  const writing = Array.from({ length: writers }, async () => {
    while (!stopped) {
      const failure = await write()
      calls++
      if (failure !== undefined) failures.push(failure)
      await delay(pauseMilliseconds)
    }
  })
  return {
    calls: () => calls,
    failures: () => failures,
    stop: async () => {
      stopped = true
      await Promise.all(writing)
      agent.destroy()
      return { calls, failures }
    },
  }
}
