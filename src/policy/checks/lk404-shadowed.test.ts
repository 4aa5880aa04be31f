import { expect, it } from 'vitest'
import {
  childObject,
  exact,
  grpcRouteObject,
  httpRoute,
  prefix,
  type RawMatch,
  type RawObject,
  regex,
  type Scene,
  type Seen,
  seen,
} from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

function lost(message: string, place: { rule?: number; match?: number; value?: string } = {}): Seen {
  const { rule = 0, match = 0, value = '/shop/cart' } = place
  return {
    effect: 'shadowed',
    action: 'Warn',
    field: `spec.rules[${rule}].matches[${match}].path.value`,
    value,
    message,
    grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
  }
}

function serving(...matches: RawMatch[]) {
  return { matches, backendRefs: [{ name: 'cart', port: 80 }] }
}

function born(object: RawObject, time: string): RawObject {
  return { ...object, metadata: { ...(object['metadata'] as RawObject), creationTimestamp: time } }
}

const ON_GATEWAY = { parentRefs: [{ name: 'gateway', namespace: 'infra' }], hostnames: ['example.com'] }
const CART = prefix('/shop/cart')
const OLD = '2020-01-01T00:00:00Z'
const SHARED = { backendRefs: [httpRoute('shop', '*'), httpRoute('web', '*')] }
const OWN = 'Drop one of the two, or make this match more exact.'

it.each<Row>([
  {
    name: 'an equal match of an earlier rule',
    scene: { child: { rules: [serving(CART), serving(CART)] } },
    want: [
      lost(`PathPrefix /shop/cart is never reached: rule 0 of this route comes first and takes all of its requests. ${OWN}`, { rule: 1 }),
    ],
  },
  {
    name: 'an equal match of the same rule',
    scene: { child: { rules: [serving(CART, CART)] } },
    want: [
      lost(`PathPrefix /shop/cart is never reached: rule 0 of this route comes first and takes all of its requests. ${OWN}`, { match: 1 }),
    ],
  },
  {
    name: 'a regex before a prefix: that it takes all of it is not certain',
    scene: { child: { rules: [serving(regex('/shop/cart/.*')), serving(prefix('/shop/cart/x/'))] } },
    want: [],
  },
  {
    name: 'a method written behind the rest, which comes before it',
    scene: { child: { rules: [serving(prefix('/shop/a')), serving(prefix('/shop/a', { method: 'GET' }))] } },
    want: [],
  },
  {
    name: 'an older route of the namespace',
    scene: { child: { matches: [CART] }, also: [born(childObject({ name: 'first', matches: [CART] }), OLD)] },
    want: [
      lost(`PathPrefix /shop/cart is never reached: HTTPRoute first of this namespace comes first and takes all of its requests. ${OWN}`),
    ],
  },
  {
    name: 'a route of the namespace of unknown age',
    scene: { child: { matches: [CART] }, also: [childObject({ name: 'first', matches: [CART] })] },
    want: [],
  },
  {
    name: 'an older route that only delegates',
    scene: {
      child: { matches: [CART] },
      also: [born(childObject({ name: 'first', matches: [CART], backendRefs: [httpRoute('shop', 'deeper')] }), OLD)],
    },
    want: [],
  },
  {
    name: 'the same path with a trailing slash',
    scene: { child: { matches: [CART] }, also: [childObject({ name: 'first', matches: [prefix('/shop/cart/')] })] },
    want: [
      lost(`PathPrefix /shop/cart is never reached: HTTPRoute first of this namespace comes first and takes all of its requests. ${OWN}`),
    ],
  },
  {
    name: 'more exact rules: what is left is reached',
    scene: { child: { rules: [serving(exact('/shop/cart/a')), serving(prefix('/shop/cart/b')), serving(CART)] } },
    want: [],
  },
  {
    name: 'a canary by header beside the rest',
    scene: { child: { rules: [serving(prefix('/shop/cart', { headers: [{ name: 'x-canary', value: '1' }] })), serving(CART)] } },
    want: [],
  },
  {
    name: "another owner's regex that crosses it",
    scene: {
      parent: SHARED,
      child: { matches: [regex('/shop/[a-m]+')] },
      also: [born(childObject({ namespace: 'web', name: 'web', matches: [regex('/shop/[f-z]+', { method: 'GET' })] }), OLD)],
    },
    want: [
      lost(
        'regex "/shop/[a-m]+" loses some of its requests: a route in another namespace comes first and takes some of its requests. Choose a path that is still free.',
        { value: '/shop/[a-m]+' },
      ),
    ],
  },
  {
    name: "the own namespace's regex that crosses it",
    scene: {
      child: { matches: [regex('/shop/[a-m]+')] },
      also: [born(childObject({ name: 'first', matches: [regex('/shop/[f-z]+', { method: 'GET' })] }), OLD)],
    },
    want: [],
  },
  {
    name: "another owner's longer path inside it",
    scene: {
      parent: SHARED,
      child: { matches: [prefix('/shop')] },
      also: [childObject({ namespace: 'web', name: 'web', matches: [CART] })],
    },
    want: [],
  },
  {
    name: 'shadowed in one of two lanes',
    scene: {
      parent: { rules: [{ matches: [prefix('/shop')], backendRefs: [httpRoute('shop', '*')] }] },
      child: { parentRefs: [httpRoute('infra', 'parent'), httpRoute('infra', 'second')], matches: [CART] },
      also: [
        born(childObject({ name: 'first', matches: [CART] }), OLD),
        {
          ...childObject({ name: 'second', namespace: 'infra', parentRefs: [{ name: 'gateway' }], hostnames: ['second.example.com'] }),
          spec: {
            parentRefs: [{ name: 'gateway' }],
            hostnames: ['second.example.com'],
            rules: [{ matches: [prefix('/shop')], backendRefs: [httpRoute('shop', 'cart')] }],
          },
        },
      ],
    },
    want: [],
  },
  {
    name: 'attached directly on one of two hosts of another',
    scene: {
      parent: false,
      child: { parentRefs: [{ name: 'gateway', namespace: 'infra' }], hostnames: ['a.test', 'b.test'], matches: [CART] },
      also: [
        born(
          childObject({ name: 'first', parentRefs: [{ name: 'gateway', namespace: 'infra' }], hostnames: ['a.test'], matches: [CART] }),
          OLD,
        ),
      ],
    },
    want: [],
  },
  {
    name: 'agentgateway: a sibling of a lower name',
    scene: { dialect: 'agentgateway', child: { matches: [CART] }, also: [childObject({ name: 'a-first', matches: [CART] })] },
    want: [
      lost(`PathPrefix /shop/cart is never reached: HTTPRoute a-first of this namespace comes first and takes all of its requests. ${OWN}`),
    ],
  },
  {
    name: 'agentgateway: a wide child of a narrow grant takes only what its grant holds',
    scene: {
      dialect: 'agentgateway',
      parent: {
        rules: [
          { matches: [prefix('/shop/x')], backendRefs: [httpRoute('web', '*')] },
          { matches: [prefix('/shop')], backendRefs: [httpRoute('shop', '*')] },
        ],
      },
      child: { matches: [CART] },
      also: [childObject({ namespace: 'web', name: 'web', matches: [prefix('/')] })],
    },
    want: [],
  },
  ...['cart', 'bank'].map((name) => ({
    name: `a GRPCRoute of this namespace, the route called ${name}`,
    scene: {
      judged: childObject({ ...ON_GATEWAY, name, matches: [exact('/shop.Bank/Pay')] }),
      also: [born(grpcRouteObject({ rules: [{ matches: [{ method: { service: 'shop.Bank', method: 'Pay' } }] }] }), OLD)],
    },
    want: [
      {
        effect: 'shadowed' as const,
        action: 'Warn' as const,
        field: 'spec.rules[0].matches[0].path.value',
        value: '/shop.Bank/Pay',
        message: `Exact /shop.Bank/Pay is never reached: GRPCRoute bank of this namespace comes first and takes all of its requests. ${OWN}`,
      },
    ],
  })),
])('LK404: $name', ({ scene, want }) => {
  expect(seen('LK404', scene)).toEqual(want)
})
