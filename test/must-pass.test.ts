import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { byCheck, byEngine, type Door, decide, openDoor, type Submission } from './doors.ts'
import {
  delegationPolicy,
  exact,
  gatewayOf,
  granting,
  httpListener,
  INHERIT,
  labelOf,
  namespace,
  ON_EDGE,
  parentRef,
  platformRoot,
  prefix,
  type Raw,
  type RawMatch,
  regex,
  route,
  service,
  serving,
  to,
  toLabel,
} from './manifest-fixtures.ts'
import { TRAPS } from './trap-table.ts'

/** What nobody may ever be denied. `findings`: codes that may be said all the same. */
interface Honest extends Submission {
  readonly name: string
  readonly findings?: readonly string[]
  /** The same where the route is deleted from under its children. */
  readonly deleted?: readonly string[]
}

const KGATEWAY = gatewayOf('kgateway')
const PARENT = parentRef('infra/parent')
const CATCH_ALL = { backendRefs: [service('platform')] }

/** shop/child with consent, below a root that grants it the prefix /shop. */
function inShop(
  name: string,
  child: { rules?: readonly object[]; spec?: object; metadata?: Record<string, unknown> },
  cluster: readonly Raw[] = [],
): Honest {
  return {
    name,
    cluster: [...KGATEWAY, platformRoot([CATCH_ALL, granting(prefix('/shop'), to('shop/child'))]), ...cluster],
    submitted: route(
      'shop/child',
      { parentRefs: [PARENT], rules: child.rules ?? [serving(prefix('/shop'))], ...child.spec },
      child.metadata,
    ),
  }
}

/** An UPDATE of shop/child that changes something nobody judges. */
function updated(name: string, old: Raw, submitted: Raw, findings: readonly string[] = []): Honest {
  return { name, cluster: [...KGATEWAY, platformRoot([granting(prefix('/shop'), to('shop/child'))]), old], submitted, findings }
}

const CHILD = route('shop/child', { parentRefs: [PARENT], rules: [serving(prefix('/shop'))] })
/** Bad for years: what it may still do is listed below. */
const LEGACY = route('shop/child', { parentRefs: [PARENT], rules: [serving(prefix('/shops'))] })
const WITH_CANARY = {
  matches: [prefix('/shop')],
  backendRefs: [
    { ...service('web'), weight: 90 },
    { ...service('canary'), weight: 10 },
  ],
}
const REWRITE = { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } } }
const TWO_LISTENERS = [httpListener(), httpListener({ name: 'https', port: 443, protocol: 'HTTPS' })]
const ON_HTTPS = platformRoot([granting(prefix('/shop'), to('shop/child'))])
const VERTICALS = platformRoot([
  granting(prefix('/banking'), toLabel('kgateway', 'banking', 'all')),
  granting(prefix('/payments'), toLabel('kgateway', 'payments', 'all')),
])
/** One lane for shop and web. */
const TWO_OWNERS = platformRoot([granting(prefix('/shop'), to('shop/*'), to('web/*'))])
const WILD = platformRoot([granting(prefix('/pay'), to('pay/*'))], { hostnames: ['*.example.com'] })
const OF_SHOP = (name: string, ...matches: RawMatch[]) => route(`shop/${name}`, { parentRefs: [PARENT], rules: [serving(...matches)] })
const OF_WEB = (...matches: RawMatch[]) => route('web/web', { parentRefs: [PARENT], rules: [serving(...matches)] })

/** An UPDATE of shop/child, which took from web/web before. */
function conflicting(name: string, before: RawMatch, after: RawMatch, findings: readonly string[] = ['LK402']): Honest {
  const submitted = route('shop/child', { parentRefs: [PARENT], rules: [{ matches: [after], backendRefs: [service('green')] }] })
  return { name, cluster: [...KGATEWAY, TWO_OWNERS, OF_WEB(prefix('/shop/a')), OF_SHOP('child', before)], submitted, findings }
}

const TENANT = { name: 'x-tenant', value: 'shop' }

const HONEST: readonly Honest[] = [
  {
    name: 'an HTTP to HTTPS redirect root on the http section beside lanes on https',
    cluster: [
      ...gatewayOf('kgateway', TWO_LISTENERS),
      { ...ON_HTTPS, spec: { ...(ON_HTTPS['spec'] as object), parentRefs: [{ ...ON_EDGE, sectionName: 'https' }] } },
    ],
    submitted: route('infra/redirect', {
      parentRefs: [{ ...ON_EDGE, sectionName: 'http' }],
      rules: [{ filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }] }],
    }),
  },
  {
    name: "a namespace's own exact host under a platform wildcard that the policy allows",
    cluster: [
      ...KGATEWAY,
      namespace('shop'),
      delegationPolicy({ hostnames: [{ namespaces: ['shop'], allow: ['shop.example.com'] }] }),
      platformRoot([granting(prefix('/shop'), to('shop/child'))], { hostnames: ['*.example.com'] }),
    ],
    submitted: route('shop/own', { parentRefs: [ON_EDGE], hostnames: ['shop.example.com'], rules: [serving(prefix('/'))] }),
  },
  {
    name: 'agentgateway: a child wider than its lane is clipped',
    cluster: [...gatewayOf('agentgateway'), platformRoot([granting(prefix('/shop/cart'), to('shop/child'))])],
    submitted: route('shop/child', { parentRefs: [PARENT], rules: [serving(prefix('/shop'))] }),
  },
  {
    name: 'the first layout: wildcard children with URLRewrite',
    cluster: [
      ...KGATEWAY,
      platformRoot([granting(prefix('/api/reviews'), to('reviews/*')), granting(prefix('/api/details'), to('details/*'))]),
    ],
    submitted: route('reviews/reviews', {
      parentRefs: [PARENT],
      rules: [{ matches: [prefix('/api/reviews')], filters: [REWRITE], backendRefs: [service('reviews')] }],
    }),
  },
  {
    name: 'the second layout: a label child of namespace all',
    cluster: [...KGATEWAY, VERTICALS],
    submitted: route(
      'banking/routes',
      { parentRefs: [PARENT], rules: [serving(prefix('/banking'))] },
      { labels: labelOf('kgateway', 'banking') },
    ),
  },
  {
    name: 'the second layout: a label child with a Backend outside the cluster',
    cluster: [...KGATEWAY, VERTICALS],
    submitted: route(
      'payments/routes',
      {
        parentRefs: [PARENT],
        rules: [{ matches: [prefix('/payments')], backendRefs: [{ group: 'gateway.kgateway.dev', kind: 'Backend', name: 'outside' }] }],
      },
      { labels: labelOf('kgateway', 'payments') },
    ),
  },
  {
    name: 'a new child for an existing prefix without touching the parent',
    cluster: [
      ...KGATEWAY,
      VERTICALS,
      route('banking/routes', { parentRefs: [PARENT], rules: [serving(prefix('/banking'))] }, { labels: labelOf('kgateway', 'banking') }),
    ],
    submitted: route(
      'banking/cards',
      { parentRefs: [PARENT], rules: [serving(prefix('/banking/cards'))] },
      { labels: labelOf('kgateway', 'banking') },
    ),
  },
  {
    name: 'a new rule of the parent',
    cluster: [...KGATEWAY, platformRoot([granting(prefix('/shop'), to('shop/child'))]), CHILD],
    submitted: platformRoot([granting(prefix('/shop'), to('shop/child')), granting(prefix('/pay'), to('pay/*'))]),
    findings: ['LK704'],
    deleted: ['LK505'],
  },
  inShop('a regex inside: /shop/.*', { rules: [serving(regex('/shop/.*'))] }),
  inShop('a regex inside: /shop/[^/]+/\\d+', { rules: [serving(regex('/shop/[^/]+/\\d+'))] }),
  inShop('a regex inside: /shop(/|$)(.*)', { rules: [serving(regex('/shop(/|$)(.*)'))] }),
  {
    name: 'a regex inside the union of two grants',
    cluster: [...KGATEWAY, platformRoot([granting(prefix('/a'), to('shop/child')), granting(prefix('/ab'), to('shop/child'))])],
    submitted: route('shop/child', { parentRefs: [PARENT], rules: [serving(regex('/ab?/.*'))] }),
  },
  {
    name: 'supersets of the grant: more headers, more query parameters, its method',
    cluster: [
      ...KGATEWAY,
      platformRoot([
        granting(prefix('/shop', { method: 'GET', headers: [TENANT], queryParams: [{ name: 'v', value: '1' }] }), to('shop/child')),
      ]),
    ],
    submitted: route('shop/child', {
      parentRefs: [PARENT],
      rules: [
        serving(
          prefix('/shop', {
            method: 'GET',
            headers: [TENANT, { name: 'x-canary', value: '1' }],
            queryParams: [
              { name: 'v', value: '1' },
              { name: 'w', value: '2' },
            ],
          }),
        ),
      ],
    }),
  },
  inShop('Exact under PathPrefix', { rules: [serving(exact('/shop/cart'), exact('/shop'))] }),
  inShop('several matches and rules', { rules: [serving(prefix('/shop/a'), prefix('/shop/b')), serving(prefix('/shop'))] }),
  inShop('weights', { rules: [WITH_CANARY] }),
  updated('a canary edit of the weights', CHILD, route('shop/child', { parentRefs: [PARENT], rules: [WITH_CANARY] })),
  updated(
    'a blue-green switch of the backend',
    CHILD,
    route('shop/child', { parentRefs: [PARENT], rules: [{ matches: [prefix('/shop')], backendRefs: [service('green')] }] }),
  ),
  inShop('routing by header and version inside the lane', {
    rules: [serving(prefix('/shop', { headers: [{ name: 'version', value: 'v2' }] })), serving(prefix('/shop'))],
  }),
  inShop('filters, timeouts, retries and sessions of every kind, where no policy restricts them', {
    rules: [
      {
        matches: [prefix('/shop')],
        filters: [
          REWRITE,
          { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-shop', value: '1' }], remove: ['cookie'] } },
          { type: 'ResponseHeaderModifier', responseHeaderModifier: { add: [{ name: 'strict-transport-security', value: 'max-age=1' }] } },
          { type: 'RequestMirror', requestMirror: { backendRef: service('shadow'), percent: 5 } },
          { type: 'CORS', cors: { allowOrigins: ['*'], allowMethods: ['GET'] } },
          { type: 'ExternalAuth', externalAuth: { protocol: 'GRPC', backendRef: service('auth') } },
          { type: 'ExtensionRef', extensionRef: { group: 'gateway.kgateway.dev', kind: 'TrafficPolicy', name: 'limits' } },
        ],
        timeouts: { request: '0s' },
        retry: { attempts: 5, codes: [503] },
        sessionPersistence: { idleTimeout: '1h' },
        backendRefs: [{ ...service('web'), filters: [{ type: 'URLRewrite', urlRewrite: { hostname: 'web.example.org' } }] }],
      },
    ],
  }),
  inShop('a redirect below the lane', {
    rules: [
      {
        matches: [prefix('/shop/old')],
        filters: [{ type: 'RequestRedirect', requestRedirect: { hostname: 'www.example.org', statusCode: 301 } }],
      },
    ],
  }),
  inShop(
    'a backend of a namespace that grants it',
    { rules: [{ matches: [prefix('/shop')], backendRefs: [{ ...service('ledger'), namespace: 'bank' }] }] },
    [
      {
        apiVersion: 'gateway.networking.k8s.io/v1beta1',
        kind: 'ReferenceGrant',
        metadata: { namespace: 'bank', name: 'shop' },
        spec: {
          from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'shop' }],
          to: [{ group: '', kind: 'Service' }],
        },
      },
    ],
  ),
  {
    name: 'two parents adopting one child',
    cluster: [
      ...KGATEWAY,
      platformRoot([granting(prefix('/shop'), to('shop/child'))]),
      platformRoot([granting(prefix('/shop'), to('shop/child'))], { place: 'infra/second', hostnames: ['second.example.com'] }),
    ],
    submitted: route('shop/child', { parentRefs: [PARENT, parentRef('infra/second')], rules: [serving(prefix('/shop'))] }),
  },
  {
    name: 'a diamond',
    cluster: [
      ...KGATEWAY,
      platformRoot([granting(prefix('/shop/a'), to('shop/a')), granting(prefix('/shop/b'), to('shop/b'))]),
      ...['a', 'b'].map((side) =>
        route(
          `shop/${side}`,
          { parentRefs: [PARENT], rules: [granting(prefix('/'), to('shop/child'))] },
          { annotations: { [INHERIT.kgateway]: 'true' } },
        ),
      ),
    ],
    submitted: route(
      'shop/child',
      { parentRefs: [parentRef('shop/a'), parentRef('shop/b')], rules: [serving(prefix('/'))] },
      { annotations: { [INHERIT.kgateway]: 'true' } },
    ),
  },
  {
    name: 'a diamond without inheritance: each side serves what is below it',
    cluster: [
      ...KGATEWAY,
      platformRoot([granting(prefix('/shop/a'), to('shop/a')), granting(prefix('/shop/b'), to('shop/b'))]),
      ...['a', 'b'].map((side) =>
        route(`shop/${side}`, { parentRefs: [PARENT], rules: [granting(prefix(`/shop/${side}`), to('shop/child'))] }),
      ),
    ],
    submitted: route('shop/child', {
      parentRefs: [parentRef('shop/a'), parentRef('shop/b')],
      rules: [serving(prefix('/shop/a'), prefix('/shop/b'))],
    }),
  },
  {
    name: 'three levels',
    cluster: [
      ...KGATEWAY,
      platformRoot([granting(prefix('/shop'), to('shop/middle'))]),
      route('shop/middle', { parentRefs: [PARENT], rules: [granting(prefix('/shop/cart'), to('cart/child'))] }),
    ],
    submitted: route('cart/child', { parentRefs: [parentRef('shop/middle')], rules: [serving(prefix('/shop/cart/v1'))] }),
  },
  inShop('inheritance with relative paths', {
    rules: [serving(prefix('/cart'), exact('/pay'), regex('/v\\d+/.*'))],
    metadata: { annotations: { [INHERIT.kgateway]: 'true' } },
  }),
  { name: 'a child applied before its parent', cluster: KGATEWAY, submitted: CHILD, findings: ['LK202'] },
  {
    name: 'a parent applied before its children',
    cluster: KGATEWAY,
    submitted: platformRoot([granting(prefix('/shop'), to('shop/child'))]),
    findings: ['LK704'],
  },
  {
    name: 'a parent applied before its Gateway',
    cluster: [],
    submitted: platformRoot([granting(prefix('/shop'), to('shop/child'))]),
    findings: ['LK704'],
  },
  {
    name: "a platform's catch-all beside lanes",
    cluster: [...KGATEWAY, CHILD],
    submitted: platformRoot([CATCH_ALL, granting(prefix('/shop'), to('shop/child'))]),
    findings: ['LK704'],
    deleted: ['LK505'],
  },
  {
    name: 'a tenant attached directly below a catch-all where nobody was granted anything',
    cluster: [...KGATEWAY, platformRoot([CATCH_ALL])],
    submitted: route('shop/own', { parentRefs: [ON_EDGE], hostnames: ['api.example.com'], rules: [serving(prefix('/own'))] }),
  },
  {
    name: 'a child wider than a carve-out',
    cluster: [...KGATEWAY, platformRoot([granting(prefix('/'), to('web/child')), granting(prefix('/payments'), to('payments/*'))])],
    submitted: route('web/child', { parentRefs: [PARENT], rules: [serving(prefix('/'))] }),
  },
  {
    name: 'several routes of one owner in one lane, more exact ones and wider ones',
    cluster: [...KGATEWAY, TWO_OWNERS, OF_SHOP('first', prefix('/shop/a'), regex('/shop/b/.*')), OF_SHOP('second', prefix('/shop'))],
    submitted: OF_SHOP('third', prefix('/shop/a/x'), prefix('/shop/b', { method: 'GET' }), exact('/shop/a')),
  },
  {
    name: 'a canary route of the same owner by header',
    cluster: [...KGATEWAY, TWO_OWNERS, OF_SHOP('stable', prefix('/shop/a'))],
    submitted: OF_SHOP('canary', prefix('/shop/a', { headers: [{ name: 'x-canary', value: '1' }] })),
  },
  {
    name: 'a path that moves to another route of the same owner, the old one still there',
    cluster: [...KGATEWAY, TWO_OWNERS, OF_WEB(prefix('/shop/a')), OF_SHOP('before', prefix('/shop/a/x'))],
    submitted: OF_SHOP('after', prefix('/shop/a/x')),
  },
  {
    name: 'a route of the same owner in another namespace',
    cluster: [
      ...KGATEWAY,
      TWO_OWNERS,
      namespace('shop', { team: 'a' }),
      namespace('web', { team: 'a' }),
      delegationPolicy({ ownerLabel: 'team' }),
      OF_WEB(prefix('/shop/a')),
    ],
    submitted: OF_SHOP('child', prefix('/shop/a/x')),
  },
  {
    name: 'a lane of another owner that holds its wider match',
    cluster: [
      ...KGATEWAY,
      platformRoot([granting(prefix('/'), to('web/*')), granting(prefix('/shop'), to('shop/*'))]),
      OF_WEB(prefix('/')),
    ],
    submitted: OF_SHOP('child', prefix('/shop'), prefix('/shop/a')),
  },
  {
    name: "a path that another owner's regex outside its own grant occupies",
    cluster: [
      ...KGATEWAY,
      platformRoot([granting(prefix('/web'), to('web/*')), granting(prefix('/shop'), to('shop/*'))]),
      OF_WEB(regex('/web|/shop/.*')),
    ],
    submitted: OF_SHOP('child', prefix('/shop'), regex('/shop/x.*')),
  },
  {
    name: 'the lane of an exact host beside the same lane of a wider one',
    cluster: [
      ...KGATEWAY,
      platformRoot([granting(prefix('/'), to('shop/*'))]),
      platformRoot([granting(prefix('/pay'), to('pay/*'))], { place: 'infra/wide', hostnames: ['*.example.com'] }),
    ],
    submitted: OF_SHOP('child', prefix('/pay')),
  },
  {
    name: 'a host of its own on a listener of its own',
    cluster: [
      ...gatewayOf('kgateway', [httpListener({ hostname: '*.example.com' }), httpListener({ name: 'own', hostname: 'own.example.com' })]),
      { ...WILD, spec: { ...(WILD['spec'] as object), parentRefs: [{ ...ON_EDGE, sectionName: 'http' }] } },
    ],
    submitted: route('shop/own', {
      parentRefs: [{ ...ON_EDGE, sectionName: 'own' }],
      hostnames: ['own.example.com'],
      rules: [serving(prefix('/pay/x'))],
    }),
  },
  conflicting('an old conflict: another weight', prefix('/shop/a/x'), prefix('/shop/a/x')),
  conflicting('an old conflict made narrower', prefix('/shop/a/x'), prefix('/shop/a/x', { method: 'GET' })),
  conflicting('an old conflict: less of it', prefix('/shop/a/x'), prefix('/shop/a/x/y')),
  updated('the same object applied again', CHILD, CHILD),
  updated('a bad object applied again', LEGACY, LEGACY),
  updated('an update of the status alone', LEGACY, { ...LEGACY, status: { parents: [] } }),
  updated('an update of finalizers alone', LEGACY, { ...LEGACY, metadata: { ...LEGACY.metadata, finalizers: ['example.com/hold'] } }),
  updated('an update of annotations nobody reads', LEGACY, {
    ...LEGACY,
    metadata: { ...LEGACY.metadata, annotations: { 'example.com/note': 'x' } },
  }),
  updated('an update of labels nobody reads', LEGACY, { ...LEGACY, metadata: { ...LEGACY.metadata, labels: { tier: 'web' } } }, ['LK102']),
  updated(
    'a canary edit of a route that was bad before',
    LEGACY,
    route('shop/child', { parentRefs: [PARENT], rules: [{ matches: [prefix('/shops')], backendRefs: [service('green')] }] }),
    ['LK102'],
  ),
  updated(
    'a repair in steps: one of two bad matches gone',
    route('shop/child', { parentRefs: [PARENT], rules: [serving(prefix('/shops'), prefix('/shopping'))] }),
    route('shop/child', { parentRefs: [PARENT], rules: [serving(prefix('/shopping'))] }),
    ['LK102'],
  ),
]

describe('must pass', () => {
  let door: Door
  beforeAll(async () => {
    door = await openDoor()
  })
  afterAll(() => door.close())

  async function judgedEverywhere(submission: Submission) {
    const [engine, https, check] = [byEngine(submission), await door.post(submission), await byCheck(submission)]
    expect(https).toEqual(engine)
    expect(check).toEqual(engine)
    return engine
  }

  it.each(HONEST)('$name', async (honest) => {
    const { allowed, findings } = await judgedEverywhere(honest)
    expect(findings.map(({ code }) => code)).toEqual(honest.findings ?? [])
    expect(allowed).toBe(true)
    // A cluster knows that what it doesn't hold isn't there: no reason to deny either.
    expect(decide(honest, 'cluster').allowed).toBe(true)
  })

  it.each(HONEST)('$name: deleted', async (honest) => {
    const { allowed, findings } = await door.post(honest, 'DELETE')
    expect(findings.map(({ code }) => code)).toEqual(honest.deleted ?? [])
    expect(allowed).toBe(true)
  })

  const BATCH = [platformRoot([granting(prefix('/shop'), to('shop/child'))]), CHILD]

  it.each([
    { name: 'the parent first', order: BATCH },
    { name: 'the child first', order: BATCH.toReversed() },
  ])('a parent and its child in one batch, $name', async ({ order }) => {
    const cluster: Raw[] = [...KGATEWAY]
    for (const submitted of order) {
      const { allowed } = await judgedEverywhere({ cluster, submitted })
      expect(allowed).toBe(true)
      cluster.push(submitted)
    }
  })

  const trapRows = TRAPS.flatMap((trap) => trap.dialects.map((dialect) => ({ name: trap.name, dialect, build: trap.build })))

  it.each(trapRows)('a trap says the same in every door, $dialect: $name', async ({ dialect, build }) => {
    const { allowed, findings } = await judgedEverywhere(build(dialect))
    expect(allowed).toBe(findings.every(({ action }) => action !== 'Deny'))
  })
})
