import { expect, it } from 'vitest'
import {
  childObject,
  exact,
  httpRoute,
  listenerSetObject,
  parentObject,
  prefix,
  type RawMatch,
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

const THROUGH_SET = { group: 'gateway.networking.k8s.io', kind: 'ListenerSet', name: 'extra' }
const ON_GATEWAY = { parentRefs: [{ name: 'gateway', namespace: 'infra' }], hostnames: ['example.com'] }

/** infra/parent grants /pay to pay and /shop to shop, and serves /health itself; shop/cart attaches directly. */
function direct(own: readonly RawMatch[], more: Partial<Scene> = {}, child: RouteChanges = {}): Scene {
  const rules = [
    { matches: [prefix('/pay')], backendRefs: [httpRoute('pay', '*')] },
    { matches: [prefix('/shop')], backendRefs: [httpRoute('shop', '*')] },
    { matches: [prefix('/health'), prefix('/')], backendRefs: [{ name: 'platform', port: 80 }] },
  ]
  return { parent: { rules }, child: { ...ON_GATEWAY, matches: own, ...child }, cluster: true, ...more }
}

function request(path: string): NonNullable<Seen['witness']> {
  return { method: 'GET', host: 'example.com', path, headers: {}, query: {} }
}

const AT = { field: 'spec.rules[0].matches[0].path.value' }

function takes(own: string, path: string, at = 'Gateway infra/gateway'): Seen {
  return {
    ...AT,
    effect: 'escape',
    action: 'Deny',
    value: path,
    message: `attached to ${at} directly, ${own} takes requests (for example GET ${path}) that a route of the platform delegates or serves. Drop the ${at.split(' ')[0]} from spec.parentRefs and ask the owner of ${at.startsWith('Gateway') ? at : `the Gateway behind ${at}`} for a lane.`,
    witness: request(path),
  }
}

function bypasses(own: string, path: string): Seen {
  return {
    ...AT,
    effect: 'risk',
    action: 'Warn',
    value: path,
    message: `attached to Gateway infra/gateway directly, ${own} takes requests (for example GET ${path}) of its own lane past the parent that grants it, whose filters and policies do not apply to them. Drop the Gateway from spec.parentRefs.`,
    witness: request(path),
  }
}

function hides(host: string, field = 'spec.hostnames[0]'): Seen {
  return {
    effect: 'escape',
    action: 'Deny',
    field,
    value: host,
    message: `attached to Gateway infra/gateway directly, host ${host} takes every request for it from a route of the platform that delegates on a wider host. Drop the hostname, or ask the cluster admin to allow it in the policy's hostnames.`,
  }
}

/** The platform delegates on *.example.com. */
const WILDCARD = { parent: { hostnames: ['*.example.com'], backendRefs: [httpRoute('pay', '*')] } }

function onHosts(hostnames: readonly string[], more: Partial<Scene> = {}): Scene {
  return direct([prefix('/anything')], { ...WILDCARD, ...more }, { hostnames })
}

it.each<Row>([
  { name: 'a longer path in a lane', scene: direct([prefix('/pay/x')]), want: [takes('PathPrefix /pay/x', '/pay/x')] },
  { name: 'the lane itself', scene: direct([prefix('/pay')]), want: [takes('PathPrefix /pay', '/pay')] },
  { name: 'what the platform serves beside the lanes', scene: direct([exact('/health/x')]), want: [takes('Exact /health/x', '/health/x')] },
  { name: 'nothing but what falls to the catch-all', scene: direct([prefix('/own')]), want: [] },
  { name: 'a wider match: the lanes win', scene: direct([prefix('/')]), want: [] },
  { name: 'its own lane', scene: direct([prefix('/shop/x')]), want: [bypasses('PathPrefix /shop/x', '/shop/x')] },
  {
    name: 'through a ListenerSet of its own',
    scene: direct(
      [prefix('/pay/x')],
      { also: [listenerSetObject('shop', 'extra', { listeners: [{ name: 'own', port: 80, protocol: 'HTTP' }] })] },
      { parentRefs: [THROUGH_SET] },
    ),
    want: [takes('PathPrefix /pay/x', '/pay/x', 'ListenerSet shop/extra')],
  },
  {
    name: 'through a ListenerSet on a port of its own',
    scene: direct([prefix('/pay/x')], { also: [listenerSetObject('shop', 'extra')] }, { parentRefs: [THROUGH_SET] }),
    want: [],
  },
  {
    name: 'in files, before the Gateway is there',
    scene: {
      ...direct([prefix('/pay/x')]),
      cluster: false,
      child: { ...ON_GATEWAY, parentRefs: [{ name: 'gone' }], matches: [prefix('/pay/x')] },
    },
    want: [],
  },
  {
    name: 'from a root namespace',
    scene: direct([prefix('/pay/x')], { policies: [{ rootNamespaces: { names: ['shop', 'infra'] } }] }),
    want: [],
  },
  { name: "from the Gateway's own namespace", scene: direct([prefix('/pay/x')], {}, { namespace: 'infra' }), want: [] },
  {
    name: 'for a child of its own, which has nothing there but by it',
    scene: direct(
      [prefix('/pay/x')],
      { also: [childObject({ name: 'own', parentRefs: [httpRoute('shop', 'cart')], matches: [prefix('/pay/x')] })] },
      { backendRefs: [httpRoute('shop', 'own')] },
    ),
    want: [takes('PathPrefix /pay/x', '/pay/x')],
  },
  { name: 'on another host', scene: direct([prefix('/pay/x')], {}, { hostnames: ['own.test'] }), want: [] },
  {
    name: 'a root of a stranger, who may not deny',
    scene: direct([prefix('/pay/x')], {
      parent: {
        namespace: 'stranger',
        parentRefs: [{ name: 'gateway', namespace: 'infra' }],
        matches: [prefix('/pay')],
        backendRefs: [httpRoute('pay', '*')],
      },
    }),
    want: [],
  },
  {
    name: 'agentgateway: a longer path in a lane',
    scene: { ...direct([prefix('/pay/x')]), dialect: 'agentgateway' },
    want: [takes('PathPrefix /pay/x', '/pay/x')],
  },
  { name: 'an exact host below a wildcard', scene: onHosts(['shop.example.com']), want: [hides('shop.example.com')] },
  {
    name: 'several hosts, each once',
    scene: onHosts(['own.test', 'a.example.com', 'b.example.com']),
    want: [hides('a.example.com', 'spec.hostnames[1]'), hides('b.example.com', 'spec.hostnames[2]')],
  },
  { name: 'a narrower wildcard', scene: onHosts(['*.shop.example.com']), want: [hides('*.shop.example.com')] },
  {
    name: 'an exact host below a root for every host',
    scene: onHosts(['own.test'], { parent: { ...WILDCARD.parent, hostnames: [] } }),
    want: [hides('own.test')],
  },
  {
    name: 'hosts that the policy lets the namespace use',
    scene: onHosts(['a.shop.example.com', 'other.example.com'], {
      policies: [{ hostnames: [{ namespaces: ['sh*'], allow: ['*.shop.example.com'] }] }],
    }),
    want: [hides('other.example.com', 'spec.hostnames[1]')],
  },
  {
    name: 'a host that the policy lets another namespace use',
    scene: onHosts(['shop.example.com'], { policies: [{ hostnames: [{ namespaces: ['pay'], allow: ['shop.example.com'] }] }] }),
    want: [hides('shop.example.com')],
  },
  {
    name: 'an exact host that the root on the wider one is on, too',
    scene: onHosts(['shop.example.com'], { parent: { ...WILDCARD.parent, hostnames: ['*.example.com', 'shop.example.com'] } }),
    want: [],
  },
  {
    name: 'a wider root that delegates nothing',
    scene: onHosts(['shop.example.com'], { parent: { hostnames: ['*.example.com'], backendRefs: [{ name: 'platform', port: 80 }] } }),
    want: [],
  },
  {
    name: "a wider root that delegates to the route's owner alone",
    scene: onHosts(['shop.example.com'], { parent: { hostnames: ['*.example.com'] } }),
    want: [
      {
        effect: 'risk',
        action: 'Warn',
        field: 'spec.hostnames[0]',
        value: 'shop.example.com',
        message:
          'attached to Gateway infra/gateway directly, host shop.example.com hides the lane that a route on a wider host grants: its filters and policies do not apply to this host. Drop the hostname.',
      },
    ],
  },
  {
    name: "a wider root that delegates to the route's owner and to others",
    scene: onHosts(['shop.example.com'], {
      parent: { hostnames: ['*.example.com'], backendRefs: [httpRoute('shop', '*'), httpRoute('pay', '*')] },
    }),
    want: [hides('shop.example.com')],
  },
  {
    name: "a wider root that delegates to the route's owner and serves the rest itself",
    scene: onHosts(['shop.example.com'], {
      parent: {
        hostnames: ['*.example.com'],
        rules: [
          { matches: [prefix('/shop')], backendRefs: [httpRoute('shop', '*')] },
          { matches: [prefix('/health')], backendRefs: [{ name: 'platform', port: 80 }] },
        ],
      },
    }),
    want: [hides('shop.example.com')],
  },
  { name: 'a route without a match', scene: direct([], WILDCARD, { hostnames: ['shop.example.com'], rules: [{ matches: [] }] }), want: [] },
  { name: 'agentgateway falls back to the wider host', scene: { ...onHosts(['shop.example.com']), dialect: 'agentgateway' }, want: [] },
  {
    name: 'agentgateway: what meets on a closer host',
    scene: { ...direct([prefix('/shop/x')], WILDCARD, { hostnames: ['shop.example.com'] }), dialect: 'agentgateway' },
    want: [
      {
        ...takes('PathPrefix /shop/x', '/shop/x'),
        witness: { ...request('/shop/x'), host: 'shop.example.com' },
      },
    ],
  },
  {
    name: 'agentgateway: what meets on a closer host that the policy allows',
    scene: {
      ...direct([prefix('/shop/x')], WILDCARD, { hostnames: ['shop.example.com'] }),
      dialect: 'agentgateway',
      policies: [{ hostnames: [{ namespaces: ['shop'], allow: ['shop.example.com'] }] }],
    },
    want: [],
  },
  {
    name: 'the host where it takes something, of several',
    scene: direct([prefix('/pay/x')], {}, { hostnames: ['own.test', 'example.com'] }),
    want: [takes('PathPrefix /pay/x', '/pay/x')],
  },
  {
    name: 'a lane of one of two roots',
    scene: direct([prefix('/late/x')], {
      also: [parentObject({ name: 'second', matches: [prefix('/late')], backendRefs: [httpRoute('pay', '*')] })],
    }),
    want: [takes('PathPrefix /late/x', '/late/x')],
  },
])('LK301: $name', ({ scene, want }) => {
  expect(seen('LK301', scene)).toEqual(want)
})
