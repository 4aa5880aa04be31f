import { expect, it } from 'vitest'
import { type RawObject, type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

const PROTECTED = { filters: { protectedHeaders: ['X-Tenant', 'x-Auth-*'] } }

function modifier(type: 'request' | 'response', changes: RawObject): RawObject {
  return type === 'request'
    ? { type: 'RequestHeaderModifier', requestHeaderModifier: changes }
    : { type: 'ResponseHeaderModifier', responseHeaderModifier: changes }
}

function changed(field: string, value: string, verb: string): Seen {
  return {
    effect: 'risk',
    action: 'Deny',
    field: `spec.rules[0].${field}`,
    value,
    message: `this filter ${verb} header ${value}, which the policy protects: only the platform may. Remove it from the filter, or ask the cluster admin.`,
  }
}

const SET_TENANT = modifier('request', { set: [{ name: 'x-tenant', value: 'bank' }] })

function auth(externalAuth: RawObject): RawObject {
  return { type: 'ExternalAuth', externalAuth: { backendRef: { name: 'auth', port: 80 }, ...externalAuth } }
}

const ANY_HEADER: Seen = {
  effect: 'risk',
  action: 'Deny',
  field: 'spec.rules[0].filters[0].externalAuth',
  message:
    'the authorization service may put any header into the request, those that the policy protects included. Use protocol HTTP and list the headers it needs in http.allowedResponseHeaders, or ask the cluster admin.',
}

it.each<Row>([
  { name: 'nothing configured', scene: { child: { filters: [SET_TENANT, auth({ protocol: 'GRPC' })] } }, want: [] },
  {
    name: 'nothing protected',
    scene: { policies: [{ filters: { protectedHeaders: [] } }], child: { filters: [SET_TENANT, { type: 'Newer' }] } },
    want: [],
  },
  {
    name: 'set',
    scene: { policies: [PROTECTED], child: { filters: [SET_TENANT] } },
    want: [changed('filters[0].requestHeaderModifier.set[0].name', 'x-tenant', 'sets')],
  },
  {
    name: 'added and removed, in any case',
    scene: {
      policies: [PROTECTED],
      child: { filters: [modifier('request', { add: [{ name: 'X-TENANT', value: 'x' }], remove: ['ok', 'X-AUTH-User'] })] },
    },
    want: [
      changed('filters[0].requestHeaderModifier.add[0].name', 'X-TENANT', 'adds'),
      changed('filters[0].requestHeaderModifier.remove[1]', 'X-AUTH-User', 'removes'),
    ],
  },
  {
    name: 'on a response',
    scene: { policies: [PROTECTED], child: { filters: [modifier('response', { remove: ['x-auth-hint'] })] } },
    want: [changed('filters[0].responseHeaderModifier.remove[0]', 'x-auth-hint', 'removes')],
  },
  {
    name: 'on a backendRef',
    scene: {
      policies: [PROTECTED],
      child: {
        backendRefs: [
          { name: 'cart', port: 80 },
          { name: 'cart2', port: 80, filters: [SET_TENANT] },
        ],
      },
    },
    want: [changed('backendRefs[1].filters[0].requestHeaderModifier.set[0].name', 'x-tenant', 'sets')],
  },
  {
    name: 'headers that only look alike',
    scene: {
      policies: [PROTECTED],
      child: { filters: [modifier('request', { remove: ['x-tenants', 'tenant', 'x-auth', 'my-x-auth-a'] })] },
    },
    want: [],
  },
  {
    name: 'an authorization service that answers with any header',
    scene: { policies: [PROTECTED], child: { filters: [auth({ protocol: 'GRPC' })] } },
    want: [ANY_HEADER],
  },
  {
    name: 'an authorization service that lists none, which means all',
    scene: { policies: [PROTECTED], child: { filters: [auth({ protocol: 'HTTP', http: { path: '/' } })] } },
    want: [ANY_HEADER],
  },
  {
    name: 'an authorization service that lists a protected one',
    scene: { policies: [PROTECTED], child: { filters: [auth({ protocol: 'HTTP', http: { allowedResponseHeaders: ['a', 'X-Tenant'] } })] } },
    want: [
      {
        ...ANY_HEADER,
        field: 'spec.rules[0].filters[0].externalAuth.http.allowedResponseHeaders[1]',
        value: 'X-Tenant',
        message:
          'the authorization service may set header X-Tenant, which the policy protects: only the platform may. Remove it from the list, or ask the cluster admin.',
      },
    ],
  },
  {
    name: 'an authorization service that lists others',
    scene: { policies: [PROTECTED], child: { filters: [auth({ protocol: 'HTTP', http: { allowedResponseHeaders: ['x-user'] } })] } },
    want: [],
  },
  {
    name: 'a filter nobody knows',
    scene: { policies: [PROTECTED], child: { backendRefs: [{ name: 'cart', port: 80, filters: [{ type: 'Newer' }] }] } },
    want: [
      {
        effect: 'risk',
        action: 'Deny',
        field: 'spec.rules[0].backendRefs[0].filters[0].type',
        value: 'Newer',
        message:
          'what a filter of type "Newer" does is not known here, so it can\'t be ruled out that it changes a protected header, which the policy restricts. Remove it, or ask the cluster admin for an exception.',
      },
    ],
  },
  {
    name: 'a root namespace',
    scene: { policies: [{ ...PROTECTED, rootNamespaces: { names: ['shop'] } }], child: { filters: [SET_TENANT] } },
    want: [],
  },
])('LK606: $name', ({ scene, want }) => {
  expect(seen('LK606', scene)).toEqual(want)
})
