import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { exact, gatewayParent, header, matchOf, regex, routeOf, routeParent, routeRef, ruleOf } from '../../test/model-fixtures.ts'
import { clusterOf, rowAt, rowsOf, rulesFor } from '../../test/row-fixtures.ts'
import { allowanceOf, STEPS_PER_OBJECT } from './budget.ts'
import { type Claimant, grantsAbove } from './claimant.ts'
import { type Conflict, type ConflictRules, Contest } from './conflict.ts'
import { matchesRequest } from './request.ts'
import { type Dialect, type HttpMatch, type HttpRoute, nameOf } from './route.ts'

const LONG = process.env['LANEKEEPER_LONG'] !== undefined
const RUNS = LONG ? 20_000 : 1_000
if (LONG) vi.setConfig({ testTimeout: 600_000 })

const PARENT = [routeParent('root', 'infra')]
const ON_GATEWAY = [gatewayParent('gw', 'infra')]

/** One lane /s for one, two and three. */
function shared(...children: readonly HttpRoute[]): HttpRoute[] {
  const refs = ['one', 'two', 'three'].map((namespace) => routeRef('*', namespace))
  return [routeOf('infra/root', { parentRefs: ON_GATEWAY, hostnames: ['a.x'], rules: [ruleOf(['/s'], refs)] }), ...children]
}

function child(id: string, ...matches: (HttpMatch | string)[]): HttpRoute {
  return routeOf(id, { parentRefs: PARENT, rules: [ruleOf(matches)] })
}

function direct(id: string, hostnames: readonly string[], ...matches: (HttpMatch | string)[]): HttpRoute {
  return routeOf(id, { parentRefs: ON_GATEWAY, hostnames, rules: [ruleOf(matches)] })
}

function conflictsIn(
  routes: readonly HttpRoute[],
  place: string,
  dialect: Dialect = 'kgateway',
  rules: Partial<ConflictRules> = {},
): Conflict[] {
  const view = clusterOf(routes)
  const rows = rowsOf(view, dialect)
  const claimant = rowAt(rows, place)
  const met = rows.filter(({ route }) => nameOf(route) !== nameOf(claimant.route))
  return new Contest(view, { ...rulesFor(dialect), ...rules }, allowanceOf(STEPS_PER_OBJECT)).conflictsOf(claimant, met)
}

/** `incumbent two/x trusted` */
function said({ kind, other, same, trusted, isRefinement }: Conflict): string {
  const words = [kind, nameOf(other.route), same && 'same', trusted && 'trusted', isRefinement && 'refinement']
  return words.filter((word) => word !== false).join(' ')
}

describe('in one lane', () => {
  it.each<readonly [name: string, routes: readonly HttpRoute[], said: readonly string[]]>([
    ['the same match', shared(child('one/x', '/s/a'), child('two/x', '/s/a')), ['incumbent two/x same trusted']],
    ['a longer path', shared(child('one/x', '/s/a/b'), child('two/x', '/s/a')), ['incumbent two/x trusted']],
    ['a longer path in all of the lane', shared(child('one/x', '/s/a'), child('two/x', '/s')), ['incumbent two/x trusted refinement']],
    ['a regex in all of the lane', shared(child('one/x', matchOf(regex('/s/a.*'))), child('two/x', '/s')), ['incumbent two/x trusted']],
    ['a shorter path', shared(child('one/x', '/s'), child('two/x', '/s/a')), []],
    ['another path', shared(child('one/x', '/s/b'), child('two/x', '/s/a')), []],
    [
      'several victims',
      shared(child('one/x', '/s/a/b'), child('two/x', '/s/a'), child('three/x', matchOf('/s/a', { method: 'GET' }))),
      ['incumbent three/x trusted', 'incumbent two/x trusted'],
    ],
    [
      'an own route ahead of it',
      shared(child('one/x', '/s/a/b'), child('one/y', matchOf(exact('/s/a/b')), '/s/a/b'), child('two/x', '/s/a')),
      [],
    ],
  ])('%s', (_, routes, want) => {
    expect(conflictsIn(routes, 'one/x 0.0').map(said).sort()).toEqual(want)
  })

  it('who came later neither is taken from nor excuses', () => {
    const routes = shared(child('one/x', '/s/a/b'), child('one/y', '/s/a/b'), child('two/x', '/s/a'))
    expect(conflictsIn(routes, 'one/x 0.0', 'kgateway', { isIncumbent: ({ namespace }) => namespace !== 'two' })).toEqual([])
    const later = { isIncumbent: ({ namespace }: HttpRoute) => namespace === 'two' }
    expect(conflictsIn(routes, 'one/x 0.0', 'kgateway', later).map(said)).toEqual(['incumbent two/x trusted'])
  })
})

describe('attached directly', () => {
  const ROOT = routeOf('infra/root', {
    parentRefs: ON_GATEWAY,
    hostnames: ['a.x'],
    rules: [ruleOf(['/s'], [routeRef('*', 'two')]), ruleOf(['/own'], [routeRef('*', 'one')]), ruleOf(['/ui', '/'])],
  })
  it.each<readonly [name: string, route: HttpRoute, said: readonly string[]]>([
    ['in a lane', direct('one/x', ['a.x'], '/s/a'), ['grant infra/root trusted']],
    ['all of a lane', direct('one/x', ['a.x'], '/s'), ['grant infra/root same trusted']],
    ['in its own lane', direct('one/x', ['a.x'], '/own/a'), ['bypass infra/root trusted']],
    ['in what the platform serves', direct('one/x', ['a.x'], '/ui/a'), ['grant infra/root trusted']],
    ['in what falls to the catch-all', direct('one/x', ['a.x'], '/free'), []],
    ['on a closer host: another table', direct('one/x', ['b.a.x'], '/s/a'), []],
    ['by the owner of the Gateway', direct('infra/x', ['a.x'], '/s/a'), []],
  ])('%s', (_, route, want) => {
    expect(conflictsIn([ROOT, route], `${nameOf(route)} 0.0`).map(said)).toEqual(want)
  })
})

describe('the most that is said', () => {
  it('is bounded for an object, and something for every match', () => {
    const others = Array.from({ length: 300 }, (_, index) => child(`two/x${index}`, `/s/${index}`))
    const mine = child('one/x', matchOf(regex('/s/.*')), matchOf(regex('/.*')))
    const view = clusterOf(shared(mine, ...others))
    const rows = rowsOf(view, 'kgateway')
    const contest = new Contest(view, rulesFor('kgateway'), allowanceOf(10_000_000))
    const met = rows.filter(({ route }) => route.namespace === 'two')
    expect(contest.conflictsOf(rowAt(rows, 'one/x 0.0'), met)).toHaveLength(257)
    expect(contest.conflictsOf(rowAt(rows, 'one/x 0.0'), met)).toHaveLength(1)
  })
})

describe('a conflict', () => {
  const matches = fc.oneof(
    fc.constantFrom('/', '/s', '/s/', '/s/a', '/s/a/b', '/sa').map((path) => matchOf(path)),
    fc.constantFrom('/s', '/s/a', '/s/a/').map((path) => matchOf(exact(path))),
    fc.constantFrom('/s/.*', '/s/[ab]+', '/s|/t', '/s(/a)*').map((path) => matchOf(regex(path))),
    fc.constantFrom('/s', '/s/a').map((path) => matchOf(path, { method: 'GET' })),
    fc.constantFrom('1', '2').map((value) => matchOf('/s', { headers: [header('v', value)] })),
  )
  const trees = fc.record({
    children: fc.array(fc.tuple(fc.constantFrom('one/x', 'one/y', 'two/x', 'three/x'), fc.array(matches, { minLength: 1, maxLength: 2 })), {
      maxLength: 4,
    }),
    directs: fc.array(fc.tuple(fc.constantFrom('four/d', 'two/d'), fc.constantFrom('a.x', '*.x'), matches), { maxLength: 2 }),
    mine: fc.tuple(fc.boolean(), matches),
    dialect: fc.constantFrom<Dialect>('kgateway', 'gloo', 'agentgateway'),
  })

  it('has a witness of both, and is of another owner on a common host', () => {
    fc.assert(
      fc.property(trees, ({ children, directs, mine: [attached, match], dialect }) => {
        const routes = [
          ...shared(...children.map(([id, some]) => child(id, ...some))),
          ...directs.map(([id, host, some]) => direct(id, [host], some)),
          attached ? direct('one/mine', ['a.x'], match) : child('one/mine', match),
        ]
        const view = clusterOf(routes)
        const rows = rowsOf(view, dialect)
        const own = rows.filter(({ route }) => nameOf(route) === 'one/mine')
        const contest = new Contest(view, rulesFor(dialect), allowanceOf(STEPS_PER_OBJECT))
        const met = rows.filter((row) => !own.includes(row))
        const found = own.flatMap((claimant) => contest.conflictsOf(claimant, met))
        expect(found.filter((conflict) => !holds(conflict))).toEqual([])
      }),
      { numRuns: RUNS },
    )
  })

  function holds({ claimant, other, witness, host, kind }: Conflict): boolean {
    if (other.route.namespace === claimant.route.namespace || host !== 'a.x') return false
    if (witness === undefined) return true
    const rows: Claimant[] = [claimant, other, ...(kind === 'incumbent' ? grantsAbove(other) : [])]
    return rows.every(({ effective }) => matchesRequest(effective, witness) === true)
  }
})
