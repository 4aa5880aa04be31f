import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { ViewKind, ViewObject } from '../delegation/route.ts'
import { View } from '../delegation/view.ts'
import type { ManifestProblem } from './manifest-documents.ts'
import { ManifestsSource } from './manifest-watcher.ts'
import { objectKey } from './manifests.ts'

class RecordingView extends View {
  readonly held = new Map<string, ViewObject>()

  override put(object: ViewObject): void {
    this.held.set(objectKey(object) ?? '', object)
  }

  override remove(kind: ViewKind, namespace: string, name: string): void {
    this.held.delete(namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`)
  }

  /** `shop/a /x` for each route: its name and first path. */
  paths(): string[] {
    return [...this.held.values()].flatMap((object) =>
      object.kind === 'HTTPRoute' || object.kind === 'GRPCRoute'
        ? [`${object.value.namespace}/${object.value.name} ${object.value.rules[0]?.matches[0]?.path.value}`]
        : [],
    )
  }
}

let root = ''
let view = new RecordingView('files')
let source: ManifestsSource
let events: string[] = []

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'watched-'))
  view = new RecordingView('files')
  events = []
  const place = ({ line, field }: ManifestProblem) => `${line} ${field}`
  source = new ManifestsSource({
    paths: [root],
    view,
    defaultNamespace: 'shop',
    pollInterval: 100,
    onProblem: (problem) => events.push(`problem ${place(problem)}`),
    onRecovered: (problem) => events.push(`recovered ${place(problem)}`),
  })
})

afterEach(async () => {
  await source.close()
  rmSync(root, { recursive: true, force: true })
})

const route = (name: string, path: string) =>
  `apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: ${name}}\nspec: {rules: [{matches: [{path: {value: ${path}}}]}]}\n`
const policy = (mode: string) => `apiVersion: lanekeeper.dev/v1alpha1\nkind: DelegationPolicy\nmetadata: {name: p}\nspec: {mode: ${mode}}\n`
const write = (name: string, text: string) => writeFileSync(join(root, name), text)
const until = (check: () => void) => vi.waitFor(check, { timeout: 30_000, interval: 20 })

it('follows files as they come, change and go', async () => {
  write('a.yaml', route('a', '/a'))
  await source.start()
  expect(view.paths()).toEqual(['shop/a /a'])
  expect(source.ready()).toBe(true)
  mkdirSync(join(root, 'sub'))
  write('sub/b.yaml', `${route('b', '/b')}---\n${route('c', '/c')}`)
  await until(() => expect(view.paths()).toEqual(['shop/a /a', 'shop/b /b', 'shop/c /c']))
  write('a.yaml', route('a', '/z'))
  write('sub/b.yaml', route('c', '/c'))
  await until(() => expect(view.paths().sort()).toEqual(['shop/a /z', 'shop/c /c']))
  unlinkSync(join(root, 'a.yaml'))
  await until(() => expect(view.paths()).toEqual(['shop/c /c']))
  rmSync(join(root, 'sub'), { recursive: true })
  await until(() => expect(view.paths()).toEqual([]))
  expect(events).toEqual([])
})

it('follows kinds of one name apart', async () => {
  const grpc = route('a', '/x').replace('HTTPRoute', 'GRPCRoute').replace('path: {value: /x}', 'method: {service: a}')
  const set = (kind: string, apiVersion: string) =>
    `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\nspec: {parentRef: {name: edge}, listeners: [{name: b, port: 80, protocol: HTTP}]}\n`
  const sets = [set('ListenerSet', 'gateway.networking.k8s.io/v1'), set('XListenerSet', 'gateway.networking.x-k8s.io/v1alpha1')]
  write('a.yaml', [route('a', '/a'), grpc, ...sets].join('---\n'))
  await source.start()
  expect([...view.held.keys()]).toEqual(['HTTPRoute shop/a', 'GRPCRoute shop/a', 'ListenerSet shop/a', 'XListenerSet shop/a'])
  write('a.yaml', [grpc.replace('service: a', 'service: b'), sets[1]].join('---\n'))
  await until(() => expect(view.paths()).toEqual(['shop/a /b']))
  expect([...view.held.keys()]).toEqual(['GRPCRoute shop/a', 'XListenerSet shop/a'])
  expect(events).toEqual([])
})

it('sees a file replaced by a rename, as editors do', async () => {
  write('a.yaml', route('a', '/a'))
  await source.start()
  write('a.yaml.swp', route('a', '/b'))
  renameSync(join(root, 'a.yaml.swp'), join(root, 'a.yaml'))
  await until(() => expect(view.paths()).toEqual(['shop/a /b']))
})

it('sees the links of a ConfigMap swapped', async () => {
  for (const [version, path] of [
    ['..1', '/one'],
    ['..2', '/two'],
  ] as const) {
    mkdirSync(join(root, version))
    write(join(version, 'a.yaml'), route('a', path))
  }
  symlinkSync('..1', join(root, '..data'))
  symlinkSync(join('..data', 'a.yaml'), join(root, 'a.yaml'))
  await source.start()
  expect(view.paths()).toEqual(['shop/a /one'])
  symlinkSync('..2', join(root, '..data_tmp'))
  renameSync(join(root, '..data_tmp'), join(root, '..data'))
  rmSync(join(root, '..1'), { recursive: true })
  await until(() => expect(view.paths()).toEqual(['shop/a /two']))
})

it('keeps the last good content of a broken file, and says so once', async () => {
  write('a.yaml', route('a', '/a'))
  await source.start()
  write('a.yaml', `${route('b', '/b')}rules: 1\n`)
  await until(() => expect(source.problems()).toHaveLength(1))
  expect(source.problems()[0]).toMatchObject({ file: join(root, 'a.yaml'), line: 5, field: 'rules' })
  expect(view.paths()).toEqual(['shop/a /a'])
  expect(source.ready()).toBe(true)
  write('a.yaml', route('b', '/b'))
  await until(() => expect(view.paths()).toEqual(['shop/b /b']))
  expect(source.problems()).toEqual([])
  expect(events).toEqual(['problem 5 rules', 'recovered 5 rules'])
})

it('keeps the last good policy, and is not ready meanwhile', async () => {
  write('p.yaml', policy('Warn'))
  await source.start()
  expect(source.policies().map(({ mode }) => mode)).toEqual(['Warn'])
  write('p.yaml', policy('Wran'))
  await until(() => expect(source.ready()).toBe(false))
  expect(source.policies().map(({ mode }) => mode)).toEqual(['Warn'])
  write('p.yaml', policy('Audit'))
  await until(() => expect(source.ready()).toBe(true))
  expect(source.policies().map(({ mode }) => mode)).toEqual(['Audit'])
})

it('uses what it can of a file that was never good', async () => {
  write('a.yaml', `${route('a', '/a')}---\nkind: 3\n`)
  await source.start()
  expect(view.paths()).toEqual(['shop/a /a'])
  expect(source.problems()).toHaveLength(1)
})

it('lets the second of two duplicates take over when the first goes', async () => {
  write('a.yaml', route('a', '/first'))
  write('b.yaml', route('a', '/second'))
  await source.start()
  expect(view.paths()).toEqual(['shop/a /first'])
  expect(events).toEqual(['problem 1 metadata.name'])
  unlinkSync(join(root, 'a.yaml'))
  await until(() => expect(view.paths()).toEqual(['shop/a /second']))
  expect(source.problems()).toEqual([])
})

it('keeps everything while its directory is away', async () => {
  write('a.yaml', route('a', '/a'))
  await source.start()
  renameSync(root, `${root}-away`)
  await until(() => expect(source.problems()).toMatchObject([{ file: root, message: 'does not exist' }]))
  expect(view.paths()).toEqual(['shop/a /a'])
  renameSync(`${root}-away`, root)
  write('a.yaml', route('a', '/b'))
  await until(() => expect(view.paths()).toEqual(['shop/a /b']))
  expect(source.ready()).toBe(true)
})
