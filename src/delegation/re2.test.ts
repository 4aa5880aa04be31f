import { describe, expect, it, test } from 'vitest'
import { budgetOf, STEPS_PER_OBJECT } from './budget.ts'
import { compileRegex, fullMatches, MAX_INSTRUCTIONS, MAX_SOURCE_LENGTH, type Regex, selfTest, shortestMatch } from './re2.ts'

function regexOf(source: string): Regex {
  const compiled = compileRegex(source)
  if (!compiled.ok) throw new Error(compiled.error)
  return compiled.regex
}

test('the library is as this program reads it', () => {
  expect(selfTest).not.toThrow()
})

describe('compileRegex', () => {
  it.each([
    ['lookahead', '/a(?=b)', 'invalid or unsupported Perl syntax: `(?=`', false],
    ['lookbehind', '/(?<=a)b', 'invalid named capture: `(?<=a)b`', false],
    ['backreference', '/(a)\\1', 'invalid escape sequence: `\\1`', false],
    ['repeat beyond 1000', '/a{1001}', 'invalid repeat count: `{1001}`', false],
    ['unbalanced parenthesis', '/(a', 'missing closing ): `/(a`', false],
    ['trailing backslash', '/a\\', 'trailing backslash at end of expression', false],
    ['half a surrogate pair', '/\ud83d', 'not well-formed Unicode', false],
    ['nested repeats', '((a{0,1000}){0,1000})', 'expression too large', true],
    ['deep nesting', '('.repeat(1_100) + ')'.repeat(1_100), 'expression nests too deeply', true],
    ['long source', 'a'.repeat(MAX_SOURCE_LENGTH + 1), 'longer than 8192 characters', true],
    ['large program', '(?:[ab][cd]){1000}'.repeat(12), 'larger than 20000 instructions', true],
  ])('refuses %s', (_, source, error, tooLarge) => {
    expect(compileRegex(source)).toEqual({ ok: false, error, tooLarge })
  })

  it.each([
    ['a long literal', 'x'.repeat(4_000)],
    ['a thousand alternatives', Array.from({ length: 1_000 }, (_, i) => `/p${i}`).join('|')],
    ['optional alternatives', '(a|b|)*'.repeat(500)],
    ['a repeated Unicode class', '\\pL{1000}'],
    ['nested stars', '((((a*)*)*)*)*b'],
    ['a named group', '(?P<name>a)(?<other>b)'],
  ])('accepts %s', (_, source) => {
    const { size } = regexOf(source)
    expect(size).toBeGreaterThan(0)
    expect(size).toBeLessThanOrEqual(MAX_INSTRUCTIONS)
  })

  it('compiles a source once', () => {
    expect(compileRegex('/once/.*')).toBe(compileRegex('/once/.*'))
  })

  it('forgets what was unused for longest, not what is used', () => {
    const used = compileRegex('/used')
    const unused = compileRegex('/unused')
    for (let i = 0; i < 10_000; i++) {
      compileRegex(`/filler${i}`)
      if (i % 1_000 === 0) compileRegex('/used')
    }
    expect(compileRegex('/used')).toBe(used)
    expect(compileRegex('/unused')).not.toBe(unused)
  })
})

test.each([
  ['/a', '/a', true],
  ['/a', '/ab', false],
  ['/a', 'x/a', false],
  ['/a|/ab', '/ab', true],
  ['/.*', '/a\nb', false],
  ['(?s)/.*', '/a\nb', true],
  ['/.', '/\u{1f600}', true],
  ['(?i)/k', '/\u212a', true],
  ['(?i)/ß', '/ẞ', true],
  ['/\\w', '/é', false],
])('%s fully matches %j: %s', (source, text, expected) => {
  expect(fullMatches(regexOf(source), text)).toBe(expected)
})

test('a matcher that has forgotten its states still matches', () => {
  const regex = regexOf('(?:(?:a|b)*a(?:a|b){9})+')
  const text = 'ab'.repeat(1_000)
  for (let i = 0; i < 10; i++) expect(fullMatches(regex, text)).toBe(true)
})

describe('shortestMatch', () => {
  it.each([
    ['canary', 'canary'],
    ['.*', 'x'],
    ['', ''],
    ['a?', 'a'],
    ['v[0-9]+', 'v0'],
    ['[^a-zA-Z0-9_]', '-'],
    ['^(?i)ok$', 'ok'],
    ['\\s', ' '],
    ['a\\?b#c', 'a?b#c'],
    ['\\p{Thai}', '\u0e01'],
    ['[\\x{1f600}-\\x{1f64f}]', '\u{1f600}'],
  ])('of %j is %j', (source, expected) => {
    const found = shortestMatch(regexOf(source), budgetOf(STEPS_PER_OBJECT))
    expect(found?.toLowerCase()).toBe(expected)
    expect(found !== undefined && fullMatches(regexOf(source), found)).toBe(true)
  })

  it.each([
    ['only controls match', '[\\x00-\\x1f]'],
    ['nothing matches', 'a\\bb'],
    ['nothing matches, assertions', 'a^b'],
  ])('is undefined where %s', (_, source) => {
    expect(shortestMatch(regexOf(source), budgetOf(STEPS_PER_OBJECT))).toBeUndefined()
  })

  it('is undefined when the budget is spent', () => {
    expect(shortestMatch(regexOf('abc'), budgetOf(2))).toBeUndefined()
  })
})
