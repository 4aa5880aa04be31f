import { describe, expect, it } from 'vitest'
import { type Dialect, type HttpRoute, nameOf } from '../src/delegation/route.ts'
import { exact, gatewayOf, gatewayParent, matchOf, regex, routeOf, routeParent, routeRef, ruleOf } from './model-fixtures.ts'
import { type Request, tablesOf } from './winner-model.ts'

/** What no observed table shows: the nested dialect, and hosts. */

const SERVED = [{ ...routeRef('svc'), group: '', kind: 'Service' }]

function root(id: string, hostnames: readonly string[], rules: HttpRoute['rules']): HttpRoute {
  return routeOf(id, { parentRefs: [gatewayParent('gw', 'infra')], hostnames, rules })
}

function child(id: string, ...paths: Parameters<typeof matchOf>[0][]): HttpRoute {
  return routeOf(id, {
    parentRefs: [routeParent('root', 'infra')],
    rules: [
      ruleOf(
        paths.map((path) => matchOf(path)),
        SERVED,
      ),
    ],
  })
}

function winner(dialect: Dialect, routes: readonly HttpRoute[], host: string, path: string): string[] {
  const gateways = [gatewayOf('infra/gw')]
  const request: Request = { gateway: 'infra/gw', port: 80, host, path, method: 'GET', headers: {}, query: {} }
  return tablesOf({ dialect, routes, gateways, referenceGrants: [] })
    .winners(request)
    .map(({ life }) => nameOf(life.route))
}

const hosts = [root('infra/wide', ['*.x'], [ruleOf(['/'], SERVED)]), root('infra/exact', ['a.x'], [ruleOf(['/a'], SERVED)])]
const lane = root('infra/root', ['a.x'], [ruleOf(['/a'], [routeRef('*', 't')]), ruleOf(['/'], SERVED)])

describe.each<readonly [name: string, routes: readonly HttpRoute[], host: string, path: string, flat: string[], nested: string[]]>([
  ['the exact host', hosts, 'a.x', '/a', ['infra/exact'], ['infra/exact']],
  ['a wider host, where tables fall back', hosts, 'a.x', '/b', [], ['infra/wide']],
  ['the host of the wildcard', hosts, 'b.x', '/b', ['infra/wide'], ['infra/wide']],
  ['below the wildcard only', hosts, 'x', '/b', [], []],
  ['a child', [lane, child('t/c', '/a/b')], 'a.x', '/a/b', ['t/c'], ['t/c']],
  ['a lane without the request', [lane, child('t/c', '/a/b')], 'a.x', '/a/c', ['infra/root'], []],
  ['a regex before a prefix', [lane, child('t/c', '/a/b'), child('t/d', regex('/a/.*'))], 'a.x', '/a/b', ['t/d'], ['t/c']],
  ['an exact path before a regex', [lane, child('t/c', exact('/a/b')), child('t/d', regex('/a/.*'))], 'a.x', '/a/b', ['t/c'], ['t/c']],
  ['the first by name', [lane, child('t/d', '/a'), child('t/c', '/a')], 'a.x', '/a', ['t/c'], ['t/c']],
])('%s', (_, routes, host, path, flat, nested) => {
  it.each([
    ['kgateway', flat],
    ['agentgateway', nested],
  ] as const)('%s', (dialect, expected) => {
    expect(winner(dialect, routes, host, path)).toEqual(expected)
  })
})

it('gloo leaves it open which of two children is first', () => {
  const routes = [lane, child('t/d', '/a'), child('t/c', '/a')]
  expect(winner('gloo', routes, 'a.x', '/a').sort()).toEqual(['t/c', 't/d'])
})
