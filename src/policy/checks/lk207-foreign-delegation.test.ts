import { expect, it } from 'vitest'
import {
  childObject,
  httpRoute,
  label,
  namespaceObject,
  parentObject,
  prefix,
  type RawObject,
  type RawRef,
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

const ROOTS = [{ rootNamespaces: { names: ['infra'] } }]
const FROM_SHOP = { matches: [prefix('/shop/bank')], backendRefs: [httpRoute('bank', '*')] }
const BANK = { name: 'child', namespace: 'bank', matches: [prefix('/shop/bank')] }

/** shop/cart, a delegatee of infra/parent, hands on to namespace bank. */
function handingOn(ref: RawRef, also: readonly RawObject[] = [], more: Scene = {}): Scene {
  return { policies: ROOTS, child: { ...FROM_SHOP, backendRefs: [ref] }, also, ...more }
}

/** A root in namespace rogue, on this Gateway, for the routes of shop. */
function rootOn(gateway: RawRef, more: Scene = {}): Scene {
  return { parent: false, judged: parentObject({ namespace: 'rogue', parentRefs: [gateway] }), ...more }
}

function bank(changes: RouteChanges = {}): RawObject {
  return childObject({ ...BANK, parentRefs: [httpRoute('shop', 'cart')], ...changes })
}

function grantObject(name?: string): RawObject {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1beta1',
    kind: 'ReferenceGrant',
    metadata: { name: 'from-shop', namespace: 'bank' },
    spec: {
      from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'shop' }],
      to: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', ...(name !== undefined && { name }) }],
    },
  }
}

function foreign(what: string, action: 'Deny' | 'Warn' = 'Deny', from = 'shop', to = 'bank'): Seen[] {
  return [
    {
      effect: 'escape',
      action,
      field: 'spec.rules[0].backendRefs[0]',
      value: what,
      message: `this reference delegates to ${what}, beyond the namespaces of this route's owner and without their consent. Have the children name this route in their parentRefs, have namespace ${to} give HTTPRoutes of namespace ${from} a ReferenceGrant, or ask the cluster admin to make ${from} a root namespace.`,
    },
  ]
}

const EVERY_OF_BANK = 'every HTTPRoute in namespace bank'
const EVERY_OF_SHOP = 'every HTTPRoute in namespace shop'
const FOR_EVERYBODY = 'HTTPRoutes labelled delegation.kgateway.dev/label=pay in every namespace'

it.each<Row>([
  { name: 'every route of another namespace, none there yet', scene: handingOn(httpRoute('bank', '*')), want: foreign(EVERY_OF_BANK) },
  { name: 'a route by name that is not there yet', scene: handingOn(httpRoute('bank', 'child')), want: foreign('HTTPRoute bank/child') },
  {
    name: 'a label in another namespace',
    scene: handingOn(label('bank', 'pay')),
    want: foreign('HTTPRoutes labelled delegation.kgateway.dev/label=pay in namespace bank'),
  },
  {
    name: 'key=value in another namespace',
    scene: { ...handingOn(httpRoute('bank', 'team=pay')), dialect: 'agentgateway' },
    want: foreign('HTTPRoutes labelled team=pay in namespace bank'),
  },
  {
    name: 'a parentless route',
    scene: handingOn(httpRoute('bank', 'child'), [bank({ parentRefs: null })]),
    want: foreign('HTTPRoute bank/child'),
  },
  {
    name: 'a route that names another parent',
    scene: handingOn(httpRoute('bank', 'child'), [bank({ parentRefs: [httpRoute('infra', 'parent')] })]),
    want: foreign('HTTPRoute bank/child'),
  },
  { name: 'a route that names this one', scene: handingOn(httpRoute('bank', 'child'), [bank()]), want: [] },
  { name: 'every route, and the only one names this one', scene: handingOn(httpRoute('bank', '*'), [bank()]), want: [] },
  {
    name: 'every route, and one has no parentRefs',
    scene: handingOn(httpRoute('bank', '*'), [bank(), bank({ name: 'other', parentRefs: null })]),
    want: foreign(EVERY_OF_BANK),
  },
  {
    name: 'every route, and one that names another parent is not adopted',
    scene: handingOn(httpRoute('bank', '*'), [bank(), bank({ name: 'other', parentRefs: [httpRoute('infra', 'parent')] })]),
    want: [],
  },
  { name: 'a ReferenceGrant for the namespace', scene: handingOn(httpRoute('bank', '*'), [grantObject()]), want: [] },
  { name: 'a ReferenceGrant for the route', scene: handingOn(httpRoute('bank', 'child'), [grantObject('child')]), want: [] },
  {
    name: 'a ReferenceGrant for another route',
    scene: handingOn(httpRoute('bank', 'child'), [grantObject('other')]),
    want: foreign('HTTPRoute bank/child'),
  },
  {
    name: 'every route, and a ReferenceGrant for the only one',
    scene: handingOn(httpRoute('bank', '*'), [grantObject('child'), bank({ parentRefs: null })]),
    want: [],
  },
  {
    name: 'every route, and a ReferenceGrant for one of two',
    scene: handingOn(httpRoute('bank', '*'), [grantObject('child'), bank({ parentRefs: null }), bank({ name: 'other', parentRefs: null })]),
    want: foreign(EVERY_OF_BANK),
  },
  {
    name: 'a ReferenceGrant to another namespace',
    scene: handingOn(httpRoute('bank', '*'), [{ ...grantObject(), metadata: { name: 'from-shop', namespace: 'elsewhere' } }]),
    want: foreign(EVERY_OF_BANK),
  },
  {
    name: 'every namespace, though the only route consents',
    scene: handingOn(label('all', 'pay'), [bank({ labels: { 'delegation.kgateway.dev/label': 'pay' } })]),
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'spec.rules[0].backendRefs[0]',
        value: FOR_EVERYBODY,
        message: `this reference delegates to ${FOR_EVERYBODY}, beyond the namespaces of this route's owner and without their consent. Name the namespaces one by one, or ask the cluster admin to make shop a root namespace.`,
      },
    ],
  },
  { name: 'its own namespace', scene: handingOn(httpRoute('shop', '*')), want: [] },
  {
    name: 'a namespace of the same owner',
    scene: handingOn(httpRoute('bank', '*'), [namespaceObject('shop', { team: 'a' }), namespaceObject('bank', { team: 'a' })], {
      policies: [{ ...ROOTS[0], ownerLabel: 'team' }],
    }),
    want: [],
  },
  {
    name: 'a namespace of another owner',
    scene: handingOn(httpRoute('bank', '*'), [namespaceObject('shop', { team: 'a' }), namespaceObject('bank', { team: 'b' })], {
      policies: [{ ...ROOTS[0], ownerLabel: 'team' }],
    }),
    want: foreign(EVERY_OF_BANK),
  },
  { name: 'a root namespace', scene: { parent: false, policies: ROOTS, judged: parentObject() }, want: [] },
  {
    name: 'a root namespace by its labels',
    scene: {
      parent: false,
      also: [namespaceObject('infra', { tier: 'platform' })],
      policies: [{ rootNamespaces: { selector: { matchLabels: { tier: 'platform' } } } }],
      judged: parentObject(),
    },
    want: [],
  },
  {
    name: 'the namespace of the Gateway, which is no root namespace',
    scene: { parent: false, policies: [{ rootNamespaces: { names: ['other'] } }], judged: parentObject() },
    want: foreign(EVERY_OF_SHOP, 'Deny', 'infra', 'shop'),
  },
  { name: 'not configured: the namespace of the Gateway', scene: { parent: false, judged: parentObject() }, want: [] },
  {
    name: 'not configured: a root on the Gateway of another namespace',
    scene: rootOn({ name: 'gateway', namespace: 'infra' }),
    want: foreign(EVERY_OF_SHOP, 'Warn', 'rogue', 'shop'),
  },
  { name: 'not configured: the Gateway is not among the files', scene: rootOn({ name: 'other', namespace: 'infra' }), want: [] },
  {
    name: 'not configured: the Gateway is not in the cluster',
    scene: rootOn({ name: 'other', namespace: 'infra' }, { cluster: true }),
    want: foreign(EVERY_OF_SHOP, 'Warn', 'rogue', 'shop'),
  },
  {
    name: 'not configured: a delegatee hands on',
    scene: handingOn(httpRoute('bank', '*'), [], { policies: [] }),
    want: foreign(EVERY_OF_BANK, 'Warn'),
  },
  {
    name: 'an update that leaves it as it was',
    scene: handingOn(httpRoute('bank', '*'), [], { old: childObject(FROM_SHOP), child: { ...FROM_SHOP, labels: { tier: 'web' } } }),
    want: foreign(EVERY_OF_BANK, 'Warn'),
  },
  {
    name: 'an update that selects another namespace',
    scene: handingOn(httpRoute('bank', '*'), [], { old: childObject({ ...FROM_SHOP, backendRefs: [httpRoute('other', '*')] }) }),
    want: foreign(EVERY_OF_BANK),
  },
  {
    name: 'an update that hands on more',
    scene: handingOn(httpRoute('bank', '*'), [], { old: childObject({ ...FROM_SHOP, matches: [prefix('/shop/bank/x')] }) }),
    want: foreign(EVERY_OF_BANK),
  },
])('LK207: $name', ({ scene, want }) => {
  expect(seen('LK207', scene)).toEqual(want)
})
