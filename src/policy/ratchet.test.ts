import { describe, expect, it } from 'vitest'
import {
  childObject,
  exact,
  gatewayObject,
  httpRoute,
  INHERIT,
  judge,
  label,
  outcome,
  parentObject,
  prefix,
  type RawObject,
  type RouteChanges,
  regex,
  routeOf,
  type Scene,
} from '../../test/fixture.ts'
import { differsForChecks, wasThereBefore } from './ratchet.ts'

const ENV = { headers: [{ name: 'X-Env', value: 'dev' }] }
const LABEL = 'delegation.kgateway.dev/label'
const SERVICES = { policies: [{ backends: { kinds: [{ kind: 'Service' }] } }] }
const LAMBDA = [{ group: 'example.com', kind: 'Lambda', name: 'cart' }]
const PROTECTED = { policies: [{ filters: { protectedHeaders: ['x-tenant'] }, protectedLabels: ['waf'] }] }
const SCOPES = { labelScopes: [{ labels: ['pay'], namespaces: ['payments'] }] }

const WEIGHT = { 'kgateway.dev/route-weight': '10' }
const ROOTS = { policies: [{ rootNamespaces: { names: ['infra'] } }] }

function settingTenant(value: string): RawObject {
  return { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-tenant', value }] } }
}

interface Row {
  readonly name: string
  readonly old: RouteChanges
  readonly now: RouteChanges
  readonly scene?: Scene
  readonly want: readonly string[]
}

describe('an update of a route that was bad before', () => {
  it.each<Row>([
    {
      name: 'other weights',
      old: { matches: [prefix('/shopping')] },
      now: { matches: [prefix('/shopping')], backendRefs: [{ name: 'cart', port: 80, weight: 9 }] },
      want: ['LK102 Warn'],
    },
    {
      name: 'another annotation of the product',
      old: { matches: [prefix('/shopping')] },
      now: { matches: [prefix('/shopping')], annotations: { 'kgateway.dev/other': 'x' } },
      want: ['LK102 Warn'],
    },
    {
      name: 'one of two repaired',
      old: { matches: [prefix('/shopping'), prefix('/shopped')] },
      now: { matches: [prefix('/shop/ing'), prefix('/shopped')] },
      want: ['LK102 Warn'],
    },
    {
      name: 'repaired',
      old: { matches: [prefix('/shopping')] },
      now: { matches: [prefix('/shop/ing')] },
      want: [],
    },
    {
      name: 'the rule moved',
      old: { rules: [{ matches: [prefix('/shopping')] }, { matches: [prefix('/shop/a')] }] },
      now: { rules: [{ matches: [prefix('/shop/a')] }, { matches: [prefix('/shop/b')] }, { matches: [prefix('/shopping')] }] },
      want: ['LK102 Warn'],
    },
    {
      name: 'another one added beside it',
      old: { matches: [prefix('/shopping')] },
      now: { matches: [prefix('/shopping'), prefix('/shopped')] },
      want: ['LK102 Deny', 'LK102 Warn'],
    },
    {
      name: 'widened by another path',
      old: { matches: [regex('/shopping/a')] },
      now: { matches: [regex('/shopping/(a|b)')] },
      want: ['LK103 Deny'],
    },
    {
      name: 'another regular expression, whose containment in the old one is not decided',
      old: { matches: [regex('/shopping/(a|b)')] },
      now: { matches: [regex('/shopping/a')] },
      want: ['LK103 Deny'],
    },
    {
      name: 'widened by dropping a header',
      old: { matches: [prefix('/shopping', ENV)] },
      now: { matches: [prefix('/shopping')] },
      want: ['LK102 Deny'],
    },
    {
      name: 'widened by another value of a header',
      old: { matches: [prefix('/shopping', ENV)] },
      now: { matches: [prefix('/shopping', { headers: [{ name: 'X-Env', value: 'prod' }] })] },
      want: ['LK102 Deny'],
    },
    {
      name: 'a header in another spelling is the same header',
      old: { matches: [prefix('/shopping', ENV)] },
      now: { matches: [prefix('/shopping', { headers: [{ name: 'x-env', value: 'dev' }] })] },
      want: ['LK102 Warn'],
    },
    {
      name: 'widened by dropping a query parameter',
      old: { matches: [prefix('/shopping', { queryParams: [{ name: 'v', value: '2' }] })] },
      now: { matches: [prefix('/shopping')] },
      want: ['LK102 Deny'],
    },
    {
      name: 'widened by dropping a method',
      old: { matches: [prefix('/shopping', { method: 'GET' })] },
      now: { matches: [prefix('/shopping')] },
      want: ['LK102 Deny'],
    },
    {
      name: 'another method',
      old: { matches: [prefix('/shopping', { method: 'GET' })] },
      now: { matches: [prefix('/shopping', { method: 'DELETE' })] },
      want: ['LK102 Deny'],
    },
    {
      name: 'ranking higher by a header',
      old: { matches: [prefix('/shopping')] },
      now: { matches: [prefix('/shopping', ENV)] },
      want: ['LK102 Deny'],
    },
    {
      name: 'ranking higher by a method',
      old: { matches: [prefix('/shopping')] },
      now: { matches: [prefix('/shopping', { method: 'GET' })] },
      want: ['LK102 Deny'],
    },
    {
      name: 'ranking higher by a longer path',
      old: { matches: [prefix('/shopping')] },
      now: { matches: [prefix('/shopping/cart')] },
      want: ['LK102 Deny'],
    },
    {
      name: 'ranking higher by a trailing slash',
      old: { matches: [prefix('/shopping')] },
      now: { matches: [prefix('/shopping/')] },
      want: ['LK102 Deny'],
    },
    {
      name: 'ranking lower by a trailing slash less',
      old: { matches: [prefix('/shopping/')] },
      now: { matches: [prefix('/shopping')] },
      want: ['LK102 Warn'],
    },
    {
      name: 'ranking higher by the type of path',
      old: { matches: [prefix('/shopping')] },
      now: { matches: [exact('/shopping')] },
      want: ['LK102 Deny'],
    },
    {
      name: 'another code',
      old: { matches: [prefix('/shopping')] },
      now: { matches: [regex('/shopping')] },
      want: ['LK103 Deny'],
    },
    {
      name: 'dead before, an escape now',
      old: { matches: [prefix('/../bank')] },
      now: { matches: [prefix('/../bank')], annotations: INHERIT.kgateway },
      want: ['LK106 Deny'],
    },
    {
      name: 'an annotation makes a violation',
      old: { matches: [regex('/shop/../x')] },
      now: { matches: [regex('/shop/../x')], annotations: INHERIT.kgateway },
      want: ['LK106 Deny'],
    },
    {
      name: 'a label makes a violation',
      old: {},
      now: { labels: { [LABEL]: 'pay' } },
      scene: { parent: { backendRefs: [httpRoute('shop', '*'), label('shop', 'pay')] }, policies: [SCOPES] },
      want: ['LK203 Deny'],
    },
    {
      name: 'a label that was worn before',
      old: { labels: { [LABEL]: 'pay' } },
      now: { labels: { [LABEL]: 'pay', team: 'cart' } },
      scene: { parent: { backendRefs: [httpRoute('shop', '*'), label('shop', 'pay')] }, policies: [SCOPES] },
      want: ['LK203 Warn'],
    },
    {
      name: 'hostnames that were refused before',
      old: { hostnames: ['a.example.com'] },
      now: { hostnames: ['a.example.com'], backendRefs: [{ name: 'other', port: 80 }] },
      want: ['LK112 Warn'],
    },
    {
      name: 'other hostnames',
      old: { hostnames: ['a.example.com'] },
      now: { hostnames: ['b.example.com'] },
      want: ['LK112 Deny'],
    },
    {
      name: 'a forbidden backend that was there before, its rule moved and another one added',
      old: { rules: [{ matches: [prefix('/shop/a')], backendRefs: LAMBDA }] },
      now: {
        rules: [{ matches: [prefix('/shop/b')] }, { matches: [prefix('/shop/a')], backendRefs: [{ name: 'cart', port: 80 }, ...LAMBDA] }],
      },
      scene: SERVICES,
      want: ['LK601 Warn'],
    },
    {
      name: 'a forbidden backend that gets requests of another rule',
      old: { rules: [{ matches: [prefix('/shop/a')], backendRefs: LAMBDA }, { matches: [prefix('/shop/b')] }] },
      now: { rules: [{ matches: [prefix('/shop/a'), prefix('/shop/b')], backendRefs: LAMBDA }] },
      scene: SERVICES,
      want: ['LK601 Deny'],
    },
    {
      name: 'a forbidden backend of another kind',
      old: { backendRefs: LAMBDA },
      now: { backendRefs: [{ group: 'example.com', kind: 'Bucket', name: 'cart' }] },
      scene: SERVICES,
      want: ['LK601 Deny'],
    },
    {
      name: 'a protected header that was set before',
      old: { filters: [settingTenant('a')] },
      now: { filters: [{ type: 'URLRewrite', urlRewrite: {} }, settingTenant('a')] },
      scene: PROTECTED,
      want: ['LK606 Warn'],
    },
    {
      name: 'another value of a protected header, which no message shows',
      old: { filters: [settingTenant('a')] },
      now: { filters: [settingTenant('b')] },
      scene: PROTECTED,
      want: ['LK606 Deny'],
    },
    {
      name: 'a protected label dropped: the change itself is the violation',
      old: { labels: { waf: 'on' } },
      now: {},
      scene: PROTECTED,
      want: ['LK609 Deny'],
    },
    {
      name: 'a protected label that is gone for long',
      old: { labels: { team: 'cart' } },
      now: {},
      scene: PROTECTED,
      want: [],
    },
    {
      name: 'a weight that was there before',
      old: { annotations: WEIGHT },
      now: { annotations: WEIGHT, backendRefs: [{ name: 'green', port: 80 }] },
      scene: ROOTS,
      want: ['LK701 Warn'],
    },
    {
      name: 'a weight that was there before, for more requests',
      old: { annotations: WEIGHT },
      now: { annotations: WEIGHT, matches: [prefix('/shop/cart'), prefix('/shop/pay')] },
      scene: ROOTS,
      want: ['LK701 Deny'],
    },
    {
      name: 'a weight is added',
      old: {},
      now: { annotations: WEIGHT },
      scene: ROOTS,
      want: ['LK701 Deny'],
    },
    {
      name: 'a weight is added that the controller ignores, by the policy',
      old: { matches: [prefix('/shopping')] },
      now: { matches: [prefix('/shopping')], annotations: WEIGHT },
      scene: { policies: [{ routeWeight: 'Disabled' }] },
      want: ['LK701 Warn', 'LK102 Warn'],
    },
    {
      name: 'the same violation of another parent',
      old: { matches: [prefix('/shopping')] },
      now: { matches: [prefix('/shopping')], parentRefs: [httpRoute('infra', 'other')] },
      scene: { also: [parentObject({ name: 'other' })] },
      want: ['LK102 Deny'],
    },
  ])('$name: $want', ({ old, now, scene, want }) => {
    expect(outcome(judge({ ...scene, child: now, old: childObject(old) }))).toEqual(want)
  })

  it('says which violations were there before', () => {
    const scene = { child: { matches: [prefix('/shopping'), prefix('/shopped')] }, old: childObject({ matches: [prefix('/shopping')] }) }
    expect(judge(scene).violations.map(({ value, ratcheted }) => [value, ratcheted])).toEqual([
      ['/shopped', false],
      ['/shopping', true],
    ])
  })

  it("is judged against today's view: what the parent stopped granting was there before", () => {
    const scene: Scene = {
      parent: { matches: [prefix('/shop/a')] },
      old: childObject({ matches: [prefix('/shop/ab')] }),
      child: { matches: [prefix('/shop/ab')], backendRefs: [{ name: 'other', port: 80 }] },
    }
    expect(outcome(judge(scene))).toEqual(['LK102 Warn'])
  })

  it('holds for nothing on CREATE', () => {
    expect(outcome(judge({ child: { matches: [prefix('/shopping')] } }))).toEqual(['LK102 Deny'])
  })
})

it('an effect that becomes an escape is new, and one that no longer is, is not', () => {
  const route = routeOf(childObject())
  const [risk, escape] = (['risk', 'escape'] as const).map((effect) => ({ field: 'spec.hostnames', message: '', effect }))
  const edit = { route, old: route, weights: true }
  expect(risk && escape && [wasThereBefore(escape, [risk], edit), wasThereBefore(risk, [escape], edit)]).toEqual([false, true])
})

describe('differsForChecks', () => {
  it.each<{ name: string; change: RouteChanges; want: boolean }>([
    { name: 'nothing', change: {}, want: false },
    {
      name: 'a finalizer and a deletion',
      change: { metadata: { finalizers: ['a/b'], deletionTimestamp: '2027-01-01T00:00:00Z' } },
      want: false,
    },
    { name: 'a resource version', change: { metadata: { resourceVersion: '2', generation: 3 } }, want: false },
    {
      name: 'an annotation that nobody reads',
      change: { annotations: { 'example.com/a': 'b', 'kubectl.kubernetes.io/x': 'y' } },
      want: false,
    },
    { name: 'an annotation of something like a product', change: { annotations: { 'notkgateway.dev/a': 'b' } }, want: false },
    { name: 'an annotation of kgateway', change: { annotations: { 'kgateway.dev/route-weight': '1' } }, want: true },
    { name: 'an annotation of its delegation', change: { annotations: INHERIT.kgateway }, want: true },
    { name: 'an annotation of gloo', change: { annotations: INHERIT.gloo }, want: true },
    { name: 'an annotation of lanekeeper', change: { annotations: { 'lanekeeper.dev/label-scopes': 'a=b' } }, want: true },
    { name: 'any label', change: { labels: { team: 'cart' } }, want: true },
    { name: 'a filter', change: { filters: [settingTenant('a')] }, want: true },
    { name: 'a filter of a backendRef', change: { backendRefs: [{ name: 'cart', port: 80, filters: [settingTenant('a')] }] }, want: true },
    { name: 'a timeout', change: { timeouts: { request: '1s' } }, want: true },
    { name: 'retries', change: { retry: { attempts: 1 } }, want: true },
    { name: 'a session', change: { sessionPersistence: { absoluteTimeout: '1h' } }, want: true },
    { name: 'parentRefs', change: { parentRefs: [httpRoute('infra', 'other')] }, want: true },
    { name: 'hostnames', change: { hostnames: ['a.example.com'] }, want: true },
    { name: 'a path', change: { matches: [prefix('/shop/basket')] }, want: true },
    { name: 'a weight', change: { backendRefs: [{ name: 'cart', port: 80, weight: 2 }] }, want: true },
    {
      name: 'a default that is written out',
      change: { backendRefs: [{ group: '', kind: 'Service', name: 'cart', port: 80, weight: 1 }] },
      want: false,
    },
  ])('$name: $want', ({ change, want }) => {
    const [before, after] = [routeOf(childObject()), routeOf(childObject(change))]
    expect(differsForChecks(after, before)).toBe(want)
    expect(differsForChecks(before, after)).toBe(want)
  })
})

describe('an update of a route that took from another before', () => {
  const scene: Scene = {
    parent: { backendRefs: [httpRoute('shop', '*'), httpRoute('web', '*')] },
    also: [childObject({ namespace: 'web', name: 'web', matches: [prefix('/shop/a'), prefix('/shop/b')] })],
  }

  it.each<Row>([
    {
      name: 'another backend',
      old: { matches: [prefix('/shop/a/x')] },
      now: { matches: [prefix('/shop/a/x')], backendRefs: [{ name: 'green', port: 80 }] },
      want: ['LK402 Warn'],
    },
    { name: 'less of it', old: { matches: [prefix('/shop/a/x')] }, now: { matches: [prefix('/shop/a/x/y')] }, want: ['LK402 Warn'] },
    {
      name: 'one method of it',
      old: { matches: [prefix('/shop/a/x')] },
      now: { matches: [prefix('/shop/a/x', { method: 'GET' })] },
      want: ['LK402 Warn'],
    },
    { name: 'more of it', old: { matches: [prefix('/shop/a/x/y')] }, now: { matches: [prefix('/shop/a/x')] }, want: ['LK402 Deny'] },
    { name: 'another path of it', old: { matches: [prefix('/shop/a/x')] }, now: { matches: [prefix('/shop/a/y')] }, want: ['LK402 Deny'] },
    {
      name: 'another match of the same victim',
      old: { matches: [prefix('/shop/a/x')] },
      now: { matches: [prefix('/shop/a/x'), prefix('/shop/b/x')] },
      want: ['LK402 Deny', 'LK402 Warn'],
    },
    {
      name: 'a wider path that outranks it by weight',
      old: { matches: [prefix('/shop/a/x')] },
      now: { matches: [prefix('/shop/a/x')], annotations: { 'kgateway.dev/route-weight': '1' } },
      want: ['LK402 Deny'],
    },
    { name: 'given back', old: { matches: [prefix('/shop/a/x')] }, now: { matches: [prefix('/shop/c')] }, want: [] },
  ])('$name', ({ old, now, want }) => {
    const codes = outcome(judge({ ...scene, old: childObject(old), judged: childObject(now) })).filter((line) => line.startsWith('LK402'))
    expect(codes).toEqual(want)
  })

  it('another victim is new', () => {
    const also = [...(scene.also ?? []), childObject({ namespace: 'late', name: 'late', parentRefs: null, matches: [prefix('/shop/a/x')] })]
    const parent = { backendRefs: [httpRoute('shop', '*'), httpRoute('web', '*'), httpRoute('late', '*')] }
    const both = { old: childObject({ matches: [prefix('/shop/a')] }), judged: childObject({ matches: [prefix('/shop/a/x/y')] }) }
    expect(outcome(judge({ parent, also, ...both })).filter((line) => line.startsWith('LK40'))).toEqual(['LK402 Deny'])
  })
})

describe('an update of a route whose match becomes, or no longer is, the same as what it takes from', () => {
  const OLDER = { metadata: { creationTimestamp: '2025-01-01T00:00:00Z' } }
  const YOUNGER = { metadata: { creationTimestamp: '2027-01-01T00:00:00Z' } }
  const theirs = { metadata: { creationTimestamp: '2026-01-01T00:00:00Z' } }
  const also = [
    childObject({ ...theirs, namespace: 'web', name: 'web', matches: [prefix('/shop/a', ENV)] }),
    childObject({ ...theirs, namespace: 'pay', name: 'pay', matches: [prefix('/shop/a/x', ENV)] }),
  ]
  const parent = { backendRefs: [httpRoute('shop', '*'), httpRoute('web', '*'), httpRoute('pay', '*')] }
  const anyEnv = prefix('/shop/a', { headers: [{ name: 'X-Env', type: 'RegularExpression', value: 'd.*' }] })
  const theSame = prefix('/shop/a', ENV)
  const weighty = { annotations: WEIGHT }

  it.each<Row>([
    {
      name: 'taken by age, now the same',
      old: { ...OLDER, matches: [anyEnv] },
      now: { ...OLDER, matches: [theSame] },
      want: ['LK403 Warn'],
    },
    {
      name: 'taken by weight, now the same',
      old: { ...YOUNGER, ...weighty, matches: [prefix('/shop')] },
      now: { ...YOUNGER, ...weighty, matches: [theSame] },
      want: ['LK403 Warn'],
    },
    {
      name: 'the same and older, now one method of it',
      old: { ...OLDER, matches: [theSame] },
      now: { ...OLDER, matches: [prefix('/shop/a', { ...ENV, method: 'GET' })] },
      want: ['LK402 Warn'],
    },
    {
      name: 'the same and older, now a part of it that nobody else asks for',
      old: { ...OLDER, matches: [theSame] },
      now: { ...OLDER, matches: [prefix('/shop/a/y', ENV)] },
      want: ['LK402 Warn'],
    },
    {
      name: 'the same and older, now with the weight it had anyway',
      old: { ...OLDER, ...weighty, matches: [theSame] },
      now: { ...OLDER, ...weighty, matches: [prefix('/shop/a', { ...ENV, method: 'GET' })] },
      want: ['LK402 Warn'],
    },
    {
      name: 'the same, another label',
      old: { ...YOUNGER, matches: [theSame] },
      now: { ...YOUNGER, matches: [theSame], labels: { team: 'cart' } },
      want: ['LK403 Warn'],
    },
    { name: 'nothing that a check reads', old: { ...YOUNGER, matches: [theSame] }, now: { ...OLDER, matches: [theSame] }, want: [] },
    {
      name: 'the same, other backends',
      old: { ...YOUNGER, matches: [theSame] },
      now: { ...YOUNGER, matches: [theSame], backendRefs: [{ name: 'green', port: 80 }] },
      want: ['LK403 Warn'],
    },
    {
      name: 'the same and younger, now one method of it: it ranks higher and takes what it lost',
      old: { ...YOUNGER, matches: [theSame] },
      now: { ...YOUNGER, matches: [prefix('/shop/a', { ...ENV, method: 'GET' })] },
      want: ['LK402 Deny'],
    },
    {
      name: 'the same and younger, now with a trailing slash: it ranks higher and takes what it lost',
      old: { ...YOUNGER, matches: [theSame] },
      now: { ...YOUNGER, matches: [prefix('/shop/a/', ENV)] },
      want: ['LK403 Deny'],
    },
    {
      name: 'the same, of ages that nobody knows, now one method of it',
      old: { matches: [theSame] },
      now: { matches: [prefix('/shop/a', { ...ENV, method: 'GET' })] },
      want: ['LK402 Deny'],
    },
    {
      name: 'the same, now for every value of the header',
      old: { ...OLDER, matches: [theSame] },
      now: { ...OLDER, matches: [anyEnv] },
      want: ['LK402 Deny'],
    },
    {
      name: 'the same, now with a weight',
      old: { ...OLDER, matches: [theSame] },
      now: { ...OLDER, ...weighty, matches: [prefix('/shop/a', { ...ENV, method: 'GET' })] },
      want: ['LK402 Deny'],
    },
    {
      name: 'the same as one of them, now of another',
      old: { ...OLDER, matches: [theSame] },
      now: { ...OLDER, matches: [prefix('/shop/a/x', ENV)] },
      want: ['LK403 Deny'],
    },
    {
      name: 'taken by age, now a part of it that is the same as another one’s',
      old: { ...OLDER, matches: [anyEnv] },
      now: { ...OLDER, matches: [prefix('/shop/a/x', ENV)] },
      want: ['LK403 Deny'],
    },
  ])('$name', ({ old, now, want }) => {
    const codes = outcome(judge({ parent, also, old: childObject(old), judged: childObject(now) }))
    expect(codes.filter((line) => line.startsWith('LK402') || line.startsWith('LK403'))).toEqual(want)
  })
})

describe('an update of a route that is attached to a Gateway', () => {
  const hostnames = ['example.com']
  const named = (...names: readonly string[]) => names.map((name) => ({ name, namespace: 'infra' }))
  const direct = { parentRefs: named('gateway'), hostnames, matches: [prefix('/shop/a')] }
  const TO_WEB = { backendRefs: [httpRoute('web', '*')] }

  it.each<Row>([
    { name: 'other backends', old: direct, now: { ...direct, backendRefs: [{ name: 'green', port: 80 }] }, want: ['LK301 Warn'] },
    { name: 'less of it', old: direct, now: { ...direct, matches: [prefix('/shop/a/b')] }, want: ['LK301 Warn'] },
    { name: 'more of it', old: direct, now: { ...direct, matches: [prefix('/shop')] }, want: ['LK301 Deny'] },
    {
      name: 'the same on another Gateway as well',
      old: direct,
      now: { ...direct, parentRefs: named('gateway', 'other') },
      scene: { parent: { ...TO_WEB, parentRefs: named('gateway', 'other') }, also: [gatewayObject('infra', 'other')] },
      want: ['LK301 Deny'],
    },
    {
      name: 'an invalid expression on another host as well',
      old: { ...direct, matches: [regex('/a(?=b)')] },
      now: { ...direct, matches: [regex('/a(?=b)')], hostnames: [...hostnames, 'other.example.com'] },
      want: ['LK105 Deny'],
    },
  ])('$name: $want', ({ old, now, scene, want }) => {
    const codes = outcome(judge({ parent: TO_WEB, ...scene, old: childObject(old), judged: childObject(now) }))
    expect(codes.filter((line) => line.startsWith('LK301') || line.startsWith('LK105'))).toEqual(want)
  })
})
