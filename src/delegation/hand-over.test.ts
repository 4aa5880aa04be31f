import { expect, it } from 'vitest'
import { gatewayParent, header, matchOf, routeOf, ruleOf } from '../../test/model-fixtures.ts'
import { type HandOvers, handOvers } from './hand-over.ts'
import type { HttpMatch, HttpRoute } from './route.ts'
import { type Entries, entriesOf } from './table.ts'
import { View } from './view.ts'

function entries(...routes: readonly HttpRoute[]): Entries {
  const view = new View('files')
  for (const value of routes) view.put({ kind: 'HTTPRoute', value })
  return entriesOf(view, { dialect: 'kgateway', weights: true })
}

function root(name: string, matches: readonly HttpMatch[], service: string, hostnames: readonly string[] = []): HttpRoute {
  const backendRefs = [{ group: '', kind: 'Service', namespace: undefined, name: service, weight: 1, filters: [] }]
  return routeOf(`p/${name}`, { parentRefs: [gatewayParent('gw')], hostnames, rules: [ruleOf(matches, backendRefs)] })
}

function examples({ changes }: HandOvers): string[] {
  return changes.map(({ example: { method, host, path, headers } }) => `${method} ${host}${path} ${JSON.stringify(headers)}`)
}

it.each<readonly [name: string, before: readonly HttpRoute[], after: readonly HttpRoute[], changes: readonly string[]]>([
  ['nothing for the same tables', [root('a', [matchOf('/')], 's')], [root('a', [matchOf('/')], 's')], []],
  ['other backends', [root('a', [matchOf('/')], 's')], [root('a', [matchOf('/')], 't')], ['GET example.com/ {}']],
  [
    'only what the newcomer wins, by a method that nobody else names',
    [root('a', [matchOf('/', { method: 'GET' })], 's')],
    [root('a', [matchOf('/', { method: 'GET' })], 's'), root('b', [matchOf('/')], 's')],
    ['POST example.com/ {}'],
  ],
  [
    'a value that the exact one above does not take',
    [root('a', [matchOf('/', { headers: [header('v', 'x')] })], 's')],
    [
      root('a', [matchOf('/', { headers: [header('v', 'x')] })], 's'),
      root('b', [matchOf('/', { headers: [header('v', '[xy]', 'RegularExpression')] })], 's'),
    ],
    ['GET example.com/ {"v":"y"}'],
  ],
  [
    'nothing for who is outranked everywhere',
    [root('a', [matchOf('/')], 's')],
    [root('a', [matchOf('/')], 's'), root('b', [matchOf('/')], 't')],
    [],
  ],
  [
    'a host that hides a wildcard one',
    [root('a', [matchOf('/')], 's', ['*.x'])],
    [root('a', [matchOf('/')], 's', ['*.x']), root('b', [matchOf('/only')], 't', ['a.x'])],
    ['GET a.x/ {}', 'GET a.x/only {}'],
  ],
])('finds %s', (_name, before, after, changes) => {
  const found = handOvers(entries(...before), entries(...after))
  expect([examples(found), found.complete]).toEqual([changes, true])
})

it('says where the other requests of a change are', () => {
  const before = entries(root('a', [matchOf('/a'), matchOf('/b')], 's'))
  const { changes } = handOvers(before, entries())
  expect(changes).toHaveLength(1)
  expect(changes[0]?.regions.map(({ host, before: match, after }) => [host, match?.path.value, after])).toEqual([
    ['*', '/a', undefined],
    ['*', '/b', undefined],
  ])
})

it('does not claim to know all where a regex looks at the host', () => {
  const match = matchOf('/', { headers: [header('host', '.*\\.internal', 'RegularExpression')] })
  expect(handOvers(entries(), entries(root('a', [match], 's'))).complete).toBe(false)
})
