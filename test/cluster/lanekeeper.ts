import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ControlPlane } from './control-plane.ts'
import { type Daemon, startDaemon } from './daemon.ts'
import { kubectl, kubectlOk, listOf } from './kubectl.ts'

const MAIN = resolve(import.meta.dirname, '../../src/cli/main.ts')

/** The program itself, serving. */
export interface Serving extends Daemon {
  /** `https://127.0.0.1:PORT` */
  readonly webhook: string
  /** `http://127.0.0.1:PORT` */
  readonly probes: string
}

export interface Lanekeeper extends Serving {
  readonly caFile: string
}

/** Tests follow each other faster than what was admitted or deleted is forgotten. */
export const FORGETFUL = ['--reservation-life=0', '--tombstone-life=0']

/** `lanekeeper serve ARGS` on free ports, which they may override; its certificates and its log are in the folder. */
export async function startLanekeeper(folder: string, args: readonly string[]): Promise<Lanekeeper> {
  const certificates = join(folder, 'lanekeeper-certificates')
  // No load balancer has to notice before it may stop.
  const defaults = ['--listen', '127.0.0.1:0', '--metrics-listen', '127.0.0.1:0', '--shutdown-delay', '0', ...FORGETFUL]
  const serving = await startServe(join(folder, 'lanekeeper.log'), [...defaults, '--certs-dir', certificates, ...args])
  return { ...serving, caFile: join(certificates, 'ca.crt') }
}

/** `lanekeeper serve ARGS`, as soon as it says where. */
export async function startServe(logFile: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Serving> {
  const daemon = await startDaemon(process.execPath, [MAIN, 'serve', ...args], logFile, env)
  const printed = (line: RegExp) => line.exec(daemon.log())?.[1]
  try {
    await daemon.until('serving', () => printed(/^ {2}(CA file)/m) !== undefined)
  } catch (error) {
    await daemon.stop('SIGKILL')
    throw error
  }
  const webhook = printed(/^ {2}webhook +(\S+)/m)
  const probes = printed(/^ {2}probes +(\S+)/m)
  if (webhook === undefined || probes === undefined) throw new Error(`lanekeeper does not say where it serves:\n${daemon.log()}`)
  return { ...daemon, webhook, probes }
}

/** Makes the API server ask about every HTTPRoute that is created or updated, and waits until it does. */
export async function installValidatingWebhook(plane: ControlPlane, lanekeeper: Lanekeeper): Promise<void> {
  const configuration = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'lanekeeper' },
    webhooks: [
      {
        name: 'validate.lanekeeper.dev',
        admissionReviewVersions: ['v1'],
        clientConfig: { url: `${lanekeeper.webhook}/validate`, caBundle: readFileSync(lanekeeper.caFile).toString('base64') },
        rules: [
          { apiGroups: ['gateway.networking.k8s.io'], apiVersions: ['v1'], resources: ['httproutes'], operations: ['CREATE', 'UPDATE'] },
        ],
        failurePolicy: 'Fail',
        matchPolicy: 'Equivalent',
        sideEffects: 'NoneOnDryRun',
        timeoutSeconds: 5,
      },
    ],
  }
  await kubectlOk(plane.admin, ['apply', '-f', '-'], listOf([configuration]))
  await untilAsked(plane, lanekeeper)
}

/** Waits until the API server asks one of them: a configuration takes a moment to arrive there. */
export async function untilAsked(plane: ControlPlane, ...replicas: readonly [Serving, ...Serving[]]): Promise<void> {
  const metadata = { name: 'is-the-webhook-asked', namespace: 'default' }
  const probe = listOf([{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata, spec: {} }])
  await replicas[0].until('asked by the API server', async () => {
    const { code, stderr } = await kubectl(plane.admin, ['create', '--dry-run=server', '--filename', '-'], probe)
    // Its verdict depends on the policies.
    if (code !== 0 && !stderr.includes('admission webhook')) throw new Error(stderr)
    return replicas.some((replica) => replica.log().includes(metadata.name))
  })
}
