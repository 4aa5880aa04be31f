import { describe, expect, it } from 'vitest'
import { exact, header, matchOf, queryParam, regex } from '../../test/model-fixtures.ts'
import { budgetOf, STEPS_PER_OBJECT } from './budget.ts'
import { type Effective, effectiveMatch, type Grant, inheritedMatch } from './effective.ts'
import type { Dialect, HttpMatch } from './route.ts'

function effective(parent: HttpMatch, child: HttpMatch, dialect: Dialect, inherits: boolean): Effective {
  return effectiveMatch({ granted: parent, up: undefined }, child, dialect, inherits, budgetOf(STEPS_PER_OBJECT))
}

describe('without inheritance', () => {
  it.each<readonly [name: string, parent: HttpMatch, child: HttpMatch]>([
    ['the same prefix', matchOf('/a'), matchOf('/a')],
    ['below it', matchOf('/a'), matchOf('/a/b')],
    ['past the end of the element: gateways compare texts', matchOf('/a'), matchOf('/ab')],
    ['an exact path that starts like it', matchOf('/a'), matchOf(exact('/a-admin'))],
    ['a regex that starts like it', matchOf('/a'), matchOf(regex('/a|/b'))],
    ['more headers', matchOf('/', { headers: [header('x', '1')] }), matchOf('/', { headers: [header('y', '2'), header('x', '1')] })],
    ['more conditions', matchOf('/a'), matchOf('/a', { method: 'GET', queryParams: [queryParam('q', '1')] })],
    ['the same method', matchOf('/', { method: 'GET' }), matchOf('/', { method: 'GET' })],
  ])('is programmed as written: %s', (_, parent, child) => {
    for (const dialect of ['kgateway', 'gloo'] as const) {
      expect(effective(parent, child, dialect, false)).toEqual({ status: 'programmed', match: child })
    }
  })

  it.each<readonly [name: string, parent: HttpMatch, child: HttpMatch, reason: string]>([
    ['an exact parent', matchOf(exact('/a')), matchOf(exact('/a')), 'parent-not-prefix'],
    ['a regex parent', matchOf(regex('/a')), matchOf(regex('/a')), 'parent-not-prefix'],
    ['another path', matchOf('/a'), matchOf('/b'), 'path'],
    ['the prefix without its trailing slash', matchOf('/a/'), matchOf('/a'), 'path'],
    ['a missing header', matchOf('/', { headers: [header('x', '1')] }), matchOf('/'), 'headers'],
    ['a header in another case', matchOf('/', { headers: [header('x', '1')] }), matchOf('/', { headers: [header('X', '1')] }), 'headers'],
    [
      'a header of another type',
      matchOf('/', { headers: [header('x', '1')] }),
      matchOf('/', { headers: [header('x', '1', 'RegularExpression')] }),
      'headers',
    ],
    ['a missing parameter', matchOf('/', { queryParams: [queryParam('q', '1')] }), matchOf('/'), 'queryParams'],
    ['no method', matchOf('/', { method: 'GET' }), matchOf('/'), 'method'],
    ['another method', matchOf('/', { method: 'GET' }), matchOf('/', { method: 'POST' }), 'method'],
  ])('is dropped: %s', (_, parent, child, reason) => {
    for (const dialect of ['kgateway', 'gloo'] as const) {
      expect(effective(parent, child, dialect, false)).toEqual({ status: 'dead', reason, hops: 0 })
    }
  })
})

describe('with inheritance', () => {
  it.each<readonly [name: string, parent: HttpMatch, child: HttpMatch, effective: HttpMatch]>([
    ['paths are joined', matchOf('/a'), matchOf('/b'), matchOf('/a/b')],
    ['and climb', matchOf('/a'), matchOf('/../b'), matchOf('/b')],
    ["the child's type stays", matchOf(exact('/login')), matchOf('/'), matchOf('/login')],
    ['a regex is joined as text', matchOf('/a'), matchOf(regex('/x|/b')), matchOf(regex('/a/x|/b'))],
    ["the parent's method wins", matchOf('/', { method: 'GET' }), matchOf('/', { method: 'DELETE' }), matchOf('/', { method: 'GET' })],
    [
      'the parent wins an identical name, other spellings stay',
      matchOf('/', { headers: [header('x', 'p')] }),
      matchOf('/', { headers: [header('x', 'c'), header('X', 'c')] }),
      matchOf('/', { headers: [header('X', 'c'), header('x', 'p')] }),
    ],
    [
      'parameters are merged as well',
      matchOf('/', { queryParams: [queryParam('q', 'p')] }),
      matchOf('/', { queryParams: [queryParam('q', 'c'), queryParam('r', 'c')] }),
      matchOf('/', { queryParams: [queryParam('r', 'c'), queryParam('q', 'p')] }),
    ],
  ])('%s', (_, parent, child, match) => {
    for (const dialect of ['kgateway', 'gloo'] as const) {
      expect(effective(parent, child, dialect, true)).toEqual({ status: 'programmed', match })
    }
  })

  it('a literal that is no legal path is a 500 of kgateway only', () => {
    const joined = matchOf('/a.*|/b/x')
    expect(effective(matchOf(regex('/a.*|/b')), matchOf('/x'), 'kgateway', true)).toEqual({ status: 'error', match: joined })
    expect(effective(matchOf(regex('/a.*|/b')), matchOf('/x'), 'gloo', true)).toEqual({ status: 'programmed', match: joined })
  })

  it('a rule without matches takes those of its parent', () => {
    const parent = matchOf('/a', { method: 'GET' })
    expect(inheritedMatch(parent)).toEqual({ status: 'programmed', match: parent })
  })
})

describe('agentgateway', () => {
  /** `way`: the matches above, the root's first. */
  function under(way: readonly HttpMatch[], child: HttpMatch, steps = STEPS_PER_OBJECT): Effective {
    const grant = way.reduce<Grant | undefined>((up, granted) => ({ granted, up }), undefined)
    if (grant === undefined) throw new Error('a way has a root')
    return effectiveMatch(grant, child, 'agentgateway', false, budgetOf(steps))
  }

  it.each([false, true])('clips a wider child and drops a disjoint one (inherits: %s)', (inherits) => {
    expect(effective(matchOf('/a'), matchOf('/'), 'agentgateway', inherits)).toEqual({ status: 'programmed', match: matchOf('/') })
    expect(effective(matchOf('/a'), matchOf('/ab'), 'agentgateway', inherits)).toEqual({ status: 'dead', reason: 'path', hops: 0 })
    expect(effective(matchOf(exact('/a')), matchOf('/'), 'agentgateway', inherits).status).toBe('programmed')
  })

  it.each<readonly [name: string, way: readonly HttpMatch[], child: HttpMatch]>([
    ['inside all', [matchOf('/a'), matchOf('/a/b')], matchOf('/a/b/c')],
    ['inside the root of a wider middle', [matchOf('/a'), matchOf('/')], matchOf('/a')],
    ['wider than all', [matchOf('/a'), matchOf('/a/b')], matchOf('/')],
    ['conditions that add up', [matchOf('/', { method: 'GET' }), matchOf('/', { headers: [header('x', '1')] })], matchOf('/a')],
    ['a regex that reaches in', [matchOf('/a'), matchOf('/')], matchOf(regex('/(a|b)/.*'))],
    ['a prefix that a regex above reaches', [matchOf(regex('/a/[0-9]+/.*'))], matchOf('/a/1')],
    ['a regex that is none', [matchOf('/a')], matchOf(regex('/b(?=c)'))],
    ['under a regex that is none', [matchOf(regex('/b(?=c)'))], matchOf(regex('/a'))],
  ])('programs what every match on the way may meet: %s', (_, way, child) => {
    expect(under(way, child)).toEqual({ status: 'programmed', match: child })
  })

  it.each<readonly [name: string, way: readonly HttpMatch[], child: HttpMatch, reason: string, hops: number]>([
    ['the root', [matchOf('/a'), matchOf('/')], matchOf('/b'), 'path', 1],
    ['the nearest of two', [matchOf('/a'), matchOf('/a')], matchOf('/b'), 'path', 0],
    [
      'the method of a root two above',
      [matchOf('/', { method: 'GET' }), matchOf('/'), matchOf('/')],
      matchOf('/', { method: 'PUT' }),
      'method',
      2,
    ],
    [
      'a header of the root',
      [matchOf('/', { headers: [header('x', '1')] }), matchOf('/')],
      matchOf('/', { headers: [header('X', '2')] }),
      'headers',
      1,
    ],
    ['a regex beside the grant', [matchOf('/banking')], matchOf(regex('/bankingx/.*')), 'path', 0],
    ['a regex below which the grant is not', [matchOf(exact('/a'))], matchOf(regex('/a/.*')), 'path', 0],
    ['a grant by regex', [matchOf(regex('/a/[0-9]+'))], matchOf('/a/b'), 'path', 0],
    ['two regexes', [matchOf('/'), matchOf(regex('/(aa)*'))], matchOf(regex('/a(aa)*')), 'path', 0],
    ['a regex that is no path', [matchOf('/')], matchOf(regex('a')), 'path', 0],
  ])('drops what shares nothing with %s', (_, way, child, reason, hops) => {
    expect(under(way, child)).toEqual({ status: 'dead', reason, hops })
  })

  it('calls nothing dead that the budget does not reach for', () => {
    const child = matchOf(regex('/bankingx/.*'))
    for (const steps of [0, 1, 10, 50]) expect(under([matchOf('/banking')], child, steps)).toEqual({ status: 'programmed', match: child })
  })
})
