import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { exact, header, matchOf, queryParam, regex } from '../../test/model-fixtures.ts'
import { matches, REQUESTS, takes } from '../../test/request-model.ts'
import { budgetOf, STEPS_PER_OBJECT } from './budget.ts'
import { intersectMatches } from './match-intersection.ts'
import type { HttpMatch } from './route.ts'

const LONG = process.env['LANEKEEPER_LONG'] !== undefined
const RUNS = LONG ? 30_000 : 2_000
if (LONG) vi.setConfig({ testTimeout: 600_000 })

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
