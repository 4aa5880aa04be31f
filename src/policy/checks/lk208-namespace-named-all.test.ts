import { expect, it } from 'vitest'
import { httpRoute, label, namespaceObject, parentObject, type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

it.each<Row>([
  {
    name: 'namespace all, and there is one',
    scene: {
      parent: false,
      also: [namespaceObject('all')],
      judged: parentObject({ backendRefs: [{ name: 'web', port: 80 }, label('all', 'web')] }),
    },
    want: [
      {
        effect: 'risk',
        action: 'Warn',
        field: 'spec.rules[0].backendRefs[1].namespace',
        message:
          'a namespace called "all" exists: kgateway reads this reference as every namespace, gloo refuses it. Rename the namespace, or name the namespaces one by one.',
        value: 'all',
      },
    ],
  },
  { name: 'there is none', scene: { parent: false, judged: parentObject({ backendRefs: [label('all', 'web')] }) }, want: [] },
  {
    name: 'one namespace',
    scene: { parent: false, also: [namespaceObject('all')], judged: parentObject({ backendRefs: [label('shop', 'web')] }) },
    want: [],
  },
  {
    name: 'HTTPRoutes of that namespace',
    scene: { parent: false, also: [namespaceObject('all')], judged: parentObject({ backendRefs: [httpRoute('all', '*')] }) },
    want: [],
  },
  {
    name: 'gloo',
    scene: {
      dialect: 'gloo',
      parent: false,
      also: [namespaceObject('all')],
      judged: parentObject({ backendRefs: [label('all', 'web', 'gloo')] }),
    },
    want: [
      {
        effect: 'risk',
        action: 'Warn',
        field: 'spec.rules[0].backendRefs[0].namespace',
        message:
          'a namespace called "all" exists: kgateway reads this reference as every namespace, gloo refuses it. Rename the namespace, or name the namespaces one by one.',
        value: 'all',
      },
    ],
  },
])('LK208: $name', ({ scene, want }) => {
  expect(seen('LK208', scene)).toEqual(want)
})
