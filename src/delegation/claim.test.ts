import { describe, expect, it, test } from 'vitest'
import { exact, gatewayParent, header, matchOf, queryParam, regex, routeOf, routeRef, ruleOf } from '../../test/model-fixtures.ts'
import { allowanceOf, budgetOf, STEPS_PER_OBJECT } from './budget.ts'
import { claimsOf, conditionsImply, escapesOf, matchContainedIn, pathContainedIn, witnessOutside } from './claim.ts'
import { lanesOf } from './lane.ts'
import type { Dialect, HttpMatch, HttpRoute, PathMatch } from './route.ts'
import { View } from './view.ts'

function prefix(value: string): PathMatch {
  return { type: 'PathPrefix', value }
}

function ample() {
  return budgetOf(STEPS_PER_OBJECT)
}

describe('pathContainedIn', () => {
  it.each<readonly [name: string, path: PathMatch, granted: readonly PathMatch[]]>([
    ['the prefix itself', prefix('/api'), [prefix('/api')]],
    ['with a slash at the end, on either side', prefix('/api/'), [prefix('/api')]],
    ['and on the other', prefix('/api'), [prefix('/api/')]],
    ['below', prefix('/api/x'), [prefix('/api')]],
    ['everything under /', regex('.*'), [prefix('/')]],
    ['an exact path below', exact('/api/'), [prefix('/api')]],
    ['an equal exact path', exact('/login'), [exact('/login')]],
    ['a regex of just the exact path', regex('/login'), [exact('/login')]],
    ['an exact path that a regex grant matches', exact('/a/1'), [regex('/a/\\d')]],
    ['an identical regex', regex('/a/\\d'), [regex('/a/\\d')]],
    ['a regex below', regex('/banking/[^/]+/\\d+'), [prefix('/banking')]],
    ['a regex in a union', regex('/ab?/.*'), [prefix('/a'), prefix('/ab')]],
  ])('%s is inside', (_, path, granted) => {
    expect(pathContainedIn(path, granted, ample())).toEqual({ verdict: 'contained' })
  })

  it.each<readonly [name: string, path: PathMatch, granted: readonly PathMatch[], witness: string]>([
    ['past the element', prefix('/apis'), [prefix('/api')], '/apis'],
    ['an exact path past the element', exact('/api-admin'), [prefix('/api')], '/api-admin'],
    ['above', prefix('/'), [prefix('/api')], '/'],
    ['a prefix where one path is granted', prefix('/login'), [exact('/login')], '/login/x'],
    ['a prefix where a regex takes some', prefix('/a'), [regex('/a'), regex('/a/[^/]+')], '/a/x/x'],
    ['alternation', regex('/banking|/payments/.*'), [prefix('/banking')], '/payments/'],
    ['another case', prefix('/API'), [prefix('/api')], '/API'],
    ['an encoded letter', exact('/%61pi'), [prefix('/api')], '/%61pi'],
    ['nothing granted', exact('/a'), [], '/a'],
  ])('%s is outside', (_, path, granted, witness) => {
    expect(pathContainedIn(path, granted, ample())).toEqual({ verdict: 'not-contained', witness })
  })

  it.each<readonly [name: string, path: PathMatch, granted: readonly PathMatch[]]>([
    ['a prefix under a regex', prefix('/a'), [regex('/a(/.*)?')]],
    ['another regex', regex('/a/[0-4]'), [regex('/a/[0-9]')]],
    ['no RE2', regex('/a(?=b)'), [prefix('/a')]],
    ['an unknown type', { type: 'Unknown', value: '/a' }, [prefix('/b')]],
    ['under an unknown type', prefix('/a'), [{ type: 'Unknown', value: '/a' }]],
    ['under a regex that is none', exact('/a'), [regex('(')]],
  ])('%s is undecided', (_, path, granted) => {
    expect(pathContainedIn(path, granted, ample()).verdict).toBe('undecided')
  })

  it('is undecided when the budget does not last', () => {
    expect(pathContainedIn(regex('/b(a|b)*c'), [prefix('/banking')], budgetOf(1)).verdict).toBe('undecided')
  })
})

test.each<readonly [name: string, match: Partial<HttpMatch>, grant: Partial<HttpMatch>, implied: boolean]>([
  ['nothing asked', {}, {}, true],
  ['a method of its own', { method: 'GET' }, {}, true],
  ['the method', { method: 'GET' }, { method: 'GET' }, true],
  ['any method', {}, { method: 'GET' }, false],
  ['a header in another case', { headers: [header('X', '1')] }, { headers: [header('x', '1')] }, true],
  ['another value', { headers: [header('x', '2')] }, { headers: [header('x', '1')] }, false],
  ['no header', {}, { headers: [header('x', '1')] }, false],
  ['a value inside a regex', { headers: [header('x', 'ab')] }, { headers: [header('x', 'a.', 'RegularExpression')] }, true],
  ['a value that a regex matches in part', { headers: [header('x', 'abc')] }, { headers: [header('x', 'a.', 'RegularExpression')] }, false],
  ['a regex under a value', { headers: [header('x', '1', 'RegularExpression')] }, { headers: [header('x', '1')] }, false],
  ['an unknown type, even the same', { headers: [header('x', '1', 'Unknown')] }, { headers: [header('x', '1', 'Unknown')] }, false],
  ['the parameter', { queryParams: [queryParam('q', '1'), queryParam('r', '1')] }, { queryParams: [queryParam('q', '1')] }, true],
  ['a parameter in another case', { queryParams: [queryParam('Q', '1')] }, { queryParams: [queryParam('q', '1')] }, false],
])('conditions are implied, %s: %#', (_, match, grant, implied) => {
  expect(conditionsImply(matchOf('/', match), matchOf('/', grant))).toBe(implied)
})

test('a grant whose conditions are not implied counts for nothing', () => {
  const granted = [matchOf('/a'), matchOf('/ab', { method: 'GET' })]
  expect(matchContainedIn(matchOf('/ab', { method: 'GET' }), granted, ample())).toEqual({ verdict: 'contained' })
  expect(matchContainedIn(matchOf('/ab'), granted, ample())).toEqual({ verdict: 'not-contained', witness: '/ab' })
})

function judge(roots: readonly HttpRoute[], child: HttpRoute, dialect: Dialect = 'kgateway', steps = STEPS_PER_OBJECT) {
  const view = new View('files')
  for (const value of [...roots, child]) view.put({ kind: 'HTTPRoute', value })
  const rules = { dialect, isRootNamespace: () => false, sameOwner: () => false }
  const walk = lanesOf(child, view, rules, allowanceOf(STEPS_PER_OBJECT))
  const allowance = allowanceOf(steps)
  const claims = claimsOf(child, walk.lanes, allowance)
  return { claims, escapes: escapesOf(child, claims.alive, walk, allowance) }
}

function root(...rules: readonly (readonly [match: string, child: string])[]): HttpRoute {
  return routeOf('p/root', { parentRefs: [gatewayParent('gw')], rules: rules.map(([match, child]) => ruleOf([match], [routeRef(child)])) })
}

function child(...matches: readonly (HttpMatch | string)[]): HttpRoute {
  return routeOf('p/child', { rules: [ruleOf(matches)] })
}

describe('claims', () => {
  it('are alive under a lane, or dead under all, at the closest', () => {
    const { claims } = judge([root(['/a', 'child'], ['/b', 'child'])], child('/a/x', '/c', '/bb'))
    expect(claims.alive.map(({ match, lane }) => [match, lane.rule])).toEqual([
      [0, 0],
      [2, 1],
    ])
    expect(claims.dead.map(({ match, reason }) => [match, reason])).toEqual([[1, 'path']])
    expect(claims.incomplete).toBe('no')
  })

  it('a match that fails later came closer', () => {
    const parent = routeOf('p/root', {
      parentRefs: [gatewayParent('gw')],
      rules: [ruleOf(['/b', matchOf('/a', { method: 'GET' }), '/c'], [routeRef('child')])],
    })
    expect(judge([parent], child('/a')).claims.dead.map(({ reason, lane }) => [reason, lane.match])).toEqual([['method', 1]])
  })

  it('of agentgateway name the grant further up that refuses them, and of two the nearer', () => {
    const middle = routeOf('p/middle', { rules: [ruleOf(['/a/b', '/'], [routeRef('child')])] })
    const { claims } = judge([root(['/a', 'middle']), middle], child('/a/c', '/c'), 'agentgateway')
    expect(claims.alive.map(({ match, lane }) => [match, lane.match])).toEqual([[0, 1]])
    expect(claims.dead.map(({ match, lane }) => [match, lane.parent.name, lane.match])).toEqual([[1, 'middle', 0]])
  })

  it.each([0, 1, 5])('with a budget of %i are incomplete, and nothing is called dead', (steps) => {
    const { claims } = judge([root(['/a', 'child'])], child('/b', '/b', '/b', '/b', '/b', '/b'), 'kgateway', steps)
    expect(claims.dead).toEqual([])
    expect(claims.incomplete).not.toBe('no')
  })
})

describe('escapes', () => {
  const middle = (...matches: readonly string[]) => routeOf('p/middle', { rules: [ruleOf(matches, [routeRef('child')])] })

  it.each<readonly [name: string, parents: readonly HttpRoute[], route: HttpRoute, escapes: readonly string[]]>([
    ['inside', [root(['/a', 'child'])], child('/a', '/a/x'), []],
    ['past the element', [root(['/a', 'child'])], child('/ab'), ['p/root /a: /ab']],
    ['a union of rules', [root(['/a', 'child'], ['/ab', 'child'])], child('/ab', matchOf(regex('/ab?/.*'))), []],
    ['a rule for somebody else', [root(['/a', 'child'], ['/ab', 'other'])], child('/ab'), ['p/root /a: /ab']],
    ['a grandchild at the nearest hop', [root(['/api', 'middle']), middle('/api')], child('/apix'), ['p/middle /api: /apix']],
    ['a grandchild through a middle that escapes', [root(['/api', 'middle']), middle('/apix')], child('/apix/y'), ['p/root /api: /apix/y']],
    [
      'another root of the same child is no excuse',
      [root(['/a', 'child']), routeOf('p/second', { parentRefs: [gatewayParent('gw')], rules: [ruleOf(['/ab'], [routeRef('child')])] })],
      child('/ab'),
      ['p/root /a: /ab'],
    ],
  ])('%s', (_, parents, route, expected) => {
    const { escapes } = judge(parents, route)
    expect(
      escapes.escapes.map(
        ({ lane, containment }) =>
          `${lane.parent.namespace}/${lane.parent.name} ${lane.granted.path.value}: ${containment.verdict === 'not-contained' ? containment.witness : containment.verdict}`,
      ),
    ).toEqual(expected)
    expect(escapes.incomplete).toBe('no')
  })

  it('are none in agentgateway', () => {
    expect(judge([root(['/a', 'child'])], child('/', matchOf(regex('.*'))), 'agentgateway').escapes).toEqual({
      escapes: [],
      incomplete: 'no',
    })
  })

  it('a budget that runs out leaves no claim silently inside', () => {
    const route = child(...Array.from({ length: 32 }, (_, i) => matchOf(regex(`/a/(x{1,9}y?){1,9}${i}|/a/(x|y)*z`))))
    for (let steps = 1; steps < 200_000; steps *= 3) {
      const { claims, escapes } = judge([root(['/a/', 'child'])], route, 'kgateway', steps)
      const decided = claims.incomplete === 'no' && escapes.incomplete === 'no'
      const reported = escapes.escapes.every(({ containment }) => containment.verdict === 'undecided')
      expect(reported).toBe(true)
      expect(steps < 1_000 && decided && escapes.escapes.length === 0).toBe(false)
    }
  })
})

test('a witness is a request of the match', () => {
  const match = matchOf('/a', {
    method: 'POST',
    headers: [header('X-Team', 'a'), header('y', 'b+c', 'RegularExpression')],
    queryParams: [queryParam('q', '1')],
  })
  expect(witnessOutside(match, '/a/x', [], ['*.x'], ample())).toEqual({
    method: 'POST',
    host: 'x.x',
    path: '/a/x',
    headers: { 'X-Team': 'a', y: 'bc' },
    query: { q: '1' },
  })
  expect(witnessOutside(matchOf('/'), '/', [], [], ample())).toEqual({
    method: 'GET',
    host: 'example.com',
    path: '/',
    headers: {},
    query: {},
  })
})
