import { expect, it } from 'vitest'
import { patched, type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

const KEY = 'kgateway.dev/route-weight'

function weighs(action: 'Deny' | 'Warn', value: string): Seen {
  return {
    effect: 'escape',
    action,
    field: `metadata.annotations[${KEY}]`,
    value,
    message: `route weight ${value} sorts this route before or after all others on its host, however specific their matches are, and only root namespaces may do that. Remove the annotation, or ask the platform team.`,
  }
}

const ROOTS = { rootNamespaces: { names: ['infra'] } }

it.each<Row>([
  { name: 'no root namespaces', scene: { child: { annotations: { [KEY]: '10' } } }, want: [weighs('Warn', '10')] },
  { name: 'root namespaces', scene: { policies: [ROOTS], child: { annotations: { [KEY]: '10' } } }, want: [weighs('Deny', '10')] },
  { name: 'a negative one', scene: { policies: [ROOTS], child: { annotations: { [KEY]: '-1' } } }, want: [weighs('Deny', '-1')] },
  {
    name: 'agentgateway, before anybody delegates to it',
    scene: { dialect: 'agentgateway', parent: false, policies: [ROOTS], child: { annotations: { [KEY]: '+1' } } },
    want: [weighs('Deny', '+1')],
  },
  {
    name: 'in a root namespace',
    scene: { policies: [{ rootNamespaces: { names: ['infra', 'shop'] } }], child: { annotations: { [KEY]: '10' } } },
    want: [],
  },
  { name: 'zero', scene: { policies: [ROOTS], child: { annotations: { [KEY]: '0' } } }, want: [] },
  { name: 'none', scene: { policies: [ROOTS] }, want: [] },
  { name: 'no integer', scene: { policies: [ROOTS], child: { annotations: { [KEY]: 'high' } } }, want: [] },
])('LK701: $name', ({ scene, want }) => {
  expect(seen('LK701', scene)).toEqual(want)
})

it.each<{ name: string; scene: Scene; operations: unknown }>([
  {
    name: 'removes the annotation',
    scene: { child: { annotations: { [KEY]: '10', other: 'x' } } },
    operations: [{ op: 'remove', path: '/metadata/annotations/kgateway.dev~1route-weight' }],
  },
])('LK701 patch: $name', ({ scene, operations }) => {
  expect(patched('LK701', scene)).toEqual({ operations, left: [], again: [] })
})
