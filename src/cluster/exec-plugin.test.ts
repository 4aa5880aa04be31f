import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../test/fake-clock.ts'
import { execCredential } from './exec-plugin.ts'

let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lanekeeper-exec-'))
})

afterEach(() => rm(dir, { recursive: true, force: true }))

const shell = (script: string, env: readonly { readonly name: string; readonly value: string }[] = []) => ({
  command: 'sh',
  args: ['-c', script],
  env,
})

describe('an exec plugin', () => {
  it('prints a token, or a client certificate', async () => {
    const env = [{ name: 'TOKEN', value: 'abc' }]
    expect(await execCredential(shell(`echo '{"status": {"token": "'$TOKEN'"}}'`, env))).toEqual({ token: 'abc' })
    const pair = '{"status": {"clientCertificateData": "c", "clientKeyData": "k"}}'
    expect(await execCredential({ command: 'echo', args: [pair], env: null })).toEqual({ cert: 'c', key: 'k' })
  })

  it('is told what it is asked for', async () => {
    const echoed = `printf '{"status": {"token": "%s"}}' "$(echo $KUBERNETES_EXEC_INFO | tr -d '"')"`
    expect(await execCredential({ ...shell(echoed), apiVersion: 'client.authentication.k8s.io/v1beta1' })).toEqual({
      token: '{apiVersion:client.authentication.k8s.io/v1beta1,kind:ExecCredential,spec:{interactive:false}}',
    })
  })

  it.each([
    ['has no command', {}, 'exec must have a command, and lists of args and env'],
    ['isn’t there', { command: 'no-such-plugin' }, 'spawn no-such-plugin ENOENT'],
    ['says why it fails', shell('echo log in first >&2; exit 1'), 'log in first'],
    ['fails without a word', shell('exit 3'), 'sh ended with 3'],
    ['prints something else', shell('echo secret'), 'sh printed no ExecCredential'],
    ['prints without end', shell('yes'), 'sh printed too much'],
  ])('that %s is refused', async (_name, exec, message) => {
    await expect(execCredential(exec)).rejects.toMatchObject({ message })
  })

  it('that takes too long is killed, with what it started', async () => {
    const pids = join(dir, 'pids')
    const script = `sleep 1000 & echo $! $$ > ${pids}.new; mv ${pids}.new ${pids}; wait`
    const clock = new FakeClock()
    const credential = execCredential(shell(script), clock)
    await until(() => existsSync(pids))
    const started = (await readFile(pids, 'utf8')).trim().split(' ')
    expect(started.filter(isRunning)).toEqual(started)
    await clock.advance(119_000)
    expect(started.filter(isRunning)).toEqual(started)
    await Promise.all([expect(credential).rejects.toThrow('sh did not finish within 120 s'), clock.advance(1_000)])
    await until(() => !started.some(isRunning))
  })
})

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((done) => setTimeout(done, 5))
}

function isRunning(pid: string): boolean {
  try {
    return !execFileSync('ps', ['-o', 'stat=', '-p', pid], { encoding: 'utf8' }).startsWith('Z')
  } catch {
    // There is no such process.
    return false
  }
}
