import { expect, it } from 'vitest'
import {
  childObject,
  grpcRouteObject,
  httpRoute,
  listenerSetObject,
  namespaceObject,
  parentObject,
  prefix,
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

const ROOTS = { rootNamespaces: { names: ['infra'] } }
const ON_GATEWAY: RawRef = { name: 'gateway', namespace: 'infra' }
const ON_SET = { group: 'gateway.networking.k8s.io', kind: 'ListenerSet' }
const OWN_HOST = { ...ROOTS, hostnames: [{ namespaces: ['shop'], allow: ['shop.example.com', '*.shop.example.com'] }] }

function attached(changes: RouteChanges = {}, more: Scene = {}): Scene {
  return { policies: [ROOTS], child: { parentRefs: [ON_GATEWAY], hostnames: ['shop.example.com'], ...changes }, ...more }
}

function forbidden(more: Partial<Seen> & { hosts?: boolean; gateway?: string } = {}): Seen[] {
  const { hosts, gateway, ...seenMore } = more
  const value = more.value ?? 'infra/gateway'
  const why = hosts === true ? ', and not all hosts of this route are among those it allows namespace shop' : ''
  return [
    {
      effect: 'escape',
      action: 'Deny',
      field: 'spec.parentRefs[0]',
      value,
      message: `routes of namespace shop may not attach to ${gateway ?? `Gateway ${value}`}: the policy leaves that to root namespaces${why}. Name a parent HTTPRoute in parentRefs instead, or ask the cluster admin.`,
      ...seenMore,
    },
  ]
}

it.each<Row>([
  { name: "another namespace's Gateway", scene: attached(), want: forbidden() },
  {
    name: 'beside a parent',
    scene: attached({ parentRefs: [httpRoute('infra', 'parent'), ON_GATEWAY] }),
    want: forbidden({ field: 'spec.parentRefs[1]' }),
  },
  {
    name: 'a Gateway that is not there yet',
    scene: attached({ parentRefs: [{ name: 'later', namespace: 'infra' }] }),
    want: forbidden({ value: 'infra/later' }),
  },
  {
    name: 'an HTTPRoute is probably meant',
    scene: attached({ parentRefs: [{ name: 'parent', namespace: 'infra' }] }),
    want: forbidden({ value: 'infra/parent', action: 'Warn' }),
  },
  {
    name: 'the default Gateways',
    scene: {
      policies: [ROOTS],
      judged: {
        ...childObject(),
        spec: { useDefaultGateways: 'All', rules: [{ matches: [prefix('/')], backendRefs: [{ name: 'cart', port: 80 }] }] },
      },
    },
    want: forbidden({
      field: 'spec.useDefaultGateways',
      value: 'true',
      message:
        'routes of namespace shop may not attach to the default Gateways: the policy leaves that to root namespaces. Name a parent HTTPRoute in parentRefs instead, or ask the cluster admin.',
    }),
  },
  {
    name: "a ListenerSet of its own on another namespace's Gateway",
    scene: attached({ parentRefs: [{ ...ON_SET, name: 'extra' }] }, { also: [listenerSetObject('shop', 'extra')] }),
    want: forbidden({ value: 'shop/extra', gateway: 'ListenerSet shop/extra' }),
  },
  {
    name: 'a ListenerSet of its own that is not there: it may lead anywhere',
    scene: attached({ parentRefs: [{ ...ON_SET, name: 'later' }] }),
    want: forbidden({ value: 'shop/later', gateway: 'ListenerSet shop/later', action: 'Warn' }),
  },
  {
    name: 'a ListenerSet of another namespace that is not there',
    scene: attached({ parentRefs: [{ ...ON_SET, name: 'later', namespace: 'infra' }] }),
    want: forbidden({ value: 'infra/later', gateway: 'ListenerSet infra/later' }),
  },
  {
    name: 'a ListenerSet on a Gateway of its own',
    scene: attached(
      { parentRefs: [{ ...ON_SET, name: 'extra', namespace: 'infra' }] },
      { also: [listenerSetObject('infra', 'extra', { parentRef: { name: 'gateway', namespace: 'shop' } })] },
    ),
    want: [],
  },
  { name: 'a GRPCRoute', scene: { policies: [ROOTS], judged: grpcRouteObject() }, want: forbidden() },
  { name: 'a Gateway of its own', scene: attached({ parentRefs: [{ name: 'gateway' }] }), want: [] },
  {
    name: 'a Service, which is a mesh',
    scene: attached({ parentRefs: [{ group: '', kind: 'Service', name: 'cart', namespace: 'infra' }] }),
    want: [],
  },
  { name: 'a child', scene: attached({ parentRefs: [httpRoute('infra', 'parent')] }), want: [] },
  { name: 'a root namespace', scene: { parent: false, policies: [ROOTS], judged: parentObject() }, want: [] },
  {
    name: 'a root namespace by its labels',
    scene: attached(
      {},
      {
        also: [namespaceObject('shop', { tier: 'platform' })],
        policies: [{ rootNamespaces: { selector: { matchLabels: { tier: 'platform' } } } }],
      },
    ),
    want: [],
  },
  { name: 'none configured', scene: attached({}, { policies: [] }), want: [] },
  { name: 'hosts that the policy allows', scene: attached({}, { policies: [OWN_HOST] }), want: [] },
  {
    name: 'one host that it does not allow',
    scene: attached({ hostnames: ['shop.example.com', 'pay.example.com'] }, { policies: [OWN_HOST] }),
    want: forbidden({ hosts: true }),
  },
  {
    name: 'hosts that it allows another namespace',
    scene: attached({}, { policies: [{ ...ROOTS, hostnames: [{ namespaces: ['bank'], allow: ['shop.example.com'] }] }] }),
    want: forbidden(),
  },
  {
    name: 'a host that a Gateway not there yet may narrow',
    scene: attached({ parentRefs: [{ name: 'later', namespace: 'infra' }], hostnames: ['*.example.com'] }, { policies: [OWN_HOST] }),
    want: forbidden({ hosts: true, value: 'infra/later', action: 'Warn' }),
  },
  {
    name: 'an update that leaves it as it was',
    scene: attached({ labels: { tier: 'web' } }, { old: childObject({ parentRefs: [ON_GATEWAY], hostnames: ['shop.example.com'] }) }),
    want: forbidden({ action: 'Warn' }),
  },
  {
    name: 'an update that names one section of it',
    scene: attached(
      { parentRefs: [{ ...ON_GATEWAY, sectionName: 'http' }] },
      { old: childObject({ parentRefs: [ON_GATEWAY], hostnames: ['shop.example.com'] }) },
    ),
    want: forbidden({ action: 'Warn' }),
  },
  {
    name: 'an update that attaches a child',
    scene: attached({}, { old: childObject() }),
    want: forbidden(),
  },
  {
    name: 'an update that asks for another host',
    scene: attached({}, { old: childObject({ parentRefs: [ON_GATEWAY], hostnames: ['old.example.com'] }) }),
    want: forbidden(),
  },
])('LK302: $name', ({ scene, want }) => {
  expect(seen('LK302', scene)).toEqual(want)
})
