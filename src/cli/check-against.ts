import { readClusterOnce } from '../cluster/cluster-snapshot.ts'
import type { ClusterOrigin } from '../cluster/kube-config.ts'
import type { ManifestProblem } from '../cluster/manifest-documents.ts'
import type { Known } from './check-judge.ts'
import type { CheckOptions } from './check-options.ts'
import type { Io } from './io.ts'
import { readManifests } from './read-manifests.ts'

export interface AgainstWhat {
  /** undefined = nothing of it can be read: to judge against nothing would look like an answer. */
  readonly known: Known | undefined
  readonly problems: readonly ManifestProblem[]
}

/** What is there already: manifests, or a cluster. */
export async function readAgainst({ against, cluster, namespace }: CheckOptions, io: Io): Promise<AgainstWhat> {
  if (cluster !== undefined) return readCluster(cluster)
  const { manifests, problems } = await readManifests(against, namespace, io)
  return { known: manifests, problems }
}

export async function readCluster(cluster: ClusterOrigin): Promise<AgainstWhat> {
  try {
    const { objects, policies, problems } = await readClusterOnce(cluster)
    return { known: { objects, policies, completeness: 'cluster' }, problems: problems.map(clusterProblem) }
  } catch (cause) {
    return { known: undefined, problems: [clusterProblem(`can't be read: ${cause instanceof Error ? cause.message : String(cause)}`)] }
  }
}

function clusterProblem(message: string): ManifestProblem {
  return { file: 'the cluster', line: 0, field: '', message }
}
