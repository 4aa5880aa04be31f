import { describe, expect, it } from 'vitest'
import { gatewayOf, gatewayParent, labelRef, matchOf, regex, routeOf, routeParent, routeRef, ruleOf } from '../../test/model-fixtures.ts'
import { allowanceOf } from './budget.ts'
import { type Lane, type LaneRules, type Lanes, lanesOf } from './lane.ts'
import { type BackendRef, type HttpRoute, nameOf } from './route.ts'
import { View } from './view.ts'

const NOBODY: LaneRules = { dialect: undefined, isRootNamespace: () => false, sameOwner: () => false }
const INHERIT = new Map([['delegation.kgateway.dev/inherit-parent-matcher', 'true']])

function viewOf(routes: readonly HttpRoute[], completeness: 'files' | 'cluster' = 'cluster', gateways: readonly string[] = ['p/gw']): View {
  const view = new View(completeness)
  for (const gateway of gateways) {
    view.put({ kind: 'Gateway', value: gatewayOf(gateway) })
  }
  for (const value of routes) view.put({ kind: 'HTTPRoute', value })
  return view
}

function walk(route: HttpRoute, routes: readonly HttpRoute[], rules: Partial<LaneRules> = {}, steps = 100_000): Lanes {
  return lanesOf(route, viewOf([...routes, route]), { ...NOBODY, ...rules }, allowanceOf(steps))
}

/** The way of a lane, root first: `p/root /a > p/middle /a/b`. */
function wayOf({ parent, granted, up }: Lane): string {
  return `${up === undefined ? '' : `${wayOf(up)} > `}${nameOf(parent)} ${granted.path.value}`
}

function root(matches: readonly string[], child: string, name = 'root'): HttpRoute {
  return routeOf(`p/${name}`, { parentRefs: [gatewayParent('gw', 'p')], rules: [ruleOf(matches, [routeRef(child)])] })
}

describe('lanes', () => {
  const leaf = routeOf('p/leaf')

  it.each<readonly [name: string, routes: readonly HttpRoute[], ways: readonly string[]]>([
    ['nobody selects it', [root(['/a'], 'other')], []],
    ['one match each', [root(['/a', '/b'], 'leaf')], ['p/root /a', 'p/root /b']],
    ['two parents', [root(['/b'], 'leaf', 'z'), root(['/a'], 'leaf', 'y')], ['p/y /a', 'p/z /b']],
    [
      'three levels add up',
      [root(['/api'], 'middle'), routeOf('p/middle', { rules: [ruleOf(['/apix'], [routeRef('leaf')])] })],
      ['p/root /api > p/middle /apix'],
    ],
    ['a dead middle hands nothing on', [root(['/a'], 'middle'), routeOf('p/middle', { rules: [ruleOf(['/b'], [routeRef('leaf')])] })], []],
    [
      'a diamond',
      [
        routeOf('p/root', { parentRefs: [gatewayParent('gw')], rules: [ruleOf(['/'], [routeRef('m'), routeRef('n')])] }),
        routeOf('p/m', { rules: [ruleOf(['/m'], [routeRef('leaf')])] }),
        routeOf('p/n', { rules: [ruleOf(['/n'], [routeRef('leaf')])] }),
      ],
      ['p/root / > p/m /m', 'p/root / > p/n /n'],
    ],
    [
      'an inheriting middle without matches',
      [root(['/a'], 'middle'), routeOf('p/middle', { annotations: INHERIT, rules: [ruleOf([], [routeRef('leaf')])] })],
      ['p/root /a > p/middle /a'],
    ],
    ['a delegating rule without matches', [root([], 'leaf')], []],
    [
      'a middle with hostnames is no delegatee',
      [root(['/'], 'middle'), routeOf('p/middle', { hostnames: ['a.x'], rules: [ruleOf(['/a'], [routeRef('leaf')])] })],
      [],
    ],
    [
      'a middle with a Gateway of its own has two lives',
      [
        root(['/a'], 'middle'),
        routeOf('p/middle', { parentRefs: [gatewayParent('gw'), routeParent('root')], rules: [ruleOf(['/a', '/b'], [routeRef('leaf')])] }),
      ],
      ['p/middle /a', 'p/root /a > p/middle /a', 'p/middle /b'],
    ],
    [
      'two references of a rule that select the same',
      [
        routeOf('p/root', {
          parentRefs: [gatewayParent('gw')],
          rules: [ruleOf(['/a'], [routeRef('leaf'), routeRef('leaf'), routeRef('leaf', 'p')])],
        }),
      ],
      ['p/root /a'],
    ],
    [
      'a label reference of another dialect',
      [routeOf('p/root', { parentRefs: [gatewayParent('gw')], rules: [ruleOf(['/a'], [labelRef('delegation.gateway.solo.io', 'v')])] })],
      [],
    ],
  ])('%s', (_, routes, ways) => {
    const { lanes, incomplete } = walk(leaf, routes)
    expect(lanes.map(wayOf)).toEqual(ways)
    expect(incomplete).toBe('no')
  })

  it('a parent that nothing attaches hangs on no Gateway', () => {
    const { lanes } = walk(leaf, [routeOf('p/parent', { hostnames: ['a.x'], rules: [ruleOf(['/a'], [routeRef('leaf')])] })])
    expect(lanes.map(({ hosts, root: { attachment, dialect } }) => ({ attachment, hosts, dialect }))).toEqual([
      { attachment: undefined, hosts: ['a.x'], dialect: 'kgateway' },
    ])
  })

  it('needs the consent of the route and of every middle', () => {
    const refusing = routeOf('p/leaf', { parentRefs: [routeParent('other')] })
    expect(walk(refusing, [root(['/a'], 'leaf')]).lanes).toEqual([])
    const middle = routeOf('p/middle', { parentRefs: [routeParent('other')], rules: [ruleOf(['/a'], [routeRef('leaf')])] })
    expect(walk(leaf, [root(['/a'], 'middle'), middle]).lanes.filter((lane) => lane.root.attachment !== undefined)).toEqual([])
  })

  it('of agentgateway: a parentless child elsewhere needs a ReferenceGrant', () => {
    const child = routeOf('q/child')
    const view = viewOf([
      child,
      routeOf('p/root', { parentRefs: [gatewayParent('gw')], rules: [ruleOf(['/a'], [routeRef('child', 'q')])] }),
    ])
    const count = (route: HttpRoute) => lanesOf(route, view, { ...NOBODY, dialect: 'agentgateway' }, allowanceOf(1_000)).lanes.length
    expect(count(child)).toBe(0)
    expect(count(routeOf('q/child', { parentRefs: [routeParent('root', 'p')] }))).toBe(1)
    const entry = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' }
    for (const [from, name, expected] of [
      ['q', undefined, 0],
      ['p', 'other', 0],
      ['p', 'child', 1],
      ['p', undefined, 1],
    ] as const) {
      view.put({
        kind: 'ReferenceGrant',
        value: { namespace: 'q', name: 'grant', from: [{ ...entry, namespace: from }], to: [{ ...entry, name }] },
      })
      expect(count(child)).toBe(expected)
    }
  })
})

describe('of agentgateway', () => {
  const leaf = routeOf('p/leaf')
  const NESTED: Partial<LaneRules> = { dialect: 'agentgateway' }
  function onHosts(hostnames: readonly string[], child: string): HttpRoute {
    return { ...root(['/a'], child), hostnames }
  }
  function middle(hostnames: readonly string[], ...matches: readonly string[]): HttpRoute {
    return routeOf('p/middle', { hostnames, rules: [ruleOf(matches, [routeRef('leaf')])] })
  }

  it.each<readonly [name: string, routes: readonly HttpRoute[], lanes: readonly string[]]>([
    ['a middle without hostnames', [onHosts(['a.x', 'b.x'], 'middle'), middle([], '/a')], ['p/root /a > p/middle /a on a.x,b.x']],
    ['one that narrows them', [onHosts(['a.x', 'b.x'], 'middle'), middle(['b.x', 'c.x'], '/a')], ['p/root /a > p/middle /a on b.x']],
    ['one that narrows a wildcard', [onHosts(['*.x'], 'middle'), middle(['b.x', '*.y'], '/a')], ['p/root /a > p/middle /a on b.x']],
    ['one that narrows every host', [root(['/a'], 'middle'), middle(['b.x'], '/a')], ['p/root /a > p/middle /a on b.x']],
    ['one on other hosts', [onHosts(['a.x'], 'middle'), middle(['b.x'], '/a')], []],
    ['a wider middle', [root(['/a'], 'middle'), middle([], '/', '/b')], ['p/root /a > p/middle / on *']],
  ])('%s', (_, routes, expected) => {
    const { lanes, incomplete } = walk(leaf, routes, NESTED)
    expect(lanes.map((lane) => `${wayOf(lane)} on ${lane.hosts.join()}`)).toEqual(expected)
    expect(incomplete).toBe('no')
  })

  it.each<readonly [name: string, refs: readonly BackendRef[], nested: number, flattening: number]>([
    ['a reference of weight 0', [{ ...routeRef('leaf'), weight: 0 }], 0, 1],
    ['the same beside one that counts', [{ ...routeRef('leaf'), weight: 0 }, routeRef('leaf')], 1, 2],
    ['of any other weight', [{ ...routeRef('leaf'), weight: 2 }], 1, 1],
  ])('%s', (_, refs, nested, flattening) => {
    const parent = routeOf('p/root', { parentRefs: [gatewayParent('gw')], rules: [ruleOf(['/a'], refs)] })
    expect(walk(leaf, [parent], NESTED).lanes).toHaveLength(nested)
    for (const dialect of ['kgateway', 'gloo'] as const) expect(walk(leaf, [parent], { dialect }).lanes).toHaveLength(flattening)
  })
})

describe('cycles', () => {
  function delegating(id: string, ...children: readonly string[]): HttpRoute {
    return routeOf(id, {
      rules: [
        ruleOf(
          ['/'],
          children.map((child) => routeRef(child)),
        ),
      ],
    })
  }
  function attached(route: HttpRoute): HttpRoute {
    // Consents to being selected again, which a Gateway parentRef alone would not.
    const everybody = ['a', 'b', 'c', 'leaf'].map((name) => routeParent(name))
    return { ...route, parentRefs: [gatewayParent('gw'), ...everybody] }
  }
  const leaf = routeOf('p/leaf')

  it.each<readonly [name: string, routes: readonly HttpRoute[], ways: readonly string[]]>([
    ['a parent that selects itself beside the leaf', [attached({ ...routeOf('p/a'), rules: [ruleOf(['/'], [routeRef('*')])] })], []],
    ['a parent that selects itself by another reference', [attached(delegating('p/a', 'a', 'leaf'))], ['p/a /']],
    ['two that select each other', [attached(delegating('p/a', 'b')), delegating('p/b', 'a', 'leaf')], ['p/a / > p/b /']],
    [
      'three in a ring',
      [attached(delegating('p/a', 'b')), delegating('p/b', 'c'), delegating('p/c', 'a', 'leaf')],
      ['p/a / > p/b / > p/c /'],
    ],
    [
      'a reference that selects an ancestor loses the leaf as well',
      [attached(delegating('p/a', 'b')), { ...delegating('p/b'), rules: [ruleOf(['/'], [routeRef('*')])] }],
      [],
    ],
    ['a ring beside the way', [attached(delegating('p/a', 'b', 'leaf')), delegating('p/b', 'c'), delegating('p/c', 'b')], ['p/a /']],
  ])('%s', (_, routes, ways) => {
    const { lanes, incomplete } = walk(leaf, routes)
    expect(lanes.filter((lane) => lane.root.attachment !== undefined).map(wayOf)).toEqual(ways)
    expect(incomplete).toBe('no')
  })

  it('a leaf in the ring has no lane through itself', () => {
    const { lanes } = walk(delegating('p/leaf', 'b'), [attached(delegating('p/a', 'leaf')), delegating('p/b', 'leaf')])
    expect(lanes.filter((lane) => lane.root.attachment !== undefined).map(wayOf)).toEqual(['p/a /'])
  })

  it('routes that all select each other are bounded by the budget, and said to be incomplete', () => {
    const all = Array.from({ length: 12 }, (_, i) =>
      routeOf(`p/n${i}`, {
        rules: [
          ruleOf(
            ['/'],
            Array.from({ length: 12 }, (__, j) => routeRef(`n${j}`)),
          ),
        ],
      }),
    )
    const spider = routeOf('p/spider', {
      parentRefs: [gatewayParent('gw')],
      rules: [
        ruleOf(
          ['/'],
          all.map(({ name }) => routeRef(name)),
        ),
      ],
    })
    const target = all[0] ?? leaf
    const { lanes, incomplete } = walk(target, [spider, ...all.slice(1)], {}, 20_000)
    expect(incomplete).toBe('trusted')
    expect(lanes.length).toBeLessThan(20_000)
  })
})

describe('trusted', () => {
  const child = routeOf('q/child')
  function rootIn(namespace: string, more: Partial<HttpRoute> = {}): HttpRoute {
    return routeOf(`${namespace}/root`, {
      parentRefs: [gatewayParent('gw', 'p')],
      rules: [ruleOf(['/a'], [routeRef('child', 'q')])],
      ...more,
    })
  }
  it.each<readonly [name: string, parent: HttpRoute, route: HttpRoute, rules: Partial<LaneRules>, trusted: boolean]>([
    ["a root in its Gateway's namespace", rootIn('p'), child, {}, true],
    ['a root elsewhere', rootIn('evil'), child, {}, false],
    ['a root in a root namespace', rootIn('evil'), child, { isRootNamespace: (namespace) => namespace === 'evil' }, true],
    ['a parent the child names', rootIn('evil'), routeOf('q/child', { parentRefs: [routeParent('root', 'evil')] }), {}, true],
    ['a parent of the same owner', rootIn('evil'), child, { sameOwner: (a, b) => a === 'evil' && b === 'q' }, true],
    ['a parent that nothing attaches', rootIn('p', { parentRefs: [] }), child, {}, false],
    [
      'one in a root namespace all the same',
      rootIn('p', { parentRefs: [] }),
      child,
      { isRootNamespace: (namespace) => namespace === 'p' },
      true,
    ],
  ])('%s: %#', (_, parent, route, rules, trusted) => {
    const { lanes } = walk(route, [parent], rules)
    expect(lanes.map((lane) => lane.trusted)).toEqual([trusted])
  })

  it.each([
    ['files', true],
    ['cluster', false],
  ] as const)('a root whose Gateway is missing in a view of %s: %s', (completeness, trusted) => {
    const view = viewOf([rootIn('evil'), child], completeness, [])
    expect(lanesOf(child, view, NOBODY, allowanceOf(1_000)).lanes.map((lane) => lane.trusted)).toEqual([trusted])
  })

  it('passes down from a trusted parent, not from another', () => {
    const middle = routeOf('team/middle', { rules: [ruleOf(['/a'], [routeRef('child', 'q')])] })
    for (const [namespace, trusted] of [
      ['p', true],
      ['evil', false],
    ] as const) {
      const top = routeOf(`${namespace}/root`, {
        parentRefs: [gatewayParent('gw', 'p')],
        rules: [ruleOf(['/a'], [routeRef('middle', 'team')])],
      })
      expect(walk(child, [top, middle]).lanes.map((lane) => lane.trusted)).toEqual([trusted])
    }
  })

  it('lanes come first', () => {
    const { lanes } = walk(child, [rootIn('evil'), { ...rootIn('p'), name: 'z' }])
    expect(lanes.map((lane) => nameOf(lane.parent))).toEqual(['p/z', 'evil/root'])
  })
})

describe('bounds', () => {
  function ladder(length: number): HttpRoute[] {
    return Array.from({ length }, (_, i) =>
      routeOf(`p/n${i}`, {
        parentRefs: i === 0 ? [gatewayParent('gw')] : [],
        rules: [ruleOf(['/'], [routeRef(i === length - 1 ? 'leaf' : `n${i + 1}`)])],
      }),
    )
  }

  it('depth counts the delegations from the root', () => {
    expect(walk(routeOf('p/leaf'), ladder(1)).lanes.map((lane) => lane.depth)).toEqual([1])
    expect(walk(routeOf('p/leaf'), ladder(5)).lanes.map((lane) => lane.depth)).toEqual([5])
  })

  it('a way that is too deep is cut and said to be incomplete', () => {
    expect(walk(routeOf('p/leaf'), ladder(12)).incomplete).toBe('no')
    expect(walk(routeOf('p/leaf'), ladder(13)).incomplete).toBe('trusted')
  })

  it.each([1, 10, 100, 1_000, 2_000])('with %i steps of budget it is complete or says that it is not', (steps) => {
    const matches = Array.from({ length: 64 }, (_, i) => matchOf(regex(`/a${i}`)))
    const parents = Array.from({ length: 16 }, (_, i) => ({ ...root([], 'leaf', `r${i}`), rules: [ruleOf(matches, [routeRef('leaf')])] }))
    const { lanes, incomplete } = walk(routeOf('p/leaf'), parents, {}, steps)
    expect(lanes.length).toBeLessThan(16 * 64)
    expect(incomplete).toBe('trusted')
  })

  it('what only strangers would bind is incomplete without binding', () => {
    const stranger = routeOf('evil/root', { parentRefs: [gatewayParent('gw', 'p')], rules: [ruleOf(['/a'], [routeRef('leaf', 'p')])] })
    expect(walk(routeOf('p/leaf'), [stranger], {}, 4).incomplete).toBe('untrusted')
    expect(walk(routeOf('p/leaf', { parentRefs: [routeParent('root', 'evil')] }), [stranger], {}, 1).incomplete).toBe('trusted')
  })
})
