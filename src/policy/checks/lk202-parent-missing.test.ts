import { expect, it } from 'vitest'
import { GROUP, httpRoute, type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

it.each<Row>([
  {
    name: 'no such parent',
    scene: { parent: false },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.parentRefs[0]',
        message:
          'HTTPRoute infra/parent is not known here, so nothing is delegated to this route until it is created. Check the name and the namespace.',
        value: 'infra/parent',
      },
    ],
  },
  { name: 'it is there', scene: {}, want: [] },
  {
    name: 'in another namespace',
    scene: { child: { parentRefs: [{ group: GROUP, kind: 'HTTPRoute', name: 'parent' }] } },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.parentRefs[0]',
        message:
          'HTTPRoute shop/parent is not known here, so nothing is delegated to this route until it is created. Check the name and the namespace.',
        value: 'shop/parent',
      },
    ],
  },
  { name: 'a Gateway that is missing is another matter', scene: { child: { parentRefs: [{ name: 'nowhere' }] } }, want: [] },
  { name: 'itself is not missing', scene: { parent: false, child: { parentRefs: [httpRoute('shop', 'cart')] } }, want: [] },
])('LK202: $name', ({ scene, want }) => {
  expect(seen('LK202', scene)).toEqual(want)
})
