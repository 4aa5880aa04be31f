import { expect, it } from 'vitest'
import { parentObject, type RouteChanges, type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

const PRIORITY = 'kgateway.dev/inherited-policy-priority'
const OVERRIDES = 'delegation.gateway.solo.io/enable-policy-overrides'

function parent(changes: RouteChanges, scene: Scene = {}): Scene {
  return { ...scene, parent: false, judged: parentObject(changes) }
}

function open(value?: string): Seen {
  return {
    effect: 'risk',
    action: 'Audit',
    field: `metadata.annotations[${PRIORITY}]`,
    message: `children of this route may override the timeouts, filters and policies they inherit from it, authentication included. To let this route's own win, set ${PRIORITY}: DeepMergePreferParent.`,
    ...(value !== undefined && { value }),
  }
}

function handedOver(value: string, what: string): Seen {
  return {
    effect: 'risk',
    action: 'Audit',
    field: `metadata.annotations[${OVERRIDES}]`,
    message: `children of this route may override ${what} in the policies they inherit from it. Remove the annotation to let this route's own win.`,
    value,
  }
}

it.each<Row>([
  { name: 'kgateway: the default', scene: parent({}), want: [open()] },
  ...['ShallowMergePreferChild', 'DeepMergePreferChild', 'preferParent'].map((value) => ({
    name: `kgateway: ${value}`,
    scene: parent({ annotations: { [PRIORITY]: value } }),
    want: [open(value)],
  })),
  ...['ShallowMergePreferParent', 'DeepMergePreferParent'].map((value) => ({
    name: `kgateway: ${value}`,
    scene: parent({ annotations: { [PRIORITY]: value } }),
    want: [],
  })),
  { name: 'gloo: the default', scene: parent({}, { dialect: 'gloo' }), want: [] },
  {
    name: 'gloo: everything',
    scene: parent({ annotations: { [OVERRIDES]: '*' } }, { dialect: 'gloo' }),
    want: [handedOver('*', 'everything')],
  },
  {
    name: 'gloo: some fields',
    scene: parent({ annotations: { [OVERRIDES]: 'timeout,retries' } }, { dialect: 'gloo' }),
    want: [handedOver('timeout,retries', 'timeout,retries')],
  },
  { name: 'agentgateway', scene: parent({}, { dialect: 'agentgateway' }), want: [] },
  { name: 'a root that delegates nothing', scene: parent({ backendRefs: [{ name: 'web', port: 80 }] }), want: [] },
  { name: 'a child', scene: {}, want: [] },
])('LK704: $name', ({ scene, want }) => {
  expect(seen('LK704', scene)).toEqual(want)
})
