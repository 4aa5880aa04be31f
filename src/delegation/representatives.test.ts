import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exact, regex } from '../../test/model-fixtures.ts'
import { budgetOf } from './budget.ts'
import { pathKey, representativeHosts, representativePaths, representativeValues } from './representatives.ts'
import { pathMatches } from './request.ts'
import type { PathMatch } from './route.ts'

const PATHS: readonly PathMatch[] = [
  ...['/', '/a', '/a/', '/a/b', '/ab', '/b'].flatMap((value): PathMatch[] => [{ type: 'PathPrefix', value }, exact(value)]),
  ...['/a/.*', '/a|/b/.*', '/.*b', '/[ab]+', '/a(/|$)(.*)', '/a\\b.*', '(?i)/A', '/(a|b){2,3}', '.*', '('].map(regex),
]

/** Every path of at most five characters. */
const ALL = ((): string[] => {
  let level = ['/']
  const all = [...level]
  for (let length = 2; length <= 5; length++) {
    level = level.flatMap((path) => ['/', 'a', 'b', 'A', '-'].map((character) => path + character))
    all.push(...level)
  }
  return all
})()

function classOf(path: string, matches: readonly PathMatch[]): string {
  return matches.map((match) => String(pathMatches(match, path))).join()
}

describe('representativePaths', () => {
  it('has a path of every class that any path is of', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...PATHS), { maxLength: 5 }), (matches) => {
        const { paths, complete } = representativePaths(matches, budgetOf(1_000_000))
        expect(complete).toBe(true)
        const classes = new Set(paths.map(({ path }) => classOf(path, matches)))
        expect(ALL.filter((path) => !classes.has(classOf(path, matches)))).toEqual([])
        expect(paths.length).toBeLessThanOrEqual(2 * classes.size)
        for (const { path, takenBy } of paths) {
          expect(matches.map((match) => takenBy.has(pathKey(match)))).toEqual(matches.map((match) => pathMatches(match, path) === true))
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('says when the budget ended, and guesses then', () => {
    const matches = [exact('/shop/cart/checkout'), { type: 'PathPrefix' as const, value: '/shop' }, regex('/pay/[0-9]+')]
    const { paths, complete } = representativePaths(matches, budgetOf(10))
    expect(complete).toBe(false)
    expect(paths.map(({ path }) => path)).toEqual(expect.arrayContaining(['/shop/cart/checkout', '/shop', '/shop/x']))
  })
})

describe('representativeValues', () => {
  it.each([
    [
      'a value of a regex that an exact one is not',
      [
        ['RegularExpression', 'a.*'],
        ['Exact', 'a'],
      ],
      ['x', 'a', 'ax'],
    ],
    [
      'the overlap of two regexes',
      [
        ['RegularExpression', '[ab]'],
        ['RegularExpression', '[bc]'],
      ],
      ['x', 'a', 'b', 'c'],
    ],
  ] as const)('has %s', (_name, conditions, expected) => {
    const matches = conditions.map(([type, value]) => ({ type, value, name: 'v', key: 'v' }))
    expect([...representativeValues(matches, budgetOf(10_000)).values].sort()).toEqual([...expected].sort())
  })
})

describe('representativeHosts', () => {
  it.each([
    ['patterns inside each other', ['*', '*.x', 'a.x'], ['example.com', 'x.x', 'a.x']],
    ['an example that another pattern takes', ['*.x', 'x.x', '*.x.x'], ['x1.x', 'x.x', 'x.x.x']],
    ['every host beside the usual example', ['*', '*.com'], ['x1.invalid', 'x.com']],
  ])('are one for each of %s', (_name, patterns, hosts) => {
    expect(representativeHosts(new Set(patterns))).toEqual(hosts)
  })
})
