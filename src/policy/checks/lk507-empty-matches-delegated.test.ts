import { expect, it } from 'vitest'
import { httpRoute, label, parentObject, prefix, type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

it.each<Row>([
  {
    name: 'a delegating rule with an empty list',
    scene: { parent: false, judged: parentObject({ matches: [] }) },
    want: [
      {
        effect: 'risk',
        action: 'Deny',
        field: 'spec.rules[0].matches',
        message:
          'a rule that delegates with an empty list of matches cannot be translated by the controllers. Write the matches it grants, or leave the key out to grant PathPrefix /.',
        value: '[]',
      },
    ],
  },
  {
    name: 'a delegating rule without the key',
    scene: { parent: false, judged: parentObject({ rules: [{ backendRefs: [httpRoute('shop', '*')] }] }) },
    want: [],
  },
  {
    name: 'a rule that does not delegate',
    scene: { parent: false, judged: parentObject({ matches: [], backendRefs: [{ name: 'web', port: 80 }] }) },
    want: [],
  },
  {
    name: 'the second rule, on gloo',
    scene: {
      dialect: 'gloo',
      parent: false,
      judged: parentObject({ rules: [{ matches: [prefix('/a')] }, { matches: [], backendRefs: [label('all', 'x', 'gloo')] }] }),
    },
    want: [
      {
        effect: 'risk',
        action: 'Deny',
        field: 'spec.rules[1].matches',
        message:
          'a rule that delegates with an empty list of matches cannot be translated by the controllers. Write the matches it grants, or leave the key out to grant PathPrefix /.',
        value: '[]',
      },
    ],
  },
  {
    name: 'agentgateway',
    scene: { dialect: 'agentgateway', parent: false, judged: parentObject({ matches: [], backendRefs: [httpRoute('shop', 'a=b')] }) },
    want: [
      {
        effect: 'risk',
        action: 'Deny',
        field: 'spec.rules[0].matches',
        message:
          'a rule that delegates with an empty list of matches cannot be translated by the controllers. Write the matches it grants, or leave the key out to grant PathPrefix /.',
        value: '[]',
      },
    ],
  },
])('LK507: $name', ({ scene, want }) => {
  expect(seen('LK507', scene)).toEqual(want)
})
