import { expect, it } from 'vitest'
import { httpRoute, label, type RawRef, type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

const BACKEND: RawRef = { group: 'gateway.kgateway.dev', kind: 'Backend', name: 'outside' }
const SERVICES = { backends: { kinds: [{ kind: 'Service' }] } }

function forbidden(field: string, value: string, allowed: string): Seen {
  return {
    effect: 'risk',
    action: 'Deny',
    field,
    value,
    message: `a backend of kind ${value} is not allowed here: the policy allows ${allowed}. Use one of those, or ask the cluster admin to allow the kind.`,
  }
}

it.each<Row>([
  {
    name: 'a kind that is not listed',
    scene: { policies: [SERVICES], child: { backendRefs: [BACKEND] } },
    want: [forbidden('spec.rules[0].backendRefs[0].kind', 'Backend of gateway.kgateway.dev', 'Service')],
  },
  { name: 'the same kind, and no list', scene: { child: { backendRefs: [BACKEND] } }, want: [] },
  {
    name: 'it is listed',
    scene: {
      policies: [{ backends: { kinds: [{ kind: 'Service' }, { group: 'gateway.kgateway.dev', kind: 'Backend' }] } }],
      child: { backendRefs: [BACKEND, { name: 'cart', port: 80 }] },
    },
    want: [],
  },
  {
    name: 'the kind of another group',
    scene: {
      policies: [{ backends: { kinds: [{ kind: 'Service' }, { group: 'example.com', kind: 'Backend' }] } }],
      child: { backendRefs: [BACKEND] },
    },
    want: [forbidden('spec.rules[0].backendRefs[0].kind', 'Backend of gateway.kgateway.dev', 'Service, Backend of example.com')],
  },
  {
    name: 'an empty list',
    scene: { policies: [{ backends: { kinds: [] } }] },
    want: [forbidden('spec.rules[0].backendRefs[0].kind', 'Service', 'none')],
  },
  {
    name: 'a mirror and an authorization service',
    scene: {
      policies: [SERVICES],
      child: {
        filters: [
          { type: 'RequestMirror', requestMirror: { backendRef: BACKEND } },
          { type: 'ExternalAuth', externalAuth: { protocol: 'GRPC', backendRef: BACKEND } },
        ],
      },
    },
    want: [
      forbidden('spec.rules[0].filters[0].requestMirror.backendRef.kind', 'Backend of gateway.kgateway.dev', 'Service'),
      forbidden('spec.rules[0].filters[1].externalAuth.backendRef.kind', 'Backend of gateway.kgateway.dev', 'Service'),
    ],
  },
  {
    name: 'a mirror on a backendRef',
    scene: {
      policies: [SERVICES],
      child: {
        backendRefs: [{ name: 'cart', port: 80, filters: [{ type: 'RequestMirror', requestMirror: { backendRef: BACKEND } }] }],
      },
    },
    want: [
      forbidden('spec.rules[0].backendRefs[0].filters[0].requestMirror.backendRef.kind', 'Backend of gateway.kgateway.dev', 'Service'),
    ],
  },
  {
    name: 'references that delegate are no backends',
    scene: { policies: [SERVICES], child: { backendRefs: [httpRoute('shop', 'leaf'), label('shop', 'a')] } },
    want: [],
  },
  {
    name: 'an HTTPRoute without its group delegates nothing',
    scene: { policies: [SERVICES], child: { backendRefs: [{ kind: 'HTTPRoute', name: 'leaf' }] } },
    want: [forbidden('spec.rules[0].backendRefs[0].kind', 'HTTPRoute', 'Service')],
  },
  {
    name: 'a root namespace',
    scene: { policies: [{ ...SERVICES, rootNamespaces: { names: ['shop'] } }], child: { backendRefs: [BACKEND] } },
    want: [],
  },
])('LK601: $name', ({ scene, want }) => {
  expect(seen('LK601', scene)).toEqual(want)
})
