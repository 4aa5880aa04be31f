import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { prefix, route, serving } from '../manifest-fixtures.ts'
import { binary } from './binaries.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { freePort } from './free-port.ts'
import { installGatewayApi } from './gateway-api.ts'
import { installChart, startReplica } from './installation.ts'
import { environment, kubectl, kubectlOk } from './kubectl.ts'
import { type Serving, untilAsked } from './lanekeeper.ts'
import { type Finished, runProgram } from './run-program.ts'
import { giveNamespaces } from './users.ts'

// The commands of the pages, in their order, as they stand there.

const ROOT = resolve(import.meta.dirname, '../..')
const README = await readFile(join(ROOT, 'README.md'), 'utf8')
const RUNBOOK = await readFile(join(ROOT, 'docs/runbook.md'), 'utf8')
const CHART_PAGE = await readFile(join(ROOT, 'charts/lanekeeper/README.md'), 'utf8')

/** Nothing answers to them without nodes. docs/unproven.md has them. */
const NEEDS_NODES = [/^helm test /, / rollout status /, / get pods$/, / logs /, / port-forward /, /^curl .*127\.0\.0\.1:8080/]

/** What these print, by a part of the command. */
const PRINTED: readonly (readonly [string, RegExp])[] = [
  ['caBundle', /^LS0tLS\S+ LS0tLS\S+$/],
  ['get delegationpolicies', /^verticals /m],
]

let plane: ControlPlane
let folder: string
let webhook: string
let replica: Serving | undefined
beforeAll(async () => {
  plane = await startControlPlane({ tenants: ['shop'] })
  await installGatewayApi(plane, { version: '1.6', channel: 'standard' })
  await giveNamespaces(plane, 'shop', ['shop'])
  webhook = `https://127.0.0.1:${await freePort()}`
  folder = join(plane.folder, 'pages')
  await mkdir(join(folder, 'bin'), { recursive: true })
  for (const name of ['helm', 'kubectl'] as const) await symlink(await binary(name), join(folder, 'bin', name))
  for (const name of ['charts', 'examples']) await symlink(join(ROOT, name), join(folder, name))
  await writeFile(join(folder, 'route.yaml'), stringify(route('shop/cart', { rules: [serving(prefix('/'))] })))
  await writeFile(join(folder, 'policies.yaml'), stringify({ policies: { all: { mode: 'Audit' } } }))
})
afterAll(async () => {
  await replica?.stop()
  await plane?.stop()
})

/** The lines of the page's shell blocks, in the section that begins with this heading, or in all. */
function commands(page: string, heading = ''): string[] {
  const section = heading === '' ? page : (page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '')
  return [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap((block) => (block[1] ?? '').trim().split('\n'))
}

const canRun = (command: string) => !NEEDS_NODES.some((pattern) => pattern.test(command))

/** As typed by the admin, who is "shop" by name. To an installation is added where the process runs: there are no nodes. */
function typed(command: string): Promise<Finished> {
  const here = /^helm (?:install|upgrade) /.test(command) ? ` --set replicas=0 --set webhook.url=${webhook}` : ''
  const { PATH, ...env } = environment(plane.admin)
  return runProgram('sh', ['-c', command + here], { cwd: folder, env: { ...env, PATH: `${folder}/bin:${PATH}`, USER: 'shop' } })
}

/** Once, after the first installation. */
async function serve(): Promise<void> {
  replica ??= await startReplica(plane, { port: Number(new URL(webhook).port) })
  await untilAsked(plane, replica)
}

describe('README.md, Install', () => {
  const all = commands(README, 'Install')

  it('has the commands of a life: install, check, upgrade, break the glass, uninstall', () => {
    expect(all.map((command) => command.split(' ').slice(0, 2).join(' '))).toEqual([
      'helm install',
      'kubectl apply',
      'kubectl --namespace',
      'helm test',
      'kubectl get',
      'kubectl get',
      'kubectl apply',
      'helm upgrade',
      'helm upgrade',
      'kubectl apply',
      'kubectl delete',
      'helm uninstall',
      'kubectl delete',
    ])
  })

  it.each(all.filter(canRun))('%s', async (command) => {
    const { code, stdout, stderr } = await typed(command)
    const said = stderr.replaceAll(/^Warning: .*\n/gm, '')
    // The route names no parent, which the policy of the page denies: it is judged, until the glass is broken.
    const isJudged = command.includes('--dry-run=server')
    const denied = expect.stringContaining('HTTPRoute shop/cart denied: 1 violation\nLK205 ConsentMissing at ')
    expect({ code, said }).toEqual(isJudged ? { code: 1, said: denied } : { code: 0, said: '' })
    if (command.startsWith('helm install')) await serve()
    expect(stdout).toMatch(PRINTED.find(([part]) => command.includes(part))?.[1] ?? '')
  })

  it('leaves nothing that judges, and no CRD', async () => {
    expect(await kubectlOk(plane.admin, ['get', 'validatingwebhookconfigurations', '--output', 'name'])).toBe('')
    expect((await kubectl(plane.admin, ['get', 'delegationpolicies'])).code).toBe(1)
  })
})

describe('the pages for operators', () => {
  beforeAll(async () => {
    await replica?.stop()
    replica = undefined
    await installChart(plane, webhook, { 'webhook.breakGlassGroup': 'lanekeeper:break-glass' })
    await serve()
  })

  const upgrade = commands(CHART_PAGE).filter((command) => command.startsWith('helm upgrade'))
  // The webhook is the last to be removed: the other commands look at it.
  const runbook = commands(RUNBOOK).toSorted((a, b) => Number(a.includes('delete')) - Number(b.includes('delete')))
  const inline = [...RUNBOOK.matchAll(/`(kubectl (?:auth|get validating)[^`]*)`/g)].map((match) => match[1] ?? '')

  it('have commands', () => {
    expect([upgrade.length, runbook.length > 3, inline.length]).toEqual([1, true, 3])
  })

  it.each([...upgrade, ...inline, ...runbook].filter(canRun))('%s', async (command) => {
    const { code, stderr } = await typed(command)
    expect({ code, stderr: stderr.replaceAll(/^Warning: .*\n/gm, '') }).toEqual({ code: 0, stderr: '' })
  })
})
