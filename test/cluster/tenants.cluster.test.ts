import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  delegationPolicy,
  gatewayOf,
  granting,
  listText,
  parentRef,
  platformRoot,
  prefix,
  type Raw,
  route,
  serving,
  to,
} from '../manifest-fixtures.ts'
import { AdminApi } from './admin-api.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { freePort } from './free-port.ts'
import { installGatewayApi } from './gateway-api.ts'
import { installChart, startReplica } from './installation.ts'
import { kubectl, kubectlOk } from './kubectl.ts'
import { type Serving, untilAsked } from './lanekeeper.ts'
import { metric } from './probes.ts'
import type { Finished } from './run-program.ts'
import { giveNamespaces } from './users.ts'

// What a team does with kubectl in its own namespace: each way of writing is judged, patched and reported like the others.

let plane: ControlPlane
let replica: Serving
let api: AdminApi
beforeAll(async () => {
  plane = await startControlPlane({ tenants: ['shop', 'platform'] })
  await installGatewayApi(plane, { version: '1.6', channel: 'standard' })
  await giveNamespaces(plane, 'shop', ['shop'])
  await giveNamespaces(plane, 'platform', ['infra'])
  const port = await freePort()
  await installChart(plane, `https://127.0.0.1:${port}`, { 'webhook.patches': true })
  replica = await startReplica(plane, { port })
  await untilAsked(plane, replica)
  api = new AdminApi(plane)
  const policy = delegationPolicy({ rootNamespaces: { names: ['infra'] }, actions: { HostnamesOnDelegate: 'Patch' } })
  for (const object of [...gatewayOf('kgateway'), policy, PARENT]) {
    const problem = await api.put(object)
    if (problem !== undefined) throw new Error(problem)
  }
  await knows(1)
})
afterAll(async () => {
  api?.close()
  await replica?.stop()
  await plane?.stop()
})
beforeEach(async () => {
  await api.deleteAll('HTTPRoute', ['shop'])
  await knows(1)
})

const PARENT = platformRoot([granting(prefix('/shop'), to('shop/*'))])
const CHILD = { parentRefs: [parentRef('infra/parent')] }
const CART = route('shop/cart', { ...CHILD, rules: [serving(prefix('/shop/cart'))] })
const OUTSIDE = route('shop/cart', { ...CHILD, rules: [serving(prefix('/shopping'))] })
const REFUSAL =
  'admission webhook "validate.lanekeeper.dev" denied the request: HTTPRoute shop/cart denied: 1 violation\n' +
  'LK102 PathEscapesGrant at spec.rules[0].matches[0].path.value: '

/** Waits until the view has so many routes. */
async function knows(routes: number): Promise<void> {
  await replica.until('aware of the routes', async () => (await metric(replica, 'lanekeeper_view_objects{kind="HTTPRoute"}')) === routes)
}

function shop(args: readonly string[], ...objects: readonly Raw[]): Promise<Finished> {
  const input = objects.length === 0 ? '' : listText(objects)
  return kubectl(plane.tenant('shop'), ['--namespace', 'shop', ...args, ...(input === '' ? [] : ['-f', '-'])], input)
}

async function stored(name = 'cart'): Promise<Raw & { readonly spec: Readonly<Record<string, unknown>> }> {
  return JSON.parse(await kubectlOk(plane.tenant('shop'), ['get', 'httproute', name, '--namespace', 'shop', '--output', 'json']))
}

const refusedWith = (stderr: string) => expect(stderr).toContain(REFUSAL)

describe('kubectl apply', () => {
  it('creates a good child, and says no more', async () => {
    expect(await shop(['apply'], CART)).toEqual({ code: 0, stdout: 'httproute.gateway.networking.k8s.io/cart created\n', stderr: '' })
    expect(await shop(['apply'], CART)).toEqual({ code: 0, stdout: 'httproute.gateway.networking.k8s.io/cart configured\n', stderr: '' })
  })

  it('is refused on standard error, with exit code 1, and nothing is stored', async () => {
    const { code, stdout, stderr } = await shop(['apply'], OUTSIDE)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    refusedWith(stderr)
    expect((await shop(['get', 'httproute', 'cart'])).stderr).toContain('not found')
  })

  it('prints what is allowed and still worth knowing as warnings', async () => {
    const early = route('shop/cart', { parentRefs: [parentRef('infra/to-come')], rules: [serving(prefix('/shop/cart'))] })
    const { code, stderr } = await shop(['apply'], early)
    expect(code).toBe(0)
    expect(stderr).toMatch(/^Warning: LK202 ParentMissing at spec\.parentRefs\[0\]: /)
  })

  it('gets the patches of the policy, and the same again when repeated', async () => {
    const named = route('shop/cart', { ...(CART['spec'] as object), hostnames: ['api.example.com'] })
    for (const _time of [1, 2]) {
      expect(await shop(['apply'], named)).toMatchObject({ code: 0 })
      expect((await stored()).spec).not.toHaveProperty('hostnames')
    }
  })

  it('--dry-run=server judges and stores nothing', async () => {
    expect(await shop(['apply', '--dry-run=server'], CART)).toMatchObject({
      code: 0,
      stdout: 'httproute.gateway.networking.k8s.io/cart created (server dry run)\n',
    })
    const { code, stderr } = await shop(['apply', '--dry-run=server'], OUTSIDE)
    expect(code).toBe(1)
    refusedWith(stderr)
    expect((await shop(['get', 'httproute', 'cart'])).stderr).toContain('not found')
  })

  it('--server-side is judged, of a new and of a known route', async () => {
    refusedWith((await shop(['apply', '--server-side'], OUTSIDE)).stderr)
    expect(await shop(['apply', '--server-side'], CART)).toMatchObject({ code: 0 })
    refusedWith((await shop(['apply', '--server-side'], OUTSIDE)).stderr)
  })
})

describe('kubectl diff', () => {
  it('shows a change as it would be stored', async () => {
    await shop(['apply'], CART)
    const named = route('shop/cart', { ...CHILD, hostnames: ['api.example.com'], rules: [serving(prefix('/shop/basket'))] })
    const { code, stdout } = await shop(['diff'], named)
    expect(code).toBe(1)
    expect(stdout).toContain('+        value: /shop/basket\n')
    expect(stdout).not.toContain('+  hostnames:')
  })

  it('shows the refusal of what would be refused', async () => {
    await shop(['apply'], CART)
    const { code, stderr } = await shop(['diff'], OUTSIDE)
    expect(code).toBeGreaterThan(0)
    refusedWith(stderr)
  })
})

describe('a route that is there', () => {
  const path = (value: string) => [{ op: 'replace', path: '/spec/rules/0/matches/0/path/value', value }]
  const rules = (value: string) => ({ spec: { rules: [serving(prefix(value))] } })
  const patch = (type: string, content: object) =>
    shop(['patch', 'httproute', 'cart', `--type=${type}`, '--patch', JSON.stringify(content)])

  beforeEach(async () => {
    await kubectlOk(plane.tenant('shop'), ['create', '-f', '-'], listText([CART]))
  })

  it.each([
    ['patched as JSON', () => patch('json', path('/shopping')), () => patch('json', path('/shop/basket'))],
    ['merged', () => patch('merge', rules('/shopping')), () => patch('merge', rules('/shop/basket'))],
    [
      'replaced',
      () => shop(['replace'], OUTSIDE),
      () => shop(['replace'], route('shop/cart', { ...CHILD, ...rules('/shop/basket').spec })),
    ],
    [
      'replaced by force',
      () => shop(['apply', '--force'], OUTSIDE),
      () => shop(['apply', '--force'], route('shop/cart', { ...CHILD, ...rules('/shop/basket').spec })),
    ],
  ])('%s is judged', async (_name, bad, good) => {
    const before = await stored()
    const { code, stderr } = await bad()
    expect(code).toBe(1)
    refusedWith(stderr)
    expect(await stored()).toEqual(before)
    expect(await good()).toMatchObject({ code: 0 })
    expect(JSON.stringify((await stored()).spec)).toContain('/shop/basket')
  })

  it('has its weights changed', async () => {
    const backendRefs = [
      { name: 'web', port: 80, weight: 90 },
      { name: 'canary', port: 80, weight: 10 },
    ]
    expect(await patch('json', [{ op: 'replace', path: '/spec/rules/0/backendRefs', value: backendRefs }])).toMatchObject({
      code: 0,
      stderr: '',
    })
    const weights = [0, 1].map((index) => ({ op: 'replace', path: `/spec/rules/0/backendRefs/${index}/weight`, value: 50 }))
    expect(await patch('json', weights)).toMatchObject({ code: 0, stderr: '' })
  })

  it('is labelled and annotated', async () => {
    expect(await shop(['label', 'httproute', 'cart', 'tier=gold'])).toMatchObject({ code: 0, stderr: '' })
    expect(await shop(['annotate', 'httproute', 'cart', 'note=x'])).toMatchObject({ code: 0, stderr: '' })
    const weight = await shop(['annotate', 'httproute', 'cart', 'kgateway.dev/route-weight=100'])
    expect(weight.code).toBe(1)
    expect(weight.stderr).toContain('LK701 RouteWeight at ')
  })

  it('is deleted, alone and with others', async () => {
    expect(await shop(['delete', 'httproute', 'cart'])).toEqual({
      code: 0,
      stdout: 'httproute.gateway.networking.k8s.io "cart" deleted from shop namespace\n',
      stderr: '',
    })
    await shop(['create'], CART)
    expect(await shop(['delete', 'httproutes', '--all'])).toMatchObject({ code: 0, stderr: '' })
  })
})

describe('other ways to write', () => {
  const V1BETA1 = { apiVersion: 'gateway.networking.k8s.io/v1beta1' }

  it('v1beta1 is judged like v1', async () => {
    refusedWith((await shop(['apply'], { ...OUTSIDE, ...V1BETA1 })).stderr)
    expect(await shop(['apply'], { ...CART, ...V1BETA1 })).toMatchObject({ code: 0, stderr: '' })
    refusedWith((await shop(['apply'], { ...OUTSIDE, ...V1BETA1 })).stderr)
  })

  it('generateName is judged before the name is known', async () => {
    const generated = (raw: Raw) => ({ ...raw, metadata: { namespace: 'shop', generateName: 'cart-' } })
    const create = (raw: Raw) => kubectl(plane.tenant('shop'), ['create', '-f', '-'], JSON.stringify(generated(raw)))
    const { code, stderr } = await create(OUTSIDE)
    expect(code).toBe(1)
    expect(stderr).toMatch(/HTTPRoute shop\/cart-\S* denied: 1 violation\nLK102 /)
    expect(await create(CART)).toMatchObject({ code: 0, stdout: expect.stringMatching(/\/cart-\w{5} created\n$/), stderr: '' })
  })
})

describe('parent and children in one batch', () => {
  const NEW_PARENT = route('infra/deli', {
    parentRefs: [{ name: 'edge' }],
    hostnames: ['deli.example.com'],
    rules: [granting(prefix('/deli'), to('shop/deli'))],
  })
  const NEW_CHILD = route('shop/deli', { parentRefs: [parentRef('infra/deli')], rules: [serving(prefix('/deli'))] })

  it.each([
    ['the parent first', [NEW_PARENT, NEW_CHILD]],
    ['the child first', [NEW_CHILD, NEW_PARENT]],
  ])('passes with %s, and again', async (_name, objects) => {
    const file = join(plane.folder, 'batch.json')
    await writeFile(file, listText(objects))
    try {
      for (const what of ['created', 'configured']) {
        const { code, stdout } = await kubectl(plane.admin, ['apply', '-f', file])
        expect({ code, stdout }).toEqual({
          code: 0,
          stdout: objects.map(({ metadata: { name } }) => `httproute.gateway.networking.k8s.io/${name} ${what}\n`).join(''),
        })
      }
    } finally {
      expect(await kubectl(plane.admin, ['delete', '-f', file])).toMatchObject({ code: 0 })
    }
  })
})
