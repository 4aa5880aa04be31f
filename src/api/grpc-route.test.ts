import { expect, it } from 'vitest'
import type { UnknownKeys } from './parsed.ts'
import { parseViewObject } from './view-object.ts'

const BANK = 'com.example.Bank'

/** A GRPCRoute with one rule. */
function grpcRoute(rule: object, spec: object = {}): object {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GRPCRoute',
    metadata: { name: 'bank', namespace: 'shop' },
    spec: { parentRefs: [{ name: 'edge', namespace: 'infra' }], rules: [rule], ...spec },
  }
}

function parsed(raw: unknown, unknownKeys: UnknownKeys = 'report') {
  const result = parseViewObject(raw, unknownKeys)
  if (result?.ok === true && result.value.kind === 'GRPCRoute') return result.value.value
  return result?.ok === false ? result.problems.map(({ field, message }) => `${field}: ${message}`) : undefined
}

function pathsOf(rule: object): string[] {
  const route = parsed(grpcRoute(rule))
  if (route === undefined || Array.isArray(route)) throw new Error(`not read: ${String(route)}`)
  return route.rules.flatMap(({ matches }) => matches.map(({ path }) => `${path.type} ${path.value}`))
}

it.each<readonly [name: string, method: object | undefined, path: string]>([
  ['no method', undefined, 'PathPrefix /'],
  ['an empty one', {}, 'PathPrefix /'],
  ['service and method', { service: BANK, method: 'Pay' }, 'Exact /com.example.Bank/Pay'],
  ['a service', { type: 'Exact', service: BANK }, 'PathPrefix /com.example.Bank'],
  ['a method', { method: 'Pay' }, 'RegularExpression /.+/Pay'],
  ['expressions', { type: 'RegularExpression', service: BANK, method: 'P.*' }, 'RegularExpression /com.example.Bank/P.*'],
  ['an expression for the service', { type: 'RegularExpression', service: 'x|/banking/.*|' }, 'RegularExpression /x|/banking/.*|/.+'],
  ['an expression for the method', { type: 'RegularExpression', method: 'Pay|.*' }, 'RegularExpression /.+/Pay|.*'],
  ['an empty text beside one', { type: 'RegularExpression', service: '', method: 'Pay' }, 'RegularExpression /.+/Pay'],
  ['a type newer than this program', { type: 'Glob', service: 'a', method: 'b' }, 'Unknown /a/b'],
])('%s becomes the path that gateways make of it', (_, method, path) => {
  expect(pathsOf({ matches: [{ ...(method && { method }) }] })).toEqual([path])
})

it.each([
  ['no matches', {}],
  ['an empty list', { matches: [] }],
])('%s mean every request', (_, rule) => {
  expect(pathsOf(rule)).toEqual(['PathPrefix /'])
})

it('reads everything else as of an HTTPRoute', () => {
  const match = { method: { service: BANK }, headers: [{ name: 'X-Tenant', value: 'a' }] }
  const rule = { matches: [match], filters: [{ type: 'RequestMirror', requestMirror: { backendRef: { name: 'b' } } }] }
  expect(parsed(grpcRoute(rule, { hostnames: ['API.example.com'], useDefaultGateways: 'All' }))).toMatchObject({
    kind: 'GRPCRoute',
    namespace: 'shop',
    name: 'bank',
    parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'infra', name: 'edge' }],
    hostnames: ['api.example.com'],
    usesDefaultGateways: true,
    rules: [
      {
        matches: [{ headers: [{ type: 'Exact', name: 'X-Tenant', key: 'x-tenant', value: 'a' }], queryParams: [], method: undefined }],
        filters: [{ type: 'RequestMirror' }],
      },
    ],
  })
})

it('never delegates, whatever a backendRef names', () => {
  const backendRefs = [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: '*' }]
  expect(parsed(grpcRoute({ backendRefs }))).toMatchObject({ rules: [{ backendRefs: [{ kind: 'HTTPRoute', delegates: false }] }] })
})

it('takes nothing without rules', () => {
  expect(parsed(grpcRoute({}, { rules: undefined }))).toMatchObject({ rules: [] })
})

it.each<readonly [name: string, raw: object, problems: readonly string[]]>([
  ['a misspelt key', grpcRoute({ match: [] }), ['spec.rules[0].match: unknown key "match", did you mean "matches"?']],
  [
    'a filter of HTTPRoutes',
    grpcRoute({ filters: [{ type: 'URLRewrite', urlRewrite: {} }] }),
    ['spec.rules[0].filters[0].urlRewrite: unknown key "urlRewrite"'],
  ],
  ['a path', grpcRoute({ matches: [{ path: {} }] }), ['spec.rules[0].matches[0].path: unknown key "path"']],
  ['no namespace', { ...grpcRoute({}), metadata: { name: 'bank' } }, ['metadata.namespace: is required']],
  [
    'an old version',
    { ...grpcRoute({}), apiVersion: 'gateway.networking.k8s.io/v1alpha2' },
    ['apiVersion: must be gateway.networking.k8s.io/v1, not "gateway.networking.k8s.io/v1alpha2"'],
  ],
])('refuses %s', (_, raw, problems) => {
  expect(parsed(raw)).toEqual(problems)
})

it('takes unknown keys where the API server kept them', () => {
  expect(parsed(grpcRoute({ later: 1 }), 'ignore')).toMatchObject({ kind: 'GRPCRoute' })
})
