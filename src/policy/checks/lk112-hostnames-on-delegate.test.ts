import { expect, it } from 'vitest'
import { httpRoute, patched, type Scene, type Seen, seen, strangerObject } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

it.each<Row>([
  {
    name: 'hostnames on a child',
    scene: { child: { hostnames: ['b.example.com', 'a.example.com'] } },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.hostnames',
        message:
          'the gateway drops this route as a child of infra/parent spec.rules[0]: a child has the hosts of its root and may not name any. Remove them.',
        value: 'b.example.com, a.example.com',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  { name: 'none', scene: {}, want: [] },
  {
    name: 'on a root',
    scene: { child: { hostnames: ['b.example.com', 'a.example.com'], parentRefs: [{ name: 'gateway', namespace: 'infra' }] } },
    want: [],
  },
  {
    name: 'on a child that is attached to a Gateway as well',
    scene: {
      child: {
        hostnames: ['b.example.com', 'a.example.com'],
        parentRefs: [httpRoute('infra', 'parent'), { name: 'gateway', namespace: 'infra' }],
      },
    },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.hostnames',
        message:
          'the gateway drops this route as a child of infra/parent spec.rules[0]: a child has the hosts of its root and may not name any. Remove them.',
        value: 'b.example.com, a.example.com',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'gloo',
    scene: { dialect: 'gloo', child: { hostnames: ['b.example.com', 'a.example.com'] } },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.hostnames',
        message:
          'the gateway drops this route as a child of infra/parent spec.rules[0]: a child has the hosts of its root and may not name any. Remove them.',
        value: 'b.example.com, a.example.com',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'agentgateway narrows by them',
    scene: { dialect: 'agentgateway', child: { hostnames: ['b.example.com', 'a.example.com'] } },
    want: [],
  },
  {
    name: 'no parent yet: it may be one of agentgateway',
    scene: { parent: false, child: { hostnames: ['b.example.com', 'a.example.com'] } },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.hostnames',
        message: 'a route that is delegated to has the hosts of its root; with hostnames of its own the gateway drops it. Remove them.',
        value: 'b.example.com, a.example.com',
      },
    ],
  },
  {
    name: 'no parent yet, and the policy knows the dialect',
    scene: { parent: false, policies: [{ dialect: 'gloo' }], child: { hostnames: ['b.example.com', 'a.example.com'] } },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.hostnames',
        message: 'a route that is delegated to has the hosts of its root; with hostnames of its own the gateway drops it. Remove them.',
        value: 'b.example.com, a.example.com',
      },
    ],
  },
  {
    name: 'no parent yet, and the policy says agentgateway',
    scene: { parent: false, policies: [{ dialect: 'agentgateway' }], child: { hostnames: ['b.example.com', 'a.example.com'] } },
    want: [],
  },
  {
    name: 'a stranger who adopts it',
    scene: { parent: false, also: [strangerObject()], child: { parentRefs: null, hostnames: ['b.example.com', 'a.example.com'] } },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.hostnames',
        message:
          'the gateway drops this route as a child of stranger/adopter spec.rules[0]: a child has the hosts of its root and may not name any. Remove them.',
        value: 'b.example.com, a.example.com',
        grant: { namespace: 'stranger', name: 'adopter', rule: 0, match: 0 },
      },
    ],
  },
])('LK112: $name', ({ scene, want }) => {
  expect(seen('LK112', scene)).toEqual(want)
})

it.each<{ name: string; scene: Scene; operations: unknown }>([
  {
    name: 'removes them',
    scene: { child: { hostnames: ['b.example.com', 'a.example.com'] } },
    operations: [{ op: 'remove', path: '/spec/hostnames' }],
  },
])('LK112 patch: $name', ({ scene, operations }) => {
  expect(patched('LK112', scene)).toEqual({ operations, left: [], again: [] })
})
