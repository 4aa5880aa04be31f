import { POLICY_KIND } from '../api/delegation-policy.ts'
import type { ViewObject } from '../delegation/route.ts'
import type { Policy } from '../policy/policy.ts'
import { HttpApiConnection } from './api-connection.ts'
import { ApiReader } from './api-reader.ts'
import { SYSTEM_CLOCK } from './clock.ts'
import { problemLineOf } from './cluster-source.ts'
import { listKind } from './kind-list.ts'
import { apiTarget, type ClusterOrigin } from './kube-config.ts'
import { parseWatched, WATCHED_KINDS, type WatchedKind } from './watched-kinds.ts'

/** What a cluster holds, read once. */
export interface ClusterSnapshot {
  readonly objects: readonly { readonly object: ViewObject }[]
  readonly policies: readonly { readonly policy: Policy }[]
  /** Objects that can't be read, a line for each thing wrong with them. */
  readonly problems: readonly string[]
}

/** Connects, reads and disconnects. Rejects as readCluster does. */
export async function readClusterOnce(origin: ClusterOrigin): Promise<ClusterSnapshot> {
  const connection = new HttpApiConnection(() => apiTarget(origin), SYSTEM_CLOCK)
  const abort = new AbortController()
  try {
    return await readCluster(new ApiReader(connection, SYSTEM_CLOCK, abort.signal))
  } finally {
    abort.abort()
    connection.close()
  }
}

/** Lists every watched kind; one that isn't served is empty. Rejects when the API server refuses or can't be reached, with the kind in the message. */
export async function readCluster(reader: ApiReader, kinds: readonly WatchedKind[] = WATCHED_KINDS): Promise<ClusterSnapshot> {
  const objects: { object: ViewObject }[] = []
  const policies: { policy: Policy }[] = []
  const problems: string[] = []
  for (const watched of kinds) {
    const list = await listKind(reader, watched, ({ namespace, name, raw }, version) => ({
      namespace,
      name,
      parsed: parseWatched(watched, version, raw),
    })).catch((cause: unknown) => {
      throw new Error(`${watched.resource} can't be listed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    })
    for (const { namespace, name, parsed } of list?.items ?? []) {
      if (!parsed.ok) problems.push(...parsed.problems.map((problem) => problemLineOf(watched.kind, namespace, name, problem)))
      else if (parsed.value.kind === POLICY_KIND) policies.push({ policy: parsed.value.value })
      else objects.push({ object: parsed.value })
    }
  }
  return { objects, policies, problems }
}
