import { expect, it } from 'vitest'
import {
  childObject,
  httpRoute,
  parentObject,
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

const ON_GATEWAY: RawRef = { name: 'gateway', namespace: 'infra' }
const ALLOWED = ['shop.example.com', '*.shop.example.com']
const POLICY = { hostnames: [{ namespaces: ['shop', 'eu-*'], allow: ALLOWED }] }
const ANY = 'shop.example.com, *.shop.example.com'

function attached(changes: RouteChanges, more: Scene = {}): Scene {
  return { policies: [POLICY], child: { parentRefs: [ON_GATEWAY], ...changes }, ...more }
}

/** Gateway infra/narrow with one listener. */
function gatewayObject(hostname: string): RawObject {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'narrow', namespace: 'infra' },
    spec: { gatewayClassName: 'class', listeners: [{ name: 'http', port: 80, protocol: 'HTTP', hostname }] },
  }
}

function onNarrow(hostname: string, changes: RouteChanges, ref: Partial<RawRef> = {}): Scene {
  return attached({ parentRefs: [{ name: 'narrow', namespace: 'infra', ...ref }], ...changes }, { also: [gatewayObject(hostname)] })
}

function beyond(host: string, more: Partial<Seen> & { index?: number; allowed?: string; namespace?: string } = {}): Seen {
  const { index = 0, allowed = ANY, namespace = 'shop', ...seenMore } = more
  return {
    effect: 'escape',
    action: 'Deny',
    field: `spec.hostnames[${index}]`,
    value: host,
    message: `host ${host} goes beyond those that the policy lets namespace ${namespace} use: ${allowed}. Use hostnames inside them, or ask the cluster admin to allow more.`,
    ...seenMore,
  }
}

const EVERY_HOST: Seen = {
  effect: 'escape',
  action: 'Deny',
  field: 'spec.hostnames',
  message: `without hostnames the route takes every host of its listeners, which is more than the policy lets namespace shop use: ${ANY}. Use hostnames inside them, or ask the cluster admin to allow more.`,
}

it.each<Row>([
  { name: 'an allowed host', scene: attached({ hostnames: ['shop.example.com'] }), want: [] },
  {
    name: 'a name below a wildcard',
    scene: attached({ hostnames: ['a.b.shop.example.com', '*.a.shop.example.com', '*.shop.example.com'] }),
    want: [],
  },
  {
    name: 'the apex of a wildcard',
    scene: attached({ hostnames: ['example.com'] }, { policies: [{ hostnames: [{ namespaces: ['shop'], allow: ['*.example.com'] }] }] }),
    want: [beyond('example.com', { allowed: '*.example.com' })],
  },
  {
    name: 'every host allowed',
    scene: attached({ hostnames: ['a.com', '*.b.com'] }, { policies: [{ hostnames: [{ namespaces: ['*'], allow: ['*'] }] }] }),
    want: [],
  },
  {
    name: 'another host, and only that',
    scene: attached({ hostnames: ['shop.example.com', 'pay.example.com'] }),
    want: [beyond('pay.example.com', { index: 1 })],
  },
  {
    name: 'a name that only ends like it',
    scene: attached({ hostnames: ['evilshop.example.com'] }),
    want: [beyond('evilshop.example.com')],
  },
  { name: 'a wider wildcard', scene: attached({ hostnames: ['*.example.com'] }), want: [beyond('*.example.com')] },
  { name: 'a wider wildcard that the listener narrows', scene: onNarrow('a.shop.example.com', { hostnames: ['*.example.com'] }), want: [] },
  {
    name: 'a wider wildcard that the listener narrows to something else, which is not named',
    scene: onNarrow('secret.example.com', { hostnames: ['*.example.com'] }),
    want: [beyond('*.example.com')],
  },
  { name: 'no hostnames', scene: attached({}), want: [EVERY_HOST] },
  { name: 'no hostnames on a narrow listener', scene: onNarrow('*.shop.example.com', {}), want: [] },
  {
    name: 'a wider wildcard while the Gateway is missing',
    scene: attached({ parentRefs: [{ name: 'later', namespace: 'infra' }], hostnames: ['*.example.com'] }),
    want: [beyond('*.example.com', { action: 'Warn' })],
  },
  {
    name: 'no hostnames while the listener is missing',
    scene: onNarrow('*.shop.example.com', {}, { sectionName: 'later' }),
    want: [{ ...EVERY_HOST, action: 'Warn' }],
  },
  {
    name: 'another host while the Gateway is missing: no listener can allow it',
    scene: attached({ parentRefs: [{ name: 'later', namespace: 'infra' }], hostnames: ['pay.example.com'] }),
    want: [beyond('pay.example.com')],
  },
  {
    name: 'the default Gateways',
    scene: { policies: [POLICY], judged: { ...childObject(), spec: { useDefaultGateways: 'All', hostnames: ['pay.example.com'] } } },
    want: [beyond('pay.example.com')],
  },
  { name: 'a namespace by pattern', scene: attached({ namespace: 'eu-shop', hostnames: ['shop.example.com'] }), want: [] },
  {
    name: 'a namespace in no entry',
    scene: attached({ namespace: 'bank', hostnames: ['bank.example.com'] }),
    want: [beyond('bank.example.com', { namespace: 'bank', allowed: 'none' })],
  },
  { name: 'a namespace in no entry, on its own Gateway', scene: { parent: false, policies: [POLICY], judged: parentObject() }, want: [] },
  {
    name: 'a namespace with an entry, on its own Gateway',
    scene: { parent: false, policies: [{ hostnames: [{ namespaces: ['infra'], allow: ['infra.example.com'] }] }], judged: parentObject() },
    want: [beyond('example.com', { namespace: 'infra', allowed: 'infra.example.com' })],
  },
  {
    name: 'two entries add up',
    scene: attached(
      { hostnames: ['a.example.com', 'b.example.com'] },
      {
        policies: [
          {
            hostnames: [
              { namespaces: ['shop'], allow: ['a.example.com'] },
              { namespaces: ['*'], allow: ['b.example.com'] },
            ],
          },
        ],
      },
    ),
    want: [],
  },
  {
    name: 'a root namespace',
    scene: attached({ hostnames: ['pay.example.com'] }, { policies: [{ ...POLICY, rootNamespaces: { names: ['shop'] } }] }),
    want: [],
  },
  { name: 'a child', scene: attached({ parentRefs: [httpRoute('infra', 'parent')] }), want: [] },
  { name: 'none configured', scene: attached({ hostnames: ['pay.example.com'] }, { policies: [] }), want: [] },
  {
    name: 'an update that adds an allowed host beside a bad one',
    scene: attached(
      { hostnames: ['shop.example.com', 'pay.example.com'] },
      { old: childObject({ parentRefs: [ON_GATEWAY], hostnames: ['pay.example.com'] }) },
    ),
    want: [beyond('pay.example.com', { index: 1, action: 'Warn' })],
  },
  {
    name: 'an update from every host to a bad one',
    scene: attached({ hostnames: ['pay.example.com'] }, { old: childObject({ parentRefs: [ON_GATEWAY] }) }),
    want: [beyond('pay.example.com', { action: 'Warn' })],
  },
  {
    name: 'an update to another bad host',
    scene: attached({ hostnames: ['pay.example.com'] }, { old: childObject({ parentRefs: [ON_GATEWAY], hostnames: ['web.example.com'] }) }),
    want: [beyond('pay.example.com')],
  },
  {
    name: 'an update to another Gateway',
    scene: attached(
      { parentRefs: [{ name: 'narrow', namespace: 'infra' }], hostnames: ['pay.example.com'] },
      { also: [gatewayObject('*.example.com')], old: childObject({ parentRefs: [ON_GATEWAY], hostnames: ['pay.example.com'] }) },
    ),
    want: [beyond('pay.example.com')],
  },
])('LK303: $name', ({ scene, want }) => {
  expect(seen('LK303', scene)).toEqual(want)
})
