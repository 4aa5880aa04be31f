import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isRequestPath, pathAutomaton, takesPath } from './path-automaton.ts'
import type { PathMatch } from './route.ts'

test.each([
  ['/', true],
  ['/a//b/../%41', true],
  ['/é\u{1f600}', true],
  ['', false],
  ['a/', false],
  ['/a b', false],
  ['/a?b', false],
  ['/a#b', false],
  ['/a\n', false],
  ['/a\x7f', false],
  ['/\ud83d', false],
])('%j is a request path: %s', (text, expected) => {
  expect(isRequestPath(text)).toBe(expected)
})

test('reading a path leads to what the matches say of it', () => {
  const text = fc.string({ unit: fc.constantFrom('/', '/', 'a', 'b', '\u{1f600}'), maxLength: 5 })
  const match = fc.record<PathMatch>({
    type: fc.constantFrom('Exact', 'PathPrefix', 'RegularExpression', 'Unknown'),
    value: fc.oneof(
      { weight: 9, arbitrary: text.map((rest) => `/${rest}`) },
      { weight: 1, arbitrary: fc.constantFrom('', 'a', '/a?b', '/a b') },
    ),
  })
  fc.assert(
    fc.property(fc.array(match, { maxLength: 4 }), text, (matches, rest) => {
      const path = `/${rest}`
      const { states } = pathAutomaton(matches)
      let at = 0
      for (const character of path) {
        const state = states[at]
        at = state?.next.get(character.codePointAt(0) ?? 0) ?? state?.otherwise ?? -1
      }
      expect(states[at]?.inside).toBe(matches.some((each) => takesPath(each, path)))
    }),
    { numRuns: 5_000 },
  )
})
