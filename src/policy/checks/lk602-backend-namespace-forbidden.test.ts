import { expect, it } from 'vitest'
import { GROUP, grpcRouteObject, namespaceObject, type RawObject, type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

const LEDGER = { name: 'ledger', namespace: 'bank', port: 80 }

/** A ReferenceGrant in namespace bank. */
function grant(from: object = {}, to: object = {}): RawObject {
  return {
    apiVersion: `${GROUP}/v1`,
    kind: 'ReferenceGrant',
    metadata: { name: 'grant', namespace: 'bank' },
    spec: { from: [{ group: GROUP, kind: 'HTTPRoute', namespace: 'shop', ...from }], to: [{ group: '', kind: 'Service', ...to }] },
  }
}

function ungranted(field: string, name = 'Service bank/ledger'): Seen {
  return {
    effect: 'risk',
    action: 'Warn',
    field,
    value: 'bank',
    message: `${name} is in another namespace, and no ReferenceGrant there lets HTTPRoutes of shop use it, so the gateway refuses it. Ask the owner of namespace bank for a ReferenceGrant.`,
  }
}

const DENIED: Seen = {
  effect: 'risk',
  action: 'Deny',
  field: 'spec.rules[0].backendRefs[0].namespace',
  value: 'bank',
  message:
    'Service bank/ledger is in another namespace, and the policy allows backends of namespace shop only. Use one of those, or ask the cluster admin.',
}

it.each<Row>([
  {
    name: 'nothing granted',
    scene: { child: { backendRefs: [LEDGER] } },
    want: [ungranted('spec.rules[0].backendRefs[0].namespace')],
  },
  { name: 'its own namespace, written out', scene: { child: { backendRefs: [{ name: 'cart', namespace: 'shop', port: 80 }] } }, want: [] },
  { name: 'granted', scene: { also: [grant()], child: { backendRefs: [LEDGER] } }, want: [] },
  { name: 'granted by name', scene: { also: [grant({}, { name: 'ledger' })], child: { backendRefs: [LEDGER] } }, want: [] },
  ...[
    { name: 'another name is granted', also: grant({}, { name: 'other' }) },
    { name: 'another kind is granted', also: grant({}, { kind: 'Secret' }) },
    { name: 'another group is granted', also: grant({}, { group: 'example.com' }) },
    { name: 'granted to another namespace', also: grant({ namespace: 'web' }) },
    { name: 'granted to another kind of route', also: grant({ kind: 'GRPCRoute' }) },
    { name: 'granted to another group', also: grant({ group: '' }) },
    { name: 'granted in the namespace of the route', also: { ...grant(), metadata: { name: 'grant', namespace: 'shop' } } },
  ].map(({ name, also }) => ({
    name,
    scene: { also: [also], child: { backendRefs: [LEDGER] } },
    want: [ungranted('spec.rules[0].backendRefs[0].namespace')],
  })),
  {
    name: 'a mirror on a backendRef',
    scene: {
      child: {
        backendRefs: [{ name: 'cart', port: 80, filters: [{ type: 'RequestMirror', requestMirror: { backendRef: LEDGER } }] }],
      },
    },
    want: [ungranted('spec.rules[0].backendRefs[0].filters[0].requestMirror.backendRef.namespace')],
  },
  {
    name: 'an authorization service',
    scene: { child: { filters: [{ type: 'ExternalAuth', externalAuth: { protocol: 'HTTP', backendRef: LEDGER } }] } },
    want: [ungranted('spec.rules[0].filters[0].externalAuth.backendRef.namespace')],
  },
  ...[
    { name: 'nothing granted to a GRPCRoute', also: [] },
    { name: 'granted to HTTPRoutes alone', also: [grant()] },
  ].map(({ name, also }) => ({
    name,
    scene: { also, judged: grpcRouteObject({ rules: [{ backendRefs: [LEDGER] }] }) },
    want: [
      {
        ...ungranted('spec.rules[0].backendRefs[0].namespace'),
        message:
          'Service bank/ledger is in another namespace, and no ReferenceGrant there lets GRPCRoutes of shop use it, so the gateway refuses it. Ask the owner of namespace bank for a ReferenceGrant.',
      },
    ],
  })),
  {
    name: 'granted to GRPCRoutes',
    scene: { also: [grant({ kind: 'GRPCRoute' })], judged: grpcRouteObject({ rules: [{ backendRefs: [LEDGER] }] }) },
    want: [],
  },
  {
    name: 'the policy allows it',
    scene: { policies: [{ backends: { crossNamespace: 'Allow' } }], child: { backendRefs: [LEDGER] } },
    want: [],
  },
  {
    name: 'the policy denies it',
    scene: { policies: [{ backends: { crossNamespace: 'Deny' } }], child: { backendRefs: [LEDGER] } },
    want: [DENIED],
  },
  {
    name: 'the policy denies it, granted or not',
    scene: { also: [grant()], policies: [{ backends: { crossNamespace: 'Deny' } }], child: { backendRefs: [LEDGER] } },
    want: [DENIED],
  },
  {
    name: 'a root namespace needs the ReferenceGrant all the same',
    scene: {
      also: [namespaceObject('shop')],
      policies: [{ backends: { crossNamespace: 'Deny' }, rootNamespaces: { names: ['shop'] } }],
      child: { backendRefs: [LEDGER] },
    },
    want: [ungranted('spec.rules[0].backendRefs[0].namespace')],
  },
  {
    name: 'a root namespace that has it',
    scene: {
      also: [grant()],
      policies: [{ backends: { crossNamespace: 'Deny' }, rootNamespaces: { names: ['shop'] } }],
      child: { backendRefs: [LEDGER] },
    },
    want: [],
  },
])('LK602: $name', ({ scene, want }) => {
  expect(seen('LK602', scene)).toEqual(want)
})
