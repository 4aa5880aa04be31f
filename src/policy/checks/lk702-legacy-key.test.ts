import { expect, it } from 'vitest'
import {
  childObject,
  httpRoute,
  INHERIT,
  judge,
  label,
  outcome,
  patched,
  type RouteChanges,
  type Scene,
  type Seen,
  seen,
} from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

const KGATEWAY_INHERIT = 'delegation.kgateway.dev/inherit-parent-matcher'
const GLOO_INHERIT = 'delegation.gateway.solo.io/inherit-parent-matcher'
const PRIORITY = 'kgateway.dev/inherited-policy-priority'
const OLD_PRIORITY = 'delegation.kgateway.dev/inherited-policy-priority'
const OLD_OVERRIDE = 'delegation.kgateway.dev/enable-policy-override'
const OVERRIDES = 'delegation.gateway.solo.io/enable-policy-overrides'

function legacy(where: 'annotations' | 'labels', key: string, value: string, dialect: string, now: string): Seen {
  return {
    effect: 'dead',
    action: 'Warn',
    field: `metadata.${where}[${key}]`,
    value,
    message: `${dialect} does not read ${key}, so it has no effect. The key of ${dialect} is ${now}: write that beside it.`,
  }
}

it.each<Row>([
  {
    name: "gloo's key on kgateway",
    scene: { child: { annotations: INHERIT.gloo } },
    want: [legacy('annotations', GLOO_INHERIT, 'true', 'kgateway', KGATEWAY_INHERIT)],
  },
  {
    name: "kgateway's key on gloo",
    scene: { dialect: 'gloo', child: { annotations: INHERIT.kgateway } },
    want: [legacy('annotations', KGATEWAY_INHERIT, 'true', 'gloo', GLOO_INHERIT)],
  },
  { name: 'its own key', scene: { child: { annotations: INHERIT.kgateway } }, want: [] },
  { name: 'both keys', scene: { child: { annotations: { ...INHERIT.kgateway, ...INHERIT.gloo } } }, want: [] },
  { name: 'agentgateway has none of them', scene: { dialect: 'agentgateway', child: { annotations: INHERIT.gloo } }, want: [] },
  {
    name: "gloo's label on kgateway",
    scene: { child: { labels: { 'delegation.gateway.solo.io/label': 'a' } } },
    want: [legacy('labels', 'delegation.gateway.solo.io/label', 'a', 'kgateway', 'delegation.kgateway.dev/label')],
  },
  {
    name: 'an obsolete priority',
    scene: { child: { annotations: { [OLD_PRIORITY]: 'ShallowMergePreferParent' } } },
    want: [legacy('annotations', OLD_PRIORITY, 'ShallowMergePreferParent', 'kgateway', PRIORITY)],
  },
  {
    name: 'an obsolete override',
    scene: { child: { annotations: { [OLD_OVERRIDE]: '*' } } },
    want: [legacy('annotations', OLD_OVERRIDE, '*', 'kgateway', PRIORITY)],
  },
  {
    name: "gloo's overrides on kgateway",
    scene: { child: { annotations: { [OVERRIDES]: '*' } } },
    want: [legacy('annotations', OVERRIDES, '*', 'kgateway', PRIORITY)],
  },
  {
    name: "kgateway's priority on gloo",
    scene: { dialect: 'gloo', child: { annotations: { [PRIORITY]: 'DeepMergePreferParent' } } },
    want: [legacy('annotations', PRIORITY, 'DeepMergePreferParent', 'gloo', OVERRIDES)],
  },
  { name: 'its own priority', scene: { child: { annotations: { [PRIORITY]: 'DeepMergePreferParent' } } }, want: [] },
  { name: "gloo's overrides on gloo", scene: { dialect: 'gloo', child: { annotations: { [OVERRIDES]: '*' } } }, want: [] },
  { name: 'no parent yet: it may be for another product', scene: { parent: false, child: { annotations: INHERIT.gloo } }, want: [] },
  {
    name: 'no parent yet, and the policy knows the dialect',
    scene: { parent: false, policies: [{ dialect: 'kgateway' }], child: { annotations: INHERIT.gloo } },
    want: [legacy('annotations', GLOO_INHERIT, 'true', 'kgateway', KGATEWAY_INHERIT)],
  },
])('LK702: $name', ({ scene, want }) => {
  expect(seen('LK702', scene)).toEqual(want)
})

it.each<{ name: string; scene: Scene; operations: unknown }>([
  {
    name: 'adds the current annotation with the same value',
    scene: { child: { annotations: { [GLOO_INHERIT]: 'yes' } } },
    operations: [{ op: 'add', path: '/metadata/annotations/delegation.kgateway.dev~1inherit-parent-matcher', value: 'yes' }],
  },
  {
    name: 'adds the current label',
    scene: {
      parent: { backendRefs: [httpRoute('shop', '*'), label('shop', 'a')] },
      child: { labels: { 'delegation.gateway.solo.io/label': 'a' } },
    },
    operations: [{ op: 'add', path: '/metadata/labels/delegation.kgateway.dev~1label', value: 'a' }],
  },
  {
    name: 'adds the current priority, where the value is one',
    scene: { child: { annotations: { [OLD_PRIORITY]: 'DeepMergePreferParent' } } },
    operations: [{ op: 'add', path: '/metadata/annotations/kgateway.dev~1inherited-policy-priority', value: 'DeepMergePreferParent' }],
  },
])('LK702 patch: $name', ({ scene, operations }) => {
  expect(patched('LK702', scene)).toEqual({ operations, left: [], again: [] })
})

it.each<{ name: string; child: RouteChanges }>([
  { name: 'a value that means nothing under the current key', child: { annotations: { [OLD_PRIORITY]: 'PreferParent' } } },
  { name: 'a key whose values are others', child: { annotations: { [OVERRIDES]: '*' } } },
  {
    name: 'paths that would then climb out',
    child: { annotations: INHERIT.gloo, matches: [{ path: { type: 'RegularExpression', value: '/shop/../bank' } }] },
  },
])('LK702 has no patch for $name', ({ child }) => {
  const { violations, ...decision } = judge({ policies: [{ actions: { LK702: 'Patch' } }], child })
  expect(decision.patches).toEqual([])
  expect(outcome({ ...decision, violations })).toContain('LK702 Deny')
})

it('LK702 was there before', () => {
  const old = childObject({ annotations: INHERIT.gloo })
  const scene: Scene = { old, policies: [{ actions: { LK702: 'Deny' } }], child: { annotations: INHERIT.gloo, labels: { team: 'cart' } } }
  expect(outcome(judge(scene))).toEqual(['LK702 Warn'])
})
