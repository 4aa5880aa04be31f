import { describe, expect, it } from 'vitest'
import { gatewayParent, header, labelRef, matchOf, routeOf, routeParent, routeRef, ruleOf } from '../../test/model-fixtures.ts'
import { clusterOf, rowAt, rowsOf, rulesFor } from '../../test/row-fixtures.ts'
import { budgetOf, STEPS_PER_OBJECT } from './budget.ts'
import { type Hole, HoleFinder } from './hole.ts'
import type { Dialect, HttpRoute, Rule } from './route.ts'

const ON_GATEWAY = [gatewayParent('gw', 'infra')]

function root(rules: readonly Rule[], id = 'infra/root', hostnames = ['a.x']): HttpRoute {
  return routeOf(id, { parentRefs: ON_GATEWAY, hostnames, rules })
}

/** web/child asks for everything that it is let through to. */
function child(parent = 'root', namespace = 'infra', more: Partial<HttpRoute> = {}): HttpRoute {
  return routeOf('web/child', { parentRefs: [routeParent(parent, namespace)], rules: [ruleOf(['/w', '/w/x'])], ...more })
}

function holeIn(routes: readonly HttpRoute[], other: string, dialect: Dialect = 'kgateway'): Hole {
  const view = clusterOf(routes)
  const rows = rowsOf(view, dialect)
  return new HoleFinder(view, rulesFor(dialect), budgetOf(STEPS_PER_OBJECT)).holeFor(rowAt(rows, 'web/child 0.0'), rowAt(rows, other))
}

const WEB = ruleOf(['/w'], [routeRef('child', 'web')])
const LABEL = 'delegation.kgateway.dev'
const LABELLED = new Map([[`${LABEL}/label`, 'own']])

describe('a hole of a grant', () => {
  it.each<readonly [name: string, beside: Rule, hole: Hole]>([
    ['a longer path for another owner', ruleOf(['/w/pay'], [routeRef('*', 'pay')]), 'trusted'],
    ['a longer path that the parent serves', ruleOf(['/w/pay']), 'trusted'],
    ['a header on the same path', ruleOf([matchOf('/w', { headers: [header('a', 'b')] })], [routeRef('*', 'pay')]), 'trusted'],
    ['a method on the same path', ruleOf([matchOf('/w', { method: 'GET' })], [routeRef('*', 'pay')]), 'trusted'],
    ['the same match', ruleOf(['/w'], [routeRef('*', 'pay')]), 'none'],
    ['a catch-all', ruleOf(['/'], [routeRef('*', 'pay')]), 'none'],
    ['a longer path for the child', ruleOf(['/w/pay'], [routeRef('child', 'web')]), 'none'],
    ['a longer path for another route of its owner', ruleOf(['/w/pay'], [routeRef('other', 'web')]), 'none'],
    ['a longer path for both', ruleOf(['/w/pay'], [routeRef('*', 'pay'), routeRef('*', 'web')]), 'none'],
    ['a longer path for a label that a route of its owner wears', ruleOf(['/w/pay'], [labelRef(LABEL, 'own', 'all')]), 'none'],
    ['a longer path for a label that nobody of its owner wears', ruleOf(['/w/pay'], [labelRef(LABEL, 'others', 'all')]), 'trusted'],
    [
      "a longer path for a label of another gateway's",
      ruleOf(['/w/pay'], [labelRef('delegation.gateway.solo.io', 'own', 'all')]),
      'trusted',
    ],
  ])('%s', (_, beside, hole) => {
    const routes = [root([WEB, beside]), child(), routeOf('web/labelled', { labels: LABELLED })]
    expect(holeIn(routes, 'infra/root 1.0')).toBe(hole)
    expect(holeIn(routes, 'infra/root 1.0', 'agentgateway')).toBe('none')
  })

  it('a longer path for a label that the child wears no more', () => {
    const beside = ruleOf(['/w/pay'], [labelRef(LABEL, 'own', 'all')])
    const view = clusterOf([root([WEB, beside]), child('root', 'infra', { labels: LABELLED })])
    const rows = rowsOf(view, 'kgateway')
    const finder = new HoleFinder(view, rulesFor('kgateway'), budgetOf(STEPS_PER_OBJECT))
    const old = rowAt(rows, 'web/child 0.0')
    const changed = { ...old, route: { ...old.route, labels: new Map() } }
    expect(finder.holeFor(old, rowAt(rows, 'infra/root 1.0'))).toBe('none')
    expect(finder.holeFor(changed, rowAt(rows, 'infra/root 1.0'))).toBe('trusted')
  })

  it.each<readonly [name: string, second: HttpRoute, hole: Hole]>([
    ['of another trusted root on the host', root([ruleOf(['/w/pay'], [routeRef('*', 'pay')])], 'infra/second'), 'trusted'],
    ['of a root on another host', root([ruleOf(['/w/pay'], [routeRef('*', 'pay')])], 'infra/second', ['b.x']), 'none'],
    ['of a root on a wider host', root([ruleOf(['/w/pay'], [routeRef('*', 'pay')])], 'infra/second', ['*.x']), 'none'],
    ["of a stranger's root", root([ruleOf(['/w/pay'], [routeRef('*', 'pay')])], 'pay/second'), 'none'],
  ])('%s', (_, second, hole) => {
    expect(holeIn([root([WEB]), child(), second], `${second.namespace}/${second.name} 0.0`)).toBe(hole)
  })

  const PAY = ruleOf(['/w/pay'], [routeRef('*', 'pay')])

  it("of a stranger's root binds who names it, and nobody else", () => {
    const stranger = root([WEB, PAY], 'own/root')
    expect(holeIn([stranger, child('root', 'own')], 'own/root 1.0')).toBe('trusted')
    expect(holeIn([stranger, child('root', 'own', { parentRefs: [] })], 'own/root 1.0')).toBe('untrusted')
  })

  it('is found at every level, on the same way alone', () => {
    const middle = routeOf('mid/middle', { parentRefs: [routeParent('root', 'infra')], rules: [WEB, PAY] })
    const above = root([ruleOf(['/w'], [routeRef('middle', 'mid')]), ruleOf(['/w/far'], [routeRef('*', 'far')])])
    const routes = [above, middle, child('middle', 'mid')]
    expect(holeIn(routes, 'mid/middle 1.0')).toBe('trusted')
    expect(holeIn(routes, 'infra/root 1.0')).toBe('trusted')
  })

  it('beyond the budget is assumed', () => {
    const view = clusterOf([
      root([WEB, ruleOf(['/w/pay'], [labelRef(LABEL, 'own', 'all')])]),
      child('root', 'infra', { labels: new Map() }),
      routeOf('web/labelled', { labels: LABELLED }),
    ])
    const rows = rowsOf(view, 'kgateway')
    const finder = new HoleFinder(view, rulesFor('kgateway'), budgetOf(0))
    expect(finder.holeFor(rowAt(rows, 'web/child 0.0'), rowAt(rows, 'infra/root 1.0'))).toBe('trusted')
  })
})
