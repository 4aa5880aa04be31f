import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { allowanceOf } from '../src/delegation/budget.ts'
import { claimsOf } from '../src/delegation/claim.ts'
import { hostsBelow } from '../src/delegation/hostname.ts'
import { lanesOf } from '../src/delegation/lane.ts'
import type {
  BackendRef,
  Dialect,
  HttpMatch,
  HttpRoute,
  Listener,
  ParentRef,
  PathMatch,
  Rule,
  ValueMatch,
} from '../src/delegation/route.ts'
import { View } from '../src/delegation/view.ts'
import {
  exact,
  gatewayOf,
  gatewayParent,
  header,
  labelRef,
  listenerOf,
  matchOf,
  queryParam,
  regex,
  routeOf,
  routeParent,
  routeRef,
  ruleOf,
} from './model-fixtures.ts'
import { join, livesOf, meet, type Programmed, type World } from './programmed-model.ts'

/** What the product programs, from a route up to its roots, is what the slow model programs from every root down. */

const LONG = process.env['LANEKEEPER_LONG'] !== undefined
const RUNS = LONG ? 80_000 : 8_000
if (LONG) vi.setConfig({ testTimeout: 600_000 })

const CONTROLLER = {
  kgateway: 'kgateway.dev/kgateway',
  gloo: 'solo.io/gloo-gateway',
  agentgateway: 'agentgateway.dev/agentgateway',
} as const

/** Rows of (route, rule, match, effective match, hosts) of every delegatee under every root. */
function model(world: World): Set<string> {
  const delegated = livesOf(world).lives.filter(({ above }) => above !== undefined)
  return new Set(
    delegated.map(({ root, route, rule, match, programmed, places }) =>
      render(root.gateway, route, rule, match, programmed, [...new Set(places.map(({ host }) => host))]),
    ),
  )
}

function render(
  gateway: string,
  route: HttpRoute,
  rule: number,
  match: number,
  { match: effective, broken }: Programmed,
  hosts: readonly string[],
): string {
  const values = (list: readonly ValueMatch[]) => list.map(({ name, type, value }) => `${name} ${type} ${value}`).sort()
  return JSON.stringify([
    gateway,
    `${route.namespace}/${route.name}`,
    rule,
    match,
    effective.path.type,
    effective.path.value,
    effective.method ?? '',
    values(effective.headers),
    values(effective.queryParams),
    broken,
    [...hosts].sort(),
  ])
}

// ---- the product

function viewOf(world: World): View {
  const view = new View('files')
  view.put({ kind: 'GatewayClass', value: { name: 'class', controllerName: CONTROLLER[world.dialect] } })
  for (const value of world.gateways) view.put({ kind: 'Gateway', value })
  for (const value of world.referenceGrants) view.put({ kind: 'ReferenceGrant', value })
  for (const value of world.routes) view.put({ kind: 'HTTPRoute', value })
  return view
}

function product(world: World): Set<string> {
  const rows = new Set<string>()
  const view = viewOf(world)
  // A Gateway that isn't in the view has no class to tell the dialect by.
  const rules = { dialect: world.dialect, isRootNamespace: () => false, sameOwner: () => false }
  for (const route of world.routes) {
    const { lanes, incomplete } = lanesOf(route, view, rules, allowanceOf(1_000_000))
    expect(incomplete).toBe('no')
    const served = lanes.filter(({ hosts }) => hostsBelow(hosts, route.hostnames, world.dialect) !== undefined)
    for (const { lane, rule, match, effective } of claimsOf(route, served, allowanceOf(1_000_000)).alive) {
      const { attachment } = lane.root
      if (attachment === undefined) continue
      const hosts = hostsBelow(lane.hosts, route.hostnames, world.dialect) ?? []
      const gateway = `${attachment.gateway.namespace}/${attachment.gateway.name}`
      rows.add(render(gateway, route, rule, match, { match: effective.match, broken: effective.status === 'error' }, hosts))
    }
  }
  return rows
}

// ---- random worlds

const NAMESPACES = ['p', 'q', 'all']
const NAMES = ['r', 's', 't']
const LABEL_KEYS = ['delegation.kgateway.dev/label', 'delegation.gateway.solo.io/label', 'team']
const VALUES = ['v', 'w']

function pathMatch(): fc.Arbitrary<PathMatch> {
  const value = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('/', '/a', '/a/', '/ab', '/a/b', '/b') },
    { weight: 3, arbitrary: fc.constantFrom('/', '/a') },
    {
      weight: 2,
      arbitrary: fc.constantFrom('/a/../b', '/../a', '../b', 'b', '/./a', '//a', '/a//', '', '..', '.', '/x|/b', '/a.*', '/%41'),
    },
    { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom('/', '/', 'a', '.', '..'), maxLength: 6 }) },
  )
  const type = fc.oneof(
    { weight: 4, arbitrary: fc.constant<PathMatch['type']>('PathPrefix') },
    { weight: 1, arbitrary: fc.constantFrom<PathMatch['type']>('Exact', 'RegularExpression') },
  )
  return fc.record({ type, value })
}

function httpMatch(): fc.Arbitrary<HttpMatch> {
  const type = fc.constantFrom<ValueMatch['type']>('Exact', 'RegularExpression')
  const rarely = <T>(arbitrary: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(arbitrary, { maxLength: 2 }) })
  return fc.record({
    path: pathMatch(),
    headers: rarely(fc.tuple(fc.constantFrom('x', 'X', 'y'), fc.constantFrom('1', '2'), type).map((args) => header(...args))),
    queryParams: rarely(fc.tuple(fc.constantFrom('q', 'Q'), fc.constantFrom('1', '2'), type).map((args) => queryParam(...args))),
    method: fc.constantFrom(undefined, undefined, undefined, undefined, undefined, undefined, 'GET', 'POST'),
  })
}

function backendRef(): fc.Arbitrary<BackendRef> {
  const namespace = fc.constantFrom(undefined, undefined, undefined, undefined, undefined, ...NAMESPACES)
  const ref = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...NAMES), namespace).map((args) => routeRef(...args)) },
    { weight: 2, arbitrary: namespace.map((target) => routeRef('*', target)) },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom('team=v', 'team=w', 'team='), namespace).map((args) => routeRef(...args)),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.constantFrom('delegation.kgateway.dev', 'delegation.gateway.solo.io', 'other'), fc.constantFrom(...VALUES), namespace)
        .map((args) => labelRef(...args)),
    },
    { weight: 1, arbitrary: fc.constantFrom(...NAMES).map((name) => ({ ...routeRef(name), group: '' })) },
  )
  return fc.tuple(ref, fc.constantFrom(1, 1, 1, 1, 5, 0)).map(([one, weight]) => ({ ...one, weight }))
}

function parentRefs(): fc.Arbitrary<readonly ParentRef[]> {
  const namespace = fc.constantFrom(undefined, ...NAMESPACES)
  const gateway = fc
    .tuple(
      fc.constantFrom('gw', 'gw', 'gw', 'gone'),
      fc.constantFrom(undefined, undefined, 'http', 'https'),
      fc.constantFrom(undefined, undefined, 80),
    )
    .map(([name, sectionName, port]) => ({ ...gatewayParent(name, 'p'), sectionName, port }))
  const parent = fc
    .tuple(fc.constantFrom(...NAMES), namespace)
    .map(([name, of]) => ({ ...routeParent(name, of), sectionName: 'ignored', port: 1 }))
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.array(gateway, { minLength: 1, maxLength: 2 }) },
    { weight: 2, arbitrary: fc.array(parent, { minLength: 1, maxLength: 2 }) },
    { weight: 1, arbitrary: fc.tuple(gateway, parent).map((both) => [...both]) },
  )
}

function httpRoute(): fc.Arbitrary<HttpRoute> {
  const rule: fc.Arbitrary<Rule> = fc
    .record({
      matches: fc.oneof(
        { weight: 6, arbitrary: fc.array(httpMatch(), { minLength: 1, maxLength: 2 }) },
        { weight: 1, arbitrary: fc.constant([]) },
      ),
      backendRefs: fc.array(backendRef(), { minLength: 1, maxLength: 3, size: 'max' }),
    })
    .map(({ matches, backendRefs }) => ruleOf(matches, backendRefs))
  const entries = (keys: readonly string[], values: readonly string[]) =>
    fc.array(fc.tuple(fc.constantFrom(...keys), fc.constantFrom(...values)), { maxLength: 2 }).map((pairs) => new Map(pairs))
  return fc
    .record({
      namespace: fc.constantFrom('p', 'p', 'p', 'q', 'all'),
      name: fc.constantFrom(...NAMES),
      labels: entries(LABEL_KEYS, VALUES),
      annotations: entries(
        ['delegation.kgateway.dev/inherit-parent-matcher', 'delegation.gateway.solo.io/inherit-parent-matcher'],
        ['true', 'Yes', 'ENABLED', 'false', ' true'],
      ),
      parentRefs: parentRefs(),
      hostnames: fc.oneof(
        { weight: 4, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.constantFrom(['a.x'], ['*.x', 'y'], ['*.a.x']) },
      ),
      rules: fc.array(rule, { minLength: 1, maxLength: 2 }),
    })
    .map((fields) => routeOf('/', fields))
}

function listener(name: string, port: number, hostname: string | undefined): Listener {
  return listenerOf(name, { port, hostname })
}

/** What a path without a slash in front means to a gateway that joins nothing is nobody's business. */
function withLegalPaths(route: HttpRoute): HttpRoute {
  const legal = ({ type, value }: PathMatch) => ({ type, value: value.startsWith('/') ? value : `/${value}` })
  return {
    ...route,
    rules: route.rules.map((rule) => ({ ...rule, matches: rule.matches.map((match) => ({ ...match, path: legal(match.path) })) })),
  }
}

function worldOf(dialect: Dialect): fc.Arbitrary<World> {
  const listeners = fc
    .tuple(fc.constantFrom(undefined, '*.x', 'a.x'), fc.constantFrom(undefined, 'y', '*.a.x'))
    .map(([http, https]) => [listener('http', 80, http), listener('https', 443, https)])
  const grant = fc.record({
    namespace: fc.constantFrom(...NAMESPACES),
    from: fc.constantFrom(...NAMESPACES),
    to: fc.constantFrom(undefined, ...NAMES),
  })
  return fc
    .record({
      routes: fc.uniqueArray(httpRoute(), {
        minLength: 2,
        maxLength: 6,
        size: 'max',
        selector: ({ namespace, name }) => `${namespace}/${name}`,
      }),
      listeners,
      grants: fc.array(grant, { maxLength: 2 }),
    })
    .map(({ routes, listeners: of, grants }) => ({
      dialect,
      // A root without delegation tells nothing: make the first route one that is on the Gateway.
      routes: routes
        .map(dialect === 'agentgateway' ? withLegalPaths : (route) => route)
        .map((route, i) => (i === 0 ? { ...route, parentRefs: [gatewayParent('gw', 'p'), ...route.parentRefs] } : route)),
      gateways: [gatewayOf('p/gw', of)],
      referenceGrants: grants.map(({ namespace, from, to }, i) => ({
        namespace,
        name: `grant-${i}`,
        from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: from }],
        to: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: to }],
      })),
    }))
}

describe.each(['kgateway', 'gloo', 'agentgateway'] as const)('%s', (dialect) => {
  it('programs from below what the model programs from above', () => {
    let rows = 0
    fc.assert(
      fc.property(worldOf(dialect), (world) => {
        const expected = model(world)
        rows += expected.size
        expect([...product(world)].sort()).toEqual([...expected].sort())
      }),
      { numRuns: RUNS },
    )
    // Worlds in which nothing is delegated would agree on nothing.
    expect(rows).toBeGreaterThan(RUNS / 4)
  })
})

/** A chain root → middle → leaf on a Gateway, of agentgateway. */
function chain(root: HttpRoute['rules'], middle: Partial<HttpRoute>, leaf: Partial<HttpRoute>): World {
  return {
    dialect: 'agentgateway',
    routes: [
      routeOf('p/root', { parentRefs: [gatewayParent('gw')], rules: root }),
      routeOf('p/middle', { parentRefs: [routeParent('root')], ...middle }),
      routeOf('p/leaf', { parentRefs: [routeParent('middle')], ...leaf }),
    ],
    gateways: [gatewayOf('p/gw')],
    referenceGrants: [],
  }
}

describe('chains and references', () => {
  const grandchild = chain(
    [ruleOf(['/a'], [routeRef('middle')])],
    { rules: [ruleOf(['/'], [routeRef('leaf')])] },
    { rules: [ruleOf(['/b'])] },
  )
  const narrowed = chain(
    [ruleOf(['/'], [routeRef('middle')])],
    { hostnames: ['a.x'], rules: [ruleOf(['/'], [routeRef('leaf')])] },
    { rules: [ruleOf(['/b'])] },
  )

  it('a grandchild outside what its grandparent grants is dead', () => {
    expect(product(grandchild)).toEqual(model(grandchild))
  })

  it('hostnames on a delegatee narrow its hosts', () => {
    expect(product(narrowed)).toEqual(model(narrowed))
  })

  // Messages write both references alike, and by that text the walk takes them for one.
  const writtenAlike: World = {
    ...narrowed,
    routes: [
      routeOf('p/root', {
        parentRefs: [gatewayParent('gw')],
        rules: [ruleOf(['/'], [labelRef('delegation.kgateway.dev', 'v'), routeRef('delegation.kgateway.dev/label=v')])],
      }),
      routeOf('p/child', { labels: new Map([['delegation.kgateway.dev/label', 'v']]), rules: [ruleOf(['/a'])] }),
    ],
  }

  it('a label reference of another dialect hides none of key=value', () => {
    expect(product(writtenAlike)).toEqual(model(writtenAlike))
  })

  const label = 'delegation.gateway.solo.io/label'
  const everywhere: World = {
    ...narrowed,
    dialect: 'gloo',
    routes: [
      routeOf('p/root', {
        parentRefs: [gatewayParent('gw')],
        rules: [ruleOf(['/'], [labelRef('delegation.gateway.solo.io', 'v', 'all')])],
      }),
      routeOf('q/child', { labels: new Map([[label, 'v']]), rules: [ruleOf(['/a'])] }),
      routeOf('all/other', { rules: [ruleOf(['/a'])] }),
    ],
  }

  it('gloo refuses a reference to namespace all where one is called so', () => {
    expect(product(everywhere)).toEqual(model(everywhere))
  })
})

describe('the model of path.Join', () => {
  it.each([
    ['a', 'b', 'a/b'],
    ['a', '', 'a'],
    ['', 'b', 'b'],
    ['/', 'a', '/a'],
    ['/', '', '/'],
    ['a/', 'b', 'a/b'],
    ['', '', ''],
    ['/a', '/../payments/.*', '/payments/.*'],
    ['/a', '../../b', '/b'],
    ['a', '../..', '..'],
  ])('%j and %j make %j', (a, b, expected) => {
    expect(join(a, b)).toBe(expected)
  })

  it('finds a match', () => {
    expect(meet([matchOf('/a/'), matchOf('/a')])).toBe(true)
    expect(meet([matchOf('/a'), matchOf('/ab')])).toBe(false)
    expect(meet([matchOf(regex('/a.*')), matchOf('/ab/c'), matchOf('/')])).toBe(true)
    expect(meet([matchOf(regex('/x|/b')), matchOf('/b/c')])).toBe(false)
    expect(meet([matchOf(regex('/.')), matchOf('/b'), matchOf(exact('/b'))])).toBe(true)
    expect(meet([matchOf(regex('.*')), matchOf(regex('/.*b'))])).toBe(true)
    expect(meet([matchOf(regex('.*a')), matchOf(regex('/.*b'))])).toBe(false)
  })
})
