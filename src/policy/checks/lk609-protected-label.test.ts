import { expect, it } from 'vitest'
import { childObject, type RouteChanges, type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

const PROTECTED = { protectedLabels: ['policy.example.com/*', 'tier'] }
const WAF = 'policy.example.com/waf'

function update(old: RouteChanges['labels'], now: RouteChanges['labels'], policy: object = PROTECTED): Scene {
  return { policies: [{ ...policy }], old: childObject(labelled(old)), child: labelled(now) }
}

function labelled(labels: RouteChanges['labels']): RouteChanges {
  return labels === undefined ? {} : { labels }
}

function found(key: string, verb: string, was: string, value?: string): Seen {
  return {
    effect: 'risk',
    action: 'Deny',
    field: `metadata.labels[${key}]`,
    message: `this update ${verb} label ${key}, which was ${JSON.stringify(was)}: policies select routes by it, so only the platform may. Keep it as it was, or ask the cluster admin.`,
    ...(value !== undefined && { value }),
  }
}

it.each<Row>([
  { name: 'dropped', scene: update({ [WAF]: 'on' }, undefined), want: [found(WAF, 'drops', 'on')] },
  { name: 'changed', scene: update({ [WAF]: 'on' }, { [WAF]: 'off' }), want: [found(WAF, 'changes', 'on', 'off')] },
  { name: 'emptied', scene: update({ [WAF]: 'on' }, { [WAF]: '' }), want: [found(WAF, 'changes', 'on', '')] },
  { name: 'a whole key', scene: update({ tier: 'web' }, { tier: 'db' }), want: [found('tier', 'changes', 'web', 'db')] },
  { name: 'kept', scene: update({ [WAF]: 'on' }, { [WAF]: 'on', team: 'cart' }), want: [] },
  { name: 'added', scene: update(undefined, { [WAF]: 'on' }), want: [] },
  { name: 'another label', scene: update({ tiers: 'a', 'example.com/waf': 'on' }, undefined), want: [] },
  { name: 'created without it', scene: { policies: [PROTECTED] }, want: [] },
  { name: 'created with it', scene: { policies: [PROTECTED], child: { labels: { [WAF]: 'off' } } }, want: [] },
  { name: 'nothing configured', scene: update({ [WAF]: 'on' }, undefined, {}), want: [] },
  {
    name: 'a root namespace',
    scene: update({ [WAF]: 'on' }, undefined, { ...PROTECTED, rootNamespaces: { names: ['shop'] } }),
    want: [],
  },
])('LK609: $name', ({ scene, want }) => {
  expect(seen('LK609', scene)).toEqual(want)
})
