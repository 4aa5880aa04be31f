import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ensureSelfSigned } from '../src/certificates/self-signed.ts'
import { parseServeOptions } from '../src/cli/serve-options.ts'
import { HttpApiConnection } from '../src/cluster/api-connection.ts'
import { SYSTEM_CLOCK } from '../src/cluster/clock.ts'
import { apiTarget } from '../src/cluster/kube-config.ts'
import { pathOf, WATCHED_KINDS } from '../src/cluster/watched-kinds.ts'
import { FakeApiServer } from './fake-api-server.ts'
import { FakeClock } from './fake-clock.ts'
import { gatewayOf, granting, namespace, platformRoot, prefix, type Raw, route, serving, to } from './manifest-fixtures.ts'
import { type CliRun, runCli } from './tools/run-cli.ts'

const ROOT = resolve(import.meta.dirname, '..')
const PATHS = new Map(WATCHED_KINDS.map((watched): [string, string] => [watched.kind, pathOf(watched, watched.versions[0] ?? '')]))

let dir: string
let api: FakeApiServer
let token: string
const closing: (() => Promise<void>)[] = []

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lanekeeper-access-'))
  api = new FakeApiServer(SYSTEM_CLOCK, [...PATHS.values()])
  token = 'first'
  api.fault = ({ authorization }) =>
    authorization === `Bearer ${token}` ? undefined : { kind: 'refuse', status: 401, reason: 'Unauthorized' }
})

afterEach(async () => {
  // Those who ask before those who answer.
  for (const close of closing.splice(0).reverse()) await close()
  await rm(dir, { recursive: true, force: true })
}, 60_000)

function put(...objects: readonly Raw[]): void {
  for (const object of objects) api.put(PATHS.get(object.kind) ?? '', object)
}

/** HTTPS, with a CA of its own in `dir`. */
async function secure(ca = 'ca'): Promise<string> {
  const folder = join(dir, ca)
  await ensureSelfSigned(folder, ['127.0.0.1'], Date.now())
  const read = (file: string) => readFile(join(folder, file))
  const { url, close } = await api.listen({ cert: await read('tls.crt'), key: await read('tls.key') })
  closing.push(close)
  return url
}

async function kubeconfig(server: string, user: object, cluster: object = { 'certificate-authority': 'ca/ca.crt' }): Promise<string> {
  const file = join(dir, 'kubeconfig')
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    clusters: [{ name: 'c', cluster: { server, ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [
      { name: 'here', context: { cluster: 'c', user: 'u' } },
      { name: 'nobody', context: { cluster: 'c' } },
    ],
  }
  await writeFile(file, JSON.stringify(config))
  return file
}

/** The statuses of one request after the other, all on one connection object. */
function requester(file: string, clock = new FakeClock()) {
  const connection = new HttpApiConnection(() => apiTarget({ from: 'kubeconfig', file, context: undefined }), clock)
  closing.push(async () => connection.close())
  return async () => {
    const { status, body } = await connection.get('/api/v1/namespaces', 'application/json', new AbortController().signal)
    for await (const _ of body);
    return status
  }
}

describe('credentials', () => {
  it('a token file is read again after a 401, and every minute', async () => {
    await writeFile(join(dir, 'token'), 'first\n')
    const clock = new FakeClock()
    const request = requester(await kubeconfig(await secure(), { tokenFile: 'token' }), clock)
    expect(await request()).toBe(200)
    token = 'second'
    await writeFile(join(dir, 'token'), 'second\n')
    expect(await request()).toBe(401)
    expect(await request()).toBe(200)
    await writeFile(join(dir, 'token'), 'third\n')
    await clock.advance(61_000)
    token = 'third'
    expect(await request()).toBe(200)
  })

  it('an exec plugin is asked, and again after a 401', async () => {
    const plugin = join(dir, 'plugin.sh')
    const says = (text: string) => `#!/bin/sh\necho '{"status": {"token": "${text}"}}'\n`
    await writeFile(plugin, says('first'))
    await chmod(plugin, 0o755)
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, interactiveMode: 'Never' }
    const request = requester(await kubeconfig(await secure(), { exec }))
    expect(await request()).toBe(200)
    token = 'second'
    await writeFile(plugin, says('second'))
    expect(await request()).toBe(401)
    expect(await request()).toBe(200)
  })

  it('a new CA is trusted without a restart', async () => {
    const clock = new FakeClock()
    const file = await kubeconfig(await secure(), { token: 'first' })
    const request = requester(file, clock)
    expect(await request()).toBe(200)
    const url = await secure('other')
    await kubeconfig(url, { token: 'first' })
    await clock.advance(61_000)
    await expect(request()).rejects.toThrow(/certificate|signature/)
    await kubeconfig(url, { token: 'first' }, { 'certificate-authority': 'other/ca.crt' })
    await clock.advance(61_000)
    expect(await request()).toBe(200)
  })

  it('are not sent over plain HTTP', async () => {
    const { url, close } = await api.listen()
    closing.push(close)
    expect(await requester(await kubeconfig(url, { token: 'first' }))()).toBe(401)
    expect(api.requests.map(({ authorization }) => authorization)).toEqual([undefined])
  })

  it.each([
    ['no file', 'missing', undefined, /missing: does not exist$/],
    ['an unknown context', 'kubeconfig', 'there', /kubeconfig: no context "there" with a cluster$/],
    ['a context without a user', 'kubeconfig', 'nobody', /kubeconfig: the context "nobody" names no user of the file$/],
    ['a file of another kind', 'other', undefined, /other: /],
  ])('%s is named', async (_name, name, context, message) => {
    await kubeconfig('https://127.0.0.1:1', { token: 'first' })
    await writeFile(join(dir, 'other'), '- 1\n')
    await expect(apiTarget({ from: 'kubeconfig', file: join(dir, name), context })).rejects.toThrow(message)
  })

  it('of an exec plugin that fails are named', async () => {
    const file = await kubeconfig(await secure(), { exec: { command: 'sh', args: ['-c', 'echo log in first >&2; exit 1'] } })
    await expect(apiTarget({ from: 'kubeconfig', file, context: undefined })).rejects.toThrow(/no credentials: log in first$/)
  })
})

describe('what serve follows', () => {
  it.each([
    [[], {}, 'manifests'],
    [[], { KUBERNETES_SERVICE_HOST: '10.0.0.1' }, 'in-cluster'],
    [['--manifests', 'x'], { KUBERNETES_SERVICE_HOST: '10.0.0.1' }, 'manifests'],
    [['--kubeconfig', 'x'], { KUBERNETES_SERVICE_HOST: '10.0.0.1' }, 'kubeconfig'],
  ])('%j in %j: %s', (args, env, from) => {
    expect(parseServeOptions(args, env)?.view.from).toBe(from)
  })

  it.each([
    [['--manifests', 'x', '--kubeconfig', 'y'], '--manifests and --kubeconfig exclude each other: there is one view'],
    [['--context', 'x'], '--context goes with --kubeconfig'],
  ])('%j is refused', (args, message) => {
    expect(() => parseServeOptions(args, {})).toThrow(message)
  })
})

const cluster = [...gatewayOf('kgateway'), namespace('shop'), platformRoot([granting(prefix('/shop'), to('shop/cart'))])]

describe('lanekeeper check --kubeconfig', () => {
  function check(...args: string[]): Promise<CliRun> {
    return runCli(['check', ...args], JSON.stringify(route('shop/cart', { rules: [serving(prefix('/other'))] })))
  }

  it('judges against the cluster, as it is now', async () => {
    put(...cluster)
    const file = await kubeconfig(await secure(), { token: 'first' })
    const { code, out, err } = await check('-', '--kubeconfig', file)
    expect(err).toBe('')
    expect(out).toContain('LK101')
    expect(code).toBe(1)
    expect(api.requests.every(({ watch }) => !watch)).toBe(true)
  })

  it('exits 2 for a cluster that refuses, and judges nothing', async () => {
    const file = await kubeconfig(await secure(), { token: 'wrong' })
    expect(await check('-', '--kubeconfig', file)).toEqual({
      code: 2,
      out: '',
      err: "lanekeeper: the cluster can't be read: httproutes can't be listed: HTTP 401 Unauthorized: says the fake\n",
    })
  })

  it('exits 2 for an object in it that cannot be read', async () => {
    put(...cluster, route('shop/odd', { rules: 3 }))
    const { code, err } = await check('-', '--kubeconfig', await kubeconfig(await secure(), { token: 'first' }))
    expect({ code, err }).toEqual({ code: 2, err: 'the cluster: HTTPRoute shop/odd: spec.rules: must be a list, not the number 3\n' })
  })

  it('takes one thing to judge against', async () => {
    expect((await check('-', '--kubeconfig', 'x', '--against', 'y')).err).toContain(
      '--against and --kubeconfig exclude each other: both say what is there already',
    )
  })
})

describe('lanekeeper serve --kubeconfig', () => {
  interface Serving {
    out: string
    err: string
    readonly exited: Promise<unknown>
    readonly stop: () => Promise<unknown>
  }

  function serve(file: string): Serving {
    const args = ['serve', '--listen', '127.0.0.1:0', '--metrics-listen', '127.0.0.1:0', '--certs-dir', join(dir, 'certs')]
    const child = spawn(process.execPath, [join(ROOT, 'src/cli/main.ts'), ...args, '--kubeconfig', file], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'], HOME: dir },
    })
    const exited = once(child, 'exit').then(([code]: unknown[]) => code)
    const stop = () => {
      child.kill('SIGINT')
      return exited
    }
    closing.push(async () => void (await stop()))
    const running: Serving = { out: '', err: '', exited, stop }
    child.stdout.on('data', (chunk) => (running.out += String(chunk)))
    child.stderr.on('data', (chunk) => (running.err += String(chunk)))
    return running
  }

  async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const end = Date.now() + 40_000
    while (!(await condition())) {
      if (Date.now() > end) throw new Error('it never happened')
      await new Promise((done) => setTimeout(done, 50))
    }
  }

  const probesOf = (running: Serving) => /http:\/\/[\d.]+:\d+/.exec(running.out)?.[0] ?? ''

  it('is fed by the API server, and tells how that fares', async () => {
    put(...cluster, route('shop/odd', { rules: 3 }))
    const running = serve(await kubeconfig(await secure(), { token: 'first' }))
    await until(() => running.out.includes('CA file'))
    expect(running.out).toMatch(/^ {2}cluster {4}.*kubeconfig$/m)
    expect(running.out).toContain('1 HTTPRoute, 1 Gateway, 1 Namespace, 0 policies, 1 problem\n')
    expect(running.out).toContain('HTTPRoute shop/odd: spec.rules: must be a list')
    const probes = probesOf(running)
    expect(await (await fetch(`${probes}/readyz`)).text()).toBe('[+] running ok\n[+] certificate ok\n[+] cluster ok\nready\n')
    put(route('shop/cart', {}))
    const metrics = async () => (await fetch(`${probes}/metrics`)).text()
    await until(async () => (await metrics()).includes('lanekeeper_view_objects{kind="HTTPRoute"} 2'))
    const text = await metrics()
    expect(text).toMatch(/^lanekeeper_view_last_contact_seconds\{kind="DelegationPolicy"\} \d/m)
    expect(text).toContain('lanekeeper_view_relists_total{kind="HTTPRoute"} 0')
    expect(text).toContain('lanekeeper_view_watch_restarts_total{kind="Namespace"} 0')
    expect(text).toContain('lanekeeper_view_unreadable_objects{kind="HTTPRoute"} 1')
    expect(await running.stop()).toBe(0)
  })

  it('judges nothing before everything was read', async () => {
    const authorized = api.fault
    api.fault = (request) =>
      request.path.endsWith('/gateways') ? { kind: 'refuse', status: 403, reason: 'Forbidden' } : authorized(request)
    put(...cluster)
    const running = serve(await kubeconfig(await secure(), { token: 'first' }))
    await until(() => running.out.includes('CA file'))
    expect(running.out).toContain('not complete yet: ')
    const readyz = () => fetch(`${probesOf(running)}/readyz`)
    await until(async () =>
      (await (await readyz()).text()).includes('[-] cluster: Gateway not listed yet (HTTP 403 Forbidden: says the fake)'),
    )
    expect((await readyz()).status).toBe(503)
    api.fault = authorized
    await until(async () => (await readyz()).status === 200)
  })

  it('says why it cannot start', async () => {
    const running = serve(join(dir, 'none'))
    expect(await running.exited).toBe(1)
    await until(() => running.err.includes('does not exist'))
    expect(running.err).toMatch(/^lanekeeper: no cluster to follow: .*none: does not exist\n/)
  })
})
