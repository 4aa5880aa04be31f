import { expect, it } from 'vitest'
import {
  gatewayObject,
  grpcRouteObject,
  httpRoute,
  listenerSetObject,
  namespaceObject,
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
const ON_SET: RawRef = { group: 'gateway.networking.k8s.io', kind: 'ListenerSet', name: 'extra' }

function attached(ref: RawRef, more: Scene = {}, changes: RouteChanges = {}): Scene {
  return { child: { parentRefs: [ref], hostnames: ['shop.example.com'], ...changes }, ...more }
}

function warned(message: string, more: Partial<Seen> = {}): Seen[] {
  return [{ effect: 'dead', action: 'Warn', field: 'spec.parentRefs[0]', value: 'infra/gateway', message, ...more }]
}

/** infra/gateway with this listener alone, open to every namespace unless it says otherwise. */
function listening(listener: RawObject, spec: RawObject = {}): RawObject {
  const base = { name: 'http', port: 80, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'All' } } }
  return gatewayObject('infra', 'gateway', { listeners: [{ ...base, ...listener }], ...spec })
}

const OPEN_TO_SETS = gatewayObject('infra', 'gateway', { allowedListeners: { namespaces: { from: 'All' } } })

it.each<Row>([
  { name: 'it is there', scene: attached(ON_GATEWAY), want: [] },
  {
    name: 'in a cluster, no such Gateway',
    scene: attached({ name: 'gone', namespace: 'edge' }, { cluster: true }),
    want: warned(
      'Gateway edge/gone is not known here, so nothing is served through it until it is created. Check the name and the namespace.',
      { value: 'edge/gone' },
    ),
  },
  {
    name: 'in files that hold no Gateway of the namespace it may be elsewhere',
    scene: attached({ name: 'gone', namespace: 'edge' }),
    want: [],
  },
  {
    name: 'in files that hold another one of the namespace',
    scene: attached({ name: 'gatewya', namespace: 'infra' }),
    want: warned(
      'Gateway infra/gatewya is not known here, so nothing is served through it until it is created. Check the name and the namespace.',
      { value: 'infra/gatewya' },
    ),
  },
  { name: 'an HTTPRoute is probably meant, as LK206 says', scene: attached({ name: 'parent', namespace: 'infra' }), want: [] },
  { name: 'a missing HTTPRoute is another matter', scene: attached(httpRoute('infra', 'gone')), want: [] },
  { name: 'a Service, which is a mesh', scene: attached({ group: '', kind: 'Service', name: 'gone' }, { cluster: true }), want: [] },
  { name: 'the listener is there', scene: attached({ ...ON_GATEWAY, sectionName: 'http', port: 80 }), want: [] },
  {
    name: 'no such listener',
    scene: attached({ ...ON_GATEWAY, sectionName: 'https' }),
    want: warned(
      'Gateway infra/gateway has no listener "https", so nothing is served through it. Check the reference against its listeners.',
      {
        field: 'spec.parentRefs[0].sectionName',
        value: 'https',
      },
    ),
  },
  {
    name: 'no such port',
    scene: attached({ ...ON_GATEWAY, port: 443 }),
    want: warned(
      'Gateway infra/gateway has no listener on port 443, so nothing is served through it. Check the reference against its listeners.',
      {
        field: 'spec.parentRefs[0].port',
        value: '443',
      },
    ),
  },
  {
    name: 'the listener on another port',
    scene: attached({ ...ON_GATEWAY, sectionName: 'http', port: 443 }),
    want: warned(
      'Gateway infra/gateway has no listener "http" on port 443, so nothing is served through it. Check the reference against its listeners.',
      { field: 'spec.parentRefs[0].sectionName', value: 'http' },
    ),
  },
  {
    name: 'no listener at all',
    scene: attached(ON_GATEWAY, { also: [gatewayObject('infra', 'gateway', { listeners: [] })] }),
    want: warned('Gateway infra/gateway has no listener, so nothing is served through it. Check the reference against its listeners.'),
  },
  {
    name: 'its own namespace alone, the default',
    scene: attached({ ...ON_GATEWAY, sectionName: 'http' }, { also: [listening({ allowedRoutes: {} })] }),
    want: warned(
      'listener "http" of Gateway infra/gateway takes no routes of namespace shop (allowedRoutes). Ask the owner of Gateway infra/gateway.',
    ),
  },
  {
    name: 'a selector that leaves the namespace out',
    scene: attached(ON_GATEWAY, {
      also: [
        namespaceObject('shop', { team: 'b' }),
        listening({ allowedRoutes: { namespaces: { from: 'Selector', selector: { matchLabels: { team: 'a' } } } } }),
      ],
    }),
    want: warned('Gateway infra/gateway takes no routes of namespace shop (allowedRoutes). Ask the owner of Gateway infra/gateway.'),
  },
  {
    name: 'a selector, in files without the Namespace',
    scene: attached(ON_GATEWAY, {
      also: [listening({ allowedRoutes: { namespaces: { from: 'Selector', selector: { matchLabels: { team: 'a' } } } } })],
    }),
    want: [],
  },
  {
    name: 'another kind of route',
    scene: attached(ON_GATEWAY, { also: [listening({ allowedRoutes: { namespaces: { from: 'All' }, kinds: [{ kind: 'GRPCRoute' }] } })] }),
    want: warned(
      'Gateway infra/gateway takes no HTTPRoutes, by its protocol or its allowedRoutes. Ask the owner of Gateway infra/gateway.',
    ),
  },
  {
    name: 'another hostname',
    scene: attached(ON_GATEWAY, { also: [listening({ hostname: '*.internal' })] }),
    want: warned("none of the route's hostnames is one that Gateway infra/gateway serves. Ask the owner of Gateway infra/gateway."),
  },
  {
    name: 'one listener that takes it is enough',
    scene: attached(ON_GATEWAY, {
      also: [
        gatewayObject('infra', 'gateway', {
          listeners: [
            { name: 'tls', port: 443, protocol: 'TLS' },
            { name: 'http', port: 80, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'All' } } },
          ],
        }),
      ],
    }),
    want: [],
  },
  {
    name: 'each parentRef by itself',
    scene: {
      judged: parentObject({
        parentRefs: [
          { name: 'gateway', sectionName: 'http' },
          { name: 'gateway', sectionName: 'https' },
        ],
      }),
    },
    want: warned(
      'Gateway infra/gateway has no listener "https", so nothing is served through it. Check the reference against its listeners.',
      {
        field: 'spec.parentRefs[1].sectionName',
        value: 'https',
      },
    ),
  },
  {
    name: 'a GRPCRoute',
    scene: {
      judged: grpcRouteObject(),
      also: [listening({ allowedRoutes: { namespaces: { from: 'All' }, kinds: [{ kind: 'HTTPRoute' }] } })],
    },
    want: warned(
      'Gateway infra/gateway takes no GRPCRoutes, by its protocol or its allowedRoutes. Ask the owner of Gateway infra/gateway.',
    ),
  },
  {
    name: 'a ListenerSet that its Gateway takes',
    scene: attached({ ...ON_SET, sectionName: 'web' }, { also: [OPEN_TO_SETS, listenerSetObject('shop', 'extra')] }),
    want: [],
  },
  {
    name: 'a ListenerSet that is missing',
    scene: attached(ON_SET, { cluster: true }),
    want: warned(
      'ListenerSet shop/extra is not known here, so nothing is served through it until it is created. Check the name and the namespace.',
      { value: 'shop/extra' },
    ),
  },
  {
    name: 'a ListenerSet whose Gateway is missing, unnamed as the route does not name it',
    scene: attached(ON_SET, { cluster: true, also: [listenerSetObject('shop', 'extra', { parentRef: { name: 'gone' } })] }),
    want: warned('the Gateway of ListenerSet shop/extra is not known here, so nothing is served through it until it is created.', {
      value: 'shop/extra',
    }),
  },
  {
    name: 'a ListenerSet that its Gateway does not take',
    scene: attached(ON_SET, { also: [listenerSetObject('shop', 'extra')] }),
    want: warned(
      'the Gateway of ListenerSet shop/extra takes no ListenerSets of namespace shop (allowedListeners), so nothing is served through it. Ask the owner of the Gateway.',
      { value: 'shop/extra' },
    ),
  },
  {
    name: 'a listener that the ListenerSet has not, though its Gateway does',
    scene: attached({ ...ON_SET, sectionName: 'http' }, { also: [OPEN_TO_SETS, listenerSetObject('shop', 'extra')] }),
    want: warned(
      'ListenerSet shop/extra has no listener "http", so nothing is served through it. Check the reference against its listeners.',
      {
        field: 'spec.parentRefs[0].sectionName',
        value: 'http',
      },
    ),
  },
  {
    name: 'no default Gateway in the cluster',
    scene: { judged: grpcRouteObject({ parentRefs: [], useDefaultGateways: 'All' }), cluster: true },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.useDefaultGateways',
        message:
          'no Gateway known here is a default one (spec.defaultScope), so this attaches the route to none. Name a Gateway in parentRefs.',
      },
    ],
  },
  {
    name: 'a default Gateway',
    scene: {
      judged: grpcRouteObject({ parentRefs: [], useDefaultGateways: 'All' }),
      cluster: true,
      also: [gatewayObject('infra', 'gateway', { defaultScope: 'All' })],
    },
    want: [],
  },
])('LK304: $name', ({ scene, want }) => {
  expect(seen('LK304', scene)).toEqual(want)
})
