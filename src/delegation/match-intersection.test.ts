import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { exact, header, matchOf, queryParam, regex } from '../../test/model-fixtures.ts'
import { budgetOf, STEPS_PER_OBJECT } from './budget.ts'
import { intersectMatches } from './match-intersection.ts'
import type { HttpMatch, PathMatch, ValueMatch } from './route.ts'

const LONG = process.env['LANEKEEPER_LONG'] !== undefined
const RUNS = LONG ? 30_000 : 2_000
if (LONG) vi.setConfig({ testTimeout: 600_000 })

interface Request {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
}

/** The definition, written again: with the JavaScript engine, for expressions of this file alone. */
function takes(match: HttpMatch, { method, path, headers, query }: Request): boolean {
  const values = (conditions: readonly ValueMatch[], sent: Readonly<Record<string, string>>, fold: boolean) =>
    conditions.every(({ type, name, value }) => {
      const got = Object.entries(sent).find(([key]) => (fold ? key.toLowerCase() === name.toLowerCase() : key === name))?.[1]
      return got !== undefined && (type === 'Exact' ? got === value : new RegExp(`^(?:${value})$`, 's').test(got))
    })
  return (
    takesPath(match.path, path) &&
    (match.method === undefined || match.method === method) &&
    values(match.headers, headers, true) &&
    values(match.queryParams, query, false)
  )
}

function takesPath({ type, value }: PathMatch, path: string): boolean {
  if (type === 'Exact') return path === value
  if (type === 'RegularExpression') return path.startsWith('/') && new RegExp(`^(?:${value})$`, 's').test(path)
  const wanted = value.split('/').filter((element, index, elements) => index < elements.length - 1 || element !== '')
  return wanted.every((element, index) => path.split('/')[index] === element)
}

const PATHS = texts(['/', 'a', 'b'], 5).filter((path) => path.startsWith('/'))
const VALUES = [undefined, '', '1', '2', '11']

function texts(alphabet: readonly string[], length: number): string[] {
  if (length === 0) return ['']
  const shorter = texts(alphabet, length - 1)
  return [...new Set([...shorter, ...shorter.flatMap((text) => alphabet.map((letter) => text + letter))])]
}

function sampled(): Request[] {
  const one = (name: string, value: string | undefined) => (value === undefined ? {} : { [name]: value })
  return PATHS.flatMap((path) =>
    ['GET', 'PUT'].flatMap((method) =>
      VALUES.flatMap((sent) => VALUES.map((asked) => ({ method, path, headers: one('x', sent), query: one('q', asked) }))),
    ),
  )
}

const REQUESTS = sampled()

function paths(): fc.Arbitrary<PathMatch> {
  return fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom('/', '/a', '/a/', '/a/b', '/b', '/ab').map((value): PathMatch => ({ type: 'PathPrefix', value })),
    },
    { weight: 2, arbitrary: fc.constantFrom('/', '/a', '/a/', '/a/b', '/ab').map(exact) },
    { weight: 2, arbitrary: fc.constantFrom('/a.*', '/[ab]+', '/a/.*|/b', '/(a|b)/b', '/(aa)*', '.*b', '/b?').map(regex) },
  )
}

function values(name: readonly string[], make: typeof header): fc.Arbitrary<ValueMatch[]> {
  const value = fc.oneof(
    fc.tuple(fc.constantFrom(...name), fc.constantFrom('1', '2')).map(([key, text]) => make(key, text)),
    fc.tuple(fc.constantFrom(...name), fc.constantFrom('1+', '.*', '2|1')).map(([key, text]) => make(key, text, 'RegularExpression')),
  )
  return fc.array(value, { maxLength: 1 })
}

function matches(): fc.Arbitrary<HttpMatch> {
  return fc.record({
    path: paths(),
    method: fc.constantFrom(undefined, undefined, 'GET', 'PUT'),
    headers: values(['x', 'X'], header),
    queryParams: values(['q'], queryParam),
  })
}

describe('what several matches share', () => {
  it('agrees with trying requests: a witness is in all, and nothing is in disjoint ones', () => {
    fc.assert(
      fc.property(fc.array(matches(), { minLength: 1, maxLength: 3 }), (some) => {
        const found = intersectMatches(some, budgetOf(STEPS_PER_OBJECT))
        const shared = REQUESTS.find((request) => some.every((match) => takes(match, request)))
        const missed = found.verdict === 'intersecting' ? some.filter((match) => !takes(match, found.witness)) : []
        expect(missed).toEqual([])
        expect(found.verdict === 'disjoint' && shared).toBeFalsy()
      }),
      { numRuns: RUNS },
    )
  })

  it('does not depend on the order', () => {
    fc.assert(
      fc.property(matches(), matches(), (a, b) => {
        const [one, other] = [
          [a, b],
          [b, a],
        ].map((pair) => intersectMatches(pair, budgetOf(STEPS_PER_OBJECT)).verdict)
        expect(one).toBe(other)
      }),
      { numRuns: RUNS },
    )
  })

  const shop = matchOf('/shop')
  it.each<readonly [name: string, some: readonly HttpMatch[], verdict: string]>([
    ['one alone', [shop], 'intersecting'],
    ['a prefix and a text that goes on', [shop, matchOf('/shops')], 'disjoint'],
    ['a prefix and the same with a slash', [shop, matchOf('/shop/')], 'intersecting'],
    ['a prefix and an exact path with a slash', [matchOf('/shop/'), matchOf(exact('/shop'))], 'intersecting'],
    ['methods', [matchOf('/', { method: 'GET' }), matchOf('/', { method: 'PUT' })], 'disjoint'],
    [
      'values of a header in two spellings',
      [matchOf('/', { headers: [header('A', '1')] }), matchOf('/', { headers: [header('a', '2')] })],
      'disjoint',
    ],
    [
      'values of a query parameter in two spellings',
      [matchOf('/', { queryParams: [queryParam('A', '1')] }), matchOf('/', { queryParams: [queryParam('a', '2')] })],
      'intersecting',
    ],
    [
      'a value outside a regex',
      [matchOf('/', { headers: [header('a', 'x')] }), matchOf('/', { headers: [header('a', '\\d+', 'RegularExpression')] })],
      'disjoint',
    ],
    [
      'two regexes of one header',
      [
        matchOf('/', { headers: [header('a', 'x+', 'RegularExpression')] }),
        matchOf('/', { headers: [header('a', 'y+', 'RegularExpression')] }),
      ],
      'undecided',
    ],
    ['two regexes', [matchOf(regex('/(aa)+')), matchOf(regex('/(aaa)+'))], 'intersecting'],
    ['two regexes beside each other', [matchOf(regex('/(aa)+')), matchOf(regex('/a(aa)*'))], 'disjoint'],
    ['three regexes that a witness of two meets', [matchOf(regex('/a.*')), matchOf(regex('/.*')), matchOf(regex('.*'))], 'intersecting'],
    ['what is no RE2', [matchOf(regex('/(?=a)')), shop], 'undecided'],
    ['an unknown type', [matchOf({ type: 'Unknown', value: '/' }), shop], 'undecided'],
  ])('%s: %#', (_, some, verdict) => {
    expect(intersectMatches(some, budgetOf(STEPS_PER_OBJECT)).verdict).toBe(verdict)
  })

  it('is undecided beyond the budget', () => {
    expect(intersectMatches([matchOf(regex('/a.*b')), matchOf(regex('/.*c'))], budgetOf(1)).verdict).toBe('undecided')
  })
})
