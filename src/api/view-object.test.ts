import { expect, it } from 'vitest'
import { parseViewObject } from './view-object.ts'

const GATEWAY_API = 'gateway.networking.k8s.io'

function gateway(listener: object = {}): unknown {
  const listeners = [{ name: 'http', port: 80, protocol: 'HTTP', ...listener }]
  return {
    apiVersion: `${GATEWAY_API}/v1`,
    kind: 'Gateway',
    metadata: { name: 'edge', namespace: 'infra' },
    spec: { gatewayClassName: 'kg', listeners, x: 1 },
  }
}

function parsed(raw: unknown) {
  const result = parseViewObject(raw, 'report')
  if (result === undefined) return undefined
  return result.ok ? result.value : result.problems.map(({ field, message }) => `${field}: ${message}`)
}

const selector = { matchLabels: new Map([['a', 'b']]), matchExpressions: [] }

it.each([
  ['no allowedRoutes', {}, { from: 'Same' }],
  ['no namespaces', { allowedRoutes: { kinds: [] } }, { from: 'Same' }],
  ['no from', { allowedRoutes: { namespaces: {} } }, { from: 'Same' }],
  ['from: null', { allowedRoutes: { namespaces: { from: null } } }, { from: 'Same' }],
  ['All', { allowedRoutes: { namespaces: { from: 'All' } } }, { from: 'All' }],
  [
    'a selector',
    { allowedRoutes: { namespaces: { from: 'Selector', selector: { matchLabels: { a: 'b' } } } } },
    { from: 'Selector', selector },
  ],
  ['Selector without a selector', { allowedRoutes: { namespaces: { from: 'Selector' } } }, { from: 'None' }],
])('a listener with %s', (_name, listener, allowedNamespaces) => {
  expect(parsed(gateway({ hostname: '*.Example.com', ...listener }))).toEqual({
    kind: 'Gateway',
    value: {
      namespace: 'infra',
      name: 'edge',
      className: 'kg',
      created: undefined,
      listeners: [{ name: 'http', port: 80, protocol: 'HTTP', hostname: '*.example.com', allowedNamespaces }],
    },
  })
})

it('reads the other kinds', () => {
  expect(parsed({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { a: 'b' } }, spec: { finalizers: [] } })).toEqual(
    {
      kind: 'Namespace',
      value: { name: 'shop', labels: new Map([['a', 'b']]) },
    },
  )
  expect(
    parsed({ apiVersion: `${GATEWAY_API}/v1beta1`, kind: 'GatewayClass', metadata: { name: 'kg' }, spec: { controllerName: 'a/b' } }),
  ).toEqual({
    kind: 'GatewayClass',
    value: { name: 'kg', controllerName: 'a/b' },
  })
  const spec = { from: [{ group: 'g', kind: 'HTTPRoute', namespace: 'a' }], to: [{ group: '', kind: 'Service' }] }
  expect(parsed({ apiVersion: `${GATEWAY_API}/v1`, kind: 'ReferenceGrant', metadata: { name: 'g', namespace: 'b' }, spec })).toEqual({
    kind: 'ReferenceGrant',
    value: { namespace: 'b', name: 'g', from: spec.from, to: [{ group: '', kind: 'Service', name: undefined }] },
  })
})

it.each([
  ['a Service', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' } }],
  ['a Gateway of another group', { apiVersion: 'networking.istio.io/v1', kind: 'Gateway', metadata: {} }],
  ['a key of Object.prototype', { apiVersion: 'v1', kind: 'constructor' }],
  ['no object', 'x'],
])('does not watch %s', (_name, raw) => {
  expect(parseViewObject(raw, 'report')).toBeUndefined()
})

it('never skips a watched kind in a version it does not know', () => {
  expect(parsed({ apiVersion: `${GATEWAY_API}/v1alpha2`, kind: 'Gateway', metadata: {} })).toEqual([
    'apiVersion: must be one of gateway.networking.k8s.io/v1, gateway.networking.k8s.io/v1beta1, not "gateway.networking.k8s.io/v1alpha2"',
  ])
})
