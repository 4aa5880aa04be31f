import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { exact, header, matchOf, queryParam, regex } from '../../test/model-fixtures.ts'
import { matches, REQUESTS, takes } from '../../test/request-model.ts'
import { budgetOf, STEPS_PER_OBJECT } from './budget.ts'
import { intersectOutside } from './match-difference.ts'
import type { HttpMatch } from './route.ts'

const LONG = process.env['LANEKEEPER_LONG'] !== undefined
const RUNS = LONG ? 30_000 : 2_000
if (LONG) vi.setConfig({ testTimeout: 600_000 })

describe('what several matches share outside of others', () => {
  it('agrees with trying requests, and decides nearly all', () => {
    let undecided = 0
    const regions = fc.array(fc.array(matches(), { minLength: 1, maxLength: 2 }), { maxLength: 4 })
    fc.assert(
      fc.property(fc.array(matches(), { minLength: 1, maxLength: 3 }), regions, (inside, outside) => {
        const found = intersectOutside(inside, outside, budgetOf(STEPS_PER_OBJECT))
        const isWanted = (request: Parameters<typeof takes>[1]) =>
          inside.every((match) => takes(match, request)) && !outside.some((region) => region.every((match) => takes(match, request)))
        expect(found.verdict === 'intersecting' && !isWanted(found.witness) ? found.witness : undefined).toBeUndefined()
        expect(found.verdict === 'disjoint' ? REQUESTS.find(isWanted) : undefined).toBeUndefined()
        if (found.verdict === 'undecided') undecided++
      }),
      { numRuns: RUNS },
    )
    expect(undecided).toBeLessThan(RUNS / 50)
  })

  const shop = matchOf('/shop')
  const get = matchOf('/', { method: 'GET' })
  const put = matchOf('/', { method: 'PUT' })
  it.each<readonly [name: string, inside: readonly HttpMatch[], outside: readonly (readonly HttpMatch[])[], verdict: string]>([
    ['nothing outside', [shop], [], 'intersecting'],
    ['several regexes in a prefix', [shop, matchOf(regex('/x|/shop/a')), matchOf(regex('/x|/shop/b'))], [], 'disjoint'],
    ['one that has it all', [shop], [[matchOf('/')]], 'disjoint'],
    ['one of two regexes together', [shop], [[matchOf(regex('/shop'))], [matchOf(regex('/shop/.*'))]], 'disjoint'],
    ['a gap between two regexes', [shop], [[matchOf(regex('/shop'))], [matchOf(regex('/shop/.+'))]], 'intersecting'],
    ['a regex in a prefix and a regex', [matchOf(regex('/shop|/pay'))], [[shop], [matchOf(regex('/[a-y]+'))]], 'disjoint'],
    ['methods that are not all', [shop], [[get], [put]], 'intersecting'],
    ['the method that is asked for', [shop, get], [[get], [put]], 'disjoint'],
    ['a header that may be left out', [shop], [[matchOf('/', { headers: [header('a', '.*', 'RegularExpression')] })]], 'intersecting'],
    [
      'a header that has to be there, with each of its values',
      [matchOf('/', { headers: [header('a', '1|2', 'RegularExpression')] })],
      [[matchOf('/', { headers: [header('A', '1')] })], [matchOf('/', { headers: [header('a', '2')] })]],
      'disjoint',
    ],
    [
      'and with one of them only',
      [matchOf('/', { queryParams: [queryParam('a', '1|2', 'RegularExpression')] })],
      [[matchOf('/', { queryParams: [queryParam('a', '1')] })]],
      'intersecting',
    ],
    [
      'and with an empty one, which may be there too',
      [matchOf('/', { headers: [header('a', '1*', 'RegularExpression')] })],
      [[matchOf('/', { headers: [header('a', '1+', 'RegularExpression')] })]],
      'intersecting',
    ],
    ['a region of two', [shop], [[matchOf(regex('/sh.*')), matchOf(regex('.*p'))]], 'intersecting'],
    ['a region of two that has it all', [matchOf(exact('/shop'))], [[matchOf(regex('/sh.*')), matchOf(regex('.*p'))]], 'disjoint'],
    ['what is no RE2 covers nothing', [shop], [[matchOf(regex('/(?=a)'))]], 'intersecting'],
    ['an unknown type covers nothing', [shop], [[matchOf({ type: 'Unknown', value: '/' })]], 'intersecting'],
    ['of an unknown type', [matchOf({ type: 'Unknown', value: '/' })], [[get]], 'undecided'],
  ])('%s', (_, inside, outside, verdict) => {
    expect(intersectOutside(inside, outside, budgetOf(STEPS_PER_OBJECT)).verdict).toBe(verdict)
  })

  it('is undecided beyond the budget', () => {
    const outside = [[matchOf(regex('/sho.*p'))], [matchOf(regex('/shop/[a-z]+'))]]
    expect(intersectOutside([shop, matchOf(regex('/[a-z/]+'))], outside, budgetOf(200)).verdict).toBe('undecided')
  })
})
