import { expect, it } from 'vitest'
import { httpRoute, INHERIT, prefix, type Scene, type Seen, seen, strangerObject } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

it.each<Row>([
  {
    name: 'another method',
    scene: { parent: { matches: [prefix('/shop', { method: 'GET' })] }, child: { matches: [prefix('/shop/cart', { method: 'POST' })] } },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].method',
        message: 'method POST is dropped by the gateway: infra/parent spec.rules[0] grants only GET. Write method: GET.',
        value: 'POST',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'every method',
    scene: { parent: { matches: [prefix('/shop', { method: 'GET' })] } },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].method',
        message: 'a match for every method is dropped by the gateway: infra/parent spec.rules[0] grants only GET. Write method: GET.',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'the same method',
    scene: { parent: { matches: [prefix('/shop', { method: 'GET' })] }, child: { matches: [prefix('/shop/cart', { method: 'GET' })] } },
    want: [],
  },
  { name: 'a method under a grant of all', scene: { child: { matches: [prefix('/shop/cart', { method: 'POST' })] } }, want: [] },
  {
    name: 'overwritten by inheritance',
    scene: {
      parent: { matches: [prefix('/shop', { method: 'GET' })] },
      child: { matches: [prefix('/cart', { method: 'DELETE' })], annotations: INHERIT.kgateway },
    },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].method',
        message:
          'method DELETE is silently overwritten: infra/parent spec.rules[0] grants only GET, so this inheriting match takes GET requests. Write method: GET, or ask the owner of infra/parent for DELETE.',
        value: 'DELETE',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'inherited',
    scene: {
      parent: { matches: [prefix('/shop', { method: 'GET' })] },
      child: { matches: [prefix('/cart')], annotations: INHERIT.kgateway },
    },
    want: [],
  },
  {
    name: 'gloo',
    scene: { dialect: 'gloo', parent: { matches: [prefix('/shop', { method: 'GET' })] } },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].method',
        message: 'a match for every method is dropped by the gateway: infra/parent spec.rules[0] grants only GET. Write method: GET.',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'agentgateway clips every method',
    scene: { dialect: 'agentgateway', parent: { matches: [prefix('/shop', { method: 'GET' })] } },
    want: [],
  },
  {
    name: 'agentgateway: another method is disjoint',
    scene: {
      dialect: 'agentgateway',
      parent: { matches: [prefix('/shop', { method: 'GET' })] },
      child: { matches: [prefix('/shop/cart', { method: 'POST' })] },
    },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].method',
        message: 'method POST is dropped by the gateway: infra/parent spec.rules[0] grants only GET. Write method: GET.',
        value: 'POST',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'attached to a Gateway as well',
    scene: {
      parent: { matches: [prefix('/shop', { method: 'GET' })] },
      child: { parentRefs: [httpRoute('infra', 'parent'), { name: 'gateway', namespace: 'infra' }] },
    },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].method',
        message: 'a match for every method is dropped by the gateway: infra/parent spec.rules[0] grants only GET. Write method: GET.',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'a stranger who adopts it',
    scene: { parent: false, also: [strangerObject({ matches: [prefix('/shop', { method: 'GET' })] })], child: { parentRefs: null } },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].method',
        message: 'a match for every method is dropped by the gateway: stranger/adopter spec.rules[0] grants only GET. Write method: GET.',
        grant: { namespace: 'stranger', name: 'adopter', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'a stranger whose method overwrites',
    scene: {
      parent: false,
      also: [strangerObject({ matches: [prefix('/shop', { method: 'GET' })] })],
      child: { parentRefs: null, matches: [prefix('/cart', { method: 'DELETE' })], annotations: INHERIT.kgateway },
    },
    want: [
      {
        effect: 'escape',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].method',
        message:
          'method DELETE is silently overwritten: stranger/adopter spec.rules[0] grants only GET, so this inheriting match takes GET requests. Write method: GET, or ask the owner of stranger/adopter for DELETE.',
        value: 'DELETE',
        grant: { namespace: 'stranger', name: 'adopter', rule: 0, match: 0 },
      },
    ],
  },
])('LK109: $name', ({ scene, want }) => {
  expect(seen('LK109', scene)).toEqual(want)
})
