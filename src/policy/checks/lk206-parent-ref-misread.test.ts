import { expect, it } from 'vitest'
import { httpRoute, type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

it.each<Row>([
  {
    name: 'kind left out',
    scene: { child: { parentRefs: [{ name: 'parent', namespace: 'infra' }] } },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.parentRefs[0].kind',
        message:
          'this parentRef is read as Gateway infra/parent, which is not known, while an HTTPRoute of that name is. To be its child write group: gateway.networking.k8s.io and kind: HTTPRoute.',
      },
    ],
  },
  {
    name: 'kind Gateway',
    scene: { child: { parentRefs: [{ kind: 'Gateway', name: 'parent', namespace: 'infra' }] } },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.parentRefs[0].kind',
        message:
          'this parentRef is read as Gateway infra/parent, which is not known, while an HTTPRoute of that name is. To be its child write group: gateway.networking.k8s.io and kind: HTTPRoute.',
        value: 'Gateway',
      },
    ],
  },
  { name: 'a Gateway of that name is there', scene: { child: { parentRefs: [{ name: 'gateway', namespace: 'infra' }] } }, want: [] },
  { name: 'nothing of that name is there', scene: { child: { parentRefs: [{ name: 'other', namespace: 'infra' }] } }, want: [] },
  {
    name: 'another group',
    scene: { child: { parentRefs: [{ ...httpRoute('infra', 'parent'), group: '' }] } },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.parentRefs[0].group',
        message: 'a parentRef to an HTTPRoute is read only with group: gateway.networking.k8s.io; with "" the gateway ignores it.',
        value: '',
      },
    ],
  },
  {
    name: 'a sectionName',
    scene: { child: { parentRefs: [{ ...httpRoute('infra', 'parent'), sectionName: 'http' }] } },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.parentRefs[0].sectionName',
        message:
          'sectionName in a parentRef to an HTTPRoute is ignored by every gateway: the route is a child of all of infra/parent. Remove it, so that nobody relies on it.',
        value: 'http',
      },
    ],
  },
  {
    name: 'a port',
    scene: {
      child: {
        parentRefs: [
          { name: 'gateway', namespace: 'infra', sectionName: 'http' },
          { ...httpRoute('infra', 'parent'), port: 80 },
        ],
      },
    },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.parentRefs[1].port',
        message:
          'port in a parentRef to an HTTPRoute is ignored by every gateway: the route is a child of all of infra/parent. Remove it, so that nobody relies on it.',
        value: '80',
      },
    ],
  },
  { name: 'written out', scene: {}, want: [] },
])('LK206: $name', ({ scene, want }) => {
  expect(seen('LK206', scene)).toEqual(want)
})
