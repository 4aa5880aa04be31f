import type { Dialect } from '../src/delegation/route.ts'
import type { Submission } from './doors.ts'
import {
  delegationPolicy,
  exact,
  gatewayOf,
  granting,
  INHERIT,
  labelOf,
  namespace,
  ON_EDGE,
  PLATFORM_HOST,
  parentRef,
  platformRoot,
  prefix,
  type Raw,
  type RawMatch,
  regex,
  route,
  serving,
  to,
  toLabel,
} from './manifest-fixtures.ts'

/** A mistake or an attack, as a cluster and the route submitted to it. */
export interface Trap {
  readonly name: string
  readonly dialects: readonly Dialect[]
  readonly build: (dialect: Dialect) => Submission
  /** `Deny LK102`, by dialect, in the order of the decision. */
  readonly expected: Readonly<Partial<Record<Dialect, readonly string[]>>>
  /** For those that escape in the flattening dialects: worked out by hand from what the gateways do. */
  readonly escape?: {
    /** What the gateway programs. */
    readonly effective: RawMatch
    /** Every match of the parent that selects the route. */
    readonly grants: readonly RawMatch[]
    /** The path of one such request. */
    readonly witness: string
  }
}

const EVERY: readonly Dialect[] = ['kgateway', 'gloo', 'agentgateway']
const FLATTENING: readonly Dialect[] = ['kgateway', 'gloo']

interface Child {
  readonly inherits?: boolean
  readonly rules?: readonly object[]
  readonly spec?: Readonly<Record<string, unknown>>
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** shop/child, which names its parent, below the platform's root that grants it these matches. */
function below(grants: readonly RawMatch[], child: Child): (dialect: Dialect) => Submission {
  return (dialect) => ({
    cluster: [...gatewayOf(dialect), platformRoot(grants.map((match) => granting(match, to('shop/child'))))],
    submitted: childRoute(dialect, child),
  })
}

function childRoute(dialect: Dialect, { inherits, rules, spec, metadata }: Child): Raw {
  const annotations = inherits === true ? { annotations: { [INHERIT[dialect]]: 'true' } } : {}
  return route(
    'shop/child',
    { parentRefs: [parentRef('infra/parent')], ...(rules === undefined ? {} : { rules }), ...spec },
    { ...annotations, ...metadata },
  )
}

/** The usual shape: one match under one grant. Flattening gateways deny; the nested one clips, or drops what is disjoint. */
function escaping(
  name: string,
  {
    grant,
    own,
    effective = own,
    inherits = false,
    code,
    witness,
    nested = [],
  }: {
    grant: RawMatch
    own: RawMatch
    effective?: RawMatch
    inherits?: boolean
    code: string
    witness: string
    nested?: readonly string[]
  },
): Trap {
  return {
    name,
    dialects: EVERY,
    build: below([grant], { inherits, rules: [serving(own)] }),
    expected: { kgateway: [`Deny ${code}`], gloo: [`Deny ${code}`], agentgateway: nested },
    escape: { effective, grants: [grant], witness },
  }
}

/** The same findings in both flattening dialects, and what the nested one says. */
function found(name: string, build: Trap['build'], flattening: readonly string[], nested?: readonly string[]): Trap {
  const expected = { kgateway: flattening, gloo: flattening }
  return nested === undefined
    ? { name, dialects: FLATTENING, build, expected }
    : { name, dialects: EVERY, build, expected: { ...expected, agentgateway: nested } }
}

const TENANT = [{ name: 'X-Tenant', value: 'a' }]

const PATHS: readonly Trap[] = [
  escaping('segment boundary: /api and PathPrefix /apis-internal', {
    grant: prefix('/api'),
    own: prefix('/apis-internal'),
    code: 'LK102',
    witness: '/apis-internal',
    nested: ['Deny LK101'],
  }),
  escaping('segment boundary: /api and Exact /api-admin', {
    grant: prefix('/api'),
    own: exact('/api-admin'),
    code: 'LK102',
    witness: '/api-admin',
    nested: ['Deny LK101'],
  }),
  escaping('alternation /banking|/payments/.*', {
    grant: prefix('/banking'),
    own: regex('/banking|/payments/.*'),
    code: 'LK103',
    witness: '/payments/',
  }),
  escaping('quantifier on the last literal: /team-a?b/.*', {
    grant: prefix('/team-a'),
    own: regex('/team-a?b/.*'),
    code: 'LK103',
    witness: '/team-b/',
    nested: ['Deny LK101'],
  }),
  escaping('no boundary in /banking.*', { grant: prefix('/banking'), own: regex('/banking.*'), code: 'LK103', witness: '/bankingx' }),
  escaping('unescaped dot: /v1.0/.* under /v1.0', { grant: prefix('/v1.0'), own: regex('/v1.0/.*'), code: 'LK103', witness: '/v1x0/' }),
  escaping('flag (?i) in the middle: /api(?i:/x|x)', {
    grant: prefix('/api'),
    own: regex('/api(?i:/x|x)'),
    code: 'LK103',
    witness: '/apiX',
  }),
  found(
    'flag (?i) in front: no text of the parent',
    below([prefix('/api')], { rules: [serving(regex('(?i)/api/.*'))] }),
    ['Deny LK101'],
    [],
  ),
  found('case variant /API', below([prefix('/api')], { rules: [serving(prefix('/API'))] }), ['Deny LK101'], ['Deny LK101']),
  found(
    'percent-encoding /%61pi',
    below([prefix('/api')], { rules: [serving(prefix('/%61pi'))] }),
    ['Deny LK101', 'Warn LK113'],
    ['Deny LK101', 'Warn LK113'],
  ),
  found(
    'trailing slash on the parent, none on the child',
    below([prefix('/api/')], { rules: [serving(prefix('/api'))] }),
    ['Warn LK110'],
    [],
  ),
  found('trailing slash on the child', below([prefix('/api')], { rules: [serving(prefix('/api/'))] }), [], []),
  found('trailing slash on both', below([prefix('/api/')], { rules: [serving(prefix('/api/'))] }), [], []),
  found(
    'a regex that is no RE2: lookahead',
    below([prefix('/api')], { rules: [serving(regex('/api(?!/admin)/.*'))] }),
    ['Deny LK105'],
    ['Deny LK105'],
  ),
  found(
    'a regex that is no RE2: in a header',
    below([prefix('/api')], {
      rules: [serving(prefix('/api', { headers: [{ type: 'RegularExpression', name: 'a', value: '(?<=x)y' }] }))],
    }),
    ['Deny LK105'],
    ['Deny LK105'],
  ),
  found(
    'a huge program inside the lane',
    below([prefix('/api')], { rules: [serving(regex('/api/[a-z]{500}'))] }),
    ['Warn LK105'],
    ['Warn LK105'],
  ),
  found(
    'a huge program that leaves the lane',
    below([prefix('/api')], { rules: [serving(regex('/api/x{900}|/apix{900}'))] }),
    ['Deny LK103', 'Warn LK105'],
    ['Warn LK105'],
  ),
  {
    name: 'grandchildren adding up: /api, /apix, /apixyz',
    dialects: EVERY,
    build: (dialect) => ({
      cluster: [
        ...gatewayOf(dialect),
        platformRoot([granting(prefix('/api'), to('shop/middle'))]),
        route('shop/middle', { parentRefs: [parentRef('infra/parent')], rules: [granting(prefix('/apix'), to('shop/child'))] }),
      ],
      submitted: route('shop/child', { parentRefs: [parentRef('shop/middle')], rules: [serving(prefix('/apixyz'))] }),
    }),
    expected: { kgateway: ['Deny LK102'], gloo: ['Deny LK102'], agentgateway: [] },
    escape: { effective: prefix('/apixyz'), grants: [prefix('/apix')], witness: '/apixyz' },
  },
  {
    name: 'grandchildren adding up: inside its parent, which left its own lane',
    dialects: FLATTENING,
    build: (dialect) => ({
      cluster: [
        ...gatewayOf(dialect),
        platformRoot([granting(prefix('/api'), to('shop/middle'))]),
        route('shop/middle', { parentRefs: [parentRef('infra/parent')], rules: [granting(prefix('/apix'), to('shop/child'))] }),
      ],
      submitted: route('shop/child', { parentRefs: [parentRef('shop/middle')], rules: [serving(prefix('/apix/y'))] }),
    }),
    expected: { kgateway: ['Deny LK102'], gloo: ['Deny LK102'] },
    escape: { effective: prefix('/apix/y'), grants: [prefix('/api')], witness: '/apix/y' },
  },
]

const INHERITING: readonly Trap[] = [
  escaping('inherit and /../payments/.*', {
    grant: prefix('/banking'),
    own: regex('/../payments/.*'),
    effective: regex('/payments/.*'),
    inherits: true,
    code: 'LK106',
    witness: '/payments/',
    nested: ['Deny LK101'],
  }),
  escaping('inherit and ../payments/.* without a leading slash', {
    grant: prefix('/banking'),
    own: regex('../payments/.*'),
    effective: regex('/payments/.*'),
    inherits: true,
    code: 'LK106',
    witness: '/payments/',
    nested: ['Deny LK101'],
  }),
  escaping('inherit and /../x meant as wildcards', {
    grant: prefix('/banking'),
    own: regex('/../x'),
    effective: regex('/x'),
    inherits: true,
    code: 'LK106',
    witness: '/x',
    nested: ['Deny LK101'],
  }),
  found(
    'inherit and /./x meant as a wildcard: nothing escapes, a part is lost',
    below([prefix('/banking')], { inherits: true, rules: [serving(regex('/./x'))] }),
    ['Deny LK106'],
    ['Deny LK101'],
  ),
  escaping('inherit and /x|/payments/.*', {
    grant: prefix('/banking'),
    own: regex('/x|/payments/.*'),
    effective: regex('/banking/x|/payments/.*'),
    inherits: true,
    code: 'LK103',
    witness: '/payments/',
    nested: ['Deny LK101'],
  }),
  escaping('Exact parent, inherit and PathPrefix /', {
    grant: exact('/login'),
    own: prefix('/'),
    effective: prefix('/login'),
    inherits: true,
    code: 'LK102',
    witness: '/login/anything',
  }),
  found(
    'a RegularExpression parent and inherit',
    below([regex('/v[0-9]+')], { inherits: true, rules: [serving(regex('/x.*'))] }),
    ['Deny LK104'],
    ['Deny LK101'],
  ),
  found(
    'parent GET, inherit, child DELETE',
    below([prefix('/api', { method: 'GET' })], { inherits: true, rules: [serving(prefix('/x', { method: 'DELETE' }))] }),
    ['Deny LK109'],
  ),
  found(
    'parent GET, child DELETE',
    below([prefix('/api', { method: 'GET' })], { rules: [serving(prefix('/api/x', { method: 'DELETE' }))] }),
    ['Deny LK109'],
    ['Deny LK109'],
  ),
  found(
    'another value of the parent header by inheritance, in another spelling',
    below([prefix('/api', { headers: TENANT })], {
      inherits: true,
      rules: [serving(prefix('/x', { headers: [{ name: 'x-tenant', value: 'b' }] }))],
    }),
    ['Deny LK111'],
  ),
  {
    name: "the other product's annotation: nothing is inherited",
    dialects: FLATTENING,
    build: (dialect) =>
      below([prefix('/api')], {
        rules: [serving(prefix('/x'))],
        metadata: { annotations: { [INHERIT[dialect === 'gloo' ? 'kgateway' : 'gloo']]: 'true' } },
      })(dialect),
    expected: { kgateway: ['Deny LK101', 'Warn LK702'], gloo: ['Deny LK101', 'Warn LK702'] },
  },
  {
    name: 'a misspelt annotation value: nothing is inherited',
    dialects: FLATTENING,
    build: (dialect) =>
      below([prefix('/api')], { rules: [serving(prefix('/x'))], metadata: { annotations: { [INHERIT[dialect]]: '1' } } })(dialect),
    expected: { kgateway: ['Deny LK101', 'Warn LK703'], gloo: ['Deny LK101', 'Warn LK703'] },
  },
]

const CONDITIONS: readonly Trap[] = [
  found(
    'a header name that differs in case',
    below([prefix('/api', { headers: TENANT })], { rules: [serving(prefix('/api', { headers: [{ name: 'x-tenant', value: 'a' }] }))] }),
    ['Warn LK110'],
    [],
  ),
  found(
    'a header with two spellings in one match',
    below([prefix('/api')], { rules: [serving(prefix('/api', { headers: [...TENANT, { name: 'x-tenant', value: 'b' }] }))] }),
    ['Deny LK111'],
    ['Deny LK111'],
  ),
  found(
    'a header of the parent left out',
    below([prefix('/api', { headers: TENANT })], { rules: [serving(prefix('/api'))] }),
    ['Deny LK107'],
    [],
  ),
  found(
    'a query parameter of the parent left out',
    below([prefix('/api', { queryParams: TENANT })], { rules: [serving(prefix('/api'))] }),
    ['Deny LK108'],
    [],
  ),
  found(
    'matches: []',
    below([prefix('/api')], { rules: [{ matches: [], backendRefs: [{ name: 'web', port: 80 }] }] }),
    ['Deny LK101'],
    ['Deny LK101'],
  ),
  found(
    'matches: [] and inherit: the grant itself',
    below([prefix('/api')], { inherits: true, rules: [{ matches: [], backendRefs: [{ name: 'web', port: 80 }] }] }),
    [],
  ),
  found(
    'matches left out: PathPrefix /',
    below([prefix('/api')], { rules: [{ backendRefs: [{ name: 'web', port: 80 }] }] }),
    ['Deny LK101'],
    [],
  ),
  found('path: {}: PathPrefix /', below([prefix('/api')], { rules: [serving({ path: {} })] }), ['Deny LK101'], []),
  found('rules left out: PathPrefix /', below([prefix('/api')], {}), ['Deny LK101'], []),
  found(
    'matches left out and inherit: the grant itself',
    below([prefix('/api')], { inherits: true, rules: [{ backendRefs: [{ name: 'web', port: 80 }] }] }),
    [],
  ),
]

const SELECTION: readonly Trap[] = [
  found(
    'hostnames on the child',
    below([prefix('/api')], { rules: [serving(prefix('/api'))], spec: { hostnames: ['shop.example.com'] } }),
    ['Deny LK112'],
    ['Deny LK101'],
  ),
  found(
    "hostnames on the child, one of them its root's",
    below([prefix('/api')], { rules: [serving(prefix('/api'))], spec: { hostnames: ['shop.example.com', PLATFORM_HOST] } }),
    ['Deny LK112'],
    [],
  ),
  found(
    'sectionName on an HTTPRoute parentRef',
    below([prefix('/api')], {
      rules: [serving(prefix('/api'))],
      spec: { parentRefs: [parentRef('infra/parent', { sectionName: 'http' })] },
    }),
    ['Warn LK206'],
    ['Warn LK206'],
  ),
  {
    name: 'a label worn in a namespace that was not meant',
    dialects: EVERY,
    build: (dialect) => ({
      cluster: [
        ...gatewayOf(dialect),
        delegationPolicy({
          rootNamespaces: { names: ['infra'] },
          labelScopes: [{ labels: [dialect === 'agentgateway' ? 'lane=pay' : 'pay'], namespaces: ['payments'] }],
        }),
        platformRoot([granting(prefix('/pay'), toLabel(dialect, 'pay', dialect === 'agentgateway' ? 'shop' : 'all'))]),
      ],
      submitted: childRoute(dialect, { rules: [serving(prefix('/pay'))], metadata: { labels: labelOf(dialect, 'pay') } }),
    }),
    expected: { kgateway: ['Deny LK203'], gloo: ['Deny LK203'], agentgateway: ['Deny LK203'] },
  },
  {
    name: 'a label that the parent keeps for other namespaces',
    dialects: FLATTENING,
    build: (dialect) => {
      const parent = platformRoot([granting(prefix('/pay'), toLabel(dialect, 'pay', 'all'))])
      const annotations = { 'lanekeeper.dev/label-scopes': 'pay=payments' }
      return {
        cluster: [...gatewayOf(dialect), { ...parent, metadata: { ...parent.metadata, annotations } }],
        submitted: childRoute(dialect, { rules: [serving(prefix('/pay'))], metadata: { labels: labelOf(dialect, 'pay') } }),
      }
    },
    expected: { kgateway: ['Deny LK203'], gloo: ['Deny LK203'] },
  },
  {
    name: 'a namespace really called all',
    dialects: FLATTENING,
    build: (dialect) => ({
      cluster: [...gatewayOf(dialect), namespace('all')],
      submitted: platformRoot([granting(prefix('/pay'), toLabel(dialect, 'pay', 'all'))]),
    }),
    expected: { kgateway: ['Warn LK204', 'Warn LK208', 'Audit LK704'], gloo: ['Warn LK204', 'Warn LK208'] },
  },
  {
    name: "somebody else's root adopts a route without parentRefs: said, and not held against it",
    dialects: FLATTENING,
    build: (dialect) => ({
      cluster: [
        ...gatewayOf(dialect),
        namespace('infra'),
        platformRoot([granting(prefix('/cart'), to('shop/child'))]),
        platformRoot([granting(prefix('/car'), to('shop/child'))], { place: 'rogue/root', hostnames: ['rogue.example.com'] }),
      ],
      submitted: route('shop/child', { rules: [serving(prefix('/cart'))] }),
    }),
    expected: { kgateway: ['Warn LK102', 'Audit LK205'], gloo: ['Warn LK102', 'Audit LK205'] },
    escape: { effective: prefix('/cart'), grants: [prefix('/car')], witness: '/cart' },
  },
  {
    name: "somebody else's tree of two levels adopts a route without parentRefs",
    dialects: FLATTENING,
    build: (dialect) => ({
      cluster: [
        ...gatewayOf(dialect),
        platformRoot([granting(prefix('/cart'), to('shop/child'))]),
        platformRoot([granting(prefix('/'), to('rogue/inner'))], { place: 'rogue/root', hostnames: ['rogue.example.com'] }),
        route('rogue/inner', { rules: [granting(prefix('/car'), to('shop/child'))] }),
      ],
      submitted: route('shop/child', { rules: [serving(prefix('/cart'))] }),
    }),
    expected: { kgateway: ['Warn LK102', 'Audit LK205'], gloo: ['Warn LK102', 'Audit LK205'] },
  },
  {
    name: "a hundred of somebody else's roots adopt a route without parentRefs",
    dialects: FLATTENING,
    build: (dialect) => ({
      cluster: [
        ...gatewayOf(dialect),
        platformRoot([granting(prefix('/cart'), to('shop/child'))]),
        ...Array.from({ length: 100 }, (_, root) =>
          platformRoot(
            Array.from({ length: 16 }, (_, rule) => ({
              matches: Array.from({ length: 8 }, (_, match) => prefix(`/cart${rule}/${match}`)),
              backendRefs: [to('shop/child')],
            })),
            { place: `rogue/root${root}`, hostnames: [`r${root}.example.com`] },
          ),
        ),
      ],
      submitted: route('shop/child', { rules: [serving(prefix('/cart'))] }),
    }),
    expected: { kgateway: ['Warn LK503', 'Audit LK205'], gloo: ['Warn LK503', 'Audit LK205'] },
  },
  {
    name: 'a route that delegates to itself',
    dialects: EVERY,
    build: (dialect) => ({
      cluster: [...gatewayOf(dialect), platformRoot([granting(prefix('/api'), to('shop/child'))])],
      submitted: childRoute(dialect, { rules: [granting(prefix('/api/x'), to('shop/child'))] }),
    }),
    expected: { kgateway: ['Deny LK501'], gloo: ['Deny LK501'], agentgateway: ['Deny LK501'] },
  },
  {
    name: 'a route that delegates to its own parent',
    dialects: EVERY,
    build: (dialect) => ({
      cluster: [
        ...gatewayOf(dialect),
        platformRoot([granting(prefix('/api'), to('shop/middle'))]),
        route('shop/middle', { parentRefs: [parentRef('infra/parent')], rules: [granting(prefix('/api'), to('shop/child'))] }),
      ],
      submitted: route('shop/child', { parentRefs: [parentRef('shop/middle')], rules: [granting(prefix('/api'), to('shop/middle'))] }),
    }),
    expected: { kgateway: ['Deny LK501'], gloo: ['Deny LK501'], agentgateway: ['Deny LK501'] },
  },
  {
    name: 'matches: [] on a delegating rule',
    dialects: EVERY,
    build: (dialect) => ({
      cluster: gatewayOf(dialect),
      submitted: platformRoot([{ matches: [], backendRefs: [to('shop/child')] }]),
    }),
    expected: { kgateway: ['Deny LK507', 'Audit LK704'], gloo: ['Deny LK507'], agentgateway: ['Deny LK507'] },
  },
]

const TENANT_MODIFIER = { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'X-Tenant', value: 'bank' }] } }

/** Inside the lane, and still more than the tenant was meant to do. */
const EFFECTS: readonly Trap[] = [
  {
    name: "a header modifier on a backendRef, which runs after the parent's own",
    dialects: EVERY,
    build: (dialect) => ({
      cluster: [
        ...gatewayOf(dialect),
        delegationPolicy({ rootNamespaces: { names: ['infra'] }, filters: { protectedHeaders: ['x-tenant'] } }),
        platformRoot([granting(prefix('/shop'), to('shop/child'))]),
      ],
      submitted: childRoute(dialect, {
        rules: [{ matches: [prefix('/shop')], backendRefs: [{ name: 'web', port: 80, filters: [TENANT_MODIFIER] }] }],
      }),
    }),
    expected: { kgateway: ['Deny LK606'], gloo: ['Deny LK606'], agentgateway: ['Deny LK606'] },
  },
  {
    name: 'route-weight on a child',
    dialects: EVERY,
    build: (dialect) => ({
      cluster: [
        ...gatewayOf(dialect),
        delegationPolicy({ rootNamespaces: { names: ['infra'] } }),
        platformRoot([granting(prefix('/shop'), to('shop/child'))]),
      ],
      submitted: childRoute(dialect, {
        rules: [serving(prefix('/shop'))],
        metadata: { annotations: { 'kgateway.dev/route-weight': '100' } },
      }),
    }),
    expected: { kgateway: ['Deny LK701'], gloo: ['Deny LK701'], agentgateway: ['Deny LK701'] },
  },
]

const ROOTS = delegationPolicy({ rootNamespaces: { names: ['infra'] } })
const VICTIM = route('shop/child', { rules: [serving(prefix('/cart'))] })

/** The same finding whatever the gateway, in a cluster whose policy names its root namespaces. */
function onParent(name: string, cluster: readonly Raw[], submitted: Raw, findings: readonly string[], kgateway = findings): Trap {
  return {
    name,
    dialects: EVERY,
    build: (dialect) => ({ cluster: [...gatewayOf(dialect), ...cluster], submitted }),
    expected: { kgateway, gloo: findings, agentgateway: findings },
  }
}

const PARENTS: readonly Trap[] = [
  onParent(
    "adoption of somebody else's parentless routes, denied on the adopting parent",
    [ROOTS, VICTIM],
    route('rogue/parent', { rules: [granting(prefix('/'), to('shop/*'))] }),
    ['Deny LK207', 'Audit LK205'],
  ),
  onParent(
    "adoption of somebody else's parentless routes on a Gateway of one's own",
    [
      ROOTS,
      VICTIM,
      {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'Gateway',
        metadata: { namespace: 'rogue', name: 'own' },
        spec: { gatewayClassName: 'class', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
      },
    ],
    route('rogue/parent', { parentRefs: [{ name: 'own' }], rules: [granting(prefix('/cart'), to('shop/child'))] }),
    ['Deny LK207'],
    ['Deny LK207', 'Audit LK704'],
  ),
  onParent(
    'child delegating downward into a third namespace',
    [ROOTS, VICTIM, platformRoot([granting(prefix('/api'), to('rogue/child'))])],
    route('rogue/child', { parentRefs: [parentRef('infra/parent')], rules: [granting(prefix('/api/cart'), to('shop/child'))] }),
    ['Deny LK207'],
  ),
  onParent(
    'child delegating downward into a third namespace, root namespaces not configured',
    [VICTIM, platformRoot([granting(prefix('/api'), to('rogue/child'))])],
    route('rogue/child', { parentRefs: [parentRef('infra/parent')], rules: [granting(prefix('/api/cart'), to('shop/child'))] }),
    ['Warn LK207'],
  ),
  onParent(
    'Gateway parentRef added to a child, root namespaces configured',
    [
      ROOTS,
      platformRoot([granting(prefix('/api'), to('rogue/child'))]),
      route('rogue/child', { parentRefs: [parentRef('infra/parent')], rules: [serving(prefix('/api'))] }),
    ],
    route('rogue/child', { parentRefs: [parentRef('infra/parent'), ON_EDGE], rules: [serving(prefix('/api'))] }),
    ['Deny LK302'],
  ),
  onParent(
    'root on an exact host hiding a platform root on the wildcard, hostnames configured',
    [
      delegationPolicy({ hostnames: [{ namespaces: ['shop'], allow: ['shop.example.com'] }] }),
      platformRoot([granting(prefix('/api'), to('shop/child'))], { hostnames: ['*.example.com'] }),
    ],
    route('shop/own', { parentRefs: [ON_EDGE], hostnames: ['pay.example.com'], rules: [serving(prefix('/'))] }),
    ['Deny LK303', 'Warn LK301'],
  ),
]

/** shop/child beside a route of another owner; both name the root that grants each of them its part. */
function beside(
  grants: readonly object[],
  other: Raw | undefined,
  spec: Readonly<Record<string, unknown>>,
): (dialect: Dialect) => Submission {
  return (dialect) => ({
    cluster: [...gatewayOf(dialect), platformRoot(grants), ...(other === undefined ? [] : [other])],
    submitted: route('shop/child', { parentRefs: [parentRef('infra/parent')], ...spec }),
  })
}

function otherRoute(...matches: readonly RawMatch[]): Raw {
  return route('web/other', { parentRefs: [parentRef('infra/parent')], rules: [serving(...matches)] })
}

const SHARED = [granting(prefix('/shop'), to('web/*'), to('shop/*'))]
const SPLIT = [granting(prefix('/'), to('web/*')), granting(prefix('/shop'), to('shop/*'))]

const TAKING: readonly Trap[] = [
  {
    name: 'GRPCRoute on the same host',
    dialects: EVERY,
    build: (dialect) => ({
      cluster: [...gatewayOf(dialect), platformRoot([granting(prefix('/banking'), to('bank/*'))])],
      submitted: {
        ...route('shop/child', {
          parentRefs: [ON_EDGE],
          hostnames: [PLATFORM_HOST],
          rules: [
            { matches: [{ method: { type: 'RegularExpression', service: 'x|/banking/.*|' } }], backendRefs: [{ name: 'web', port: 80 }] },
          ],
        }),
        kind: 'GRPCRoute',
      },
    }),
    expected: { kgateway: ['Deny LK305'], gloo: ['Deny LK305'], agentgateway: [] },
  },
  found(
    'carve-out by a longer prefix',
    beside([granting(prefix('/'), to('shop/*')), granting(prefix('/pay'), to('pay/*'))], undefined, {
      rules: [serving(prefix('/pay/back'))],
    }),
    ['Deny LK401'],
    [],
  ),
  found(
    'carve-out by an extra header',
    beside([granting(prefix('/api'), to('shop/*')), granting(prefix('/api', { headers: TENANT }), to('pay/*'))], undefined, {
      rules: [serving(prefix('/api', { headers: [{ name: 'x-tenant', value: 'a' }] }))],
    }),
    ['Deny LK401'],
    [],
  ),
  found(
    'carve-out by method',
    beside([granting(prefix('/api'), to('shop/*')), granting(prefix('/api', { method: 'PUT' }), to('pay/*'))], undefined, {
      rules: [serving(prefix('/api/x', { method: 'PUT' }))],
    }),
    ['Deny LK401'],
    [],
  ),
  found(
    'a carve-out that the platform serves itself',
    beside([granting(prefix('/'), to('shop/*')), serving(prefix('/health'))], undefined, { rules: [serving(exact('/health/x'))] }),
    ['Deny LK401'],
    ['Warn LK404'],
  ),
  {
    name: 'Gateway parentRef added to a child: its own root shadows the tree',
    dialects: EVERY,
    build: (dialect) => ({
      cluster: [
        ...gatewayOf(dialect),
        platformRoot([granting(prefix('/shop'), to('shop/*')), granting(prefix('/pay'), to('pay/*'))]),
        childRoute(dialect, { rules: [serving(prefix('/shop'))] }),
      ],
      submitted: childRoute(dialect, {
        spec: { parentRefs: [parentRef('infra/parent'), ON_EDGE], hostnames: [PLATFORM_HOST] },
        rules: [serving(prefix('/shop')), serving(prefix('/pay/back'))],
      }),
    }),
    expected: {
      kgateway: ['Deny LK301', 'Warn LK112', 'Warn LK301'],
      gloo: ['Deny LK301', 'Warn LK112', 'Warn LK301'],
      agentgateway: ['Deny LK301', 'Warn LK301'],
    },
  },
  {
    name: 'root on an exact host hiding a platform root on the wildcard',
    dialects: EVERY,
    build: (dialect) => ({
      cluster: [...gatewayOf(dialect), platformRoot([granting(prefix('/pay'), to('pay/*'))], { hostnames: ['*.example.com'] })],
      submitted: route('shop/child', { parentRefs: [ON_EDGE], hostnames: ['shop.example.com'], rules: [serving(prefix('/shop'))] }),
    }),
    expected: { kgateway: ['Deny LK301'], gloo: ['Deny LK301'], agentgateway: [] },
  },
  {
    name: 'a closer host where the gateway falls back to the wider one: only what meets',
    dialects: ['agentgateway'],
    build: (dialect) => ({
      cluster: [...gatewayOf(dialect), platformRoot([granting(prefix('/pay'), to('pay/*'))], { hostnames: ['*.example.com'] })],
      submitted: route('shop/child', { parentRefs: [ON_EDGE], hostnames: ['shop.example.com'], rules: [serving(prefix('/'))] }),
    }),
    expected: { agentgateway: ['Deny LK301'] },
  },
  found(
    'a header `host: .*` that is always true and outranks an equal prefix',
    beside(SHARED, otherRoute(prefix('/shop')), {
      rules: [serving(prefix('/shop', { headers: [{ type: 'RegularExpression', name: 'host', value: '.*' }] }))],
    }),
    ['Deny LK402'],
    ['Deny LK402'],
  ),
  found(
    'a method that outranks an equal prefix',
    beside(SHARED, otherRoute(prefix('/shop')), { rules: [serving(prefix('/shop', { method: 'GET' }))] }),
    ['Deny LK402'],
    ['Deny LK402'],
  ),
  found(
    'a regex that outranks a longer prefix',
    beside(SHARED, otherRoute(prefix('/shop/cart/pay')), { rules: [serving(regex('/shop/.*'))] }),
    ['Deny LK402'],
    [],
  ),
  found(
    '/x/ by a younger route over an older /x',
    beside(SHARED, otherRoute(prefix('/shop/x')), { rules: [serving(prefix('/shop/x/'))] }),
    ['Deny LK403'],
    ['Deny LK403'],
  ),
  found(
    'a longer path than the catch-all of a shared lane',
    beside(SHARED, otherRoute(prefix('/shop')), { rules: [serving(prefix('/shop/x'))] }),
    ['Warn LK402'],
    ['Warn LK402'],
  ),
  found(
    'a child that delegates to nothing inside a broader lane of somebody else',
    beside(SPLIT, otherRoute(prefix('/')), { rules: [granting(prefix('/shop'), to('shop/nobody'))] }),
    ['Warn LK405'],
    [],
  ),
  found(
    'a child without backends inside a broader lane of somebody else',
    beside(SPLIT, otherRoute(prefix('/')), { rules: [{ matches: [prefix('/shop')] }] }),
    ['Deny LK405'],
    [],
  ),
]

export const TRAPS: readonly Trap[] = [...PATHS, ...INHERITING, ...CONDITIONS, ...SELECTION, ...EFFECTS, ...PARENTS, ...TAKING]
