import { expect, it } from 'vitest'
import { httpRoute, INHERIT, prefix, type Scene, type Seen, seen, strangerObject } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

it.each<Row>([
  {
    name: 'the header is missing',
    scene: { parent: { matches: [prefix('/shop', { headers: [{ name: 'X-Env', value: 'dev' }] })] } },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].headers',
        message:
          'the gateway drops this match: infra/parent spec.rules[0] grants only requests with header X-Env=dev. Repeat it in the match, with the same name, type and value.',
        value: '',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'it has another value',
    scene: {
      parent: { matches: [prefix('/shop', { headers: [{ name: 'X-Env', value: 'dev' }] })] },
      child: { matches: [prefix('/shop/cart', { headers: [{ name: 'X-Env', value: 'prod' }] })] },
    },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].headers',
        message:
          'the gateway drops this match: infra/parent spec.rules[0] grants only requests with header X-Env=dev. Repeat it in the match, with the same name, type and value.',
        value: 'X-Env=prod',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'it is a regular expression',
    scene: {
      parent: { matches: [prefix('/shop', { headers: [{ name: 'X-Env', value: 'dev' }] })] },
      child: { matches: [prefix('/shop/cart', { headers: [{ name: 'X-Env', type: 'RegularExpression', value: 'dev' }] })] },
    },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].headers',
        message:
          'the gateway drops this match: infra/parent spec.rules[0] grants only requests with header X-Env=dev. Repeat it in the match, with the same name, type and value.',
        value: 'X-Env~dev',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'repeated, among others',
    scene: {
      parent: { matches: [prefix('/shop', { headers: [{ name: 'X-Env', value: 'dev' }] })] },
      child: {
        matches: [
          prefix('/shop/cart', {
            headers: [
              { name: 'X-A', value: 'b' },
              { name: 'X-Env', value: 'dev' },
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
      parent: { matches: [prefix('/shop', { headers: [{ name: 'X-Env', value: 'dev' }] })] },
      child: { matches: [prefix('/cart')], annotations: INHERIT.kgateway },
    },
    want: [],
  },
  {
    name: 'gloo',
    scene: { dialect: 'gloo', parent: { matches: [prefix('/shop', { headers: [{ name: 'X-Env', value: 'dev' }] })] } },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].headers',
        message:
          'the gateway drops this match: infra/parent spec.rules[0] grants only requests with header X-Env=dev. Repeat it in the match, with the same name, type and value.',
        value: '',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'agentgateway adds it',
    scene: { dialect: 'agentgateway', parent: { matches: [prefix('/shop', { headers: [{ name: 'X-Env', value: 'dev' }] })] } },
    want: [],
  },
  {
    name: 'agentgateway: another value is disjoint',
    scene: {
      dialect: 'agentgateway',
      parent: { matches: [prefix('/shop', { headers: [{ name: 'X-Env', value: 'dev' }] })] },
      child: { matches: [prefix('/shop/cart', { headers: [{ name: 'x-env', value: 'prod' }] })] },
    },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].headers',
        message:
          'the gateway drops this match: infra/parent spec.rules[0] grants only requests with header X-Env=dev. Repeat it in the match, with the same name, type and value.',
        value: 'x-env=prod',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'attached to a Gateway as well',
    scene: {
      parent: { matches: [prefix('/shop', { headers: [{ name: 'X-Env', value: 'dev' }] })] },
      child: { parentRefs: [httpRoute('infra', 'parent'), { name: 'gateway', namespace: 'infra' }] },
    },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].headers',
        message:
          'the gateway drops this match: infra/parent spec.rules[0] grants only requests with header X-Env=dev. Repeat it in the match, with the same name, type and value.',
        value: '',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'a stranger who adopts it',
    scene: {
      parent: false,
      also: [strangerObject({ matches: [prefix('/shop', { headers: [{ name: 'X-Env', value: 'dev' }] })] })],
      child: { parentRefs: null },
    },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].headers',
        message:
          'the gateway drops this match: stranger/adopter spec.rules[0] grants only requests with header X-Env=dev. Repeat it in the match, with the same name, type and value.',
        value: '',
        grant: { namespace: 'stranger', name: 'adopter', rule: 0, match: 0 },
      },
    ],
  },
])('LK107: $name', ({ scene, want }) => {
  expect(seen('LK107', scene)).toEqual(want)
})
