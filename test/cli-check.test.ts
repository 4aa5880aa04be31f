import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import Ajv from 'ajv/dist/2020.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type JudgedRoute, judgeManifests } from '../src/cli/check-judge.ts'
import { type CheckResult, checkResult } from '../src/cli/check-result.ts'
import { checkText } from '../src/cli/check-text.ts'
import { loadManifests } from '../src/cluster/manifests.ts'
import { violation } from './server-fixtures.ts'
import { runCli } from './tools/run-cli.ts'

const EXAMPLES = relative('', resolve(import.meta.dirname, '../examples/verticals'))
const CLUSTER = join(EXAMPLES, 'cluster')
const schema: object = JSON.parse(readFileSync(resolve(import.meta.dirname, '../docs/check-result.schema.json'), 'utf8'))
const isCheckResult = new Ajv.Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema)

function schemaErrors(value: unknown): unknown[] {
  return isCheckResult(value) ? [] : (isCheckResult.errors ?? [])
}

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lanekeeper-check-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

/** A child of the example's parent; `path` in YAML. */
function child(path: string, name = 'cards'): string {
  return `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: ${name}
  namespace: banking
  labels: {delegation.kgateway.dev/label: banking-bff}
spec:
  parentRefs:
  - {group: gateway.networking.k8s.io, kind: HTTPRoute, name: parent, namespace: kgateway-system}
  rules:
  - matches:
    - path:
        type: PathPrefix
        value: ${path}
    backendRefs: [{name: cards, port: 8080}]
`
}

async function write(name: string, text: string): Promise<string> {
  const file = join(dir, name)
  await writeFile(file, text)
  return file
}

describe('check', () => {
  it('is silent about a good route, and counts it', async () => {
    const file = await write('good.yaml', child('/banking/cards'))
    expect(await runCli(['check', file, '--against', CLUSTER])).toEqual({
      code: 0,
      out: '1 route checked: 0 denied, 0 with warnings\n',
      err: '',
    })
  })

  it('prints file, line, action and message of a bad one, and fails', async () => {
    const file = await write('bad.yaml', child('/payments'))
    const { code, out } = await runCli(['check', file, '--against', CLUSTER])
    expect(code).toBe(1)
    const [name, place, message, empty, summary] = out.split('\n')
    expect(name).toBe(file)
    expect(place).toBe('  14: deny HTTPRoute banking/cards')
    expect(message).toMatch(
      /^ {4}LK101 PathOutsideGrant at spec\.rules\[0\]\.matches\[0\]\.path\.value: .* https:\/\/lanekeeper\.dev\/checks\/LK101$/,
    )
    expect(empty).toBe('')
    expect(summary).toBe('1 route checked: 1 denied, 0 with warnings')
  })

  it('prints JSON as its schema says', async () => {
    const file = await write('bad.yaml', child('/payments'))
    const { code, out } = await runCli(['check', file, '--against', CLUSTER, '--output', 'json'])
    expect(code).toBe(1)
    const result: unknown = JSON.parse(out)
    expect(schemaErrors(result)).toEqual([])
    expect(result).toMatchObject({
      summary: { routes: 1, denied: 1, warned: 0 },
      results: [
        {
          code: 'LK101',
          name: 'PathOutsideGrant',
          action: 'Deny',
          route: { namespace: 'banking', name: 'cards' },
          field: 'spec.rules[0].matches[0].path.value',
          value: '/payments',
          file,
          line: 14,
          column: 16,
        },
      ],
    })
  })

  it('reads standard input, with a default namespace', async () => {
    const text = child('/payments').replace('  namespace: banking\n', '')
    const { out } = await runCli(['check', '-', '--against', CLUSTER, '-n', 'banking', '--output', 'json'], text)
    expect(JSON.parse(out)).toMatchObject({ results: [{ file: '<stdin>', line: 13, route: { namespace: 'banking' } }] })
  })

  it('takes PATH itself for the cluster: a parent after its child is found', async () => {
    await write('a-child.yaml', child('/banking/cards'))
    await write('b-platform.yaml', readFileSync(join(CLUSTER, 'platform.yaml'), 'utf8'))
    const { code, err } = await runCli(['check', dir])
    expect({ code, err }).toEqual({ code: 0, err: '' })
  })

  it('judges GRPCRoutes beside HTTPRoutes of their name, each against its own old version', async () => {
    const grpc = (service: string) => `apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: cards, namespace: banking}
spec:
  parentRefs: [{name: http, namespace: kgateway-system}]
  rules:
  - matches:
    - method: {type: RegularExpression, service: "${service}"}
`
    const file = await write('both.yaml', `${child('/banking/cards')}---\n${grpc('Cards(')}`)
    const { code, out } = await runCli(['check', file, '--against', CLUSTER, '--output', 'json'])
    expect(code).toBe(1)
    const result: unknown = JSON.parse(out)
    expect(schemaErrors(result)).toEqual([])
    expect(result).toMatchObject({ summary: { routes: 2, denied: 1 } })
    const { results }: CheckResult = JSON.parse(out)
    expect(results.map(({ code: found, route, field, line }) => `${line} ${route.kind} ${route.name} ${found} ${field}`)).toEqual([
      '21 GRPCRoute cards LK302 spec.parentRefs[0]',
      '24 GRPCRoute cards LK105 spec.rules[0].matches[0].method',
      '21 GRPCRoute cards LK304 spec.parentRefs[0]',
    ])
    expect((await runCli(['check', file, '--against', CLUSTER])).out).toContain('24: deny GRPCRoute banking/cards\n')
    const old = await write('old.yaml', grpc('Cards('))
    expect((await runCli(['check', file, '--against', CLUSTER, '--against', old])).code).toBe(0)
  })

  it('judges an UPDATE of the same-named object, so that what was bad before only warns', async () => {
    const old = await write('old.yaml', child('/payments'))
    const platform = join(CLUSTER, 'platform.yaml')
    const changed = await write(
      'new.yaml',
      child('/payments').replace('port: 8080', 'port: 9090').replace('name: cards, port', 'name: wallet, port'),
    )
    const update = await runCli(['check', changed, '--against', platform, '--against', old, '--output', 'json'])
    expect(update.code).toBe(0)
    expect(JSON.parse(update.out)).toMatchObject({ summary: { denied: 0, warned: 1 }, results: [{ code: 'LK101', action: 'Warn' }] })
    expect((await runCli(['check', changed, '--against', platform])).code).toBe(1)
    expect((await runCli(['check', changed, '--against', platform, '--against', old, '--fail-on', 'warn'])).code).toBe(1)
  })

  it('lets a policy of PATH replace the one of its name', async () => {
    const policy = (mode: string) =>
      `apiVersion: lanekeeper.dev/v1alpha1\nkind: DelegationPolicy\nmetadata: {name: verticals}\nspec: {mode: ${mode}}\n`
    const file = await write('bad.yaml', `${child('/payments')}---\n${policy('Audit')}`)
    const { code, out } = await runCli(['check', file, '--against', CLUSTER, '--output', 'json', '--fail-on', 'warn'])
    expect(code).toBe(0)
    expect(JSON.parse(out).results.map((finding: { action: string }) => finding.action)).toEqual(['Audit'])
  })

  it('prints problems as file:line: message; they win over findings, which are printed all the same', async () => {
    await write('bad.yaml', child('/payments'))
    await write('broken.yaml', child('/banking/x', 'other').replace('matches:', 'match:'))
    const { code, out, err } = await runCli(['check', dir, '--against', CLUSTER])
    expect(code).toBe(2)
    expect(err).toBe(`${join(dir, 'broken.yaml')}:11: spec.rules[0].match: unknown key "match", did you mean "matches"?\n`)
    expect(out).toContain('LK101')
  })

  it.each([
    ['a path that is not there', ['check', 'nowhere.yaml'], 'nowhere.yaml: does not exist\n'],
    ['no path', ['check'], 'lanekeeper: name what to judge: a file, a directory, or - for standard input\nSee: lanekeeper check --help\n'],
    [
      'an unknown flag',
      ['check', 'x', '--agianst', 'y'],
      'lanekeeper: unknown option --agianst; did you mean --against?\nSee: lanekeeper check --help\n',
    ],
    ['a far-off flag', ['check', 'x', '--zzzzzzzzz'], 'lanekeeper: unknown option --zzzzzzzzz\nSee: lanekeeper check --help\n'],
    [
      'an unknown output',
      ['check', 'x', '--output', 'xml'],
      'lanekeeper: --output must be one of text, json, sarif, junit, not "xml"\nSee: lanekeeper check --help\n',
    ],
    [
      'an unknown bar',
      ['check', 'x', '--fail-on', 'all'],
      'lanekeeper: --fail-on must be one of deny, warn, not "all"\nSee: lanekeeper check --help\n',
    ],
    ['a dry run of nothing', ['check', 'x', '--dry-run'], 'lanekeeper: --dry-run goes with --fix\nSee: lanekeeper check --help\n'],
    [
      'a repair of standard input',
      ['check', '-', '--fix'],
      'lanekeeper: --fix changes files: standard input is none\nSee: lanekeeper check --help\n',
    ],
    [
      'a diff in another format',
      ['check', 'x', '--fix', '--dry-run', '--output', 'json'],
      'lanekeeper: --dry-run prints a diff, not json\nSee: lanekeeper check --help\n',
    ],
    [
      'changes of standard input',
      ['check', '-', '--changed-since', 'main'],
      'lanekeeper: --changed-since is about files: standard input is none\nSee: lanekeeper check --help\n',
    ],
    [
      'standard input twice',
      ['check', '-', '--against', '-'],
      'lanekeeper: standard input can be read only once\nSee: lanekeeper check --help\n',
    ],
  ])('exits 2 for %s', async (_name, args, err) => {
    expect(await runCli(args)).toMatchObject({ code: 2, err })
  })

  it.each([
    ['a folder that is not there', ['missing'], ['missing: does not exist']],
    ['a folder without a file', ['empty'], ['empty: holds no Kubernetes object in any .yaml, .yml or .json file']],
    ['a file of comments', ['comments.yaml'], ['comments.yaml: holds no Kubernetes object']],
    ['a file that is not UTF-8, in a folder', ['latin'], ['latin/a.yaml: is not UTF-8 text']],
    [
      'several of them',
      ['good.yaml', 'missing', 'comments.yaml'],
      ['missing: does not exist', 'comments.yaml: holds no Kubernetes object'],
    ],
  ])('judges nothing against %s', async (_name, against, lines) => {
    await write('good.yaml', child('/banking/cards'))
    await write('comments.yaml', '# nothing\n---\n')
    await mkdir(join(dir, 'empty'))
    await mkdir(join(dir, 'latin'))
    await writeFile(join(dir, 'latin/a.yaml'), Buffer.from('# na\u00EFve\n', 'latin1'))
    const args = against.flatMap((path) => ['--against', join(dir, path)])
    const err = lines.map((line) => `lanekeeper: --against ${join(dir, line)}\n`).join('')
    expect(await runCli(['check', join(dir, 'good.yaml'), ...args])).toEqual({ code: 2, out: '', err })
    expect(await runCli(['diff', join(dir, 'empty'), join(dir, 'empty'), ...args])).toEqual({ code: 2, out: '', err })
  })

  it.each([
    ['tree', ['tree', 'missing']],
    ['explain', ['explain', 'GET', 'a.test/', 'missing']],
    ['audit', ['audit', 'missing']],
    ['diff', ['diff', 'missing', EXAMPLES]],
  ])('%s says nothing about what is not there', async (_name, args) => {
    expect(await runCli(args)).toEqual({ code: 2, out: '', err: 'lanekeeper: missing: does not exist\n' })
  })

  it.each([
    ['no such file', undefined, 'does not exist'],
    ['a folder', 'folder', 'is a directory'],
    ['no YAML', 'a: [\nusers: secret', 'is no YAML: deficient indentation (2:1)'],
    ['nothing', '', 'is no YAML: expected a document, but the input is empty'],
    ['a list', '- 1\n', 'no current-context: name one with --context'],
    ['no current context', 'apiVersion: v1\nkind: Config\n', 'no current-context: name one with --context'],
    ['an unknown context', 'current-context: there\n', 'no context "there" with a cluster'],
    ['half a cluster', 'clusters:\n- name: a\n', 'clusters[0].cluster is missing'],
  ])('judges nothing by a kubeconfig that is %s', async (_name, text, reason) => {
    const file = join(dir, 'config')
    if (text === 'folder') await mkdir(file)
    else if (text !== undefined) await writeFile(file, text)
    const expected = { code: 2, out: '', err: `lanekeeper: kubeconfig ${file}: ${reason}\n` }
    expect(await runCli(['check', CLUSTER, '--kubeconfig', file])).toEqual(expected)
    expect(await runCli(['audit', '--kubeconfig', file])).toEqual(expected)
  })

  const NO_OBJECT = 'holds no Kubernetes object'
  const NO_ROUTE = 'no HTTPRoute and no GRPCRoute found: nothing was judged\n'

  it.each([
    ['other kinds: a warning', { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n' }, [''], 0, [NO_ROUTE]],
    ['a List of nothing, as kubectl get prints it', { 'a.yaml': 'apiVersion: v1\nkind: List\nitems: []\n' }, [''], 0, [NO_ROUTE]],
    ['no file', {}, [''], 2, [`: ${NO_OBJECT} in any .yaml, .yml or .json file\n`]],
    ['other tools’ files only', { 'package.json': '{"name": "a"}\n' }, [''], 2, [`: ${NO_OBJECT} in any .yaml, .yml or .json file\n`]],
    ['an empty file by name', { 'a.yaml': '' }, ['/a.yaml'], 2, [`/a.yaml: ${NO_OBJECT}\n`]],
    [
      'a wrong folder beside the right one',
      { 'a/good.yaml': child('/banking/cards'), 'b/x': '' },
      ['/a', '/b'],
      2,
      [`/b: ${NO_OBJECT} in any .yaml, .yml or .json file\n`],
    ],
    ['a file named twice', { 'good.yaml': child('/banking/cards') }, ['', '/good.yaml'], 0, []],
  ] as const)('tells the wrong folder from one without routes: %s', async (_name, files, paths, code, err) => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(join(dir, name, '..'), { recursive: true })
      await write(name, text)
    }
    const places = err.map((line) => (line === NO_ROUTE ? line : `${dir}${line}`))
    const run = await runCli(['check', ...paths.map((path) => `${dir}${path}`), '--against', CLUSTER])
    expect({ code: run.code, err: run.err }).toEqual({ code, err: places.join('') })
  })

  it('takes empty standard input for a mistake: what should have filled it failed', async () => {
    expect(await runCli(['check', '-'], '')).toMatchObject({ code: 2, err: `<stdin>: ${NO_OBJECT}\n` })
  })

  it('skips what is no manifest beside manifests, but not when it is named', async () => {
    await write('values.yaml', 'replicas: 2\n')
    await write('child.yaml', child('/banking/cards'))
    await mkdir(join(dir, 'templates'))
    expect((await runCli(['check', dir, '--against', CLUSTER])).code).toBe(0)
    expect((await runCli(['check', join(dir, 'values.yaml')])).code).toBe(2)
  })

  it('leaves Ctrl-C to the system, which ends it at once whatever it is busy with', async () => {
    const listeners: unknown[] = []
    await runCli(['check', CLUSTER], '', { onSignal: (listener) => listeners.push(listener) })
    expect(listeners).toEqual([])
  })

  it('shows progress only to who watches, and wipes it', async () => {
    const many = Array.from({ length: 3_000 }, (_, index) => child(`/banking/${index}`, `cards-${index}`)).join('---\n')
    const file = await write('many.yaml', many)
    expect((await runCli(['check', file, '--against', CLUSTER])).err).toBe('')
    const { err } = await runCli(['check', file, '--against', CLUSTER], '', { interactive: true })
    // None at all where the machine is quick.
    expect(err.replaceAll('\u001b', 'ESC')).toMatch(/^((\r\d+ of 3000 judged)+\rESC\[K)?$/)
  })
})

describe('what findings become', () => {
  const region = { line: 7, column: 9, endLine: 7, endColumn: 12 }
  const { objects } = loadManifests([{ file: 'a.yaml', text: `${child('/a', 'one')}---\n${child('/b', 'two')}` }], {
    defaultNamespace: 'default',
  })
  const routes = objects.flatMap(({ object }) => (object.kind === 'HTTPRoute' ? [object.value] : []))

  function judgedWith(...changes: Parameters<typeof violation>[0][]): JudgedRoute[] {
    const route = routes[0]
    if (route === undefined) throw new Error('no route')
    const findings = changes.map((change) => ({ violation: violation(change), region, harmedAt: [] }))
    return [{ route, file: 'a.yaml', line: 1, index: 0, findings, patches: [] }]
  }

  it('has every key, null where there is nothing, and fits the schema', () => {
    const witness = { method: 'GET', host: 'api.example.com', path: '/x', headers: { a: 'b' }, query: {} }
    const result = checkResult(
      judgedWith({ witness }, { action: 'Warn', value: undefined, grant: undefined }, { action: 'Audit' }, { action: 'Patch' }),
    )
    expect(schemaErrors(JSON.parse(JSON.stringify(result)))).toEqual([])
    expect(result.summary).toEqual({ routes: 1, denied: 1, warned: 1 })
    expect(result.results.map(({ action }) => action)).toEqual(['Deny', 'Warn', 'Audit', 'Patch'])
    expect(result.results[1]).toMatchObject({ value: null, grant: null, witness: null })
  })

  it('keeps escape sequences of a manifest from the terminal, and colours on demand', () => {
    const judged = judgedWith({ message: 'red \u001b[31m alert' })
    const messages = { docsBase: 'https://example.com' }
    expect(checkText(judged, messages, false)).not.toContain('\u001b')
    expect(checkText(judged, messages, true)).toContain('\u001b[31mdeny\u001b[39m')
  })

  it('judges routes whose names are yet to be chosen one by one', () => {
    const nameless = child('/payments').replace('  name: cards\n', '  generateName: cards-\n')
    const submitted = loadManifests([{ file: 'a.yaml', text: `${nameless}---\n${nameless}` }], { defaultNamespace: 'default' })
    expect(submitted.problems).toEqual([])
    expect(judgeManifests({ objects: [], policies: [] }, submitted, { now: 0, includes: () => true, onProgress: () => {} })).toHaveLength(2)
  })
})
