import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ApiServerOptions, apiServerAddress, type KubernetesVersion, startApiServer } from './api-server.ts'
import type { Daemon } from './daemon.ts'
import { startEtcd } from './etcd.ts'
import { freePort } from './free-port.ts'
import { guardFolder, releaseFolder } from './lifeline.ts'
import { type Address, makeUser, type User } from './users.ts'

export interface ControlPlaneOptions {
  /** Names of users that have a token, and no right but what a test gives them. */
  readonly tenants?: readonly string[]
  /** 1.36 by default. */
  readonly kubernetes?: KubernetesVersion
}

/**
 * A real kube-apiserver with its etcd, on 127.0.0.1 and with RBAC. No controllers run: no pods, no garbage collection, and a
 * namespace that is deleted never goes.
 */
export interface ControlPlane extends Address {
  readonly admin: User
  /** Throws for a name that is not among the tenants. */
  readonly tenant: (name: string) => User
  /** Of this control plane alone, and removed with it. */
  readonly folder: string
  /** SIGTERM lets requests under way end, SIGKILL cuts every connection. etcd, and so every object, stays. */
  readonly stopApiServer: (signal?: 'SIGTERM' | 'SIGKILL') => Promise<void>
  /** Starts it again, on the same port and with the same certificate, and waits until it is ready. */
  readonly startApiServer: () => Promise<void>
  /** Ends both and removes the folder. */
  readonly stop: () => Promise<void>
}

/** Another process may take a free port before the API server does. */
const PORT_ATTEMPTS = 5

/** A fresh control plane, ready after about 3 s. Stop it in the end; should the tests die before that, it ends with them. */
export async function startControlPlane({ tenants = [], kubernetes = '1.36' }: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const folder = await mkdtemp(join(tmpdir(), 'lanekeeper-cluster-'))
  guardFolder(folder)
  const daemons: Daemon[] = []
  const stop = async () => {
    // There is nothing to save. The last to start is the first to go.
    for (const daemon of daemons.splice(0).reverse()) await daemon.stop('SIGKILL')
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    releaseFolder(folder)
  }
  try {
    const etcd = await startEtcd(folder)
    daemons.push(etcd)
    const tokens = new Map(['admin', ...tenants].map((name) => [name, randomBytes(16).toString('hex')]))
    const files = { tokenFile: join(folder, 'tokens.csv'), signingKeyFile: join(folder, 'service-accounts.key') }
    await writeFile(files.tokenFile, tokenLines(tokens), { mode: 0o600 })
    await writeFile(files.signingKeyFile, newSigningKey(), { mode: 0o600 })
    const options = { kubernetes, folder, etcd: etcd.endpoint, ...files, token: tokens.get('admin') ?? '' }
    const { apiServer, port } = await startOnFreePort(options)
    daemons.push(apiServer)
    const address = apiServerAddress({ folder, port })
    const users = new Map([...tokens].map(([name, token]) => [name, makeUser(name, token, address, folder)]))
    const userNamed = (name: string) => {
      const user = users.get(name)
      if (user === undefined) throw new Error(`no user ${name}: name it among the tenants of the control plane`)
      return user
    }
    let current = apiServer
    return {
      ...address,
      folder,
      admin: userNamed('admin'),
      tenant: userNamed,
      stopApiServer: (signal) => current.stop(signal),
      startApiServer: async () => {
        if (current.running()) return
        const started = await startApiServer({ ...options, port })
        if (started === 'port taken') throw new Error(`port ${port} was taken while the API server was stopped`)
        current = started
        daemons.push(started)
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startOnFreePort(options: Omit<ApiServerOptions, 'port'>): Promise<{ apiServer: Daemon; port: number }> {
  for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt++) {
    const port = await freePort()
    const apiServer = await startApiServer({ ...options, port })
    if (apiServer !== 'port taken') return { apiServer, port }
  }
  throw new Error(`the API server lost ${PORT_ATTEMPTS} free ports to other processes`)
}

function tokenLines(tokens: ReadonlyMap<string, string>): string {
  const lines = [...tokens].map(([name, token]) => [token, name, name, ...(name === 'admin' ? ['system:masters'] : [])].join(','))
  return `${lines.join('\n')}\n`
}

function newSigningKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return String(privateKey.export({ type: 'sec1', format: 'pem' }))
}
