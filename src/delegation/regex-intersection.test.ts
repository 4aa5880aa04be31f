import { describe, expect, it } from 'vitest'
import { budgetOf, STEPS_PER_OBJECT } from './budget.ts'
import { compileRegex, type Regex } from './re2.ts'
import { regexIntersects } from './regex-intersection.ts'
import type { PathMatch, PathType } from './route.ts'

function regexOf(source: string): Regex {
  const compiled = compileRegex(source)
  if (!compiled.ok) throw new Error(compiled.error)
  return compiled.regex
}

function intersect(source: string, type: PathType, value: string, steps = STEPS_PER_OBJECT) {
  const other: PathMatch = { type, value }
  return regexIntersects(regexOf(source), other, budgetOf(steps))
}

describe('a regex meets', () => {
  it.each<readonly [name: string, source: string, type: PathType, value: string, witness: string]>([
    ['an exact path', '/banking/.*', 'Exact', '/banking/login', '/banking/login'],
    ['a prefix it lies in', '/banking/.*', 'PathPrefix', '/banking', '/banking/'],
    ['a prefix below it', '/.*', 'PathPrefix', '/payments/', '/payments'],
    ['the catch-all', '.*', 'PathPrefix', '/', '/'],
    ['itself', '/a[0-9]', 'RegularExpression', '/a[0-9]', '/a0'],
    ['another regex', '/a.*c', 'RegularExpression', '/[ab]*b.*', '/abc'],
    ['another by length', '/(aa)+', 'RegularExpression', '/(aaa)+', '/aaaaaa'],
    ['another by a boundary', '/a\\b.*', 'RegularExpression', '/a.b', '/a/b'],
    ['another by class', '/[^a-y]', 'RegularExpression', '/[a-z]', '/z'],
    ['another by case', '(?i)/API', 'RegularExpression', '/api', '/api'],
    ['another by a character beyond ASCII', '/[^\\x00-\\x7f]', 'RegularExpression', '/[\\x{1F600}-\\x{1F64F}]', '/\u{1f600}'],
  ])('%s', (_, source, type, value, witness) => {
    expect(intersect(source, type, value)).toEqual({ verdict: 'intersecting', witness })
  })
})

describe('a regex and', () => {
  it.each<readonly [name: string, source: string, type: PathType, value: string]>([
    ['an exact path', '/banking/.*', 'Exact', '/banking'],
    ['an exact path no request has', '/a.*', 'Exact', '/a?b'],
    ['a neighbouring prefix', '/bankingx/.*', 'PathPrefix', '/banking'],
    ['a prefix above which it stays', '/api', 'PathPrefix', '/api/v1'],
    ['a regex elsewhere', '/a/.*', 'RegularExpression', '/b/.*'],
    ['a regex of another length', '/(aa)*', 'RegularExpression', '/a(aa)*'],
    ['a regex by a boundary', '/.*a\\b', 'RegularExpression', '/.*-'],
    ['a regex whose end comes too early', '/', 'RegularExpression', '(\\z|/)/'],
    ['a regex with nothing but the empty text in common', 'a*', 'RegularExpression', 'b*'],
    ['a regex with no request path in common', 'a.*', 'RegularExpression', '.*'],
    ['itself, when it matches no path', 'a', 'RegularExpression', 'a'],
  ])('%s are disjoint', (_, source, type, value) => {
    expect(intersect(source, type, value)).toEqual({ verdict: 'disjoint' })
  })
})

describe('undecided', () => {
  it('when the other is no RE2', () => {
    expect(intersect('/a', 'RegularExpression', '/(?=a)')).toEqual({
      verdict: 'undecided',
      reason: '"/(?=a)" can\'t be compiled as RE2: invalid or unsupported Perl syntax: `(?=`',
    })
  })

  it('when the other is of an unknown type', () => {
    expect(intersect('/a', 'Unknown', '/a')).toEqual({ verdict: 'undecided', reason: 'the other path is of an unknown match type' })
  })

  it('when two large programs cost too much', () => {
    expect(intersect('/(?:.{500}a)*', 'RegularExpression', '/(?:.{499}b)*c').verdict).toBe('undecided')
  })

  it.each<readonly [PathType, string]>([
    ['Exact', '/abc'],
    ['PathPrefix', '/abc'],
    ['RegularExpression', '/a.c'],
  ])('when the budget does not last for %s', (type, value) => {
    expect(intersect('/abc?', type, value, 1).verdict).toBe('undecided')
  })
})
