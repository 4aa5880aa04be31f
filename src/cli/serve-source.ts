import type { Logger } from 'pino'
import { HttpApiConnection } from '../cluster/api-connection.ts'
import { SYSTEM_CLOCK } from '../cluster/clock.ts'
import { ClusterSource } from '../cluster/cluster-source.ts'
import { apiTarget, type ClusterOrigin, loadKubeConfig } from '../cluster/kube-config.ts'
import { problemLine } from '../cluster/manifest-documents.ts'
import { ManifestsSource } from '../cluster/manifest-watcher.ts'
import { View } from '../delegation/view.ts'
import { Unsettled, type UnsettledLives } from '../policy/unsettled.ts'
import { StartError } from './listen-address.ts'
import type { ViewOrigin } from './serve-options.ts'

/** A view, what keeps it up to date, and what that has not settled yet. */
export type FollowedView = { readonly view: View; readonly unsettled: Unsettled } & (
  | { readonly source: ManifestsSource; readonly cluster: undefined }
  | { readonly source: ClusterSource; readonly cluster: ClusterSource }
)

export interface FollowListeners {
  readonly log: Logger
  /** Called after something that is served may have changed. */
  readonly onChange: () => void
  readonly lives: UnsettledLives
  /** What there is of each kind, for the log. */
  readonly objects: (view: View) => object
}

/** Not started yet. Throws StartError for a kubeconfig that names no cluster. */
export async function followView(origin: ViewOrigin, listeners: FollowListeners): Promise<FollowedView> {
  return origin.from === 'manifests' ? followManifests(origin.paths, listeners) : followCluster(origin, listeners)
}

function followManifests(paths: readonly string[], { log, onChange, objects, lives }: FollowListeners): FollowedView {
  const view = new View('files', new View('files'))
  const unsettled = new Unsettled(view, () => SYSTEM_CLOCK.now(), lives)
  const source = new ManifestsSource({
    paths,
    view: unsettled,
    onProblem: (problem) => log.warn({ file: problem.file, line: problem.line }, `manifest problem: ${problemLine(problem)}`),
    onRecovered: (problem) => log.info({ file: problem.file, line: problem.line }, `manifest problem is gone: ${problemLine(problem)}`),
    onChange: () => {
      log.info({ objects: objects(view) }, 'view changed')
      onChange()
    },
  })
  return { view, unsettled, source, cluster: undefined }
}

async function followCluster(origin: ClusterOrigin, { log, onChange, lives }: FollowListeners): Promise<FollowedView> {
  // Credentials may fail for a while, or a plugin for them wait for somebody: that is for readiness to say.
  await loadKubeConfig(origin).catch((cause: unknown) => {
    throw new StartError(`no cluster to follow: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  })
  const view = new View('cluster', new View('cluster'))
  const unsettled = new Unsettled(view, () => SYSTEM_CLOCK.now(), lives)
  const source = new ClusterSource({
    connection: new HttpApiConnection(() => apiTarget(origin), SYSTEM_CLOCK),
    view: unsettled,
    clock: SYSTEM_CLOCK,
    onNotice: (level, message) => log[level](message),
    onProblem: (line) => log.warn(`object can't be read: ${line}`),
    onRecovered: (line) => log.info(`object is readable again, or gone: ${line}`),
    onChange,
  })
  return { view, unsettled, source, cluster: source }
}

/** What is followed, for a person. */
export function originLine(origin: ViewOrigin, short: (path: string) => string): string {
  switch (origin.from) {
    case 'manifests':
      return `manifests  ${origin.paths.map(short).join(', ')}`
    case 'kubeconfig':
      return `cluster    ${short(origin.file)}${origin.context === undefined ? '' : `, context ${origin.context}`}`
    case 'in-cluster':
      return 'cluster    the one this pod runs in'
  }
}
