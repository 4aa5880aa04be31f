import { expect, it } from 'vitest'
import { childObject, exact, httpRoute, INHERIT, prefix, type Scene, type Seen, seen, strangerObject } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

it.each<Row>([
  {
    name: 'the text of the grant without an element boundary',
    scene: { child: { matches: [prefix('/shopping')] } },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'PathPrefix /shopping takes GET /shopping but infra/parent spec.rules[0] grants PathPrefix /shop. Stay at or below /shop, or ask the owner of infra/parent for more.',
        value: '/shopping',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
        witness: { method: 'GET', host: 'example.com', path: '/shopping', headers: {}, query: {} },
      },
    ],
  },
  { name: 'below the grant', scene: { child: { matches: [prefix('/shop/ping')] } }, want: [] },
  {
    name: 'Exact, without a boundary',
    scene: {
      child: {
        matches: [
          exact('/shop-admin', {
            method: 'POST',
            headers: [{ name: 'X-Env', value: 'dev' }],
            queryParams: [{ name: 'q', type: 'RegularExpression', value: 'a+' }],
          }),
        ],
      },
    },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'Exact /shop-admin takes POST /shop-admin but infra/parent spec.rules[0] grants PathPrefix /shop. Stay at or below /shop, or ask the owner of infra/parent for more.',
        value: '/shop-admin',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
        witness: { method: 'POST', host: 'example.com', path: '/shop-admin', headers: { 'X-Env': 'dev' }, query: { q: 'a' } },
      },
    ],
  },
  { name: 'Exact, below the grant', scene: { child: { matches: [exact('/shop/admin')] } }, want: [] },
  {
    name: 'two grants of one parent add up',
    scene: {
      parent: { rules: [{ matches: [prefix('/shop'), prefix('/shopping')], backendRefs: [httpRoute('shop', '*')] }] },
      child: { matches: [prefix('/shopping')] },
    },
    want: [],
  },
  {
    name: 'an Exact parent and an inheriting prefix',
    scene: { parent: { matches: [exact('/shop')] }, child: { matches: [prefix('/')], annotations: INHERIT.kgateway } },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'PathPrefix / becomes PathPrefix /shop under its parent and takes GET /shop/x but infra/parent spec.rules[0] grants Exact /shop. Drop the match, or ask the owner of infra/parent for more.',
        value: '/',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
        witness: { method: 'GET', host: 'example.com', path: '/shop/x', headers: {}, query: {} },
      },
    ],
  },
  {
    name: 'an Exact parent and an inheriting child that is not the same path',
    scene: { parent: { matches: [exact('/login')] }, child: { matches: [exact('/x')], annotations: INHERIT.kgateway } },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'Exact /x becomes Exact /login/x under its parent and takes GET /login/x but infra/parent spec.rules[0] grants Exact /login. Drop the match, or ask the owner of infra/parent for more.',
        value: '/x',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
        witness: { method: 'GET', host: 'example.com', path: '/login/x', headers: {}, query: {} },
      },
    ],
  },
  {
    name: 'a grandchild beyond what its parent was granted',
    scene: {
      parent: { matches: [prefix('/api')], backendRefs: [httpRoute('mid', '*')] },
      also: [childObject({ name: 'mid', namespace: 'mid', matches: [prefix('/apix')], backendRefs: [httpRoute('shop', '*')] })],
      child: { parentRefs: [httpRoute('mid', 'mid')], matches: [prefix('/apix/y')] },
    },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'PathPrefix /apix/y takes GET /apix/y but infra/parent spec.rules[0] grants PathPrefix /api. Stay at or below /api, or ask the owner of infra/parent for more.',
        value: '/apix/y',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
        witness: { method: 'GET', host: 'example.com', path: '/apix/y', headers: {}, query: {} },
      },
    ],
  },
  {
    name: 'gloo',
    scene: { dialect: 'gloo', child: { matches: [prefix('/shopping')] } },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'PathPrefix /shopping takes GET /shopping but infra/parent spec.rules[0] grants PathPrefix /shop. Stay at or below /shop, or ask the owner of infra/parent for more.',
        value: '/shopping',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
        witness: { method: 'GET', host: 'example.com', path: '/shopping', headers: {}, query: {} },
      },
    ],
  },
  {
    name: 'agentgateway: outside is dead, nothing escapes',
    scene: { dialect: 'agentgateway', child: { matches: [prefix('/shopping')] } },
    want: [],
  },
  {
    name: 'a stranger who adopts it',
    scene: { parent: false, also: [strangerObject()], child: { parentRefs: null, matches: [prefix('/shopping')] } },
    want: [
      {
        effect: 'escape',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'PathPrefix /shopping takes GET /shopping but stranger/adopter spec.rules[0] grants PathPrefix /shop. Stay at or below /shop, or ask the owner of stranger/adopter for more.',
        value: '/shopping',
        grant: { namespace: 'stranger', name: 'adopter', rule: 0, match: 0 },
        witness: { method: 'GET', host: 'example.com', path: '/shopping', headers: {}, query: {} },
      },
    ],
  },
])('LK102: $name', ({ scene, want }) => {
  expect(seen('LK102', scene)).toEqual(want)
})
