import { expect, it } from 'vitest'
import { httpRoute, INHERIT, parentObject, prefix, type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

it.each<Row>([
  {
    name: 'two parents, joined with each in turn',
    scene: {
      dialect: 'gloo',
      also: [parentObject({ name: 'other' })],
      child: {
        parentRefs: [httpRoute('infra', 'parent'), httpRoute('infra', 'other')],
        matches: [prefix('/x')],
        annotations: INHERIT.gloo,
      },
    },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'metadata.annotations[delegation.gateway.solo.io/inherit-parent-matcher]',
        message:
          '2 parents select this route, and gloo joins its paths with each in turn: under /a and /b the path /x becomes /a/x and then /b/a/x. Name one parent in parentRefs, or write whole paths without the annotation.',
        value: 'true',
      },
    ],
  },
  { name: 'one parent', scene: { dialect: 'gloo', child: { matches: [prefix('/x')], annotations: INHERIT.gloo } }, want: [] },
  {
    name: 'two parents, nothing inherited',
    scene: {
      dialect: 'gloo',
      also: [parentObject({ name: 'other' })],
      child: { parentRefs: [httpRoute('infra', 'parent'), httpRoute('infra', 'other')], matches: [prefix('/x')] },
    },
    want: [],
  },
  {
    name: 'kgateway joins with each by itself',
    scene: {
      also: [parentObject({ name: 'other' })],
      child: {
        parentRefs: [httpRoute('infra', 'parent'), httpRoute('infra', 'other')],
        matches: [prefix('/x')],
        annotations: INHERIT.kgateway,
      },
    },
    want: [],
  },
  {
    name: "kgateway does not read gloo's key",
    scene: {
      also: [parentObject({ name: 'other' })],
      child: {
        parentRefs: [httpRoute('infra', 'parent'), httpRoute('infra', 'other')],
        matches: [prefix('/x')],
        annotations: INHERIT.gloo,
      },
    },
    want: [],
  },
])('LK509: $name', ({ scene, want }) => {
  expect(seen('LK509', scene)).toEqual(want)
})
