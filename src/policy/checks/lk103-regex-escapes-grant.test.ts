import { expect, it } from 'vitest'
import { INHERIT, prefix, regex, type Scene, type Seen, seen, strangerObject } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

it.each<Row>([
  {
    name: 'an alternation without a group',
    scene: { parent: { matches: [prefix('/payments')] }, child: { matches: [regex('/payments|/banking/.*')] } },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'regex "/payments|/banking/.*" also matches GET /banking/ but infra/parent spec.rules[0] grants PathPrefix /payments. Write "/payments(/.*)?", or ask the owner of infra/parent for more.',
        value: '/payments|/banking/.*',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
        witness: { method: 'GET', host: 'example.com', path: '/banking/', headers: {}, query: {} },
      },
    ],
  },
  {
    name: 'an alternation in a group',
    scene: { parent: { matches: [prefix('/payments')] }, child: { matches: [regex('/payments(/x|/banking/.*)')] } },
    want: [],
  },
  {
    name: 'a quantifier on the last letter',
    scene: { parent: { matches: [prefix('/team-a')] }, child: { matches: [regex('/team-a?b/.*')] } },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'regex "/team-a?b/.*" also matches GET /team-b/ but infra/parent spec.rules[0] grants PathPrefix /team-a. Write "/team-a(/.*)?", or ask the owner of infra/parent for more.',
        value: '/team-a?b/.*',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
        witness: { method: 'GET', host: 'example.com', path: '/team-b/', headers: {}, query: {} },
      },
    ],
  },
  {
    name: 'no element boundary',
    scene: { child: { matches: [regex('/shop.*')] } },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'regex "/shop.*" also matches GET /shopx but infra/parent spec.rules[0] grants PathPrefix /shop. Write "/shop(/.*)?", or ask the owner of infra/parent for more.',
        value: '/shop.*',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
        witness: { method: 'GET', host: 'example.com', path: '/shopx', headers: {}, query: {} },
      },
    ],
  },
  { name: 'an end or an element', scene: { child: { matches: [regex('/shop(/|$)(.*)')] } }, want: [] },
  {
    name: 'one dot for any character',
    scene: { parent: { matches: [prefix('/v1.0')] }, child: { matches: [regex('/v1.0/.*')] } },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'regex "/v1.0/.*" also matches GET /v1x0/ but infra/parent spec.rules[0] grants PathPrefix /v1.0. Write a PathPrefix at or below /v1.0, or ask the owner of infra/parent for more.',
        value: '/v1.0/.*',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
        witness: { method: 'GET', host: 'example.com', path: '/v1x0/', headers: {}, query: {} },
      },
    ],
  },
  { name: 'letters of any case: the gateway drops it, LK101', scene: { child: { matches: [regex('(?i)/shop/.*')] } }, want: [] },
  { name: 'letters of any case below the grant', scene: { child: { matches: [regex('/shop/(?i)cart')] } }, want: [] },
  {
    name: 'joined with its parent',
    scene: { child: { matches: [regex('/x|/payments/.*')], annotations: INHERIT.kgateway } },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'regex "/x|/payments/.*" becomes regex "/shop/x|/payments/.*" under its parent and also matches GET /payments/ but infra/parent spec.rules[0] grants PathPrefix /shop. Stay at or below /shop, or ask the owner of infra/parent for more.',
        value: '/x|/payments/.*',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
        witness: { method: 'GET', host: 'example.com', path: '/payments/', headers: {}, query: {} },
      },
    ],
  },
  {
    name: 'joined with its parent, in a group',
    scene: { child: { matches: [regex('/(x|payments/.*)')], annotations: INHERIT.kgateway } },
    want: [],
  },
  {
    name: 'two grants of one parent add up',
    scene: { parent: { matches: [prefix('/a'), prefix('/ab')] }, child: { matches: [regex('/ab?/.*')] } },
    want: [],
  },
  {
    name: 'a route of many hosts and conditions',
    scene: {
      parent: { hostnames: ['*.example.com'] },
      child: { matches: [regex('/shop.*', { method: 'PUT', headers: [{ name: 'X-Env', value: 'dev' }] })] },
    },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'regex "/shop.*" also matches PUT /shopx but infra/parent spec.rules[0] grants PathPrefix /shop. Write "/shop(/.*)?", or ask the owner of infra/parent for more.',
        value: '/shop.*',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
        witness: { method: 'PUT', host: 'x.example.com', path: '/shopx', headers: { 'X-Env': 'dev' }, query: {} },
      },
    ],
  },
  {
    name: 'gloo',
    scene: { dialect: 'gloo', child: { matches: [regex('/shop.*')] } },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'regex "/shop.*" also matches GET /shopx but infra/parent spec.rules[0] grants PathPrefix /shop. Write "/shop(/.*)?", or ask the owner of infra/parent for more.',
        value: '/shop.*',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
        witness: { method: 'GET', host: 'example.com', path: '/shopx', headers: {}, query: {} },
      },
    ],
  },
  { name: 'agentgateway clips it', scene: { dialect: 'agentgateway', child: { matches: [regex('/shop.*')] } }, want: [] },
  {
    name: 'a stranger who adopts it',
    scene: { parent: false, also: [strangerObject()], child: { parentRefs: null, matches: [regex('/shop.*')] } },
    want: [
      {
        effect: 'escape',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'regex "/shop.*" also matches GET /shopx but stranger/adopter spec.rules[0] grants PathPrefix /shop. Write "/shop(/.*)?", or ask the owner of stranger/adopter for more.',
        value: '/shop.*',
        grant: { namespace: 'stranger', name: 'adopter', rule: 0, match: 0 },
        witness: { method: 'GET', host: 'example.com', path: '/shopx', headers: {}, query: {} },
      },
    ],
  },
])('LK103: $name', ({ scene, want }) => {
  expect(seen('LK103', scene)).toEqual(want)
})
