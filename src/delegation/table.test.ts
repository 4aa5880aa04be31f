import { describe, expect, it } from 'vitest'
import {
  exact,
  gatewayOf,
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
import { decidingCriterion } from './rank.ts'
import type { BackendRef, Dialect, HttpMatch, HttpRoute, Listener, Rule } from './route.ts'
import { nameOf } from './route.ts'
import { type Entries, entriesOf } from './table.ts'
import { View } from './view.ts'
import { answerOf } from './winner.ts'

function service(name: string, weight = 1): BackendRef {
  return { group: '', kind: 'Service', namespace: undefined, name, weight, filters: [] }
}

function serving(...matches: readonly (HttpMatch | string)[]): Rule {
  return ruleOf(matches, [service('s')])
}

function on(sectionName?: string) {
  return { ...gatewayParent('gw', 'p'), sectionName }
}

function listener(name: string, port: number, hostname?: string, from: 'All' | 'Same' | 'None' = 'All'): Listener {
  return { name, port, protocol: port === 443 ? 'HTTPS' : 'HTTP', hostname, allowedNamespaces: { from }, allowedKinds: [] }
}

function entries(routes: readonly HttpRoute[], listeners: readonly Listener[] | undefined, dialect: Dialect = 'kgateway'): Entries {
  const view = new View('files')
  const gateway = gatewayOf('p/gw', listeners ?? [])
  if (listeners !== undefined) view.put({ kind: 'Gateway', value: gateway })
  for (const value of routes) view.put({ kind: 'HTTPRoute', value })
  return entriesOf(view, { dialect, weights: true })
}

/** Who gets GET of the path on the host, at each way in: by its listeners or port. */
function answers({ entries: all }: Entries, host: string, path: string): Record<string, string> {
  const request = { method: 'GET', host, path, headers: {}, query: {} }
  return Object.fromEntries(
    all.map((entry) => {
      const { winner } = answerOf(entry, request)
      const status = winner === undefined || winner.outcome.kind === 'backends' ? '' : ` ${JSON.stringify(winner.outcome)}`
      return [entry.listeners.join('+') || '?', winner === undefined ? '404' : `${nameOf(winner.claimant.route)}${status}`]
    }),
  )
}

describe('listeners', () => {
  const wide = routeOf('p/wide', { parentRefs: [on('wide')], hostnames: ['a.x', 'b.x'], rules: [serving('/')] })
  const narrow = routeOf('p/narrow', { parentRefs: [on('narrow')], rules: [serving('/only')] })

  it.each([
    ['without TLS', 80],
    ['with TLS', 443],
  ])('%s, the more specific one of a port gets its hosts, whatever is attached to the other', (_name, port) => {
    const found = entries([wide, narrow], [listener('wide', port, '*.x'), listener('narrow', port, 'a.x')])
    expect(answers(found, 'a.x', '/')).toEqual({ 'wide+narrow': '404' })
    expect(answers(found, 'a.x', '/only')).toEqual({ 'wide+narrow': 'p/narrow' })
    expect(answers(found, 'b.x', '/')).toEqual({ 'wide+narrow': 'p/wide' })
    expect(answers(found, 'c.x', '/')).toEqual({ 'wide+narrow': '404' })
  })

  it('on different ports know nothing of each other', () => {
    const found = entries([wide, narrow], [listener('wide', 80, '*.x'), listener('narrow', 443, 'a.x')])
    expect(answers(found, 'a.x', '/')).toEqual({ wide: 'p/wide', narrow: '404' })
  })

  it('refuse routes of namespaces that they do not allow', () => {
    const route = routeOf('q/root', { parentRefs: [on()], rules: [serving('/')] })
    const found = entries([route], [listener('all', 80), listener('same', 81, undefined, 'Same'), listener('none', 82, undefined, 'None')])
    expect(answers(found, 'a.x', '/')).toEqual({ all: 'q/root', same: '404', none: '404' })
  })

  it('of a Gateway that is not there are what parentRefs say of them; who says nothing is on all', () => {
    const routes = [
      routeOf('p/http', { parentRefs: [on('http')], rules: [serving('/a')] }),
      routeOf('p/https', { parentRefs: [on('https')], rules: [serving('/a')] }),
      routeOf('p/both', { parentRefs: [on()], rules: [serving('/b')] }),
    ]
    expect(answers(entries(routes, undefined), 'a.x', '/a')).toEqual({ http: 'p/http', https: 'p/https' })
    expect(answers(entries(routes, undefined), 'a.x', '/b')).toEqual({ http: 'p/both', https: 'p/both' })
  })
})

describe('what a rule answers', () => {
  const error = (why: string, status = 500) => `p/root ${JSON.stringify({ kind: 'error', status, why })}`
  it.each<readonly [name: string, rule: Rule, dialect: Dialect, answer: string]>([
    ['backends', serving('/'), 'kgateway', 'p/root'],
    ['no backends', ruleOf(['/']), 'kgateway', error('no-backends')],
    ['backends of weight 0', ruleOf(['/'], [service('s', 0)]), 'kgateway', error('no-weight')],
    [
      'a redirect',
      { ...ruleOf(['/']), filters: [{ type: 'RequestRedirect', scheme: undefined, hostname: undefined, fields: {} }] },
      'kgateway',
      'p/root {"kind":"redirect"}',
    ],
    [
      'an extension alone',
      { ...ruleOf(['/']), filters: [{ type: 'ExtensionRef', group: 'g', kind: 'k', name: 'n', fields: {} }] },
      'kgateway',
      'p/root {"kind":"extension"}',
    ],
    ['a delegation to nobody', ruleOf(['/'], [routeRef('gone')]), 'kgateway', error('no-child')],
    ['the same in gloo, which drops it', ruleOf(['/'], [routeRef('gone')]), 'gloo', '404'],
    ['the same in a nested table', ruleOf(['/'], [routeRef('gone')]), 'agentgateway', '404'],
    ['a delegation of another dialect', ruleOf(['/'], [labelRef('delegation.gateway.solo.io', 'v')]), 'kgateway', error('unread-backends')],
    ['a delegation without its group', ruleOf(['/'], [{ ...routeRef('c'), group: '' }]), 'kgateway', error('unread-backends')],
    ['a child and a backend', ruleOf(['/'], [routeRef('c'), service('s')]), 'kgateway', '404'],
    ['the same in gloo, which serves both', ruleOf(['/'], [routeRef('c'), service('s')]), 'gloo', 'p/root'],
  ])('%s', (_name, rule, dialect, answer) => {
    const routes = [routeOf('p/root', { parentRefs: [on()], rules: [rule] }), routeOf('p/c', { rules: [serving('/c')] })]
    expect(answers(entries(routes, [listener('http', 80)], dialect), 'a.x', '/x')).toEqual({ http: answer })
  })
})

describe('a nested table', () => {
  const http = [listener('http', 80)]
  const root = (rule: Rule, hostnames: readonly string[] = []) => routeOf('p/root', { parentRefs: [on()], hostnames, rules: [rule] })

  it('goes from the grant to its children and not back', () => {
    const routes = [
      root(ruleOf(['/a'], [routeRef('*', 'q')])),
      routeOf('p/other', { parentRefs: [on()], rules: [serving('/')] }),
      routeOf('q/c', { parentRefs: [routeParent('root', 'p')], rules: [serving('/a/b')] }),
    ]
    const found = entries(routes, http, 'agentgateway')
    expect(answers(found, 'a.x', '/a/b')).toEqual({ http: 'q/c' })
    expect(answers(found, 'a.x', '/a/c')).toEqual({ http: '404' })
    expect(answers(found, 'a.x', '/b')).toEqual({ http: 'p/other' })
    expect(answers(entries(routes, http, 'kgateway'), 'a.x', '/a/c')).toEqual({ http: 'p/other' })
  })

  it('falls back to a less specific host', () => {
    const routes = [root(serving('/a'), ['a.x']), routeOf('p/wide', { parentRefs: [on()], hostnames: ['*.x'], rules: [serving('/')] })]
    expect(answers(entries(routes, http, 'agentgateway'), 'a.x', '/b')).toEqual({ http: 'p/wide' })
    expect(answers(entries(routes, http, 'kgateway'), 'a.x', '/b')).toEqual({ http: '404' })
  })

  it('takes a child without parentRefs of another namespace only with a ReferenceGrant, and only on its hosts', () => {
    const parent = root(ruleOf(['/a'], [routeRef('*', 'q')]))
    expect(answers(entries([parent, routeOf('q/c', { rules: [serving('/')] })], http, 'agentgateway'), 'a.x', '/a')).toEqual({
      http: '404',
    })
    const child = routeOf('q/c', { parentRefs: [routeParent('root', 'p')], hostnames: ['a.x'], rules: [serving('/')] })
    const found = entries([parent, child], http, 'agentgateway')
    expect([answers(found, 'a.x', '/a'), answers(found, 'b.x', '/a')]).toEqual([{ http: 'q/c' }, { http: '404' }])
  })
})

it('sees the host as a header', () => {
  const match = matchOf('/', { headers: [header('Host', '.*\\.x', 'RegularExpression')] })
  const found = entries([routeOf('p/root', { parentRefs: [on()], rules: [serving(match)] })], [listener('http', 80)])
  expect([answers(found, 'a.x', '/'), answers(found, 'a.y', '/')]).toEqual([{ http: 'p/root' }, { http: '404' }])
})

it('says when it left rows out', () => {
  const deep = Array.from({ length: 20 }, (_, index) =>
    routeOf(`p/r${index}`, { parentRefs: index === 0 ? [on()] : [], rules: [ruleOf(['/'], [routeRef(`r${index + 1}`)])] }),
  )
  expect(entries(deep, [listener('http', 80)]).complete).toBe(false)
})

describe('what decides between two rows', () => {
  const older = { created: 1 }
  it.each<readonly [name: string, one: Partial<HttpRoute>, other: Partial<HttpRoute>, dialect: Dialect, criterion: string]>([
    ['weights', { annotations: new Map([['kgateway.dev/route-weight', '1']]) }, {}, 'kgateway', 'weight'],
    ['types of path', { rules: [serving(matchOf(exact('/a')))] }, { rules: [serving('/')] }, 'kgateway', 'path-type'],
    ['a regex before a prefix', { rules: [serving(matchOf(regex('/a')))] }, { rules: [serving('/a')] }, 'kgateway', 'path-type'],
    ['lengths', { rules: [serving('/a')] }, { rules: [serving('/')] }, 'gloo', 'path-length'],
    ['methods', { rules: [serving(matchOf('/', { method: 'GET' }))] }, { rules: [serving('/')] }, 'gloo', 'method'],
    ['headers', { rules: [serving(matchOf('/', { headers: [header('a', 'b')] }))] }, { rules: [serving('/')] }, 'kgateway', 'headers'],
    ['ages of roots', { ...older, rules: [serving('/')] }, { rules: [serving('/')] }, 'kgateway', 'root-age'],
    ['names of roots', { rules: [serving('/')] }, { rules: [serving('/')] }, 'kgateway', 'root-name'],
    ['names in a nested table', { rules: [serving('/')] }, { ...older, rules: [serving('/')] }, 'agentgateway', 'name'],
    ['rules of one route', { rules: [serving('/'), serving('/')] }, { rules: [] }, 'kgateway', 'place'],
  ])('%s', (_name, one, other, dialect, criterion) => {
    const route = (id: string, more: Partial<HttpRoute>) => routeOf(id, { parentRefs: [on()], rules: [serving('/')], ...more })
    const { entries: found } = entries([route('p/b', other), route('p/a', one)], [listener('http', 80)], dialect)
    const [first, second] = found[0]?.tables[0]?.rows ?? []
    if (first === undefined || second === undefined) throw new Error('not two rows')
    expect(nameOf(first.claimant.route)).toBe('p/a')
    expect(decidingCriterion(first.claimant, second.claimant, { weights: true }).criterion).toBe(criterion)
  })

  it('may be a grant above them', () => {
    const routes = [
      routeOf('p/root', { parentRefs: [on()], rules: [ruleOf(['/a'], [routeRef('c')]), ruleOf(['/'], [routeRef('d')])] }),
      routeOf('p/c', { rules: [serving('/')] }),
      routeOf('p/d', { rules: [serving('/a/b')] }),
    ]
    const [grant, other] = entries(routes, [listener('http', 80)], 'agentgateway').entries[0]?.tables[0]?.rows ?? []
    const [one, two] = [grant?.group?.[0], other?.group?.[0]]
    if (one === undefined || two === undefined) throw new Error('not two children')
    const { criterion, between } = decidingCriterion(one.claimant, two.claimant, { weights: true })
    expect([criterion, ...between.map(({ effective }) => effective.path.value)]).toEqual(['path-length', '/a', '/'])
  })
})
