import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseAuditOptions } from '../src/cli/audit-options.ts'
import type { AuditResult } from '../src/cli/audit-result.ts'
import { parseServeOptions } from '../src/cli/serve-options.ts'
import { SYSTEM_CLOCK } from '../src/cluster/clock.ts'
import { pathOf, WATCHED_KINDS } from '../src/cluster/watched-kinds.ts'
import { FakeApiServer } from './fake-api-server.ts'
import {
  delegationPolicy,
  gatewayOf,
  granting,
  grpcRoute,
  listText,
  namespace,
  ON_EDGE,
  PLATFORM_HOST,
  parentRef,
  platformRoot,
  prefix,
  type Raw,
  regex,
  route,
  serving,
  to,
} from './manifest-fixtures.ts'
import { type CliRun, runCli } from './tools/run-cli.ts'

/** Without it the parent gets a finding of its own. */
const PARENT_WINS = { 'kgateway.dev/inherited-policy-priority': 'DeepMergePreferParent' }
const PARENT = platformRoot([granting(prefix('/shop'), to('shop/*'))])
const PLATFORM: readonly Raw[] = [
  ...gatewayOf('kgateway'),
  namespace('shop'),
  { ...PARENT, metadata: { ...PARENT.metadata, annotations: PARENT_WINS } },
]
const child = (name: string, path: ReturnType<typeof prefix>) =>
  route(`shop/${name}`, { parentRefs: [parentRef('infra/parent')], rules: [serving(path)] })
const BAD = child('bad', regex('/shop|/bank/.*'))
const DIRECT = { parentRefs: [ON_EDGE], hostnames: [PLATFORM_HOST] }
const MODE_AUDIT = delegationPolicy({ mode: 'Audit' })

const FINDING =
  'LK103 RegexEscapesGrant at spec.rules[0].matches[0].path.value: regex "/shop|/bank/.*" also matches GET /bank/ but infra/parent ' +
  'spec.rules[0] grants PathPrefix /shop. Write "/shop(/.*)?", or ask the owner of infra/parent for more. https://lanekeeper.dev/checks/LK103'

const isAuditResult = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(resolve(import.meta.dirname, '../docs/audit-result.schema.json'), 'utf8')),
)

function schemaErrors(result: unknown): readonly object[] {
  isAuditResult(result)
  return isAuditResult.errors ?? []
}

function audit(objects: readonly Raw[], ...args: string[]): Promise<CliRun> {
  return runCli(['audit', ...args], listText(objects))
}

describe('lanekeeper audit', () => {
  it('lists what is wrong with what is there, with a request that shows it', async () => {
    expect(await audit([...PLATFORM, child('good', prefix('/shop')), BAD], '-')).toEqual({
      code: 1,
      out: `HTTPRoute shop/bad
  deny ${FINDING}
    request: GET api.example.com/bank/

3 routes audited: 1 would be denied, 0 with warnings, 0 only reported
`,
      err: '',
    })
  })

  it('says what a policy that only reports would deny when it is enforced', async () => {
    const objects = [...PLATFORM, BAD, MODE_AUDIT]
    const reported = await audit(objects, '-')
    expect(reported.out).toContain(`  audit ${FINDING}`)
    expect(reported.out).toContain('2 routes audited: 0 would be denied, 0 with warnings, 1 only reported\n')
    expect(reported.code).toBe(0)
    const enforced = await audit(objects, '-', '--as-enforced')
    expect(enforced.out).toContain(`  deny ${FINDING}`)
    expect(enforced.code).toBe(1)
  })

  it('shows what an exception silences, and why', async () => {
    const exceptions = [{ namespace: 'shop', name: 'bad', checks: ['LK103'], reason: 'being replaced', expires: '2999-01-01T00:00:00Z' }]
    const { code, out } = await audit([...PLATFORM, BAD, delegationPolicy({ exceptions })], '-')
    expect(out).toContain(`  audit ${FINDING}\n    request: GET api.example.com/bank/\n    exception: being replaced\n`)
    expect(code).toBe(0)
  })

  it('names the other route of a pair, which a denial would not', async () => {
    const of = (place: string) => route(place, { parentRefs: [parentRef('infra/parent')], rules: [serving(prefix('/shop/cart'))] })
    const pair = [
      ...gatewayOf('kgateway'),
      platformRoot([granting(prefix('/shop'), to('shop/*'), to('bank/*'))]),
      of('bank/cart'),
      of('shop/cart'),
    ]
    const { out } = await audit(pair, '-')
    expect(out).toMatch(
      /^HTTPRoute shop\/cart\n {2}deny LK403 [^\n]*\n {4}request: GET api.example.com\/shop\/cart\n {4}other route: bank\/cart spec.rules\[0\].matches\[0\]$/m,
    )
    expect(out).not.toContain('HTTPRoute bank/cart')
    const { out: json } = await audit(pair, '-', '--output', 'json')
    const result: AuditResult = JSON.parse(json)
    const other = { route: 'bank/cart', field: 'spec.rules[0].matches[0]', witness: { method: 'GET', path: '/shop/cart' } }
    expect(result.results.filter(({ code }) => code === 'LK403')).toMatchObject([{ other }])
    expect(schemaErrors(result)).toEqual([])
  })

  it.each([
    ['an HTTPRoute', 'LK301', route('shop/direct', { ...DIRECT, rules: [serving(prefix('/help'))] })],
    ['a GRPCRoute', 'LK305', grpcRoute('shop/direct', { ...DIRECT, rules: [{ matches: [{ method: { service: 'help' } }] }] })],
  ])('takes the earlier in the files for the older: %s', async (_name, code, direct) => {
    const root = platformRoot([granting(prefix('/shop'), to('shop/*')), serving(prefix('/help'))])
    const isFound = async (...objects: readonly Raw[]) => (await audit([...gatewayOf('kgateway'), ...objects], '-')).out.includes(code)
    expect([await isFound(direct, root), await isFound(root, direct)]).toEqual([true, false])
  })

  it('prints JSON as its schema says', async () => {
    const { code, out } = await audit([...PLATFORM, BAD], '-', '--output', 'json')
    const result: AuditResult = JSON.parse(out)
    expect(code).toBe(1)
    expect(result.summary).toEqual({ routes: 2, denied: 1, warned: 0, audited: 0 })
    expect(result.results).toMatchObject([
      { code: 'LK103', action: 'Deny', route: { namespace: 'shop', name: 'bad' }, witness: { path: '/bank/' }, exception: null },
    ])
    expect(schemaErrors(result)).toEqual([])
    expect(schemaErrors({ ...result, extra: 1 })).toHaveLength(1)
  })

  it('--fail-on warn fails for a warning', async () => {
    const orphan = route('shop/orphan', { parentRefs: [parentRef('infra/none')], rules: [serving(prefix('/shop'))] })
    expect((await audit([...PLATFORM, orphan], '-')).code).toBe(0)
    expect((await audit([...PLATFORM, orphan], '-', '--fail-on', 'warn')).code).toBe(1)
  })

  it('names what can’t be read, and exits 2', async () => {
    const { code, out, err } = await audit([...PLATFORM, route('shop/odd', { rules: 3 })], '-')
    expect({ code, err }).toEqual({ code: 2, err: '<stdin>:1: spec.rules: must be a list, not the number 3\n' })
    expect(out).toContain('1 route audited')
  })
})

describe('of a cluster', () => {
  let dir: string
  let api: FakeApiServer
  let server: Awaited<ReturnType<FakeApiServer['listen']>>
  const paths = new Map(WATCHED_KINDS.map((watched): [string, string] => [watched.kind, pathOf(watched, watched.versions[0] ?? '')]))

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lanekeeper-audit-'))
    api = new FakeApiServer(SYSTEM_CLOCK, [...paths.values()])
    server = await api.listen()
    const config = {
      'current-context': 'here',
      clusters: [{ name: 'c', cluster: { server: server.url } }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
    }
    await writeFile(join(dir, 'kubeconfig'), JSON.stringify(config))
  })
  afterEach(async () => {
    await server.close()
    await rm(dir, { recursive: true, force: true })
  })

  it('lists the same', async () => {
    for (const object of [...PLATFORM, BAD]) api.put(paths.get(object.kind) ?? '', object)
    const { code, out, err } = await audit([], '--kubeconfig', join(dir, 'kubeconfig'))
    expect({ code, err }).toEqual({ code: 1, err: '' })
    expect(out).toContain(`HTTPRoute shop/bad\n  deny ${FINDING}\n`)
  })

  it('says why it can’t be read, and lists nothing', async () => {
    api.fault = () => ({ kind: 'refuse', status: 403, reason: 'Forbidden' })
    const { code, out, err } = await audit([], '--kubeconfig', join(dir, 'kubeconfig'))
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain("lanekeeper: the cluster can't be read: httproutes can't be listed: HTTP 403 Forbidden: says the fake\n")
  })
})

describe('options', () => {
  it.each([
    [['x'], {}, { from: 'manifests', paths: ['x'], namespace: 'default' }],
    [['--manifests', 'x', 'y'], { KUBERNETES_SERVICE_HOST: '10.0.0.1' }, { from: 'manifests', paths: ['y', 'x'], namespace: 'default' }],
    [['--kubeconfig', 'x', '--context', 'y'], {}, { from: 'kubeconfig', file: 'x', context: 'y' }],
    [[], { KUBERNETES_SERVICE_HOST: '10.0.0.1' }, { from: 'in-cluster', root: '' }],
  ])('audit %j in %j', (args, env, what) => {
    expect(parseAuditOptions(args, env)?.what).toEqual(what)
  })

  it.each([
    [[], 'name what to audit: manifests, or a cluster with --kubeconfig'],
    [['x', '--kubeconfig', 'y'], 'manifests and --kubeconfig exclude each other: both say what is there'],
    [['x', '--context', 'y'], '--context goes with --kubeconfig'],
    [['x', '--output', 'sarif'], '--output must be one of text, json, not "sarif"'],
  ])('audit %j is refused', (args, message) => {
    expect(() => parseAuditOptions(args, {})).toThrow(message)
  })

  it('serve --lease names a Lease, for a cluster alone', () => {
    expect(parseServeOptions(['--kubeconfig', 'x', '--lease', 'a/b'], {})?.lease).toEqual({ namespace: 'a', name: 'b' })
    expect(parseServeOptions([], {})?.lease).toBeUndefined()
    expect(() => parseServeOptions(['--lease', 'a/b'], {})).toThrow('--lease is for replicas that follow a cluster')
    expect(() => parseServeOptions(['--kubeconfig', 'x', '--lease', 'b'], {})).toThrow('--lease must be NAMESPACE/NAME, not "b"')
  })
})
