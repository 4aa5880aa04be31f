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
      listeners: [{ name: 'http', port: 80, protocol: 'HTTP', hostname: '*.example.com', allowedNamespaces, allowedKinds: [] }],
      allowedListeners: { from: 'None' },
      isDefault: false,
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

it('reads what a Gateway says of routes, ListenerSets and defaults', () => {
  const kinds = [{ kind: 'GRPCRoute' }, { group: 'example.com', kind: 'Route' }]
  const raw = gateway({ allowedRoutes: { kinds } })
  const spec = { gatewayClassName: 'kg', allowedListeners: { namespaces: { from: 'All' } }, defaultScope: 'All' }
  expect(parsed(raw)).toMatchObject({
    value: {
      listeners: [
        {
          allowedKinds: [
            { group: GATEWAY_API, kind: 'GRPCRoute' },
            { group: 'example.com', kind: 'Route' },
          ],
        },
      ],
    },
  })
  expect(parsed({ ...Object(raw), spec })).toMatchObject({ value: { listeners: [], allowedListeners: { from: 'All' }, isDefault: true } })
  expect(parsed({ ...Object(raw), spec: { ...spec, defaultScope: 'None' } })).toMatchObject({ value: { isDefault: false } })
})

it.each<readonly [name: string, kind: string, apiVersion: string, parentRef: object, gateway: object | undefined]>([
  ['of its own namespace', 'ListenerSet', `${GATEWAY_API}/v1`, { name: 'edge' }, { namespace: 'shop', name: 'edge' }],
  ['of another', 'ListenerSet', `${GATEWAY_API}/v1`, { name: 'edge', namespace: 'infra' }, { namespace: 'infra', name: 'edge' }],
  ['experimental', 'XListenerSet', 'gateway.networking.x-k8s.io/v1alpha1', { name: 'edge' }, { namespace: 'shop', name: 'edge' }],
  ['of something else', 'ListenerSet', `${GATEWAY_API}/v1`, { name: 'edge', kind: 'Mesh' }, undefined],
])('reads a ListenerSet on a Gateway %s', (_, kind, apiVersion, parentRef, on) => {
  const listeners = [{ name: 'https', port: 443, protocol: 'HTTPS', hostname: 'a.example.com', tls: {} }]
  const metadata = { name: 'extra', namespace: 'shop' }
  const entry = {
    name: 'https',
    port: 443,
    protocol: 'HTTPS',
    hostname: 'a.example.com',
    allowedNamespaces: { from: 'Same' },
    allowedKinds: [],
  }
  expect(parsed({ apiVersion, kind, metadata, spec: { parentRef, listeners } })).toEqual({
    kind,
    value: { kind, ...metadata, gateway: on, listeners: [entry] },
  })
})

it('leaves the port of an experimental listener to the gateway, and asks others for one', () => {
  const object = (apiVersion: string, kind: string) =>
    parsed({
      apiVersion,
      kind,
      metadata: { name: 'extra', namespace: 'shop' },
      spec: { parentRef: { name: 'edge' }, listeners: [{ name: 'http', protocol: 'HTTP' }] },
    })
  expect(object('gateway.networking.x-k8s.io/v1alpha1', 'XListenerSet')).toMatchObject({ value: { listeners: [{ port: 0 }] } })
  expect(object(`${GATEWAY_API}/v1`, 'ListenerSet')).toEqual(['spec.listeners[0].port: is required'])
})

it.each([
  ['a Service', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' } }],
  ['a Gateway of another group', { apiVersion: 'networking.istio.io/v1', kind: 'Gateway', metadata: {} }],
  ['a ListenerSet of the experimental group', { apiVersion: 'gateway.networking.x-k8s.io/v1alpha1', kind: 'ListenerSet', metadata: {} }],
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
