import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { type Binary, binary } from './binaries.ts'
import { type Daemon, startDaemon } from './daemon.ts'
import type { Address } from './users.ts'

/** Minor versions of Kubernetes that can be started; test/tools/ has the patch version of each. */
export type KubernetesVersion = '1.36' | '1.34'

const BINARIES: Readonly<Record<KubernetesVersion, Binary>> = { '1.36': 'kube-apiserver', '1.34': 'kube-apiserver-1.34' }

export interface ApiServerOptions {
  readonly kubernetes: KubernetesVersion
  /** For its certificate, made at the first start and kept, and its log. */
  readonly folder: string
  readonly port: number
  readonly etcd: string
  /** `token,user,uid,"group,..."` per line. */
  readonly tokenFile: string
  /** A private key in PEM that signs and verifies the tokens of ServiceAccounts. */
  readonly signingKeyFile: string
  /** Of a user who may ask whether it is ready. */
  readonly token: string
}

export function apiServerAddress({ folder, port }: Pick<ApiServerOptions, 'folder' | 'port'>): Address {
  return { url: `https://127.0.0.1:${port}`, caFile: join(certificates(folder), 'apiserver.crt') }
}

/** A kube-apiserver that is ready, or word that something else listens on its port. */
export async function startApiServer(options: ApiServerOptions): Promise<Daemon | 'port taken'> {
  const { kubernetes, folder, port, etcd, tokenFile, signingKeyFile, token } = options
  const args = [
    ['--etcd-servers', etcd],
    ['--cert-dir', certificates(folder)],
    ['--bind-address', '127.0.0.1'],
    ['--secure-port', String(port)],
    ['--authorization-mode', 'RBAC'],
    ['--token-auth-file', tokenFile],
    ['--service-cluster-ip-range', '10.0.0.0/24'],
    ['--service-account-issuer', 'https://kubernetes.default.svc'],
    ['--service-account-key-file', signingKeyFile],
    ['--service-account-signing-key-file', signingKeyFile],
    // It would wait for ServiceAccounts that a controller makes.
    ['--disable-admission-plugins', 'ServiceAccount'],
    ['--endpoint-reconciler-type', 'none'],
  ]
  const daemon = await startDaemon(await binary(BINARIES[kubernetes]), args.flat(), join(folder, 'kube-apiserver.log'))
  try {
    await daemon.until('ready', () => isReady(apiServerAddress(options), token))
    return daemon
  } catch (error) {
    await daemon.stop('SIGKILL')
    if (daemon.log().includes('address already in use')) return 'port taken'
    throw error
  }
}

function certificates(folder: string): string {
  return join(folder, 'certificates')
}

/** Another server on this port has neither this certificate nor this token. */
function isReady({ url, caFile }: Address, token: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(`${url}/readyz`, {
      ca: contentOf(caFile),
      headers: { authorization: `Bearer ${token}` },
      agent: false,
      timeout: 5_000,
    })
    asked.on('response', (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve(false))
    asked.end()
  })
}

/** Empty, which no certificate verifies under, before the API server has written it. */
function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
