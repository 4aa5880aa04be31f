import { expect, it } from 'vitest'
import { type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

const MIRROR = { type: 'RequestMirror', requestMirror: { backendRef: { name: 'shadow', port: 80 }, percent: 1 } }
const NO_MIRRORS = { filters: { mirror: false } }

function mirrored(field: string): Seen {
  return {
    effect: 'risk',
    action: 'Deny',
    field,
    value: 'RequestMirror',
    message:
      'this filter sends a copy of each request to another backend, which the policy forbids. Remove the filter, or ask the cluster admin to allow mirrors.',
  }
}

it.each<Row>([
  { name: 'nothing configured', scene: { child: { filters: [MIRROR] } }, want: [] },
  { name: 'allowed', scene: { policies: [{ filters: { mirror: true } }], child: { filters: [MIRROR] } }, want: [] },
  {
    name: 'on a rule',
    scene: { policies: [NO_MIRRORS], child: { filters: [MIRROR] } },
    want: [mirrored('spec.rules[0].filters[0].type')],
  },
  {
    name: 'on a backendRef',
    scene: { policies: [NO_MIRRORS], child: { backendRefs: [{ name: 'cart', port: 80, filters: [MIRROR] }] } },
    want: [mirrored('spec.rules[0].backendRefs[0].filters[0].type')],
  },
  { name: 'another filter', scene: { policies: [NO_MIRRORS], child: { filters: [{ type: 'URLRewrite', urlRewrite: {} }] } }, want: [] },
  {
    name: 'a filter nobody knows',
    scene: { policies: [NO_MIRRORS], child: { filters: [{ type: 'Newer' }] } },
    want: [
      {
        ...mirrored('spec.rules[0].filters[0].type'),
        value: 'Newer',
        message:
          'what a filter of type "Newer" does is not known here, so it can\'t be ruled out that it copies requests to another backend, which the policy restricts. Remove it, or ask the cluster admin for an exception.',
      },
    ],
  },
  {
    name: 'a root namespace',
    scene: { policies: [{ ...NO_MIRRORS, rootNamespaces: { names: ['shop'] } }], child: { filters: [MIRROR] } },
    want: [],
  },
])('LK605: $name', ({ scene, want }) => {
  expect(seen('LK605', scene)).toEqual(want)
})
