import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { handOvers } from '../src/delegation/hand-over.ts'
import { type Dialect, type Gateway, type HttpMatch, type HttpRoute, nameOf, type Rule, type Witness } from '../src/delegation/route.ts'
import { type Entries, entriesOf } from '../src/delegation/table.ts'
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
import { requestLike, tablesOf } from './winner-model.ts'

/**
 * Who gets a request, against the slow model: everything that is programmed in one sorted list, and the first that takes it.
 * `explain` answers with answerOf, `diff` with handOvers.
 */

const LONG = process.env['LANEKEEPER_LONG'] !== undefined
const RUNS = LONG ? 30_000 : 2_000
if (LONG) vi.setConfig({ testTimeout: 900_000 })

const PATHS = ['/', '/a', '/a/', '/a/b', '/b', '/ab']
/** Of the pieces that the slow model knows. */
const PATH_REGEXES = ['/a/.*', '/a|/b/.*', '.*', '/a/..*', '/.*b']

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

function entriesFor(all: readonly HttpRoute[], gateway: Gateway, dialect: Dialect): Entries {
  const view = new View('cluster')
  view.put({ kind: 'Gateway', value: gateway })
  for (const value of all) view.put({ kind: 'HTTPRoute', value })
  return entriesOf(view, { dialect, weights: true })
}

/** Who gets a request on port 80, as answerText says it. */
function slowAnswers(all: readonly HttpRoute[], gateway: Gateway, dialect: Dialect): (request: Witness) => string {
  const { winners } = tablesOf({ dialect, routes: all, gateways: [gateway], referenceGrants: [] })
  return (request) => {
    // gloo leaves open which of two children is first: its harness, and so the product, goes by the name.
    const [row] = winners(requestLike(request, { gateway: nameOf(gateway), port: 80 })).toSorted((a, b) =>
      compareNames(a.life.route, b.life.route),
    )
    if (row === undefined) return '404'
    const { route, rule } = row.life
    const [ref] = route.rules[rule]?.backendRefs ?? []
    return `${nameOf(route)} ${row.answer === 'route' && ref?.kind === 'Service' ? ref.name : '500'}`
  }
}

function compareNames(a: HttpRoute, b: HttpRoute): number {
  return nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0
}

describe.each(DIALECTS)('%s', (dialect) => {
  it('gives each request to whom the slow model gives it', () => {
    let served = 0
    fc.assert(
      fc.property(trees(), gateways(), requests(), (all, gateway, asked) => {
        const { entries, complete } = entriesFor(all, gateway, dialect)
        const [entry, ...others] = entries
        if (entry === undefined || others.length > 0 || !complete) throw new Error('not one whole entry')
        const slowAnswer = slowAnswers(all, gateway, dialect)
        for (const request of asked) {
          const expected = slowAnswer(request)
          if (expected !== '404') served++
          expect([request, answerText(answerOf(entry, request))]).toEqual([request, expected])
        }
      }),
      { numRuns: RUNS },
    )
    expect(served).toBeGreaterThan(RUNS)
  })

  it('reports a change for each request that changes hands, and none that does not', () => {
    let reports = 0
    fc.assert(
      fc.property(trees(), fc.option(routes(), { nil: undefined }), fc.nat(), gateways(), requests(), (all, added, at, gateway, asked) => {
        const replaced = added === undefined ? nameOf(all[at % all.length] ?? { namespace: '', name: '' }) : nameOf(added)
        const changed = [...all.filter((route) => nameOf(route) !== replaced), ...(added === undefined ? [] : [added])]
        const { changes, complete } = handOvers(entriesFor(all, gateway, dialect), entriesFor(changed, gateway, dialect))
        expect(complete).toBe(true)
        const [before, after] = [slowAnswers(all, gateway, dialect), slowAnswers(changed, gateway, dialect)]
        const reported = new Set<string>()
        for (const change of changes) {
          const [was, is] = [before(change.example), after(change.example)]
          expect([change.example, answerText(change.before), answerText(change.after)]).toEqual([change.example, was, is])
          expect(was).not.toBe(is)
          reported.add(`${was} -> ${is}`)
        }
        reports += reported.size
        const missed = asked.filter((request) => {
          const [was, is] = [before(request), after(request)]
          return was !== is && !reported.has(`${was} -> ${is}`)
        })
        expect(missed).toEqual([])
      }),
      { numRuns: RUNS },
    )
    expect(reports).toBeGreaterThan(RUNS / 4)
  })
})
