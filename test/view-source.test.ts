import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { HttpApiConnection } from '../src/cluster/api-connection.ts'
import { SYSTEM_CLOCK } from '../src/cluster/clock.ts'
import { ClusterSource } from '../src/cluster/cluster-source.ts'
import { ManifestsSource } from '../src/cluster/manifest-watcher.ts'
import type { ViewSource } from '../src/cluster/view-source.ts'
import { pathOf, WATCHED_KINDS } from '../src/cluster/watched-kinds.ts'
import { type Selector, selectorOf } from '../src/delegation/selection.ts'
import { View } from '../src/delegation/view.ts'
import { FakeApiServer } from './fake-api-server.ts'
import {
  delegationPolicy,
  gatewayOf,
  granting,
  namespace,
  platformRoot,
  prefix,
  type Raw,
  route,
  serving,
  to,
} from './manifest-fixtures.ts'

/** A source with the means to change what it follows. */
interface World {
  readonly view: View
  readonly source: ViewSource
  readonly put: (object: Raw) => void
  readonly remove: (object: Raw) => void
  readonly close: () => Promise<void>
}

async function manifestsWorld(): Promise<World> {
  const root = mkdtempSync(join(tmpdir(), 'lanekeeper-view-'))
  const view = new View('files')
  const source = new ManifestsSource({ paths: [root], view, pollInterval: 100 })
  const file = ({ kind, metadata }: Raw) => join(root, `${kind}-${metadata.namespace ?? ''}-${metadata.name}.yaml`)
  const close = async () => {
    await source.close()
    rmSync(root, { recursive: true, force: true })
  }
  return {
    view,
    source,
    put: (object) => writeFileSync(file(object), JSON.stringify(object)),
    remove: (object) => unlinkSync(file(object)),
    close,
  }
}

async function clusterWorld(): Promise<World> {
  const paths = new Map(WATCHED_KINDS.map((watched): [string, string] => [watched.kind, pathOf(watched, watched.versions[0] ?? '')]))
  const server = new FakeApiServer(SYSTEM_CLOCK, [...paths.values()])
  const { url, close: closeServer } = await server.listen()
  const view = new View('cluster')
  const connection = new HttpApiConnection(() => Promise.resolve({ server: new URL(url), tls: {}, headers: {} }), SYSTEM_CLOCK)
  const source = new ClusterSource({ connection, view, clock: SYSTEM_CLOCK })
  const path = (kind: string) => paths.get(kind) ?? ''
  const close = async () => {
    await source.close()
    await closeServer()
  }
  return {
    view,
    source,
    put: (object) => server.put(path(object.kind), object),
    remove: ({ kind, metadata }) => server.remove(path(kind), metadata.namespace ?? '', metadata.name),
    close,
  }
}

let world: World
afterEach(() => world.close())

const until = (check: () => void) => vi.waitFor(check, { timeout: 30_000, interval: 20 })

const parent = platformRoot([granting(prefix('/shop'), to('shop/cart'))])
const cart = (path: string) => route('shop/cart', { rules: [serving(prefix(path))] })
const byName: Selector | undefined = selectorOf(
  { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'shop', name: 'cart', weight: 1, filters: [] },
  'infra',
)

function firstPath(): string | undefined {
  return world.view.route('shop', 'cart')?.rules[0]?.matches[0]?.path.value
}

function parentsOfCart(): string[] {
  const child = world.view.route('shop', 'cart')
  return child === undefined ? [] : [...world.view.delegationsTo(child)].map((delegation) => delegation.parent.name)
}

describe.each([
  ['manifests', manifestsWorld],
  ['a cluster', clusterWorld],
])('a view fed by %s', (_name, makeWorld) => {
  it('holds everything when it has started', async () => {
    world = await makeWorld()
    for (const object of [
      ...gatewayOf('kgateway'),
      namespace('shop', { team: 'a' }),
      parent,
      cart('/shop'),
      delegationPolicy({ mode: 'Warn' }),
    ])
      world.put(object)
    expect(world.source.loaded()).toBe(false)
    expect(world.source.missing()).toBeDefined()
    await world.source.start()
    expect([world.source.loaded(), world.source.missing(), world.source.problemLines()]).toEqual([true, undefined, []])
    expect((['HTTPRoute', 'Gateway', 'GatewayClass', 'Namespace'] as const).map((kind) => world.view.count(kind))).toEqual([2, 1, 1, 1])
    expect(world.view.namespaceLabels('shop').get('team')).toBe('a')
    expect(parentsOfCart()).toEqual(['parent'])
    expect(byName === undefined ? [] : [...world.view.selectedBy(byName)].map(({ name }) => name)).toEqual(['cart'])
    expect(world.source.policies().map(({ mode }) => mode)).toEqual(['Warn'])
  })

  it('follows what comes, changes and goes', async () => {
    world = await makeWorld()
    world.put(parent)
    await world.source.start()
    world.put(cart('/shop/a'))
    await until(() => expect(firstPath()).toBe('/shop/a'))
    expect(parentsOfCart()).toEqual(['parent'])
    world.put(cart('/shop/b'))
    await until(() => expect(firstPath()).toBe('/shop/b'))
    world.remove(parent)
    await until(() => expect(parentsOfCart()).toEqual([]))
    world.put(parent)
    await until(() => expect(parentsOfCart()).toEqual(['parent']))
    world.remove(cart(''))
    await until(() => expect(firstPath()).toBeUndefined())
  })

  it('keeps the last good policy while it cannot be read, and is not ready', async () => {
    world = await makeWorld()
    world.put(delegationPolicy({ mode: 'Warn' }))
    await world.source.start()
    world.put(delegationPolicy({ mode: 'Loud' }))
    await until(() => expect(world.source.missing()).toMatch(/^a policy can't be read: .*spec\.mode: must be one of Enforce, Warn, Audit/))
    expect(world.source.policies().map(({ mode }) => mode)).toEqual(['Warn'])
    expect(world.source.problemLines()).toHaveLength(1)
    world.put(delegationPolicy({ mode: 'Audit' }))
    await until(() => expect(world.source.missing()).toBeUndefined())
    expect(world.source.policies().map(({ mode }) => mode)).toEqual(['Audit'])
    world.remove(delegationPolicy({}))
    await until(() => expect(world.source.policies()).toEqual([]))
  })

  it('names an object it cannot read, and stays ready', async () => {
    world = await makeWorld()
    world.put(route('shop/odd', { rules: 3 }))
    world.put(parent)
    await world.source.start()
    expect(world.view.count('HTTPRoute')).toBe(1)
    expect(world.source.problemLines()).toEqual([expect.stringMatching(/: spec\.rules: must be a list, not the number 3$/)])
    expect(world.source.missing()).toBeUndefined()
  })

  it('changes nothing after it was closed', async () => {
    world = await makeWorld()
    world.put(parent)
    await world.source.start()
    await world.source.close()
    world.put(cart('/shop'))
    await new Promise((done) => setTimeout(done, 300))
    expect(world.view.count('HTTPRoute')).toBe(1)
  })
})
