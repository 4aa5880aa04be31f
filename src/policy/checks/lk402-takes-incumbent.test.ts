import { expect, it } from 'vitest'
import {
  childObject,
  exact,
  httpRoute,
  namespaceObject,
  parentObject,
  prefix,
  type RawMatch,
  type RawObject,
  regex,
  type Scene,
  type Seen,
  seen,
} from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

const SHARED = { backendRefs: [httpRoute('shop', '*'), httpRoute('web', '*')] }
const WEB = 'web'

/** One lane for shop and web, of which web/web serves a part already. */
function shared(own: readonly RawMatch[], others: readonly RawMatch[], more: Partial<Scene> = {}): Scene {
  return { parent: SHARED, child: { matches: own }, also: [childObject({ namespace: WEB, name: WEB, matches: others })], ...more }
}

interface Taken {
  readonly own: string
  readonly value: string
  readonly example?: Seen['witness']
  readonly action?: Seen['action']
  readonly direct?: boolean
}

function taken({ own, value, example, action = 'Deny', direct = false }: Taken): Seen {
  const shown = example === undefined ? '' : ` (for example ${example.method} ${example.path})`
  const whom = direct ? 'Gateway infra/gateway' : 'infra/parent'
  return {
    effect: 'escape',
    action,
    field: 'spec.rules[0].matches[0].path.value',
    value,
    message: `${own} takes requests${shown} that a route in another namespace already serves. Choose a path that is still free, or ask the owner of ${whom} who holds them.`,
    ...(!direct && { grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 } }),
    ...(example && { witness: example }),
  }
}

function request(path: string, method = 'GET', headers: Record<string, string> = {}): NonNullable<Seen['witness']> {
  return { method, host: 'example.com', path, headers, query: {} }
}

const ON_GATEWAY = { parentRefs: [{ name: 'gateway', namespace: 'infra' }], hostnames: ['example.com'] }
const BETA = { name: 'x-beta', value: '1' }

function direct(own: readonly RawMatch[], others: readonly RawMatch[]): Scene {
  return {
    parent: false,
    child: { ...ON_GATEWAY, matches: own },
    also: [childObject({ ...ON_GATEWAY, namespace: WEB, name: WEB, matches: others })],
    cluster: true,
  }
}

function born(object: RawObject, time: string): RawObject {
  return { ...object, metadata: { ...(object['metadata'] as RawObject), creationTimestamp: time } }
}

it.each<Row>([
  {
    name: 'a longer path inside a match that is not the whole lane',
    scene: shared([prefix('/shop/cart/pay')], [prefix('/shop/cart')]),
    want: [taken({ own: 'PathPrefix /shop/cart/pay', value: '/shop/cart/pay', example: request('/shop/cart/pay') })],
  },
  {
    name: "a longer path inside a lane's catch-all",
    scene: shared([prefix('/shop/cart')], [prefix('/shop')]),
    want: [taken({ own: 'PathPrefix /shop/cart', value: '/shop/cart', example: request('/shop/cart'), action: 'Warn' })],
  },
  {
    name: "a regex inside a lane's catch-all",
    scene: shared([regex('/shop/[a-c]+')], [prefix('/shop')]),
    want: [taken({ own: 'regex "/shop/[a-c]+"', value: '/shop/[a-c]+', example: request('/shop/a') })],
  },
  {
    name: "one more header than the lane's catch-all",
    scene: shared([prefix('/shop', { headers: [BETA] })], [prefix('/shop')]),
    want: [taken({ own: 'PathPrefix /shop, header x-beta=1', value: '/shop', example: request('/shop', 'GET', { 'x-beta': '1' }) })],
  },
  {
    name: 'a method on an equal path',
    scene: shared([prefix('/shop/cart', { method: 'PUT' })], [prefix('/shop/cart')]),
    want: [taken({ own: 'PathPrefix /shop/cart, method PUT', value: '/shop/cart', example: request('/shop/cart', 'PUT') })],
  },
  {
    name: 'a regex over a longer prefix: the example would be of the other, so none is shown',
    scene: shared([regex('/shop/.*')], [prefix('/shop/cart/pay')]),
    want: [taken({ own: 'regex "/shop/.*"', value: '/shop/.*' })],
  },
  { name: 'a shorter path', scene: shared([prefix('/shop')], [prefix('/shop/cart')]), want: [] },
  { name: 'a path beside it', scene: shared([prefix('/shop/cart')], [prefix('/shop/pay')]), want: [] },
  { name: 'other methods', scene: shared([prefix('/shop/x/y', { method: 'GET' })], [prefix('/shop/x', { method: 'PUT' })]), want: [] },
  {
    name: 'other values of a header',
    scene: shared([prefix('/shop/x/y', { headers: [BETA] })], [prefix('/shop/x', { headers: [{ name: 'X-Beta', value: '2' }] })]),
    want: [],
  },
  {
    name: 'a route of the same namespace',
    scene: { child: { matches: [prefix('/shop/cart/pay')] }, also: [childObject({ name: 'other', matches: [prefix('/shop/cart')] })] },
    want: [],
  },
  {
    name: 'a route of the same owner',
    scene: shared([prefix('/shop/cart/pay')], [prefix('/shop/cart')], {
      also: [
        childObject({ namespace: WEB, name: WEB, matches: [prefix('/shop/cart')] }),
        namespaceObject('shop', { team: 'a' }),
        namespaceObject(WEB, { team: 'a' }),
      ],
      policies: [{ ownerLabel: 'team' }],
    }),
    want: [],
  },
  {
    name: 'what another route of the same owner had already',
    scene: shared([prefix('/shop/cart/pay')], [prefix('/shop/cart')], {
      also: [
        childObject({ namespace: WEB, name: WEB, matches: [prefix('/shop/cart')] }),
        childObject({ name: 'first', matches: [prefix('/shop/cart/pay')] }),
      ],
    }),
    want: [],
  },
  {
    name: 'what another route of the same owner has, but behind the other',
    scene: shared([exact('/shop/cart/pay')], [prefix('/shop/cart/pay')], {
      also: [
        childObject({ namespace: WEB, name: WEB, matches: [prefix('/shop/cart/pay')] }),
        childObject({ name: 'first', matches: [prefix('/shop/cart')] }),
      ],
    }),
    want: [taken({ own: 'Exact /shop/cart/pay', value: '/shop/cart/pay', example: request('/shop/cart/pay') })],
  },
  {
    name: 'what the other took outside its own grant',
    scene: {
      parent: {
        rules: [
          { matches: [prefix('/web')], backendRefs: [httpRoute('web', '*')] },
          { matches: [prefix('/web2')], backendRefs: [httpRoute('shop', '*')] },
        ],
      },
      child: { matches: [prefix('/web2/x')] },
      also: [childObject({ namespace: WEB, name: WEB, matches: [prefix('/web2')] })],
    },
    want: [],
  },
  {
    name: 'what the parent gives away from the other by a more exact rule',
    scene: {
      parent: {
        rules: [
          { matches: [prefix('/')], backendRefs: [httpRoute('web', '*')] },
          { matches: [prefix('/shop')], backendRefs: [httpRoute('shop', '*')] },
        ],
      },
      child: { matches: [prefix('/shop')] },
      also: [childObject({ namespace: WEB, name: WEB, matches: [prefix('/'), regex('/shop/.*')] })],
    },
    want: [],
  },
  {
    name: 'an older route that adds a match: its age decides, not who came last',
    scene: {
      parent: SHARED,
      judged: born(childObject({ matches: [prefix('/shop/x', { method: 'GET' })] }), '2020-01-01T00:00:00Z'),
      old: born(childObject({ matches: [prefix('/shop/y')] }), '2020-01-01T00:00:00Z'),
      also: [born(childObject({ namespace: WEB, name: WEB, matches: [prefix('/shop/x', { headers: [BETA] })] }), '2024-01-01T00:00:00Z')],
    },
    want: [taken({ own: 'PathPrefix /shop/x, method GET', value: '/shop/x' })],
  },
  {
    name: 'agentgateway: in one group of children',
    scene: shared([prefix('/shop/cart/pay')], [prefix('/shop/cart')], { dialect: 'agentgateway' }),
    want: [taken({ own: 'PathPrefix /shop/cart/pay', value: '/shop/cart/pay', example: request('/shop/cart/pay') })],
  },
  {
    name: "agentgateway: on the other's hostname, which is not told",
    scene: {
      ...shared([prefix('/shop/cart/pay')], [], { dialect: 'agentgateway' }),
      parent: { ...SHARED, hostnames: ['*.example.com'] },
      also: [childObject({ namespace: WEB, name: WEB, hostnames: ['secret.example.com'], matches: [prefix('/shop/cart')] })],
    },
    want: [taken({ own: 'PathPrefix /shop/cart/pay', value: '/shop/cart/pay' })],
  },
  {
    name: 'agentgateway: a prefix comes before a regex',
    scene: shared([regex('/shop/.*')], [prefix('/shop/cart')], { dialect: 'agentgateway' }),
    want: [],
  },
  {
    name: 'between two routes attached directly',
    scene: direct([prefix('/a/b')], [prefix('/a')]),
    want: [taken({ own: 'PathPrefix /a/b', value: '/a/b', example: request('/a/b'), action: 'Warn', direct: true })],
  },
  { name: 'a bare catch-all attached directly', scene: direct([prefix('/a/b')], [prefix('/')]), want: [] },
  {
    name: 'two routes attached directly on different hosts',
    scene: {
      ...direct([prefix('/a/b')], [prefix('/a')]),
      child: { ...ON_GATEWAY, hostnames: ['other.example.com'], matches: [prefix('/a/b')] },
    },
    want: [],
  },
  {
    name: 'a closer host than that of another tenant: flattening gateways have one table a host',
    scene: {
      ...direct([prefix('/a/b')], [prefix('/a')]),
      also: [childObject({ ...ON_GATEWAY, hostnames: ['*.com'], namespace: WEB, name: WEB, matches: [prefix('/a')] })],
    },
    want: [],
  },
  {
    name: 'agentgateway: a closer host than that of another tenant',
    scene: {
      ...direct([prefix('/a/b')], [prefix('/a')]),
      also: [childObject({ ...ON_GATEWAY, hostnames: ['*.com'], namespace: WEB, name: WEB, matches: [prefix('/a')] })],
      dialect: 'agentgateway',
    },
    want: [taken({ own: 'PathPrefix /a/b', value: '/a/b', example: request('/a/b'), action: 'Warn', direct: true })],
  },
  {
    name: 'agentgateway: a closer host that the policy lets the namespace use',
    scene: {
      ...direct([prefix('/a/b')], [prefix('/a')]),
      also: [childObject({ ...ON_GATEWAY, hostnames: ['*.com'], namespace: WEB, name: WEB, matches: [prefix('/a')] })],
      dialect: 'agentgateway',
      policies: [{ hostnames: [{ namespaces: ['shop'], allow: ['example.com'] }] }],
    },
    want: [],
  },
  {
    name: "in the lane of a stranger's root that it names",
    scene: {
      ...shared([prefix('/shop/cart/pay')], [prefix('/shop/cart')], { cluster: true }),
      parent: false,
      child: { parentRefs: [httpRoute('own', 'root')], matches: [prefix('/shop/cart/pay')] },
      also: [
        parentObject({ name: 'root', namespace: 'own', parentRefs: [{ name: 'gateway', namespace: 'infra' }], ...SHARED }),
        childObject({ namespace: WEB, name: WEB, parentRefs: [httpRoute('own', 'root')], matches: [prefix('/shop/cart')] }),
      ],
    },
    want: [
      {
        ...taken({ own: 'PathPrefix /shop/cart/pay', value: '/shop/cart/pay', example: request('/shop/cart/pay') }),
        grant: { namespace: 'own', name: 'root', rule: 0, match: 0 },
        message:
          'PathPrefix /shop/cart/pay takes requests (for example GET /shop/cart/pay) that a route in another namespace already serves. Choose a path that is still free, or ask the owner of own/root who holds them.',
      },
    ],
  },
])('LK402: $name', ({ scene, want }) => {
  expect(seen('LK402', scene)).toEqual(want)
})
