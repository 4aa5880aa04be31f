import { expect, it } from 'vitest'
import { childObject, httpRoute, parentObject, prefix, type Scene, type Seen, seen, strangerObject } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

it.each<Row>([
  {
    name: 'two parentless routes that delegate to all of their namespace',
    scene: {
      also: [childObject({ name: 'other', parentRefs: null, backendRefs: [httpRoute('shop', '*')] })],
      child: { parentRefs: null, backendRefs: [httpRoute('shop', '*')] },
    },
    want: [
      {
        effect: 'risk',
        action: 'Deny',
        field: 'spec.rules[0].backendRefs[0]',
        message:
          'another route of namespace shop delegates to every route of it too, and neither names its parents: gateways explore such routes in every order. Name the children, or give the routes parentRefs.',
      },
    ],
  },
  {
    name: 'one of them names its parent',
    scene: {
      also: [childObject({ name: 'other', backendRefs: [httpRoute('shop', '*')] })],
      child: { parentRefs: null, backendRefs: [httpRoute('shop', '*')] },
    },
    want: [],
  },
  {
    name: 'the new one names its parent',
    scene: {
      also: [childObject({ name: 'other', parentRefs: null, backendRefs: [httpRoute('shop', '*')] })],
      child: { backendRefs: [httpRoute('shop', '*')] },
    },
    want: [],
  },
  {
    name: 'they delegate elsewhere',
    scene: {
      also: [childObject({ name: 'other', parentRefs: null, backendRefs: [httpRoute('shop', '*')] })],
      child: { parentRefs: null, backendRefs: [httpRoute('bank', '*')] },
    },
    want: [],
  },
  {
    name: 'more children than the policy allows',
    scene: {
      parent: false,
      policies: [{ limits: { children: 2 } }],
      also: ['a', 'b', 'c'].map((name) => childObject({ name })),
      judged: parentObject(),
    },
    want: [
      {
        effect: 'risk',
        action: 'Warn',
        field: 'spec.rules[0].backendRefs[0]',
        message:
          'this reference selects more routes than the 2 the policy allows (every HTTPRoute in namespace shop). Select by name or by label.',
      },
    ],
  },
  {
    name: 'as many as it allows',
    scene: {
      parent: false,
      policies: [{ limits: { children: 3 } }],
      also: ['a', 'b', 'c'].map((name) => childObject({ name })),
      judged: parentObject(),
    },
    want: [],
  },
  {
    name: 'more ways than there are steps for',
    scene: { steps: 4, parent: { matches: ['/a', '/b', '/shop'].map((path) => prefix(path)) } },
    want: [
      {
        effect: 'risk',
        action: 'Deny',
        field: 'spec',
        message:
          'more ways lead through other routes to this one than can be examined, so it cannot be shown to stay inside its grants. Name its parents in parentRefs.',
      },
    ],
  },
  { name: 'the same with the usual steps', scene: { parent: { matches: ['/a', '/b', '/shop'].map((path) => prefix(path)) } }, want: [] },
  {
    name: 'more ways, all of a stranger',
    scene: {
      steps: 4,
      parent: false,
      also: [strangerObject({ matches: ['/a', '/b', '/shop'].map((path) => prefix(path)) })],
      child: { parentRefs: null },
    },
    want: [
      {
        effect: 'risk',
        action: 'Warn',
        field: 'spec',
        message:
          'more ways lead through other routes to this one than can be examined, so it cannot be shown to stay inside its grants. Name its parents in parentRefs.',
      },
    ],
  },
])('LK503: $name', ({ scene, want }) => {
  expect(seen('LK503', scene)).toEqual(want)
})
