import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import {
  exact,
  gatewayParent,
  header,
  labelRef,
  matchOf,
  regex,
  routeOf,
  routeParent,
  routeRef,
  ruleOf,
} from '../../test/model-fixtures.ts'
import { clusterOf, rowAt, rowsOf, rulesFor } from '../../test/row-fixtures.ts'
import { allowanceOf, STEPS_PER_OBJECT } from './budget.ts'
import { type Claimant, grantsAbove } from './claimant.ts'
import { type Conflict, type ConflictRules, Contest } from './conflict.ts'
import { matchesRequest } from './request.ts'
import { type Dialect, type HttpMatch, type HttpRoute, nameOf, type Rule } from './route.ts'

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
  steps = STEPS_PER_OBJECT,
): Conflict[] {
  const view = clusterOf(routes)
  const rows = rowsOf(view, dialect)
  const claimant = rowAt(rows, place)
  const met = rows.filter(({ route }) => nameOf(route) !== nameOf(claimant.route))
  return new Contest(view, { ...rulesFor(dialect), ...rules }, allowanceOf(steps)).conflictsOf(claimant, met)
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

describe('excuses', () => {
  const regexes = (...paths: string[]) => paths.map((path) => matchOf(regex(path)))
  it.each<readonly [name: string, routes: readonly HttpRoute[], witness: string | undefined]>([
    [
      'add up: two own regexes that were ahead',
      shared(child('one/x', '/s/a/b'), child('one/y', ...regexes('/s/a/b', '/s/a/b/.*')), child('two/x', '/s/a')),
      undefined,
    ],
    [
      'leave a gap',
      shared(child('one/x', '/s/a/b'), child('one/y', ...regexes('/s/a/b', '/s/a/b/.+')), child('two/x', '/s/a')),
      'GET /s/a/b/',
    ],
    [
      'add up with methods: each of two, and no other',
      shared(
        child('one/x', '/s/a/b'),
        child('one/y', matchOf('/s/a/b', { method: 'GET' }), matchOf('/s/a/b', { method: 'PUT' })),
        child('two/x', '/s/a'),
      ),
      'POST /s/a/b',
    ],
    [
      'are only those that were ahead',
      shared(child('one/x', matchOf(exact('/s/a/b'))), child('one/y', '/s'), child('two/x', '/s/a')),
      'GET /s/a/b',
    ],
  ])('%s', (_, routes, witness) => {
    const [found, ...more] = conflictsIn(routes, 'one/x 0.0')
    expect(more).toEqual([])
    expect(found?.witness && `${found.witness.method} ${found.witness.path}`).toBe(witness)
    expect(found?.witness === undefined || found.isLost(found.witness)).toBe(true)
  })

  it('tell which requests are lost', () => {
    const routes = shared(child('one/x', '/s/a/b'), child('one/y', ...regexes('/s/a/b/.+')), child('two/x', '/s/a'))
    const [found] = conflictsIn(routes, 'one/x 0.0')
    const isLost = (path: string) => found?.isLost({ method: 'GET', path, headers: {}, query: {} })
    expect(['/s/a/b', '/s/a/b/', '/s/a/b/c', '/s/a', '/x'].map(isLost)).toEqual([true, true, false, false, false])
  })
})

describe('a carve-out', () => {
  /** infra/root hands /s to one, and what `beside` says. */
  function split(beside: readonly Rule[], ...others: readonly HttpRoute[]): HttpRoute[] {
    const rules = [ruleOf(['/s'], [routeRef('*', 'one')]), ...beside]
    return [routeOf('infra/root', { created: 1, parentRefs: ON_GATEWAY, hostnames: ['a.x'], rules }), ...others]
  }
  const mine = child('one/x', matchOf(regex('/s/[a-z]+')))
  /** one/x asks for /s/two/own, which two hands it under this prefix. */
  function handedOn(path: string): HttpRoute[] {
    const mid = routeOf('two/mid', { parentRefs: PARENT, rules: [ruleOf([path], [routeRef('*', 'one')])] })
    return [mid, routeOf('one/x', { parentRefs: [...PARENT, routeParent('mid', 'two')], rules: [ruleOf(['/s/two/own'])] })]
  }
  const toTwo = ruleOf(['/s/two'], [routeRef('*', 'two')])

  it.each<readonly [name: string, routes: readonly HttpRoute[], said: readonly string[]]>([
    ['that somebody is handed', split([toTwo], mine), ['carve-out infra/root trusted']],
    ['whose holder is ahead of it in there', split([toTwo], mine, child('two/x', matchOf(exact('/s/two')))), []],
    [
      'whose holder is ahead of it elsewhere in the lane',
      split([toTwo, ruleOf(['/s'], [routeRef('*', 'two')])], mine, { ...child('two/y', matchOf(regex('/s/.*'))), created: 2 }),
      [],
    ],
    ['that its holder hands on', split([toTwo], ...handedOn('/s/two/own')), []],
    ['of which its holder hands on a part', split([toTwo], ...handedOn('/s/two/own/x')), ['carve-out infra/root trusted']],
    [
      'that its holder hands on, though not all of it is its own',
      split([toTwo, ruleOf(['/s/two/own'], [routeRef('*', 'three')])], ...handedOn('/s/two/own')),
      ['carve-out infra/root trusted', 'carve-out infra/root same trusted'],
    ],
    ['that the platform serves', split([ruleOf(['/s/two'])], mine), ['carve-out infra/root trusted']],
    ['that the platform serves, and is ahead in', split([ruleOf(['/s/two', matchOf(exact('/s/two'))])], mine), []],
    ['given back by a more exact grant', split([toTwo, ruleOf([matchOf(exact('/s/two'))], [routeRef('*', 'one')])], mine), []],
    [
      'given back in part',
      split([toTwo, ruleOf(['/s/two/own'], [routeRef('*', 'one')])], child('one/x', matchOf(regex('/s/.*')))),
      ['carve-out infra/root trusted'],
    ],
  ])('%s', (_, routes, want) => {
    expect(conflictsIn(routes, 'one/x 0.0').map(said)).toEqual(want)
  })

  it.each<readonly [dialect: Dialect, said: readonly string[]]>([
    ['kgateway', []],
    ['gloo', ['carve-out infra/root trusted']],
  ])('of which %s leaves the holder all that a prefix with a slash at its end takes', (dialect, want) => {
    const canary = child('one/x', matchOf('/s/two', { headers: [header('v', '1')] }))
    expect(conflictsIn(split([toTwo], canary, child('two/x', '/s/two/')), 'one/x 0.0', dialect).map(said)).toEqual(want)
  })

  it('whose holder was ahead of it in there until it was deleted', () => {
    const view = clusterOf(split([toTwo], mine), [child('two/x', matchOf(exact('/s/two')))])
    const rows = rowsOf(view, 'kgateway')
    const met = rows.filter(({ route }) => nameOf(route) !== 'one/x')
    const contest = new Contest(view, rulesFor('kgateway'), allowanceOf(STEPS_PER_OBJECT))
    expect(contest.conflictsOf(rowAt(rows, 'one/x 0.0'), met).map(said)).toEqual(['carve-out infra/root trusted'])
  })
})

it('a carve-out whose holder was deleted a short while ago is nobody’s yet', () => {
  const rules = [ruleOf(['/s'], [routeRef('*', 'one')]), ruleOf(['/s/two'], [routeRef('*', 'two')])]
  const root = routeOf('infra/root', { parentRefs: ON_GATEWAY, hostnames: ['a.x'], rules })
  const routes = [root, child('one/x', matchOf(regex('/s/[a-z]+'))), child('two/x', matchOf(exact('/s/two')))]
  const view = clusterOf(routes)
  const rows = rowsOf(view, 'kgateway')
  const met = rows.map((row) => ({ ...row, departed: nameOf(row.route) === 'two/x' })).filter(({ route }) => nameOf(route) !== 'one/x')
  const contest = new Contest(view, rulesFor('kgateway'), allowanceOf(STEPS_PER_OBJECT))
  expect(contest.conflictsOf(rowAt(rows, 'one/x 0.0'), met).map(said)).toEqual(['carve-out infra/root trusted'])
})

describe('on a closer host, in the nested dialect', () => {
  const routes = [direct('one/x', ['a.x', 'b.x'], '/s'), direct('two/x', ['*.x'], '/s')]
  it.each<readonly [name: string, allowed: readonly string[], host: string | undefined]>([
    ['it takes what a wider one serves', [], 'a.x'],
    ['but not on the host that it may use', ['a.x'], 'b.x'],
    ['and nothing where it may use all', ['a.x', 'b.x'], undefined],
  ])('%s', (_, allowed, host) => {
    const [found] = conflictsIn(routes, 'one/x 0.0', 'agentgateway', { mayUseHost: (one) => allowed.includes(one) })
    expect(found?.host).toBe(host)
    expect(found?.onCloserHost).toBe(found && true)
  })

  it('an own route on the wider one was not ahead of who is on both', () => {
    const root = routeOf('infra/root', {
      parentRefs: ON_GATEWAY,
      hostnames: ['a.x', '*.x'],
      rules: [ruleOf(['/'], [routeRef('*', 'two')])],
    })
    const found = (host: string) =>
      conflictsIn([root, direct('one/y', [host], '/s/a'), direct('one/x', ['a.x'], '/s/a')], 'one/x 0.0', 'agentgateway').map(said)
    expect(found('*.x')).toEqual(['grant infra/root trusted'])
    expect(found('a.x')).toEqual([])
  })

  it("the platform's grant on it decides before one on the wider host", () => {
    const root = (id: string, host: string, path: string, to: string) =>
      routeOf(id, { parentRefs: ON_GATEWAY, hostnames: [host], rules: [ruleOf([path], [routeRef('*', to)])] })
    const grants = [root('infra/wide', '*.x', '/s/a', 'two'), root('infra/close', 'a.x', '/s', 'one')]
    const found = conflictsIn([...grants, direct('one/x', ['a.x'], '/s/a')], 'one/x 0.0', 'agentgateway')
    expect(found.map(said)).toEqual(['bypass infra/close trusted'])
  })

  it('an own route that is on it already excuses, though it is on the wider one, too', () => {
    const own = direct('one/y', ['*.x', 'a.x'], '/s')
    expect(conflictsIn([direct('one/x', ['a.x'], '/s/a'), own, direct('two/x', ['*.x'], '/s/a')], 'one/x 0.0', 'agentgateway')).toEqual([])
  })
})

describe('in the nested dialect', () => {
  it.each<readonly [name: string, own: string, witness: string | undefined]>([
    ['what is shared outside the lane is lost to nobody', '/x|/s/b', undefined],
    ['what is shared in the lane is', '/x|/s/c', '/s/c'],
  ])('%s', (_, own, witness) => {
    const view = clusterOf(shared(child('one/x', matchOf(regex(own))), child('two/x', matchOf(regex('/x|/s/c')))))
    const rows = rowsOf(view, 'agentgateway')
    const contest = new Contest(view, rulesFor('agentgateway'), allowanceOf(STEPS_PER_OBJECT))
    const mine = rowAt(rows, 'one/x 0.0')
    const met = rows.filter(({ route }) => nameOf(route) !== 'one/x')
    const found = [...contest.conflictsOf(mine, met), ...contest.lossesTo(mine, met, () => true)]
    expect(found.map((loss) => loss.witness?.path)).toEqual(witness === undefined ? [] : [witness, witness])
  })
})

describe('in a lane of several hosts, in the nested dialect', () => {
  const canary = matchOf('/s', { headers: [header('v', '1')] })
  const on = (route: HttpRoute, ...hostnames: string[]) => ({ ...route, hostnames })
  it.each<readonly [name: string, own: HttpRoute, host: string | undefined]>([
    ['an own route on all of them excuses', child('one/y', canary), undefined],
    ['an own route on this one excuses', on(child('one/y', canary), 'a.x'), undefined],
    ['an own route on another one does not', on(child('one/y', canary), 'b.x'), 'a.x'],
  ])('%s', (_, own, host) => {
    const [lane, ...children] = shared(own, child('two/x', '/s'), on(child('one/x', canary), 'a.x'))
    const routes = [...(lane === undefined ? [] : [on(lane, '*.x')]), ...children]
    expect(conflictsIn(routes, 'one/x 0.0', 'agentgateway')[0]?.host).toBe(host)
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

describe('with less budget', () => {
  const LABEL = 'delegation.kgateway.dev'
  const labelled = (id: string) => routeOf(id, { labels: new Map([[`${LABEL}/label`, 'l']]) })
  /** Whoever wears the label is handed /s/a; two is the last one. */
  const routes = [
    routeOf('infra/root', {
      parentRefs: ON_GATEWAY,
      hostnames: ['a.x'],
      rules: [ruleOf(['/s'], [routeRef('*', 'two')]), ruleOf(['/s/a'], [labelRef(LABEL, 'l', 'all')])],
    }),
    ...Array.from({ length: 20 }, (_, index) => labelled(`k${index}/x`)),
    labelled('two/worn'),
    child('two/x', matchOf(exact('/s/a'))),
    direct('one/x', ['a.x'], matchOf(exact('/s/a'), { method: 'GET' })),
  ]

  it('no less is found', () => {
    const isFound = (steps: number) => conflictsIn(routes, 'one/x 0.0', 'kgateway', {}, steps).some(({ kind }) => kind === 'incumbent')
    const affordable = Array.from({ length: 100 }, (_, steps) => steps + 1)
    expect(affordable.filter((steps) => !isFound(steps))).toEqual([])
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
    expect(contest.conflictsOf(rowAt(rows, 'one/x 0.0'), met)).toHaveLength(256)
    expect(contest.conflictsOf(rowAt(rows, 'one/x 0.0'), met)).toHaveLength(1)
  })

  it('is not used up by what only warns', () => {
    const others = Array.from({ length: 300 }, (_, index) => child(`three/x${index}`, '/s'))
    const view = clusterOf(shared(child('one/x', '/s/a', '/s/b/c'), ...others, child('two/x', '/s/b')))
    const rows = rowsOf(view, 'kgateway')
    const contest = new Contest(view, rulesFor('kgateway'), allowanceOf(10_000_000))
    const met = [...rows.filter(({ route }) => route.namespace === 'three'), rowAt(rows, 'two/x 0.0')]
    expect(new Set(contest.conflictsOf(rowAt(rows, 'one/x 0.0'), met).map(({ isRefinement }) => isRefinement))).toEqual(new Set([true]))
    const [first, ...more] = contest.conflictsOf(rowAt(rows, 'one/x 0.1'), met)
    expect([first?.isRefinement, more.map(said)]).toEqual([true, ['incumbent two/x trusted']])
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
