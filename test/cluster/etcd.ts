import { request } from 'node:http'
import { join } from 'node:path'
import { binary } from './binaries.ts'
import { type Daemon, startDaemon } from './daemon.ts'

export interface Etcd extends Daemon {
  readonly endpoint: string
}

/** An empty etcd. It listens on a socket in the folder, so there is no port that another could take. */
export async function startEtcd(folder: string): Promise<Etcd> {
  const socketPath = join(folder, 'etcd.sock')
  const endpoint = `unix://${socketPath}`
  const args = [
    ['--data-dir', join(folder, 'etcd')],
    ['--listen-client-urls', endpoint],
    ['--advertise-client-urls', endpoint],
    ['--listen-peer-urls', 'http://127.0.0.1:0'],
    // Its data need not survive the machine.
    ['--unsafe-no-fsync=true'],
  ]
  const daemon = await startDaemon(await binary('etcd'), args.flat(), join(folder, 'etcd.log'))
  try {
    await daemon.until('healthy', () => isHealthy(socketPath))
  } catch (error) {
    await daemon.stop('SIGKILL')
    throw error
  }
  return { ...daemon, endpoint }
}

function isHealthy(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: '/health', timeout: 1_000 }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve(false))
    asked.end()
  })
}
