import { expect, it } from 'vitest'
import { INHERIT, prefix, regex, type Scene, type Seen, seen, strangerObject } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

it.each<Row>([
  {
    name: 'a child that inherits from a regular expression',
    scene: { parent: { matches: [regex('/shop/[a-z]+')] }, child: { matches: [regex('/x')], annotations: INHERIT.kgateway } },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'regex "/shop/[a-z]+/x" cannot be shown to stay inside regex "/shop/[a-z]+", which infra/parent spec.rules[0] grants: the grant is itself a regular expression. Write a path prefix, or a simpler expression that starts with the granted path.',
        value: '/x',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'an empty list of matches that inherits from one',
    scene: { parent: { matches: [regex('/shop/[a-z]+')] }, child: { matches: [], annotations: INHERIT.kgateway } },
    want: [],
  },
  {
    name: 'a child that does not inherit is dead under one',
    scene: { parent: { matches: [regex('/shop/[a-z]+')] }, child: { matches: [regex('/shop/[a-z]+')] } },
    want: [],
  },
  {
    name: 'a type newer than this program',
    scene: { child: { matches: [{ path: { type: 'Glob', value: '/shop/*' } }] } },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'Unknown /shop/* cannot be shown to stay inside PathPrefix /shop, which infra/parent spec.rules[0] grants: this type of path match is not known. Write a path prefix, or a simpler expression that starts with the granted path.',
        value: '/shop/*',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'agentgateway clips it',
    scene: { dialect: 'agentgateway', parent: { matches: [regex('/shop/[a-z]+')] }, child: { matches: [regex('/x')] } },
    want: [],
  },
  {
    name: 'gloo, with its own key',
    scene: { dialect: 'gloo', parent: { matches: [regex('/shop/[a-z]+')] }, child: { matches: [prefix('/x')], annotations: INHERIT.gloo } },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'PathPrefix /shop/[a-z]+/x cannot be shown to stay inside regex "/shop/[a-z]+", which infra/parent spec.rules[0] grants: the grant is itself a regular expression. Write a path prefix, or a simpler expression that starts with the granted path.',
        value: '/x',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'a stranger who adopts it',
    scene: {
      parent: false,
      also: [strangerObject({ matches: [regex('/shop/[a-z]+')] })],
      child: { parentRefs: null, matches: [regex('/x')], annotations: INHERIT.kgateway },
    },
    want: [
      {
        effect: 'escape',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].path.value',
        message:
          'regex "/shop/[a-z]+/x" cannot be shown to stay inside regex "/shop/[a-z]+", which stranger/adopter spec.rules[0] grants: the grant is itself a regular expression. Write a path prefix, or a simpler expression that starts with the granted path.',
        value: '/x',
        grant: { namespace: 'stranger', name: 'adopter', rule: 0, match: 0 },
      },
    ],
  },
])('LK104: $name', ({ scene, want }) => {
  expect(seen('LK104', scene)).toEqual(want)
})
