import { expect, it } from 'vitest'
import { httpRoute, parentObject, type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

it.each<Row>([
  {
    name: 'routes and a Service',
    scene: { parent: false, judged: parentObject({ backendRefs: [httpRoute('shop', '*'), { name: 'web', port: 80 }] }) },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.rules[0].backendRefs[1]',
        message:
          'this backend gets no requests: kgateway serves only the delegated part of a rule that mixes both. Put the backend into a rule of its own.',
        value: 'web',
      },
    ],
  },
  {
    name: 'routes alone',
    scene: { parent: false, judged: parentObject({ backendRefs: [httpRoute('shop', '*'), httpRoute('bank', '*')] }) },
    want: [],
  },
  {
    name: 'Services alone',
    scene: {
      parent: false,
      judged: parentObject({
        backendRefs: [
          { name: 'a', port: 80 },
          { name: 'b', port: 80 },
        ],
      }),
    },
    want: [],
  },
  {
    name: 'gloo serves both',
    scene: { dialect: 'gloo', parent: false, judged: parentObject({ backendRefs: [httpRoute('shop', '*'), { name: 'web', port: 80 }] }) },
    want: [],
  },
  {
    name: 'agentgateway serves both',
    scene: {
      dialect: 'agentgateway',
      parent: false,
      judged: parentObject({ backendRefs: [httpRoute('shop', '*'), { name: 'web', port: 80 }] }),
    },
    want: [],
  },
])('LK508: $name', ({ scene, want }) => {
  expect(seen('LK508', scene)).toEqual(want)
})
