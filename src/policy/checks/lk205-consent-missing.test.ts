import { expect, it } from 'vitest'
import { parentObject, patched, prefix, type Scene, type Seen, seen, strangerObject } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

it.each<Row>([
  {
    name: 'no parentRefs, one parent',
    scene: { child: { parentRefs: null } },
    want: [
      {
        effect: 'risk',
        action: 'Audit',
        field: 'spec.parentRefs',
        message: 'the route names no parent, so any HTTPRoute of any namespace may adopt it. Name HTTPRoute infra/parent in parentRefs.',
      },
    ],
  },
  {
    name: 'no parentRefs, no parent',
    scene: { parent: false, child: { parentRefs: null } },
    want: [
      {
        effect: 'risk',
        action: 'Audit',
        field: 'spec.parentRefs',
        message:
          'the route names no parent, so any HTTPRoute of any namespace may adopt it. Name the parents it is meant for in parentRefs.',
      },
    ],
  },
  {
    name: 'no parentRefs, two parents',
    scene: { also: [parentObject({ name: 'other' })], child: { parentRefs: null } },
    want: [
      {
        effect: 'risk',
        action: 'Audit',
        field: 'spec.parentRefs',
        message:
          'the route names no parent, so any HTTPRoute of any namespace may adopt it. Name the parents it is meant for in parentRefs.',
      },
    ],
  },
  { name: 'it names its parent', scene: {}, want: [] },
  {
    name: 'agentgateway',
    scene: {
      dialect: 'agentgateway',
      parent: { namespace: 'shop', parentRefs: [{ name: 'gateway', namespace: 'infra' }] },
      child: { parentRefs: null },
    },
    want: [
      {
        effect: 'risk',
        action: 'Audit',
        field: 'spec.parentRefs',
        message: 'the route names no parent, so any HTTPRoute of any namespace may adopt it. Name HTTPRoute shop/parent in parentRefs.',
      },
    ],
  },
  {
    name: 'a stranger is not to be named',
    scene: { parent: false, also: [strangerObject()], child: { parentRefs: null } },
    want: [
      {
        effect: 'risk',
        action: 'Audit',
        field: 'spec.parentRefs',
        message:
          'the route names no parent, so any HTTPRoute of any namespace may adopt it. Name the parents it is meant for in parentRefs.',
      },
    ],
  },
  {
    name: 'a stranger beside its parent',
    scene: { also: [strangerObject()], child: { parentRefs: null } },
    want: [
      {
        effect: 'risk',
        action: 'Audit',
        field: 'spec.parentRefs',
        message: 'the route names no parent, so any HTTPRoute of any namespace may adopt it. Name HTTPRoute infra/parent in parentRefs.',
      },
    ],
  },
])('LK205: $name', ({ scene, want }) => {
  expect(seen('LK205', scene)).toEqual(want)
})

it.each<{ name: string; scene: Scene; operations: unknown }>([
  {
    name: 'names the only parent',
    scene: { child: { parentRefs: null, matches: [prefix('/shop/cart')] } },
    operations: [
      {
        op: 'add',
        path: '/spec/parentRefs',
        value: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'infra', name: 'parent' }],
      },
    ],
  },
  {
    name: 'not the stranger beside it',
    scene: { also: [strangerObject()], child: { parentRefs: null } },
    operations: [
      {
        op: 'add',
        path: '/spec/parentRefs',
        value: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'infra', name: 'parent' }],
      },
    ],
  },
])('LK205 patch: $name', ({ scene, operations }) => {
  expect(patched('LK205', scene)).toEqual({ operations, left: [], again: [] })
})
