import { describe, expect, it } from 'vitest'
import { exact, header, matchOf, queryParam, regex } from '../../test/model-fixtures.ts'
import { effectiveMatch, inheritedMatch } from './effective.ts'
import type { HttpMatch } from './route.ts'

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
      expect(effectiveMatch(parent, child, dialect, false)).toEqual({ status: 'programmed', match: child })
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
      expect(effectiveMatch(parent, child, dialect, false)).toEqual({ status: 'dead', reason })
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
      expect(effectiveMatch(parent, child, dialect, true)).toEqual({ status: 'programmed', match })
    }
  })

  it('a literal that is no legal path is a 500 of kgateway only', () => {
    const joined = matchOf('/a.*|/b/x')
    expect(effectiveMatch(matchOf(regex('/a.*|/b')), matchOf('/x'), 'kgateway', true)).toEqual({ status: 'error', match: joined })
    expect(effectiveMatch(matchOf(regex('/a.*|/b')), matchOf('/x'), 'gloo', true)).toEqual({ status: 'programmed', match: joined })
  })

  it('a rule without matches takes those of its parent', () => {
    const parent = matchOf('/a', { method: 'GET' })
    expect(inheritedMatch(parent)).toEqual({ status: 'programmed', match: parent })
  })
})

describe('agentgateway', () => {
  it.each([false, true])('clips a wider child and drops a disjoint one (inherits: %s)', (inherits) => {
    expect(effectiveMatch(matchOf('/a'), matchOf('/'), 'agentgateway', inherits)).toEqual({ status: 'programmed', match: matchOf('/') })
    expect(effectiveMatch(matchOf('/a'), matchOf('/ab'), 'agentgateway', inherits)).toEqual({ status: 'dead', reason: 'path' })
    expect(effectiveMatch(matchOf(exact('/a')), matchOf('/'), 'agentgateway', inherits).status).toBe('programmed')
  })
})
