import { readClusterOnce } from '../cluster/cluster-snapshot.ts'
import { type ClusterOrigin, loadKubeConfig } from '../cluster/kube-config.ts'
import type { ManifestProblem } from '../cluster/manifest-documents.ts'
import type { Known } from './check-judge.ts'
import type { CheckOptions } from './check-options.ts'
import { InputError } from './input-error.ts'
import type { Io } from './io.ts'
import { readWhole } from './read-manifests.ts'

export interface AgainstWhat {
  readonly known: Known
  /** What is wrong with some of its objects. */
  readonly problems: readonly ManifestProblem[]
}

/** What is there already: manifests, or a cluster. Throws InputError: to judge against nothing would look like an answer. */
export async function readAgainst({ against, cluster, namespace }: CheckOptions, io: Io): Promise<AgainstWhat> {
  if (cluster !== undefined) return readCluster(cluster)
  const { manifests, problems } = await readWhole(against, namespace, io, { flag: '--against ' })
  return { known: manifests, problems }
}

/** Throws InputError. */
export async function readCluster(cluster: ClusterOrigin): Promise<AgainstWhat> {
  await loadKubeConfig(cluster).catch((cause: unknown) => {
    throw new InputError([`${cluster.from === 'kubeconfig' ? 'kubeconfig' : 'the cluster:'} ${messageOf(cause)}`], { cause })
  })
  const { objects, policies, problems } = await readClusterOnce(cluster).catch((cause: unknown) => {
    throw new InputError([`the cluster can't be read: ${messageOf(cause)}`], { cause })
  })
  return { known: { objects, policies, completeness: 'cluster' }, problems: problems.map(clusterProblem) }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

function clusterProblem(message: string): ManifestProblem {
  return { file: 'the cluster', line: 0, field: '', message }
}
