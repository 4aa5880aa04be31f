import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { allowanceOf } from '../src/delegation/budget.ts'
import { claimsOf } from '../src/delegation/claim.ts'
import { hostsBelow } from '../src/delegation/hostname.ts'
import { lanesOf } from '../src/delegation/lane.ts'
import type {
  BackendRef,
  Dialect,
  Gateway,
  HttpMatch,
  HttpRoute,
  Listener,
  ParentRef,
  PathMatch,
  ReferenceGrant,
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

/**
 * What gateways program, computed the slow way: from every root down, one rule after the other, with nothing shared with the product
 * but the shape of its input. The product goes the other way, from a route up to its roots. Left out of the model: gloo editing an
 * inheriting child in place under several selecting parents (its table depends on the order of translation), listeners'
 * allowedRoutes.
 */

const LONG = process.env['LANEKEEPER_LONG'] !== undefined
const RUNS = LONG ? 80_000 : 8_000
if (LONG) vi.setConfig({ testTimeout: 600_000 })

interface World {
  readonly dialect: Dialect
  readonly routes: readonly HttpRoute[]
  readonly gateways: readonly Gateway[]
  readonly referenceGrants: readonly ReferenceGrant[]
}

const CONTROLLER = {
  kgateway: 'kgateway.dev/kgateway',
  gloo: 'solo.io/gloo-gateway',
  agentgateway: 'agentgateway.dev/agentgateway',
} as const

// ---- the model

/** Go's path.Clean as its documentation puts it: rewriting until no rule applies. */
function clean(path: string): string {
  const rules: readonly (readonly [RegExp, string])[] = [
    // 1. Replace multiple slashes with a single slash.
    [/\/\/+/, '/'],
    // 2. Eliminate each . path name element.
    [/(^|\/)\.(\/|$)/, '$1'],
    // 3. Eliminate each inner .. element along with the non-.. element that precedes it.
    [/(^|\/)(?!\.\.(?:\/|$))[^/]+\/\.\.(\/|$)/, '$1'],
    // 4. Eliminate .. elements that begin a rooted path.
    [/^\/\.\.(\/|$)/, '/'],
    // The result ends in a slash only if it is the root.
    [/(.)\/$/, '$1'],
  ]
  let now = path
  for (;;) {
    const rule = rules.find(([pattern]) => pattern.test(now))
    if (rule === undefined) return now === '' ? '.' : now
    now = now.replace(rule[0], rule[1])
  }
}

function join(...elements: readonly string[]): string {
  const written = elements.filter((element) => element !== '')
  return written.length === 0 ? '' : clean(written.join('/'))
}

function inherits(route: HttpRoute, dialect: Dialect): boolean {
  const key = {
    kgateway: 'delegation.kgateway.dev/inherit-parent-matcher',
    gloo: 'delegation.gateway.solo.io/inherit-parent-matcher',
    agentgateway: 'none',
  }[dialect]
  return /^(true|yes|enabled)$/i.test(route.annotations.get(key) ?? '')
}

interface Programmed {
  readonly match: HttpMatch
  /** Answered with a 500. */
  readonly broken: boolean
}

function program(parent: HttpMatch, child: HttpMatch, inherit: boolean, dialect: Dialect): Programmed | undefined {
  if (inherit) {
    const byName = (own: readonly ValueMatch[], above: readonly ValueMatch[]) => {
      const kept = own.filter(({ name }) => !above.some((other) => other.name === name))
      return [...kept, ...above]
    }
    const value = join(parent.path.value, child.path.value)
    const match = {
      path: { type: child.path.type, value },
      headers: byName(child.headers, parent.headers),
      queryParams: byName(child.queryParams, parent.queryParams),
      method: parent.method === undefined ? child.method : parent.method,
    }
    return { match, broken: dialect === 'kgateway' && child.path.type !== 'RegularExpression' && !isLegal(value) }
  }
  const has = (own: readonly ValueMatch[], all: readonly ValueMatch[]) => {
    const spelt = own.map(({ name, type, value }) => JSON.stringify([name, type, value]))
    return all.every(({ name, type, value }) => spelt.includes(JSON.stringify([name, type, value])))
  }
  const survives =
    parent.path.type === 'PathPrefix' &&
    child.path.value.indexOf(parent.path.value) === 0 &&
    has(child.headers, parent.headers) &&
    has(child.queryParams, parent.queryParams) &&
    (parent.method === undefined || parent.method === child.method)
  return survives ? { match: child, broken: false } : undefined
}

function isLegal(value: string): boolean {
  const plain = value.replaceAll(/%[0-9A-Fa-f][0-9A-Fa-f]/g, '')
  return (
    value.startsWith('/') &&
    Array.from(plain).every((character) => /[A-Za-z0-9]/.test(character) || "-._~!$&'()*+,;=:@/".includes(character))
  )
}

/** Whether some request can be in all: by their paths together where at most one is a regex, two by two else. */
function meet(matches: readonly HttpMatch[]): boolean {
  const paths = matches.map(({ path }) => path)
  const together = paths.filter(({ type }) => type === 'RegularExpression').length <= 1
  const pathsMeet = together ? haveCommonPath(paths) : paths.every((a, i) => paths.slice(i + 1).every((b) => haveCommonPath([a, b])))
  const clash = (x: readonly ValueMatch[], y: readonly ValueMatch[]) =>
    x.some((one) => y.some((two) => one.key === two.key && one.type === 'Exact' && two.type === 'Exact' && one.value !== two.value))
  const clashes = matches.some((a, i) =>
    matches.slice(i + 1).some((b) => clash(a.headers, b.headers) || clash(a.queryParams, b.queryParams)),
  )
  return pathsMeet && !clashes && new Set(matches.flatMap(({ method }) => method ?? [])).size <= 1
}

/** A text to match, piece by piece: a character, any one character, or any number of any. */
type Piece = { readonly is: string } | 'one' | 'many'

/** The texts a path match takes; of regexes what the worlds have: `|`, `.` and `.*`. */
function textsOf({ type, value }: PathMatch): Piece[][] {
  const literal = (text: string): Piece[] => Array.from(text, (is) => ({ is }))
  if (type === 'Exact') return [literal(value)]
  if (type === 'PathPrefix') {
    const prefix = value.replace(/\/+$/, '')
    return [...(prefix === '' ? [] : [literal(prefix)]), [...literal(`${prefix}/`), 'many']]
  }
  const pieces = (text: string) => text.match(/\.\*|[^]/g) ?? []
  return value
    .split('|')
    .map((text) => pieces(text).map((piece): Piece => (piece === '.*' ? 'many' : piece === '.' ? 'one' : { is: piece })))
}

function haveCommonPath(paths: readonly PathMatch[]): boolean {
  const choices = paths.reduce<Piece[][][]>((chosen, path) => chosen.flatMap((some) => textsOf(path).map((text) => [...some, text])), [[]])
  return choices.some(haveCommonText)
}

function haveCommonText(texts: readonly (readonly Piece[])[]): boolean {
  const open = texts.findIndex(([first]) => first === 'many')
  const without = (index: number) => texts.map((text, at) => (at === index ? text.slice(1) : text))
  if (open >= 0 && haveCommonText(without(open))) return true
  // From here on whoever may take any number takes the next character.
  const heads = texts.map(([first]) => first)
  if (heads.includes(undefined)) return heads.every((head) => head === undefined)
  const characters = new Set(heads.flatMap((head) => (typeof head === 'object' ? [head.is] : [])))
  if (characters.size > 1 || heads.every((head) => head === 'many')) return false
  return haveCommonText(texts.map((text) => (text[0] === 'many' ? text : text.slice(1))))
}

function selected(world: World, ref: BackendRef, parent: HttpRoute): HttpRoute[] {
  const { dialect, routes } = world
  const namespace = ref.namespace ?? parent.namespace
  const here = routes.filter((route) => route.namespace === namespace)
  let found: readonly HttpRoute[] = []
  const labelGroup = { kgateway: 'delegation.kgateway.dev', gloo: 'delegation.gateway.solo.io', agentgateway: 'none' }[dialect]
  if (dialect === 'agentgateway' && ref.weight === 0) return []
  if (ref.group === 'gateway.networking.k8s.io' && ref.kind === 'HTTPRoute') {
    const pair = /^([^=]+)=(.*)$/.exec(ref.name)
    if (ref.name === '*') found = here
    else if (pair !== null) found = dialect === 'agentgateway' ? here.filter((route) => route.labels.get(pair[1] ?? '') === pair[2]) : []
    else found = here.filter((route) => route.name === ref.name)
  } else if (ref.group === labelGroup && ref.kind === 'label') {
    const isRefused = dialect === 'gloo' && namespace === 'all' && here.length > 0
    found = (isRefused ? [] : namespace === 'all' ? routes : here).filter((route) => route.labels.get(`${labelGroup}/label`) === ref.name)
  }
  return found.filter((child) => agrees(child, parent))
}

function agrees(child: HttpRoute, parent: HttpRoute): boolean {
  if (child.parentRefs.length === 0) return true
  return child.parentRefs.some(
    (ref) =>
      ref.group === 'gateway.networking.k8s.io' &&
      ref.kind === 'HTTPRoute' &&
      ref.name === parent.name &&
      (ref.namespace ?? child.namespace) === parent.namespace,
  )
}

function isReferenceAllowed(world: World, parent: HttpRoute, child: HttpRoute): boolean {
  if (world.dialect !== 'agentgateway' || child.namespace === parent.namespace || child.parentRefs.length > 0) return true
  return world.referenceGrants.some(
    ({ namespace, from, to }) =>
      namespace === child.namespace &&
      from.some((entry) => entry.kind === 'HTTPRoute' && entry.namespace === parent.namespace) &&
      to.some((entry) => entry.kind === 'HTTPRoute' && (entry.name ?? child.name) === child.name),
  )
}

/** Hosts two patterns share, decided on the patterns of a world: `*` or names with at most one `*.` in front. */
function sharedHost(a: string, b: string): string | undefined {
  if (a === '*' || a === b) return b
  if (b === '*') return a
  const above = (wild: string, other: string) => wild.startsWith('*.') && other.replace('*.', '').endsWith(`.${wild.slice(2)}`)
  if (above(a, b)) return b
  return above(b, a) ? a : undefined
}

function rootsOf(world: World): { route: HttpRoute; gateway: string; hosts: readonly string[] }[] {
  return world.routes.flatMap((route) => {
    const names = new Set(
      route.parentRefs.filter(({ kind }) => kind === 'Gateway').map((ref) => `${ref.namespace ?? route.namespace}/${ref.name}`),
    )
    return [...names].map((gateway) => {
      const known = world.gateways.find(({ namespace, name }) => `${namespace}/${name}` === gateway)
      const own = route.hostnames.length > 0 ? route.hostnames : ['*']
      const refs = route.parentRefs.filter((ref) => ref.kind === 'Gateway' && `${ref.namespace ?? route.namespace}/${ref.name}` === gateway)
      const listeners = (known?.listeners ?? []).filter((listener) =>
        refs.some(({ sectionName, port }) => (sectionName ?? listener.name) === listener.name && (port ?? listener.port) === listener.port),
      )
      const patterns = known === undefined ? ['*'] : listeners.map(({ hostname }) => hostname ?? '*')
      const hosts = patterns.flatMap((pattern) => own.map((host) => sharedHost(pattern, host)).filter((host) => host !== undefined))
      return { route, gateway, hosts: [...new Set(hosts)] }
    })
  })
}

/** Rows of (route, rule, match, effective match, hosts) of every delegatee under every root. */
function model(world: World): Set<string> {
  const rows = new Set<string>()
  for (const root of rootsOf(world)) {
    for (const [rule, { matches, backendRefs }] of root.route.rules.entries()) {
      for (const [match, granted] of matches.entries()) {
        descend({ route: root.route, rule, match, refs: backendRefs, granted, above: [], way: [root.route], hosts: root.hosts })
      }
    }
    function descend(at: {
      route: HttpRoute
      rule: number
      match: number
      refs: readonly BackendRef[]
      granted: HttpMatch
      above: readonly HttpMatch[]
      way: readonly HttpRoute[]
      hosts: readonly string[]
    }): void {
      for (const ref of at.refs) {
        const children = selected(world, ref, at.route)
        if (children.some((child) => at.way.includes(child))) continue
        for (const child of children) {
          if (isReferenceAllowed(world, at.route, child)) visit(at, child)
        }
      }
    }
    function visit(at: Parameters<typeof descend>[0], child: HttpRoute): void {
      const { dialect } = world
      if (dialect !== 'agentgateway' && child.hostnames.length > 0) return
      const inherit = inherits(child, dialect)
      let hosts = at.hosts
      if (child.hostnames.length > 0) {
        hosts = hosts.flatMap((host) => child.hostnames.map((own) => sharedHost(host, own)).filter((shared) => shared !== undefined))
        hosts = [...new Set(hosts)]
        if (hosts.length === 0 && at.hosts.length > 0) return
      }
      const above = [...at.above, at.granted]
      for (const [rule, { matches, backendRefs }] of child.rules.entries()) {
        const written: readonly (HttpMatch | undefined)[] = matches.length === 0 && inherit ? [undefined] : matches
        for (const [match, own] of written.entries()) {
          const programmed = programmedUnder(own, above)
          if (programmed === undefined) continue
          rows.add(render(root.gateway, child, rule, match, programmed, hosts))
          // Whether a literal that is no path is passed on was not observed: a guard has to take it to be.
          descend({ route: child, rule, match, refs: backendRefs, granted: programmed.match, above, way: [...at.way, child], hosts })
        }
      }
      function programmedUnder(own: HttpMatch | undefined, grants: readonly HttpMatch[]): Programmed | undefined {
        if (own === undefined) return { match: at.granted, broken: false }
        if (dialect !== 'agentgateway') return program(at.granted, own, inherit, dialect)
        return meet([...grants, own]) ? { match: own, broken: false } : undefined
      }
    }
  }
  return rows
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
  })
})
