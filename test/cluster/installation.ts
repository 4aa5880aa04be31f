import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CHART, RELEASE } from './chart.ts'
import type { ControlPlane } from './control-plane.ts'
import { helm } from './helm.ts'
import { kubectlOk } from './kubectl.ts'
import { FORGETFUL, type Serving, startServe } from './lanekeeper.ts'
import type { Finished } from './run-program.ts'
import { type Address, serviceAccountUser, type User } from './users.ts'

/** Values, as helm's --set-json takes them. */
export type Values = Readonly<Record<string, unknown>>

/** `helm install` or `upgrade` of the chart as the admin. No nodes: the API server calls `webhook`, where a process of the test serves. */
export async function installChart(plane: ControlPlane, webhook: string, values: Values = {}, how = 'install'): Promise<Finished> {
  const sets = Object.entries({ replicas: 0, 'webhook.url': webhook, ...values }).flatMap(([path, value]) => [
    '--set-json',
    `${path}=${JSON.stringify(value)}`,
  ])
  const finished = await helm(plane.admin, [how, RELEASE.name, CHART, '--namespace', RELEASE.namespace, '--create-namespace', ...sets])
  if (finished.code !== 0) throw new Error(`helm ${how}: ${finished.stderr}`)
  return finished
}

/** lanekeeper's own ServiceAccount, with just the rights that the chart gives it. */
export function chartUser(plane: ControlPlane): Promise<User> {
  return serviceAccountUser(plane, RELEASE.namespace, RELEASE.name)
}

export interface ReplicaOptions {
  /** Tells its folder and its log from those of others. */
  readonly name?: string
  /** Of the webhook; 0 = a free one. */
  readonly port?: number
  /** After the chart's arguments, and overriding them. */
  readonly args?: readonly string[]
  /** The API server, or something in front of it. */
  readonly server?: Address
}

/** A replica as a pod of the installed chart has it: its arguments, its ServiceAccount's token in its folder, its environment. */
export async function startReplica(plane: ControlPlane, options: ReplicaOptions = {}): Promise<Serving> {
  const { name = 'replica', port = 0, args = [], server = plane } = options
  const root = join(plane.folder, name)
  await becomePod(plane, root, server)
  const url = new URL(server.url)
  const env = { KUBERNETES_SERVICE_HOST: url.hostname, KUBERNETES_SERVICE_PORT: url.port, LANEKEEPER_IN_CLUSTER_ROOT: root }
  const listen = [`--listen=127.0.0.1:${port}`, '--metrics-listen=127.0.0.1:0', '--shutdown-delay=0', ...FORGETFUL]
  return startServe(join(root, 'lanekeeper.log'), [...(await chartArguments(plane)), ...listen, ...args], env)
}

/** What the kubelet mounts. */
async function becomePod(plane: ControlPlane, root: string, { caFile }: Address): Promise<void> {
  const folder = join(root, 'var/run/secrets/kubernetes.io/serviceaccount')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'ca.crt'), await readFile(caFile))
  await writeFile(join(folder, 'namespace'), RELEASE.namespace)
  await writeFile(join(folder, 'token'), (await chartUser(plane)).token, { mode: 0o600 })
}

/** Of the Deployment in the cluster. */
async function chartArguments(plane: ControlPlane): Promise<readonly string[]> {
  const path = 'jsonpath={.spec.template.spec.containers[0].args}'
  const deployment = ['get', 'deployment', RELEASE.name, '--namespace', RELEASE.namespace, '--output', path]
  const [_serve, ...args]: readonly string[] = JSON.parse(await kubectlOk(plane.admin, deployment))
  return args
}
