import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeApiServer } from '../../test/fake-api-server.ts'
import { FakeClock, rest } from '../../test/fake-clock.ts'
import { View } from '../delegation/view.ts'
import { ClusterSource } from './cluster-source.ts'
import { pathOf, WATCHED_KINDS } from './watched-kinds.ts'

const PATHS = Object.fromEntries(WATCHED_KINDS.map((watched) => [watched.kind, pathOf(watched, watched.versions[0] ?? '')]))
const path = (kind: string) => PATHS[kind] ?? ''
const SECOND = 1000

let clock: FakeClock
let server: FakeApiServer
let view: View
let source: ClusterSource
let said: string[]

beforeEach(() => {
  clock = new FakeClock()
  server = new FakeApiServer(clock, Object.values(PATHS))
  view = new View('cluster')
  said = []
  source = new ClusterSource({
    connection: server.connection(),
    view,
    clock,
    onNotice: (level, message) => said.push(`${level} ${message}`),
    onProblem: (line) => said.push(`problem ${line}`),
    onRecovered: (line) => said.push(`recovered ${line}`),
  })
})

afterEach(async () => {
  await source.close()
  if (clock.pending > 0) throw new Error('timers are left behind')
})

function putRoute(name: string, rules: unknown): void {
  server.put(path('HTTPRoute'), { metadata: { namespace: 'shop', name, managedFields: [{ manager: 'kubectl' }] }, spec: { rules } })
}

function putPolicy(name: string, spec: object): void {
  server.put(path('DelegationPolicy'), { metadata: { name }, spec })
}

it('watches every kind, Namespaces by their metadata', async () => {
  server.put(path('Namespace'), { metadata: { name: 'shop', labels: { team: 'a' } } })
  server.put(path('GatewayClass'), { metadata: { name: 'class' }, spec: { controllerName: 'kgateway.dev/kgateway' } })
  server.put(path('Gateway'), { metadata: { namespace: 'infra', name: 'edge' }, spec: { gatewayClassName: 'class' } })
  server.put(path('ReferenceGrant'), { metadata: { namespace: 'shop', name: 'grant' }, spec: { from: [], to: [] } })
  putRoute('cart', [{ matches: [{ path: { value: '/cart' } }] }])
  putPolicy('p', { mode: 'Warn' })
  await source.start()
  expect(view.route('shop', 'cart')?.rules[0]?.matches[0]?.path).toEqual({ type: 'PathPrefix', value: '/cart' })
  expect(view.namespace('shop')?.labels).toEqual(new Map([['team', 'a']]))
  expect(view.gatewayClass('class')).toBeDefined()
  expect(view.gateway('infra', 'edge')).toBeDefined()
  expect([...view.referenceGrantsIn('shop')]).toHaveLength(1)
  expect(source.policies().map(({ name, mode }) => [name, mode])).toEqual([['p', 'Warn']])
  expect([source.loaded(), source.missing(), source.problemLines()]).toEqual([true, undefined, []])
  const accepts = server.requests.filter((request) => request.path === '/api/v1/namespaces').map(({ accept }) => accept.split(',')[0])
  expect(accepts).toEqual([
    'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
    'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
  ])
})

it('keeps no managedFields', async () => {
  putRoute('cart', [{ matches: [], filters: [{ type: 'CORS' }] }])
  await source.start()
  expect(JSON.stringify(view.route('shop', 'cart'))).not.toContain('kubectl')
})

describe('readiness', () => {
  it('names the kinds that were not listed yet, and why, and does not wait for ever', async () => {
    server.fault = (request) => (request.path === path('Gateway') ? { kind: 'refuse', status: 403, reason: 'Forbidden' } : undefined)
    const starting = source.start()
    await clock.advance(10 * SECOND)
    await starting
    expect(source.loaded()).toBe(false)
    expect(source.missing()).toBe('Gateway not listed yet (HTTP 403 Forbidden: says the fake)')
    server.fault = () => undefined
    await clock.advance(30 * SECOND)
    expect([source.loaded(), source.missing()]).toEqual([true, undefined])
  })

  it('is there without a kind that is not installed', async () => {
    server.unserve(path('ReferenceGrant'))
    await source.start()
    expect([source.loaded(), source.missing()]).toEqual([true, undefined])
    await clock.advance(3600 * SECOND)
    expect(source.missing()).toBeUndefined()
  })

  it('goes when a kind was not heard of for too long, and comes back', async () => {
    await source.start()
    server.fault = (request) => (request.path === path('HTTPRoute') ? { kind: 'reset' } : undefined)
    server.cut('reset')
    await clock.advance(299 * SECOND)
    expect(source.missing()).toBeUndefined()
    await clock.advance(3 * SECOND)
    expect(source.missing()).toBe('HTTPRoute not heard of for 302 s (read ECONNRESET)')
    expect(source.status().get('HTTPRoute')?.millisecondsSinceContact).toBe(302 * SECOND)
    expect(source.status().get('Gateway')?.millisecondsSinceContact).toBeLessThanOrEqual(60 * SECOND)
    expect(source.loaded()).toBe(true)
    server.fault = () => undefined
    await clock.advance(100 * SECOND)
    expect(source.missing()).toBeUndefined()
  })
})

describe('an object that cannot be read', () => {
  it('leaves the view, its last good state too, and is named', async () => {
    putRoute('wide', [{ matches: [{ path: { value: '/' } }] }])
    await source.start()
    putRoute('wide', 3)
    await rest()
    expect(view.route('shop', 'wide')).toBeUndefined()
    const line = 'HTTPRoute shop/wide: spec.rules: must be a list, not the number 3'
    expect(source.problemLines()).toEqual([line])
    expect(source.unreadable().get('HTTPRoute')).toBe(1)
    // A tenant's odd object must not stop everybody's writes.
    expect(source.missing()).toBeUndefined()
    putRoute('wide', [])
    await rest()
    expect(view.route('shop', 'wide')).toBeDefined()
    expect(said).toEqual([`problem ${line}`, `recovered ${line}`])
  })

  it('is no problem any more when it is deleted', async () => {
    putRoute('wide', 3)
    await source.start()
    expect(source.problemLines()).toHaveLength(1)
    server.remove(path('HTTPRoute'), 'shop', 'wide')
    await rest()
    expect(source.problemLines()).toEqual([])
  })
})

describe('a policy that cannot be read', () => {
  it('leaves the last good one of its name in force, and readiness says so', async () => {
    putPolicy('a', { mode: 'Enforce' })
    putPolicy('b', { mode: 'Warn' })
    await source.start()
    putPolicy('b', { mode: 'Wran' })
    await rest()
    expect(source.policies().map(({ name, mode }) => [name, mode])).toEqual([
      ['a', 'Enforce'],
      ['b', 'Warn'],
    ])
    expect(source.missing()).toBe(
      'a policy can\'t be read: DelegationPolicy b: spec.mode: must be one of Enforce, Warn, Audit, not "Wran", did you mean "Warn"?',
    )
    putPolicy('b', { mode: 'Audit' })
    await rest()
    expect(source.policies().map(({ mode }) => mode)).toEqual(['Enforce', 'Audit'])
    expect(source.missing()).toBeUndefined()
  })

  it('fails readiness though it was never good', async () => {
    putPolicy('a', { mode: 'Loud' })
    await source.start()
    expect(source.policies()).toEqual([])
    expect(source.loaded()).toBe(true)
    expect(source.missing()).toMatch(/^a policy can't be read: DelegationPolicy a: spec.mode/)
  })

  it('stays in force while the list of policies fails', async () => {
    putPolicy('a', { mode: 'Enforce' })
    await source.start()
    server.cut('reset')
    server.compact()
    server.fault = ({ watch }) => (watch ? undefined : { kind: 'refuse', status: 500 })
    await clock.advance(200 * SECOND)
    expect(source.policies().map(({ name }) => name)).toEqual(['a'])
  })
})
