import { expect, it } from 'vitest'
import { exact, INHERIT, patched, prefix, regex, type Scene, type Seen, seen, strangerObject } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

it.each<Row>([
  {
    name: 'a header name in another case',
    scene: {
      parent: { matches: [prefix('/shop', { headers: [{ name: 'X-Env', value: 'dev' }] })] },
      child: { matches: [prefix('/shop/cart', { headers: [{ name: 'x-env', value: 'dev' }] })] },
    },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].headers[0].name',
        message:
          'header x-env is the one infra/parent spec.rules[0] requires, but the gateway compares the spelling and drops the match. Write X-Env.',
        value: 'x-env',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'in the same case',
    scene: {
      parent: { matches: [prefix('/shop', { headers: [{ name: 'X-Env', value: 'dev' }] })] },
      child: { matches: [prefix('/shop/cart', { headers: [{ name: 'X-Env', value: 'dev' }] })] },
    },
    want: [],
  },
  {
    name: 'an escaped dot',
    scene: { parent: { matches: [prefix('/v1.0')] }, child: { matches: [regex('/v1\\.0/.*')] } },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'regex "/v1\\\\.0/.*" is inside what infra/parent spec.rules[0] grants (PathPrefix /v1.0), but the gateway compares texts and drops it. Write a PathPrefix or Exact path.',
        value: '/v1\\.0/.*',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'a trailing slash that only the parent has',
    scene: { parent: { matches: [prefix('/shop/')] }, child: { matches: [prefix('/shop')] } },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          "PathPrefix /shop is inside what infra/parent spec.rules[0] grants (PathPrefix /shop/), but the gateway compares texts and drops it. Start it with the parent's exact text.",
        value: '/shop',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: "a value inside the parent's expression",
    scene: {
      parent: { matches: [prefix('/shop', { headers: [{ name: 'X-Env', type: 'RegularExpression', value: 'dev|test' }] })] },
      child: { matches: [prefix('/shop/cart', { headers: [{ name: 'X-Env', value: 'dev' }] })] },
    },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].headers',
        message:
          "the conditions of this match are inside what infra/parent spec.rules[0] grants (PathPrefix /shop, header X-Env~dev|test), but the gateway compares texts and drops it. Repeat the parent's, with the same name, type and value.",
        value: 'X-Env=dev',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: "a parameter inside the parent's expression",
    scene: {
      parent: { matches: [prefix('/shop', { queryParams: [{ name: 'v', type: 'RegularExpression', value: '[0-9]+' }] })] },
      child: { matches: [prefix('/shop/cart', { queryParams: [{ name: 'v', value: '2' }] })] },
    },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].queryParams',
        message:
          "the conditions of this match are inside what infra/parent spec.rules[0] grants (PathPrefix /shop, query parameter v~[0-9]+), but the gateway compares texts and drops it. Repeat the parent's, with the same name, type and value.",
        value: 'v=2',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'an escaped dot, as a prefix',
    scene: { parent: { matches: [prefix('/v1.0')] }, child: { matches: [prefix('/v1.0/')] } },
    want: [],
  },
  {
    name: 'the very path of an Exact parent',
    scene: { parent: { matches: [exact('/shop')] }, child: { matches: [exact('/shop')] } },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'Exact /shop is inside what infra/parent spec.rules[0] grants (Exact /shop), but below anything other than a PathPrefix the gateway drops every match that is not inherited. Ask the owner of infra/parent to grant a PathPrefix.',
        value: '/shop',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'inherited in another case, it stands there twice',
    scene: {
      parent: { matches: [prefix('/shop', { headers: [{ name: 'X-Env', value: 'dev' }] })] },
      child: { matches: [prefix('/cart', { headers: [{ name: 'x-env', value: 'dev' }] })], annotations: INHERIT.kgateway },
    },
    want: [
      {
        effect: 'risk',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].headers[0].name',
        message:
          'header x-env=dev is inherited from infra/parent spec.rules[0] as X-Env already, so it stands in the match twice. Write X-Env, or leave it out.',
        value: 'x-env',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'gloo',
    scene: {
      dialect: 'gloo',
      parent: { matches: [prefix('/shop', { headers: [{ name: 'X-Env', value: 'dev' }] })] },
      child: { matches: [prefix('/shop/cart', { headers: [{ name: 'x-env', value: 'dev' }] })] },
    },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].headers[0].name',
        message:
          'header x-env is the one infra/parent spec.rules[0] requires, but the gateway compares the spelling and drops the match. Write X-Env.',
        value: 'x-env',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'agentgateway compares names ignoring case',
    scene: {
      dialect: 'agentgateway',
      parent: { matches: [prefix('/shop', { headers: [{ name: 'X-Env', value: 'dev' }] })] },
      child: { matches: [prefix('/shop/cart', { headers: [{ name: 'x-env', value: 'dev' }] })] },
    },
    want: [],
  },
  {
    name: 'a stranger who adopts it',
    scene: {
      parent: false,
      also: [strangerObject({ matches: [prefix('/shop', { headers: [{ name: 'X-Env', value: 'dev' }] })] })],
      child: { parentRefs: null, matches: [prefix('/shop/cart', { headers: [{ name: 'x-env', value: 'dev' }] })] },
    },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].headers[0].name',
        message:
          'header x-env is the one stranger/adopter spec.rules[0] requires, but the gateway compares the spelling and drops the match. Write X-Env.',
        value: 'x-env',
        grant: { namespace: 'stranger', name: 'adopter', rule: 0, match: 0 },
      },
    ],
  },
])('LK110: $name', ({ scene, want }) => {
  expect(seen('LK110', scene)).toEqual(want)
})

it.each<{ name: string; scene: Scene; operations: unknown }>([
  {
    name: "the parent's spelling",
    scene: {
      parent: { matches: [prefix('/shop', { headers: [{ name: 'X-Env', value: 'dev' }] })] },
      child: { matches: [prefix('/shop/cart', { headers: [{ name: 'x-env', value: 'dev' }] })] },
    },
    operations: [{ op: 'replace', path: '/spec/rules/0/matches/0/headers/0/name', value: 'X-Env' }],
  },
  {
    name: 'of several headers',
    scene: {
      parent: {
        matches: [
          prefix('/shop', {
            headers: [
              { name: 'X-Env', value: 'dev' },
              { name: 'X-B', value: 'b' },
            ],
          }),
        ],
      },
      child: {
        matches: [
          prefix('/shop/a', {
            headers: [
              { name: 'X-Env', value: 'dev' },
              { name: 'X-B', value: 'b' },
            ],
          }),
          prefix('/shop/cart', {
            headers: [
              { name: 'x-b', value: 'b' },
              { name: 'x-c', value: 'c' },
              { name: 'x-env', value: 'dev' },
            ],
          }),
        ],
      },
    },
    operations: [
      { op: 'replace', path: '/spec/rules/0/matches/1/headers/2/name', value: 'X-Env' },
      { op: 'replace', path: '/spec/rules/0/matches/1/headers/0/name', value: 'X-B' },
    ],
  },
  {
    name: 'of an inherited header',
    scene: {
      parent: { matches: [prefix('/shop', { headers: [{ name: 'X-Env', value: 'dev' }] })] },
      child: { matches: [prefix('/cart', { headers: [{ name: 'x-env', value: 'dev' }] })], annotations: INHERIT.kgateway },
    },
    operations: [{ op: 'replace', path: '/spec/rules/0/matches/0/headers/0/name', value: 'X-Env' }],
  },
])('LK110 patch: $name', ({ scene, operations }) => {
  expect(patched('LK110', scene)).toEqual({ operations, left: [], again: [] })
})
