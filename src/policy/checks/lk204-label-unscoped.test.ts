import { expect, it } from 'vitest'
import { label, parentObject, type RawObject, type RouteChanges, type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

function parent(changes: RouteChanges = {}, policies: readonly RawObject[] = []): Scene {
  return { parent: false, judged: parentObject({ backendRefs: [label('all', 'pay-bff')], ...changes }), policies }
}

function unscoped(text: string): Seen[] {
  return [
    {
      effect: 'risk',
      action: 'Warn',
      field: 'spec.rules[0].backendRefs[0].name',
      value: 'pay-bff',
      message: `label ${text}=pay-bff is selected in every namespace and no scope says who may wear it: any route of any namespace can join this lane. Select in one namespace, scope the label by the annotation lanekeeper.dev/label-scopes, or ask the cluster admin for an entry in labelScopes.`,
    },
  ]
}

it.each<Row>([
  { name: 'a label in every namespace', scene: parent(), want: unscoped('delegation.kgateway.dev/label') },
  {
    name: "gloo's label",
    scene: { ...parent({ backendRefs: [label('all', 'pay-bff', 'gloo')] }), dialect: 'gloo' },
    want: unscoped('delegation.gateway.solo.io/label'),
  },
  {
    name: 'twice the same label: said once',
    scene: parent({ backendRefs: [label('all', 'pay-bff'), label('all', 'pay-bff')] }),
    want: unscoped('delegation.kgateway.dev/label'),
  },
  { name: 'a label in one namespace', scene: parent({ backendRefs: [label('shop', 'pay-bff')] }), want: [] },
  { name: 'an entry of the policy', scene: parent({}, [{ labelScopes: [{ labels: ['pay-*'], namespaces: ['payments'] }] }]), want: [] },
  {
    name: 'an entry for other labels',
    scene: parent({}, [{ labelScopes: [{ labels: ['bank-*'], namespaces: ['banking'] }] }]),
    want: unscoped('delegation.kgateway.dev/label'),
  },
  {
    name: 'an entry of a policy for other namespaces',
    scene: parent({}, [
      { namespaceSelector: { matchLabels: { tenant: 'yes' } }, labelScopes: [{ labels: ['pay-bff'], namespaces: ['payments'] }] },
    ]),
    want: [],
  },
  { name: "the parent's own scope", scene: parent({ annotations: { 'lanekeeper.dev/label-scopes': 'pay-bff=payments' } }), want: [] },
  {
    name: "the parent's own scope of another label",
    scene: parent({ annotations: { 'lanekeeper.dev/label-scopes': 'web=shop' } }),
    want: unscoped('delegation.kgateway.dev/label'),
  },
  { name: 'no label reference', scene: { parent: false, judged: parentObject() }, want: [] },
])('LK204: $name', ({ scene, want }) => {
  expect(seen('LK204', scene)).toEqual(want)
})
