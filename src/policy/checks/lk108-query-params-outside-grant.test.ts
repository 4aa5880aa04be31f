import { expect, it } from 'vitest'
import { httpRoute, INHERIT, prefix, type Scene, type Seen, seen, strangerObject } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

it.each<Row>([
  {
    name: 'the parameter is missing',
    scene: { parent: { matches: [prefix('/shop', { queryParams: [{ name: 'v', value: '2' }] })] } },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].queryParams',
        message:
          'the gateway drops this match: infra/parent spec.rules[0] grants only requests with query parameter v=2. Repeat it in the match, with the same name, type and value.',
        value: '',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'it has another value',
    scene: {
      parent: { matches: [prefix('/shop', { queryParams: [{ name: 'v', value: '2' }] })] },
      child: { matches: [prefix('/shop/cart', { queryParams: [{ name: 'v', value: '3' }] })] },
    },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].queryParams',
        message:
          'the gateway drops this match: infra/parent spec.rules[0] grants only requests with query parameter v=2. Repeat it in the match, with the same name, type and value.',
        value: 'v=3',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'names are case-sensitive',
    scene: {
      parent: { matches: [prefix('/shop', { queryParams: [{ name: 'v', value: '2' }] })] },
      child: { matches: [prefix('/shop/cart', { queryParams: [{ name: 'V', value: '2' }] })] },
    },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].queryParams',
        message:
          'the gateway drops this match: infra/parent spec.rules[0] grants only requests with query parameter v=2. Repeat it in the match, with the same name, type and value.',
        value: 'V=2',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'repeated, among others',
    scene: {
      parent: { matches: [prefix('/shop', { queryParams: [{ name: 'v', value: '2' }] })] },
      child: {
        matches: [
          prefix('/shop/cart', {
            queryParams: [
              { name: 'a', value: 'b' },
              { name: 'v', value: '2' },
            ],
          }),
        ],
      },
    },
    want: [],
  },
  {
    name: 'it inherits',
    scene: {
      parent: { matches: [prefix('/shop', { queryParams: [{ name: 'v', value: '2' }] })] },
      child: { matches: [prefix('/cart')], annotations: INHERIT.kgateway },
    },
    want: [],
  },
  {
    name: 'gloo',
    scene: { dialect: 'gloo', parent: { matches: [prefix('/shop', { queryParams: [{ name: 'v', value: '2' }] })] } },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].queryParams',
        message:
          'the gateway drops this match: infra/parent spec.rules[0] grants only requests with query parameter v=2. Repeat it in the match, with the same name, type and value.',
        value: '',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'agentgateway adds it',
    scene: { dialect: 'agentgateway', parent: { matches: [prefix('/shop', { queryParams: [{ name: 'v', value: '2' }] })] } },
    want: [],
  },
  {
    name: 'agentgateway: another value is disjoint',
    scene: {
      dialect: 'agentgateway',
      parent: { matches: [prefix('/shop', { queryParams: [{ name: 'v', value: '2' }] })] },
      child: { matches: [prefix('/shop/cart', { queryParams: [{ name: 'v', value: '3' }] })] },
    },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].queryParams',
        message:
          'the gateway drops this match: infra/parent spec.rules[0] grants only requests with query parameter v=2. Repeat it in the match, with the same name, type and value.',
        value: 'v=3',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'attached to a Gateway as well',
    scene: {
      parent: { matches: [prefix('/shop', { queryParams: [{ name: 'v', value: '2' }] })] },
      child: { parentRefs: [httpRoute('infra', 'parent'), { name: 'gateway', namespace: 'infra' }] },
    },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].queryParams',
        message:
          'the gateway drops this match: infra/parent spec.rules[0] grants only requests with query parameter v=2. Repeat it in the match, with the same name, type and value.',
        value: '',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'a stranger who adopts it',
    scene: {
      parent: false,
      also: [strangerObject({ matches: [prefix('/shop', { queryParams: [{ name: 'v', value: '2' }] })] })],
      child: { parentRefs: null },
    },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].queryParams',
        message:
          'the gateway drops this match: stranger/adopter spec.rules[0] grants only requests with query parameter v=2. Repeat it in the match, with the same name, type and value.',
        value: '',
        grant: { namespace: 'stranger', name: 'adopter', rule: 0, match: 0 },
      },
    ],
  },
])('LK108: $name', ({ scene, want }) => {
  expect(seen('LK108', scene)).toEqual(want)
})
