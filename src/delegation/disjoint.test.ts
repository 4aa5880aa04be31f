import fc from 'fast-check'
import { expect, it, test } from 'vitest'
import { exact, header, matchOf, queryParam, regex } from '../../test/model-fixtures.ts'
import { budgetOf, STEPS_PER_OBJECT } from './budget.ts'
import { disjointBy, isLiteral, literalPathsAreDisjoint, matchesAreDisjoint } from './disjoint.ts'
import type { DeadReason } from './effective.ts'
import { takesPath } from './path-automaton.ts'
import type { HttpMatch, PathMatch } from './route.ts'

test.each<readonly [name: string, a: HttpMatch, b: HttpMatch, reason: DeadReason | undefined]>([
  ['the same', matchOf('/a'), matchOf('/a'), undefined],
  ['one below the other', matchOf('/a'), matchOf('/a/b'), undefined],
  ['a trailing slash', matchOf('/a/'), matchOf('/a'), undefined],
  ['a longer element', matchOf('/a'), matchOf('/ab'), 'path'],
  ['everything', matchOf('/'), matchOf(exact('/x')), undefined],
  ['an exact path below', matchOf('/a'), matchOf(exact('/a/b')), undefined],
  ['an exact path above', matchOf('/a/b'), matchOf(exact('/a')), 'path'],
  ['two exact paths', matchOf(exact('/a')), matchOf(exact('/a/')), 'path'],
  ['a regex, whatever it is', matchOf('/a'), matchOf(regex('/b')), undefined],
  ['an unknown type', matchOf('/a'), matchOf({ type: 'Unknown', value: '/b' }), undefined],
  ['other values of a header', matchOf('/', { headers: [header('x', '1')] }), matchOf('/', { headers: [header('X', '2')] }), 'headers'],
  ['other headers', matchOf('/', { headers: [header('x', '1')] }), matchOf('/', { headers: [header('y', '2')] }), undefined],
  [
    'a value and a regex',
    matchOf('/', { headers: [header('x', '1')] }),
    matchOf('/', { headers: [header('x', '2', 'RegularExpression')] }),
    undefined,
  ],
  [
    'other values of a parameter',
    matchOf('/', { queryParams: [queryParam('q', '1')] }),
    matchOf('/', { queryParams: [queryParam('q', '2')] }),
    'queryParams',
  ],
  [
    'parameters that differ in case',
    matchOf('/', { queryParams: [queryParam('q', '1')] }),
    matchOf('/', { queryParams: [queryParam('Q', '2')] }),
    undefined,
  ],
  ['other methods', matchOf('/', { method: 'GET' }), matchOf('/', { method: 'POST' }), 'method'],
  ['a method and any', matchOf('/', { method: 'GET' }), matchOf('/'), undefined],
])('%s', (_, a, b, reason) => {
  expect(matchesAreDisjoint(a, b)).toBe(reason)
  expect(matchesAreDisjoint(b, a)).toBe(reason)
})

test.each<readonly [name: string, a: HttpMatch, b: HttpMatch, reason: DeadReason | undefined]>([
  ['a prefix and a regex beside it', matchOf('/a'), matchOf(regex('/ab.*')), 'path'],
  ['a prefix and a regex that reaches in', matchOf('/a'), matchOf(regex('/ab|/a/c')), undefined],
  ['two regexes', matchOf(regex('/(aa)*')), matchOf(regex('/a(aa)*')), 'path'],
  ['two that meet', matchOf(regex('/a.*c')), matchOf(regex('/[ab]*b.*')), undefined],
  ['what is no RE2', matchOf(regex('/(?=b)')), matchOf(exact('/a')), undefined],
  ['what is no RE2 and a regex', matchOf(regex('/(?=b)')), matchOf(regex('/a')), undefined],
  ['an unknown type', matchOf(regex('/a')), matchOf({ type: 'Unknown', value: '/b' }), undefined],
  ['a method, whatever the paths', matchOf(regex('/a'), { method: 'GET' }), matchOf('/b', { method: 'PUT' }), 'method'],
])('with regexes decided: %s', (_, a, b, reason) => {
  expect(disjointBy(a, b, budgetOf(STEPS_PER_OBJECT))).toBe(reason)
  expect(disjointBy(b, a, budgetOf(STEPS_PER_OBJECT))).toBe(reason)
  // Beyond the budget only what needs no regex is known.
  expect(disjointBy(a, b, budgetOf(1))).toBe(matchesAreDisjoint(a, b))
})

it('of literals is whether no path is in both', () => {
  const value = fc.string({ unit: fc.constantFrom('/', 'a', 'b'), maxLength: 3, size: 'max' }).map((rest) => `/${rest}`)
  const path = fc.record<PathMatch>({ type: fc.constantFrom('Exact', 'PathPrefix'), value })
  fc.assert(
    fc.property(path, path, (a, b) => {
      // Two literals that meet meet in one of their own values.
      const texts = [a.value, b.value, ...[a.value, b.value].map((text) => text.replace(/(.)\/+$/, '$1'))]
      expect(literalPathsAreDisjoint(a, b)).toBe(!texts.some((text) => takesPath(a, text) && takesPath(b, text)))
    }),
    { numRuns: 5_000 },
  )
})

test.each([
  ['Exact', true],
  ['PathPrefix', true],
  ['RegularExpression', false],
  ['Unknown', false],
] as const)('%s is a literal: %s', (type, expected) => {
  expect(isLiteral({ type, value: '/' })).toBe(expected)
})
