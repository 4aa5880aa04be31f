import { describe, expect, it } from 'vitest'
import { parseHttpRoute } from './http-route.ts'
import type { UnknownKeys } from './parsed.ts'

const EVERY_REQUEST = { path: { type: 'PathPrefix', value: '/' }, headers: [], queryParams: [], method: undefined }

function route(spec: unknown, metadata: object = {}): unknown {
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name: 'cart', namespace: 'shop', ...metadata }, spec }
}

function parsed(raw: unknown, unknownKeys: UnknownKeys = 'report') {
  const result = parseHttpRoute(raw, unknownKeys)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.value
}

function problems(raw: unknown, unknownKeys: UnknownKeys = 'report'): string[] {
  const result = parseHttpRoute(raw, unknownKeys)
  return result.ok ? [] : result.problems.map(({ field, message }) => `${field}: ${message}`)
}

describe('defaults', () => {
  it('fills in what the CRD fills in', () => {
    const { parentRefs, rules } = parsed(
      route({
        parentRefs: [{ name: 'edge' }],
        rules: [{ backendRefs: [{ name: 'svc', port: 80 }], matches: [{ headers: [{ name: 'X-A', value: '1' }] }] }],
      }),
    )
    expect(parentRefs).toEqual([
      {
        group: 'gateway.networking.k8s.io',
        kind: 'Gateway',
        namespace: undefined,
        name: 'edge',
        sectionName: undefined,
        port: undefined,
        kindWritten: false,
      },
    ])
    expect(rules).toEqual([
      {
        matches: [{ ...EVERY_REQUEST, headers: [{ type: 'Exact', name: 'X-A', key: 'x-a', value: '1' }] }],
        backendRefs: [{ group: '', kind: 'Service', namespace: undefined, name: 'svc', weight: 1, filters: [] }],
        filters: [],
        timeouts: { request: undefined, backendRequest: undefined },
        retry: undefined,
        sessionPersistence: undefined,
      },
    ])
  })

  it.each([
    ['no spec', undefined, [[EVERY_REQUEST]]],
    ['no rules', {}, [[EVERY_REQUEST]]],
    ['rules: null', { rules: null }, [[EVERY_REQUEST]]],
    ['rules: []', { rules: [] }, []],
    ['no matches', { rules: [{}] }, [[EVERY_REQUEST]]],
    ['matches: null', { rules: [{ matches: null }] }, [[EVERY_REQUEST]]],
    ['matches: []', { rules: [{ matches: [] }] }, [[]]],
    ['an empty match', { rules: [{ matches: [{}] }] }, [[EVERY_REQUEST]]],
    ['path: {}', { rules: [{ matches: [{ path: {} }] }] }, [[EVERY_REQUEST]]],
    ['path: null', { rules: [{ matches: [{ path: null }] }] }, [[EVERY_REQUEST]]],
    [
      'only a value',
      { rules: [{ matches: [{ path: { value: '/a' } }] }] },
      [[{ ...EVERY_REQUEST, path: { type: 'PathPrefix', value: '/a' } }]],
    ],
    [
      'only a type',
      { rules: [{ matches: [{ path: { type: 'Exact', value: null } }] }] },
      [[{ ...EVERY_REQUEST, path: { type: 'Exact', value: '/' } }]],
    ],
  ])('%s', (_name, spec, matches) => {
    expect(parsed(route(spec)).rules.map((rule) => rule.matches)).toEqual(matches)
  })

  it('tells a kind that is written from one that is not', () => {
    const { parentRefs } = parsed(
      route({
        parentRefs: [
          { name: 'a', kind: 'Gateway' },
          { name: 'b', kind: null },
        ],
      }),
    )
    expect(parentRefs.map((ref) => ref.kindWritten)).toEqual([true, false])
  })

  it.each([
    [undefined, false],
    ['None', false],
    ['All', true],
  ])('useDefaultGateways: %s', (useDefaultGateways, uses) => {
    expect(parsed(route({ useDefaultGateways })).usesDefaultGateways).toBe(uses)
  })
})

it('lower-cases hostnames and header keys, and leaves query keys alone', () => {
  const { hostnames, rules } = parsed(
    route({
      hostnames: ['Shop.Example.COM'],
      rules: [{ matches: [{ headers: [{ name: 'X-Tenant', value: 'A' }], queryParams: [{ name: 'Q', value: 'B' }] }] }],
    }),
  )
  expect(hostnames).toEqual(['shop.example.com'])
  expect(rules[0]?.matches[0]?.headers).toEqual([{ type: 'Exact', name: 'X-Tenant', key: 'x-tenant', value: 'A' }])
  expect(rules[0]?.matches[0]?.queryParams).toEqual([{ type: 'Exact', name: 'Q', key: 'Q', value: 'B' }])
})

it('takes a type it does not know as Unknown', () => {
  const [rule] = parsed(
    route({ rules: [{ matches: [{ path: { type: 'Glob', value: '/*' }, headers: [{ type: 'Prefix', name: 'a', value: 'b' }] }] }] }),
  ).rules
  expect(rule?.matches[0]?.path.type).toBe('Unknown')
  expect(rule?.matches[0]?.headers[0]?.type).toBe('Unknown')
})

it('reads metadata', () => {
  const value = parsed(route({}, { uid: 'u', creationTimestamp: '2026-03-01T10:00:00Z', labels: { a: 'b' }, generateName: 'c-' }))
  expect(value).toMatchObject({ uid: 'u', created: Date.UTC(2026, 2, 1, 10), generateName: 'c-', labels: new Map([['a', 'b']]) })
  expect(parsed(route({}, { creationTimestamp: null })).created).toBeUndefined()
})

it('keeps a label called __proto__', () => {
  const value = parsed(
    JSON.parse(JSON.stringify(route({}, { labels: 'L' })).replace('"L"', '{"__proto__":"x","a":null,"constructor":"y"}')),
  )
  expect([...value.labels]).toEqual([
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ])
})

it('keeps a filter as it is written, newer fields included', () => {
  const filter = { type: 'Newer', newer: { deep: [{ a: 1 }] }, urlRewrite: { hostname: 'h', unheard: true } }
  expect(parsed(route({ rules: [{ filters: [filter] }] }), 'ignore').rules[0]?.filters).toEqual([
    { type: 'Unknown', written: 'Newer', fields: filter },
  ])
})

describe('what a filter does', () => {
  const auth = (rest: object) => ({ type: 'ExternalAuth', externalAuth: { backendRef: { name: 'auth', namespace: 'x' }, ...rest } })
  const AUTH_BACKEND = { group: '', kind: 'Service', namespace: 'x', name: 'auth' }

  it.each<{ name: string; filter: object; want: object }>([
    {
      name: 'header changes',
      filter: { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'X-A', value: '1' }], remove: ['B'] } },
      want: { type: 'RequestHeaderModifier', changes: { set: [{ name: 'X-A', key: 'x-a', value: '1' }], add: [], remove: ['B'] } },
    },
    {
      name: 'a mirror with the defaults of a reference',
      filter: { type: 'RequestMirror', requestMirror: { backendRef: { name: 'copy' } } },
      want: { type: 'RequestMirror', backend: { group: '', kind: 'Service', namespace: undefined, name: 'copy' } },
    },
    {
      name: 'a redirect',
      filter: { type: 'RequestRedirect', requestRedirect: { scheme: 'HTTP', hostname: 'A.Example.com' } },
      want: { type: 'RequestRedirect', scheme: 'http', hostname: 'a.example.com' },
    },
    {
      name: 'a rewrite of host and path',
      filter: { type: 'URLRewrite', urlRewrite: { hostname: 'A', path: { type: 'ReplaceFullPath', replaceFullPath: '/x' } } },
      want: { type: 'URLRewrite', hostname: 'a', path: { key: 'replaceFullPath', value: '/x' } },
    },
    { name: 'CORS', filter: { type: 'CORS', cors: { allowOrigins: ['*'] } }, want: { type: 'CORS', allowOrigins: ['*'] } },
    {
      name: 'an authorization service that may hand over some headers',
      filter: auth({ protocol: 'HTTP', http: { allowedResponseHeaders: ['X-User'] } }),
      want: { type: 'ExternalAuth', backend: AUTH_BACKEND, copiedHeaders: ['X-User'] },
    },
    {
      name: 'one whose list is empty, which means all',
      filter: auth({ protocol: 'HTTP', http: { allowedResponseHeaders: [] } }),
      want: { type: 'ExternalAuth', backend: AUTH_BACKEND, copiedHeaders: undefined },
    },
    {
      name: 'one that speaks gRPC',
      filter: auth({ protocol: 'GRPC', http: { allowedResponseHeaders: ['X-User'] } }),
      want: { type: 'ExternalAuth', backend: AUTH_BACKEND, copiedHeaders: undefined },
    },
    {
      name: 'an extension, whatever else stands beside its name',
      filter: { type: 'ExtensionRef', extensionRef: { group: 'g', kind: 'k', name: 'n', type: 'CORS' } },
      want: { type: 'ExtensionRef', group: 'g', kind: 'k', name: 'n' },
    },
    {
      name: 'nothing under the key of its type',
      filter: { type: 'CORS', urlRewrite: { hostname: 'a' } },
      want: { type: 'Unknown', written: 'CORS' },
    },
  ])('$name', ({ filter, want }) => {
    const [rule] = parsed(route({ rules: [{ filters: [filter], backendRefs: [{ name: 'b', filters: [filter] }] }] }), 'ignore').rules
    expect(rule?.filters).toEqual([{ ...want, fields: filter }])
    expect(rule?.backendRefs[0]?.filters).toEqual([{ ...want, fields: filter }])
  })
})

it('reads timeouts, retries and sessions, a text that is no duration included', () => {
  const [rule] = parsed(
    route({
      rules: [
        {
          timeouts: { request: '1m30s', backendRequest: '0s' },
          retry: { attempts: 2 },
          sessionPersistence: { absoluteTimeout: '1 hour' },
        },
      ],
    }),
  ).rules
  expect(rule).toMatchObject({
    timeouts: { request: { written: '1m30s', milliseconds: 90_000 }, backendRequest: { written: '0s', milliseconds: 0 } },
    retry: { attempts: 2 },
    sessionPersistence: { absoluteTimeout: { written: '1 hour', milliseconds: undefined }, idleTimeout: undefined },
  })
})

it('knows every field of the experimental channel', () => {
  const backendRef = { group: '', kind: 'Service', name: 'auth', namespace: 'x', port: 80 }
  const headers = { set: [{ name: 'a', value: 'b' }], add: [{ name: 'a', value: 'b' }], remove: ['c'] }
  const path = { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' }
  const filters = [
    { type: 'RequestHeaderModifier', requestHeaderModifier: headers },
    { type: 'ResponseHeaderModifier', responseHeaderModifier: headers },
    { type: 'RequestMirror', requestMirror: { backendRef, fraction: { numerator: 1, denominator: 3 } } },
    { type: 'RequestMirror', requestMirror: { backendRef, percent: 3 } },
    { type: 'RequestRedirect', requestRedirect: { scheme: 'https', hostname: 'h', path, port: 443, statusCode: 301 } },
    { type: 'URLRewrite', urlRewrite: { hostname: 'h', path: { type: 'ReplaceFullPath', replaceFullPath: '/x' } } },
    { type: 'ExtensionRef', extensionRef: { group: 'g', kind: 'k', name: 'n' } },
    {
      type: 'CORS',
      cors: { allowOrigins: ['*'], allowCredentials: true, allowMethods: ['GET'], allowHeaders: ['a'], exposeHeaders: ['b'], maxAge: 5 },
    },
    { type: 'ExternalAuth', externalAuth: { protocol: 'GRPC', backendRef, grpc: { allowedHeaders: ['a'] }, forwardBody: { maxSize: 1 } } },
    {
      type: 'ExternalAuth',
      externalAuth: { protocol: 'HTTP', backendRef, http: { path: '/', allowedHeaders: ['a'], allowedResponseHeaders: ['b'] } },
    },
  ]
  const spec = {
    parentRefs: [{ group: 'g', kind: 'k', namespace: 'n', name: 'p', sectionName: 's', port: 1 }],
    rules: [
      {
        name: 'r',
        filters,
        backendRefs: [{ ...backendRef, weight: 2, filters }],
        timeouts: { request: '1s', backendRequest: '1s' },
        retry: { codes: [503], attempts: 2, backoff: '1s' },
        sessionPersistence: {
          sessionName: 's',
          absoluteTimeout: '1h',
          idleTimeout: '1h',
          type: 'Cookie',
          cookieConfig: { lifetimeType: 'Session' },
        },
      },
    ],
  }
  expect(problems(route(spec))).toEqual([])
})

it('reports every problem at once, each with its place', () => {
  const raw = route(
    {
      hostnames: 'a',
      parentRefs: [{}],
      rules: [{ matches: [{ path: { value: 3 } }], match: [] }, null, { backendRefs: [{ name: 'x', weight: '1' }] }],
    },
    { labels: { 'a/b': 1 }, creationTimestamp: '2026-02-30T00:00:00Z' },
  )
  expect(problems(raw)).toEqual([
    'metadata.creationTimestamp: must be an RFC 3339 time such as 2027-03-31T00:00:00Z, not "2026-02-30T00:00:00Z"',
    'metadata.labels["a/b"]: must be a string, not the number 1',
    'spec.parentRefs[0].name: is required',
    'spec.hostnames: must be a list, not "a"',
    'spec.rules[0].matches[0].path.value: must be a string, not the number 3',
    'spec.rules[0].match: unknown key "match", did you mean "matches"?',
    'spec.rules[1]: must be a mapping, not null',
    'spec.rules[2].backendRefs[0].weight: must be a number, not "1"',
  ])
})

it.each([
  ['a string', 'x', [': must be a mapping, not "x"']],
  ['null', null, [': must be a mapping, not null']],
  ['a list', [], [': must be a mapping, not a list']],
  ['another kind', { ...(route({}) as object), kind: 'GRPCRoute' }, ['kind: must be HTTPRoute, not "GRPCRoute"']],
  ['no name and namespace', { ...(route({}) as object), metadata: {} }, ['metadata.name: is required', 'metadata.namespace: is required']],
])('refuses %s', (_name, raw, want) => {
  expect(problems(raw)).toEqual(want)
})

it('ignores unknown keys when told to', () => {
  expect(problems(route({ rules: [{ match: [] }], x: 1 }), 'ignore')).toEqual([])
})

it('survives deep nesting and objects of 3 MiB', () => {
  const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)
  expect(problems(route({ rules: deep }), 'ignore')).not.toEqual([])
  expect(problems(route({}, { annotations: { a: 'x'.repeat(3 << 20) } }), 'ignore')).toEqual([])
  const matches = Array.from({ length: 40_000 }, (_, index) => ({ path: { type: 'Exact', value: `/a/rather/long/path/${index}` } }))
  expect(parsed(route({ rules: [{ matches }] })).rules[0]?.matches).toHaveLength(40_000)
})
