import { expect, it } from 'vitest'
import { childObject, httpRoute, prefix, type RawMatch, type RawObject, type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

const SHARED = { backendRefs: [httpRoute('shop', '*'), httpRoute('web', '*')] }

function shared(own: RawMatch, other: RawMatch, more: Partial<Scene> = {}): Scene {
  return { parent: SHARED, child: { matches: [own] }, also: [childObject({ namespace: 'web', name: 'web', matches: [other] })], ...more }
}

function same(own: string, value: string, { action = 'Deny', direct = false }: { action?: Seen['action']; direct?: boolean } = {}): Seen {
  return {
    effect: 'escape',
    action,
    field: 'spec.rules[0].matches[0].path.value',
    value,
    message: `${own} asks for exactly the requests that a route in another namespace already serves. Choose a path that is still free, or ask the owner of ${direct ? 'Gateway infra/gateway' : 'infra/parent'} who holds them.`,
    ...(!direct && { grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 } }),
    witness: { method: 'GET', host: 'example.com', path: value, headers: {}, query: {} },
  }
}

function born(object: RawObject, time: string): RawObject {
  return { ...object, metadata: { ...(object['metadata'] as RawObject), creationTimestamp: time } }
}

const ON_GATEWAY = { parentRefs: [{ name: 'gateway', namespace: 'infra' }], hostnames: ['example.com'] }
const CART = prefix('/shop/cart')

it.each<Row>([
  { name: 'the same prefix', scene: shared(CART, CART), want: [same('PathPrefix /shop/cart', '/shop/cart')] },
  {
    name: 'the same prefix with a trailing slash: it comes first',
    scene: shared(prefix('/shop/cart/'), CART),
    want: [same('PathPrefix /shop/cart/', '/shop/cart/')],
  },
  {
    name: 'the same prefix without the trailing slash: it comes last',
    scene: shared(CART, prefix('/shop/cart/')),
    want: [same('PathPrefix /shop/cart', '/shop/cart')],
  },
  {
    name: 'a younger route: it serves nothing, and is told all the same',
    scene: shared(CART, CART, { also: [born(childObject({ namespace: 'web', name: 'web', matches: [CART] }), '2020-01-01T00:00:00Z')] }),
    want: [same('PathPrefix /shop/cart', '/shop/cart')],
  },
  { name: 'one header more', scene: shared(CART, prefix('/shop/cart', { headers: [{ name: 'a', value: 'b' }] })), want: [] },
  {
    name: 'the same route of the same namespace',
    scene: { child: { matches: [CART] }, also: [childObject({ name: 'other', matches: [CART] })] },
    want: [],
  },
  {
    name: 'attached directly, both of them',
    scene: {
      parent: false,
      cluster: true,
      child: { ...ON_GATEWAY, matches: [CART] },
      also: [childObject({ ...ON_GATEWAY, namespace: 'web', name: 'web', matches: [CART] })],
    },
    want: [same('PathPrefix /shop/cart', '/shop/cart', { action: 'Warn', direct: true })],
  },
  {
    name: 'agentgateway: in one group',
    scene: shared(CART, CART, { dialect: 'agentgateway' }),
    want: [same('PathPrefix /shop/cart', '/shop/cart')],
  },
])('LK403: $name', ({ scene, want }) => {
  expect(seen('LK403', scene)).toEqual(want)
})
