import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { inheritsMatcher, routeWeight } from '../src/delegation/annotations.ts'
import { budgetOf } from '../src/delegation/budget.ts'
import { effectiveMatch, type Grant, inheritedMatch } from '../src/delegation/effective.ts'
import { handOvers } from '../src/delegation/hand-over.ts'
import { type Dialect, type Gateway, type HttpMatch, type HttpRoute, nameOf, type Rule, type Witness } from '../src/delegation/route.ts'
import { consents, isReadBy, selectorOf, selects } from '../src/delegation/selection.ts'
import { type Entry, entriesOf } from '../src/delegation/table.ts'
import { View } from '../src/delegation/view.ts'
import { type Answer, answerOf } from '../src/delegation/winner.ts'
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
 * Who gets a request, by a slow definition: every way from every root is written down, the list is sorted by one key, and
 * the first that takes the request has it. `explain` answers with answerOf, `diff` with handOvers.
 */

const LONG = process.env['LANEKEEPER_LONG'] !== undefined
const RUNS = LONG ? 30_000 : 2_000
if (LONG) vi.setConfig({ testTimeout: 900_000 })

/** The regexes of these tests, each beside what it means. */
const REGEXES: Readonly<Record<string, (text: string) => boolean>> = {
  '/a/.*': (text) => text.startsWith('/a/'),
  '/a|/b/.*': (text) => text === '/a' || text.startsWith('/b/'),
  '.*': () => true,
  '/a/[ab]+': (text) => text.startsWith('/a/') && text.length > 3 && text.slice(3).replaceAll(/[ab]/g, '') === '',
  '/.*b': (text) => text.startsWith('/') && text.endsWith('b') && text.length > 1,
  '[12]': (text) => text === '1' || text === '2',
  '1.*': (text) => text.startsWith('1'),
}
const PATHS = ['/', '/a', '/a/', '/a/b', '/b', '/ab']
const PATH_REGEXES = ['/a/.*', '/a|/b/.*', '.*', '/a/[ab]+', '/.*b']

interface Way {
  readonly route: HttpRoute
  readonly root: HttpRoute
  readonly rule: number
  readonly match: number
  readonly effective: HttpMatch
  readonly above: readonly HttpRoute[]
  readonly outcome: string
  /** Only the nested dialect has some. */
  readonly group: readonly Way[] | undefined
}

function waysOf(all: readonly HttpRoute[], root: HttpRoute, dialect: Dialect): Way[] {
  const grow = (route: HttpRoute, rule: number, match: number, effective: HttpMatch, above: readonly HttpRoute[], up?: Grant): Way[] => {
    const grant: Grant = { granted: effective, up }
    const selectors = (route.rules[rule]?.backendRefs ?? []).flatMap((ref) => selectorOf(ref, route.namespace) ?? [])
    const way = { route, root, rule, match, effective, above, outcome: outcomeOf(route.rules[rule]), group: undefined }
    const read = selectors.filter((selector) => isReadBy(selector, dialect))
    if (read.length === 0) return [selectors.length > 0 ? { ...way, outcome: '500' } : way]
    const chosen = new Set<HttpRoute>()
    for (const selector of read) {
      const passed = [...above, route].some((object) => selects(selector, object) && consents(object, route))
      const refused = dialect === 'gloo' && selector.namespace === undefined && all.some(({ namespace }) => namespace === 'all')
      if (passed || refused) continue
      for (const child of all) {
        const mayReach = dialect !== 'agentgateway' || child.namespace === route.namespace || child.parentRefs.length > 0
        const fit = dialect === 'agentgateway' || child.hostnames.length === 0
        if (selects(selector, child) && consents(child, route) && mayReach && fit) chosen.add(child)
      }
    }
    const below = [...chosen].flatMap((child) =>
      child.rules.flatMap(({ matches }, at) => {
        const inherits = inheritsMatcher(child, dialect)
        const made = matches.map((own) => effectiveMatch(grant, own, dialect, inherits, budgetOf(1_000_000)))
        if (matches.length === 0 && inherits) made.push(inheritedMatch(effective))
        return made.flatMap((own, index) => {
          if (own.status === 'dead') return []
          const grown = grow(child, at, index, own.match, [...above, route], grant)
          return own.status === 'error' ? grown.map((each) => (each.route === child ? { ...each, outcome: '500' } : each)) : grown
        })
      }),
    )
    if (dialect === 'agentgateway') return [{ ...way, outcome: '404', group: below }]
    return below.length > 0 || dialect === 'gloo' ? below : [{ ...way, outcome: '500' }]
  }
  return root.rules.flatMap(({ matches }, rule) => matches.flatMap((effective, match) => grow(root, rule, match, effective, [])))
}

function outcomeOf(rule: Rule | undefined): string {
  const [ref] = rule?.backendRefs ?? []
  return ref === undefined ? '500' : ref.name
}

/** Smaller = first. */
function keyOf({ route, root, rule, match, effective }: Way, dialect: Dialect): (number | string)[] {
  const { path, method, headers, queryParams } = effective
  const text = path.type === 'RegularExpression'
  const asked = [method === undefined ? 1 : 0, -headers.length, -queryParams.length]
  if (dialect === 'agentgateway') {
    return [path.type === 'Exact' ? 0 : text ? 2 : 1, -path.value.length, ...asked, nameOf(route), rule, match]
  }
  const age = (object: HttpRoute) => object.created ?? Infinity
  return [
    -routeWeight(route),
    path.type === 'Exact' ? 0 : text ? 1 : 2,
    text ? 0 : -path.value.length,
    ...asked,
    age(root),
    nameOf(root),
    ...(dialect === 'kgateway' ? [age(route)] : []),
    nameOf(route),
    rule,
    match,
  ]
}

function byKey(ways: readonly Way[], dialect: Dialect): Way[] {
  const keyed = ways.map((way) => ({ way, key: keyOf(way, dialect) }))
  keyed.sort((a, b) => {
    for (const [index, x] of a.key.entries()) {
      const y = b.key[index]
      if (y !== undefined && x !== y) return x < y ? -1 : 1
    }
    return 0
  })
  return keyed.map(({ way }) => way)
}

function takes({ effective, route, above }: Way, request: Witness, dialect: Dialect): boolean {
  const { path, method, headers, queryParams } = effective
  if (above.length > 0 && route.hostnames.length > 0 && !route.hostnames.some((host) => hostTakes(host, request.host))) return false
  if (method !== undefined && method !== request.method) return false
  const holds = ({ type, value }: { type: string; value: string }, text: string | undefined) =>
    text !== undefined && (type === 'Exact' ? text === value : REGEXES[value]?.(text) === true)
  const sent = new Map(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]))
  if (!headers.every((each) => holds(each, sent.get(each.key)))) return false
  if (!queryParams.every((each) => holds(each, request.query[each.key]))) return false
  if (path.type === 'Exact') return request.path === path.value
  if (path.type === 'RegularExpression') return joinedRegexTakes(path.value, request.path)
  const bare = path.value.endsWith('/') ? path.value.slice(0, -1) : path.value
  return request.path.startsWith(`${bare}/`) || (request.path === bare && !(dialect === 'gloo' && bare !== path.value))
}

/** What a parent's path is joined to is made of this file's own regexes: here V8 may read them. */
function joinedRegexTakes(value: string, path: string): boolean {
  const known = REGEXES[value]
  if (known !== undefined) return known(path)
  return new RegExp(`^(?:${value})$`).test(path)
}

function hostTakes(pattern: string, host: string): boolean {
  return (
    pattern === '*' || pattern === host || (pattern.startsWith('*.') && host.endsWith(pattern.slice(1)) && host.length >= pattern.length)
  )
}

function specificity(pattern: string): number {
  return pattern === '*' ? 0 : pattern.startsWith('*') ? pattern.length : 1_000 + pattern.length
}

/** Everything on the one listener that the host leads to; its most specific host first. */
function slowAnswer(all: readonly HttpRoute[], gateway: Gateway, dialect: Dialect, port: number, request: Witness): string {
  const [listener] = gateway.listeners
    .filter((own) => own.port === port && hostTakes(own.hostname ?? '*', request.host))
    .sort((a, b) => specificity(b.hostname ?? '*') - specificity(a.hostname ?? '*'))
  if (listener === undefined) return '404'
  const byHost = new Map<string, Set<HttpRoute>>()
  for (const route of all) {
    if (!route.parentRefs.some((ref) => ref.kind === 'Gateway' && (ref.sectionName ?? listener.name) === listener.name)) continue
    const bound = listener.hostname ?? '*'
    for (const own of route.hostnames.length === 0 ? ['*'] : route.hostnames) {
      const [wide, narrow] = specificity(own) < specificity(bound) ? [own, bound] : [bound, own]
      const fits = wide === narrow || wide === '*' || (wide.startsWith('*.') && narrow.endsWith(wide.slice(1)))
      if (fits && hostTakes(narrow, request.host)) byHost.set(narrow, (byHost.get(narrow) ?? new Set()).add(route))
    }
  }
  const hosts = [...byHost.keys()].sort((a, b) => specificity(b) - specificity(a))
  for (const host of dialect === 'agentgateway' ? hosts : hosts.slice(0, 1)) {
    let ways = [...(byHost.get(host) ?? [])].flatMap((root) => waysOf(all, root, dialect))
    for (;;) {
      const first = byKey(ways, dialect).find((way) => takes(way, request, dialect))
      if (first === undefined) break
      if (first.group === undefined) return `${nameOf(first.route)} ${first.outcome}`
      if (!first.group.some((way) => takes(way, request, dialect))) return '404'
      ways = [...first.group]
    }
  }
  return '404'
}

function answerText({ winner }: Answer): string {
  if (winner === undefined) return '404'
  const { outcome, claimant } = winner
  return `${nameOf(claimant.route)} ${outcome.kind === 'backends' ? outcome.backends[0]?.name : '500'}`
}

function matches(): fc.Arbitrary<HttpMatch> {
  const path = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...PATHS).map((value) => ({ type: 'PathPrefix' as const, value })) },
    { weight: 1, arbitrary: fc.constantFrom(...PATHS).map(exact) },
    { weight: 1, arbitrary: fc.constantFrom(...PATH_REGEXES).map(regex) },
  )
  return fc
    .record({
      path,
      method: fc.option(fc.constantFrom('GET', 'POST'), { nil: undefined, freq: 2 }),
      headers: fc.oneof(
        { weight: 4, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.constantFrom('1', '2', '11').map((value) => [header('V', value)]) },
        { weight: 1, arbitrary: fc.constantFrom('[12]', '1.*').map((value) => [header('v', value, 'RegularExpression')]) },
      ),
      queryParams: fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.constant([queryParam('q', '1')]) }),
    })
    .map(({ path: at, ...rest }) => matchOf(at, rest))
}

const HOSTS = ['a.example.com', 'b.example.com', '*.example.com', 'x.example.com']

function routes(): fc.Arbitrary<HttpRoute> {
  const namespace = fc.constantFrom(undefined, 'p', 'q')
  const ref = fc.oneof(
    {
      weight: 2,
      arbitrary: fc
        .constantFrom('one', 'two')
        .map((name) => ({ group: '', kind: 'Service', namespace: undefined, name, weight: 1, filters: [] })),
    },
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom('r', 's', 't', '*'), namespace).map((args) => routeRef(...args)) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('delegation.kgateway.dev', 'delegation.gateway.solo.io'), fc.constantFrom('p', 'all'))
        .map(([group, ns]) => labelRef(group, 'v', ns)),
    },
  )
  const rule = fc
    .tuple(fc.array(matches(), { maxLength: 2 }), fc.array(ref, { maxLength: 1 }))
    .map(([own, backendRefs]): Rule => ruleOf(own, backendRefs))
  return fc
    .record({
      id: fc.constantFrom('p/r', 'p/s', 'p/t', 'q/r', 'q/s'),
      attached: fc.constantFrom(false, true, 'wide', 'narrow'),
      named: fc.constantFrom(undefined, undefined, 'p/r', 'q/s'),
      inherits: fc.boolean(),
      labelled: fc.boolean(),
      hostnames: fc.subarray(HOSTS, { maxLength: 2 }),
      created: fc.constantFrom(undefined, 1, 2, 3),
      weight: fc.constantFrom('0', '0', '0', '5'),
      rules: fc.array(rule, { minLength: 1, maxLength: 3 }),
    })
    .map(({ id, attached, named, inherits, labelled, hostnames, created, weight, rules }) => {
      const [ns = '', name = ''] = (named ?? '').split('/')
      const section = typeof attached === 'string' ? attached : undefined
      return routeOf(id, {
        parentRefs: [
          ...(attached === false ? [] : [{ ...gatewayParent('gw', 'p'), sectionName: section }]),
          ...(named === undefined ? [] : [routeParent(name, ns)]),
        ],
        annotations: new Map([
          ['kgateway.dev/route-weight', weight],
          ...(inherits
            ? ([
                ['delegation.kgateway.dev/inherit-parent-matcher', 'true'],
                ['delegation.gateway.solo.io/inherit-parent-matcher', 'true'],
              ] as const)
            : []),
        ]),
        labels: new Map(
          labelled
            ? [
                ['delegation.kgateway.dev/label', 'v'],
                ['delegation.gateway.solo.io/label', 'v'],
              ]
            : [],
        ),
        hostnames: attached === false && hostnames.length === 1 ? [] : hostnames,
        created,
        rules,
      })
    })
}

function trees(): fc.Arbitrary<HttpRoute[]> {
  return fc.uniqueArray(routes(), { selector: nameOf, minLength: 1, maxLength: 5 })
}

const LISTENERS = { all: undefined, wide: '*.example.com', narrow: 'a.example.com' } as const

function gateways(): fc.Arbitrary<Gateway> {
  return fc.subarray(['all', 'wide', 'narrow'] as const, { minLength: 1 }).map((names) =>
    gatewayOf(
      'p/gw',
      names.map((name) => listenerOf(name, { hostname: LISTENERS[name] })),
    ),
  )
}

function requests(): fc.Arbitrary<Witness[]> {
  const path = fc.oneof(
    fc.constantFrom(...PATHS, '/a/x', '/b/x', '/x', '/a/ab', '/xb', '/a/a/b', '/b/b', '/a/a/x'),
    fc.array(fc.constantFrom('/', 'a', 'b', 'x'), { maxLength: 5 }).map((rest) => `/${rest.join('')}`),
  )
  return fc.array(
    fc.record({
      method: fc.constantFrom('GET', 'POST', 'PUT'),
      host: fc.constantFrom('a.example.com', 'b.example.com', 'x.example.com', 'y.example.com', 'other.test'),
      path,
      headers: fc.constantFrom<Record<string, string>>({}, {}, { v: '1' }, { v: '2' }, { v: '11' }, { v: '12' }),
      query: fc.constantFrom<Record<string, string>>({}, {}, { q: '1' }),
    }),
    { minLength: 40, maxLength: 40 },
  )
}

const DIALECTS = ['kgateway', 'gloo', 'agentgateway'] as const

function viewOf(all: readonly HttpRoute[], gateway: Gateway): View {
  const view = new View('cluster')
  view.put({ kind: 'Gateway', value: gateway })
  for (const value of all) view.put({ kind: 'HTTPRoute', value })
  return view
}

function onlyEntry(all: readonly HttpRoute[], gateway: Gateway, dialect: Dialect): Entry {
  const { entries, complete } = entriesOf(viewOf(all, gateway), { dialect, weights: true })
  const [entry, ...others] = entries
  if (entry === undefined || others.length > 0 || !complete) throw new Error('not one whole entry')
  return entry
}

describe.each(DIALECTS)('%s', (dialect) => {
  it('gives each request to whom the slow definition gives it', () => {
    fc.assert(
      fc.property(trees(), gateways(), requests(), (all, gateway, asked) => {
        const entry = onlyEntry(all, gateway, dialect)
        for (const request of asked) {
          expect([request, answerText(answerOf(entry, request))]).toEqual([request, slowAnswer(all, gateway, dialect, 80, request)])
        }
      }),
      { numRuns: RUNS },
    )
  })

  it('reports a change for each request that changes hands, and none that does not', () => {
    fc.assert(
      fc.property(trees(), fc.option(routes(), { nil: undefined }), fc.nat(), gateways(), requests(), (all, added, at, gateway, asked) => {
        const replaced = added === undefined ? nameOf(all[at % all.length] ?? { namespace: '', name: '' }) : nameOf(added)
        const changed = [...all.filter((route) => nameOf(route) !== replaced), ...(added === undefined ? [] : [added])]
        const [before, after] = [all, changed].map((routesOf) => entriesOf(viewOf(routesOf, gateway), { dialect, weights: true }))
        if (before === undefined || after === undefined) throw new Error('unreachable')
        const { changes, complete } = handOvers(before, after)
        expect(complete).toBe(true)
        const reported = new Set<string>()
        for (const change of changes) {
          const [was, is] = [all, changed].map((each) => slowAnswer(each, gateway, dialect, 80, change.example))
          expect([change.example, answerText(change.before), answerText(change.after)]).toEqual([change.example, was, is])
          expect(was).not.toBe(is)
          reported.add(`${was} -> ${is}`)
        }
        const missed = asked.filter((request) => {
          const [was, is] = [all, changed].map((each) => slowAnswer(each, gateway, dialect, 80, request))
          return was !== is && !reported.has(`${was} -> ${is}`)
        })
        expect(missed).toEqual([])
      }),
      { numRuns: RUNS },
    )
  })
})
