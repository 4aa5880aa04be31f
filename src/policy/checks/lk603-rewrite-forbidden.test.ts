import { expect, it } from 'vitest'
import { grpcRouteObject, type RawObject, type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

function toHost(hostname: string): RawObject {
  return { type: 'URLRewrite', urlRewrite: { hostname } }
}

function toPath(path: RawObject): RawObject {
  return { type: 'URLRewrite', urlRewrite: { path } }
}

function replacePrefix(value: string): RawObject {
  return toPath({ type: 'ReplacePrefixMatch', replacePrefixMatch: value })
}

function setting(name: string): RawObject {
  return { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name, value: 'x' }] } }
}

function allowing(...rewriteHosts: string[]): RawObject {
  return { filters: { rewriteHosts } }
}

function hostSeen(value: string, allowed: string): Seen {
  return {
    effect: 'risk',
    action: 'Deny',
    field: 'spec.rules[0].filters[0].urlRewrite.hostname',
    value,
    message: `a rewrite to host ${value} is not allowed here: ${allowed}. Keep the request's host, or ask the cluster admin to allow this one.`,
  }
}

function hidden(action: 'Warn' | 'Deny', place: string, value: string, verb: string): Seen {
  return {
    effect: 'risk',
    action,
    field: `spec.rules[0].${place}`,
    value,
    message: `this filter ${verb} header ${value}, which decides where the gateway sends a request: a hidden rewrite. Use a URLRewrite filter, or ask the cluster admin.`,
  }
}

function climbs(value: string, what: string, key = 'replacePrefixMatch'): Seen {
  return {
    effect: 'risk',
    action: 'Warn',
    field: `spec.rules[0].filters[0].urlRewrite.path.${key}`,
    value,
    message: `"${what}" in a replacement path is resolved by the backend, which then serves a path that is written nowhere. Write the path without it.`,
  }
}

const SET_NAME = 'filters[0].requestHeaderModifier.set[0].name'
const UNLISTED = 'it is not among those the policy allows'

it.each<Row>([
  { name: 'any host where nothing is configured', scene: { child: { filters: [toHost('elsewhere.example.org')] } }, want: [] },
  {
    name: 'a host that is not listed',
    scene: { policies: [allowing('*.example.com')], child: { filters: [toHost('elsewhere.example.org')] } },
    want: [hostSeen('elsewhere.example.org', UNLISTED)],
  },
  {
    name: 'the name of a wildcard itself',
    scene: { policies: [allowing('*.example.com')], child: { filters: [toHost('example.com')] } },
    want: [hostSeen('example.com', UNLISTED)],
  },
  {
    name: 'no host is listed',
    scene: { policies: [allowing()], child: { filters: [toHost('a.example.com')] } },
    want: [hostSeen('a.example.com', 'the policy allows none')],
  },
  {
    name: 'a host below a wildcard',
    scene: { policies: [allowing('*.Example.com')], child: { filters: [toHost('A.b.example.com')] } },
    want: [],
  },
  {
    name: 'a host that is listed',
    scene: { policies: [allowing('a.example.com')], child: { filters: [toHost('a.example.com')] } },
    want: [],
  },
  { name: 'every host is listed', scene: { policies: [allowing('*')], child: { filters: [toHost('a.example.org')] } }, want: [] },
  { name: 'host', scene: { child: { filters: [setting('Host')] } }, want: [hidden('Warn', SET_NAME, 'Host', 'sets')] },
  { name: ':authority', scene: { child: { filters: [setting(':authority')] } }, want: [hidden('Warn', SET_NAME, ':authority', 'sets')] },
  {
    name: 'a header by which Envoy rewrites',
    scene: { child: { filters: [setting('X-Envoy-Original-Path')] } },
    want: [hidden('Warn', SET_NAME, 'X-Envoy-Original-Path', 'sets')],
  },
  {
    name: 'adding and removing',
    scene: {
      child: {
        filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { add: [{ name: 'host', value: 'x' }], remove: ['x-envoy-a'] } }],
      },
    },
    want: [
      hidden('Warn', 'filters[0].requestHeaderModifier.add[0].name', 'host', 'adds'),
      hidden('Warn', 'filters[0].requestHeaderModifier.remove[0]', 'x-envoy-a', 'removes'),
    ],
  },
  {
    name: 'on a backendRef, once hosts are configured',
    scene: { policies: [allowing('*')], child: { backendRefs: [{ name: 'cart', port: 80, filters: [setting('host')] }] } },
    want: [hidden('Deny', 'backendRefs[0].filters[0].requestHeaderModifier.set[0].name', 'host', 'sets')],
  },
  {
    name: 'of a GRPCRoute, which has no URLRewrite',
    scene: { judged: grpcRouteObject({ rules: [{ filters: [setting('host')] }] }) },
    want: [
      {
        ...hidden('Warn', SET_NAME, 'host', 'sets'),
        message:
          'this filter sets header host, which decides where the gateway sends a request: a hidden rewrite. Remove it, or ask the cluster admin.',
      },
    ],
  },
  { name: 'another header', scene: { child: { filters: [setting('x-hostname'), setting('x-envoy')] } }, want: [] },
  {
    name: 'a header of the response',
    scene: {
      child: { filters: [{ type: 'ResponseHeaderModifier', responseHeaderModifier: { remove: ['x-envoy-upstream-service-time'] } }] },
    },
    want: [],
  },
  ...['/', '/x', '/x/', '/a..b', '/...', '/a.b/.c', ''].map((value) => ({
    name: `replacement ${JSON.stringify(value)}`,
    scene: { child: { filters: [replacePrefix(value)] } },
    want: [],
  })),
  ...['/..', '/a/../b', '../a', '/%2e%2E/a', '/a%2F..'].map((value) => ({
    name: `replacement ${value}`,
    scene: { child: { filters: [replacePrefix(value)] } },
    want: [climbs(value, '..')],
  })),
  ...['//', '/a//b', '//host', '/a%2f/b'].map((value) => ({
    name: `replacement ${value}`,
    scene: { child: { filters: [replacePrefix(value)] } },
    want: [climbs(value, '//')],
  })),
  {
    name: 'a full path',
    scene: { child: { filters: [toPath({ type: 'ReplaceFullPath', replaceFullPath: '/a/../b' })] } },
    want: [climbs('/a/../b', '..', 'replaceFullPath')],
  },
  { name: 'a filter nobody knows, nothing configured', scene: { child: { filters: [{ type: 'Newer' }] } }, want: [] },
  {
    name: 'a filter nobody knows',
    scene: { policies: [allowing('*')], child: { filters: [{ type: 'Newer' }] } },
    want: [
      {
        effect: 'risk',
        action: 'Deny',
        field: 'spec.rules[0].filters[0].type',
        value: 'Newer',
        message:
          'what a filter of type "Newer" does is not known here, so it can\'t be ruled out that it rewrites the host, which the policy restricts. Remove it, or ask the cluster admin for an exception.',
      },
    ],
  },
  {
    name: 'a root namespace',
    scene: { policies: [{ ...allowing(), rootNamespaces: { names: ['shop'] } }], child: { filters: [toHost('a.b'), setting('host')] } },
    want: [],
  },
])('LK603: $name', ({ scene, want }) => {
  expect(seen('LK603', scene)).toEqual(want)
})
