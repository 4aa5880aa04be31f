import { expect, it } from 'vitest'
import {
  childObject,
  exact,
  httpRoute,
  INHERIT,
  patched,
  prefix,
  regex,
  type Scene,
  type Seen,
  seen,
  strangerObject,
} from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

it.each<Row>([
  {
    name: 'a path beside the grant',
    scene: { child: { matches: [prefix('/cart')] } },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'PathPrefix /cart is dropped by the gateway: infra/parent spec.rules[0] grants PathPrefix /shop. Move the path below it, or ask the owner of infra/parent for more.',
        value: '/cart',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  { name: 'a path below it', scene: { child: { matches: [prefix('/shop/cart')] } }, want: [] },
  { name: 'the grant itself, with a trailing slash', scene: { child: { matches: [prefix('/shop/')] } }, want: [] },
  {
    name: 'another case is another path',
    scene: { child: { matches: [prefix('/Shop/cart')] } },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'PathPrefix /Shop/cart is dropped by the gateway: infra/parent spec.rules[0] grants PathPrefix /shop. Move the path below it, or ask the owner of infra/parent for more.',
        value: '/Shop/cart',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'a regular expression that starts elsewhere',
    scene: { child: { matches: [regex('/cart/.*')] } },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'regex "/cart/.*" is dropped by the gateway: infra/parent spec.rules[0] grants PathPrefix /shop. Move the path below it, or ask the owner of infra/parent for more.',
        value: '/cart/.*',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'no matches at all are the catch-all',
    scene: { child: { rules: [{ backendRefs: [{ name: 'cart', port: 80 }] }] } },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'PathPrefix / is dropped by the gateway: infra/parent spec.rules[0] grants PathPrefix /shop. Move the path below it, or ask the owner of infra/parent for more.',
        value: '/',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'an explicit empty list of matches',
    scene: { child: { matches: [] } },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].matches',
        message:
          'an empty list of matches claims nothing, so the gateway drops the rule: infra/parent spec.rules[0] grants PathPrefix /shop. Write a match below it.',
        value: '[]',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  { name: 'an explicit empty list that inherits', scene: { child: { matches: [], annotations: INHERIT.kgateway } }, want: [] },
  {
    name: 'only the matches that no grant lets through',
    scene: { child: { matches: [prefix('/shop/cart'), prefix('/cart')] } },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].matches[1].path.value',
        message:
          'PathPrefix /cart is dropped by the gateway: infra/parent spec.rules[0] grants PathPrefix /shop. Move the path below it, or ask the owner of infra/parent for more.',
        value: '/cart',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'names the first of grants that are equally far',
    scene: {
      parent: { rules: [{ matches: [prefix('/a'), prefix('/b')], backendRefs: [httpRoute('shop', '*')] }] },
      child: { matches: [prefix('/c')] },
    },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'PathPrefix /c is dropped by the gateway: infra/parent spec.rules[0] grants PathPrefix /a. Move the path below it, or ask the owner of infra/parent for more.',
        value: '/c',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'it inherits with the key of this dialect',
    scene: { child: { matches: [prefix('/cart')], annotations: INHERIT.kgateway } },
    want: [],
  },
  {
    name: 'it inherits with the key of another dialect',
    scene: { child: { matches: [prefix('/cart')], annotations: INHERIT.gloo } },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'PathPrefix /cart is dropped by the gateway: infra/parent spec.rules[0] grants PathPrefix /shop. Move the path below it, or ask the owner of infra/parent for more.',
        value: '/cart',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'gloo reads its own key',
    scene: { dialect: 'gloo', child: { matches: [prefix('/cart')], annotations: INHERIT.gloo } },
    want: [],
  },
  {
    name: 'agentgateway drops what is disjoint',
    scene: { dialect: 'agentgateway', child: { matches: [prefix('/cart')] } },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'PathPrefix /cart is dropped by the gateway: infra/parent spec.rules[0] grants PathPrefix /shop. Move the path below it, or ask the owner of infra/parent for more.',
        value: '/cart',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  { name: 'agentgateway clips what is wider', scene: { dialect: 'agentgateway', child: { matches: [prefix('/')] } }, want: [] },
  {
    name: 'agentgateway drops a regular expression that only looks alike',
    scene: { dialect: 'agentgateway', child: { matches: [regex('/sh.+/cart'), regex('/shopping/.*')] } },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].matches[1].path.value',
        message:
          'regex "/shopping/.*" is dropped by the gateway: infra/parent spec.rules[0] grants PathPrefix /shop. Move the path below it, or ask the owner of infra/parent for more.',
        value: '/shopping/.*',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'agentgateway shares out an Exact path as well',
    scene: { dialect: 'agentgateway', parent: { matches: [exact('/shop')] }, child: { matches: [prefix('/'), prefix('/shop/cart')] } },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].matches[1].path.value',
        message:
          'PathPrefix /shop/cart is dropped by the gateway: infra/parent spec.rules[0] grants Exact /shop. Write a path that it contains, or ask the owner of infra/parent for more.',
        value: '/shop/cart',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'agentgateway drops what a wider middle cannot hand on',
    scene: {
      dialect: 'agentgateway',
      parent: { backendRefs: [httpRoute('shop', 'middle')] },
      also: [childObject({ name: 'middle', matches: [prefix('/')], backendRefs: [httpRoute('shop', 'cart')] })],
      child: { parentRefs: [httpRoute('shop', 'middle')], matches: [prefix('/cart'), prefix('/shop/cart')] },
    },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'PathPrefix /cart is dropped by the gateway: infra/parent spec.rules[0] grants PathPrefix /shop. Move the path below it, or ask the owner of infra/parent for more.',
        value: '/cart',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'agentgateway narrows to hostnames of the lane',
    scene: { dialect: 'agentgateway', child: { hostnames: ['example.com', 'other.example.com'] } },
    want: [],
  },
  {
    name: 'hostnames that no lane of agentgateway has',
    scene: { dialect: 'agentgateway', child: { hostnames: ['a.example.com', 'b.example.com'], matches: [prefix('/cart')] } },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.hostnames',
        message:
          'the gateway sends this route no requests: none of its hostnames is a host of what infra/parent spec.rules[0] grants. Remove them, or write hosts of its root.',
        value: 'a.example.com, b.example.com',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'hostnames that no lane has, attached to a Gateway as well',
    scene: {
      dialect: 'agentgateway',
      child: { hostnames: ['a.example.com'], parentRefs: [httpRoute('infra', 'parent'), { name: 'gateway', namespace: 'infra' }] },
    },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.hostnames',
        message:
          'the gateway sends this route no requests: none of its hostnames is a host of what infra/parent spec.rules[0] grants. Remove them, or write hosts of its root.',
        value: 'a.example.com',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  { name: 'hostnames in other dialects are for LK112', scene: { child: { hostnames: ['a.example.com'] } }, want: [] },
  {
    name: 'an Exact parent programs nothing of a child that does not inherit',
    scene: { parent: { matches: [exact('/shop')] }, child: { matches: [prefix('/shop/cart')] } },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'PathPrefix /shop/cart is dropped by the gateway: infra/parent spec.rules[0] grants Exact /shop. Only a PathPrefix can be shared out: ask the owner of infra/parent for one.',
        value: '/shop/cart',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'attached to a Gateway as well, nothing is lost',
    scene: { child: { matches: [prefix('/cart')], parentRefs: [httpRoute('infra', 'parent'), { name: 'gateway', namespace: 'infra' }] } },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'PathPrefix /cart is dropped by the gateway: infra/parent spec.rules[0] grants PathPrefix /shop. Move the path below it, or ask the owner of infra/parent for more.',
        value: '/cart',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'a stranger who adopts it',
    scene: { parent: false, also: [strangerObject()], child: { parentRefs: null, matches: [prefix('/cart')] } },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'PathPrefix /cart is dropped by the gateway: stranger/adopter spec.rules[0] grants PathPrefix /shop. Move the path below it, or ask the owner of stranger/adopter for more.',
        value: '/cart',
        grant: { namespace: 'stranger', name: 'adopter', rule: 0, match: 0 },
      },
    ],
  },
  { name: 'no parent yet', scene: { parent: false, child: { matches: [prefix('/cart')] } }, want: [] },
])('LK101: $name', ({ scene, want }) => {
  expect(seen('LK101', scene)).toEqual(want)
})

it.each<{ name: string; scene: Scene; operations: unknown }>([
  {
    name: 'the inherit annotation',
    scene: { child: { matches: [prefix('/cart')] } },
    operations: [{ op: 'add', path: '/metadata/annotations', value: { 'delegation.kgateway.dev/inherit-parent-matcher': 'true' } }],
  },
  {
    name: 'beside other annotations',
    scene: { child: { matches: [prefix('/cart')], annotations: { 'example.com/a~b': 'c' } } },
    operations: [{ op: 'add', path: '/metadata/annotations/delegation.kgateway.dev~1inherit-parent-matcher', value: 'true' }],
  },
  {
    name: "gloo's own key",
    scene: { dialect: 'gloo', child: { matches: [prefix('/cart'), regex('/cart/[0-9]+')] } },
    operations: [{ op: 'add', path: '/metadata/annotations', value: { 'delegation.gateway.solo.io/inherit-parent-matcher': 'true' } }],
  },
])('LK101 patch: $name', ({ scene, operations }) => {
  expect(patched('LK101', scene)).toEqual({ operations, left: [], again: [] })
})
