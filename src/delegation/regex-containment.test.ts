import { describe, expect, it, test } from 'vitest'
import { type Budget, budgetOf, STEPS_PER_OBJECT } from './budget.ts'
import { compileRegex, type Regex } from './re2.ts'
import { literalPrefix, regexContainedIn, samplePath } from './regex-containment.ts'
import type { PathMatch } from './route.ts'

function regexOf(source: string): Regex {
  const compiled = compileRegex(source)
  if (!compiled.ok) throw new Error(compiled.error)
  return compiled.regex
}

function prefixes(...values: readonly string[]): readonly PathMatch[] {
  return values.map((value) => ({ type: 'PathPrefix', value }))
}

function exact(value: string): PathMatch {
  return { type: 'Exact', value }
}

function ample(): Budget {
  return budgetOf(STEPS_PER_OBJECT)
}

describe('a regex is inside', () => {
  it.each<readonly [name: string, source: string, allowed: readonly PathMatch[]]>([
    ['below its prefix', '/banking/.*', prefixes('/banking')],
    ['the prefix itself or below it', '/banking(/|$)(.*)', prefixes('/banking')],
    ['with a group that takes nothing', '/banking(?:/.*)?', prefixes('/banking')],
    ['elements and digits', '/banking/[^/]+/\\d+', prefixes('/banking')],
    ['a query no path has', '/shop(\\?.*)?', prefixes('/shop')],
    ['a fragment no path has', '/shop(#.*)?', prefixes('/shop')],
    ['any characters, newlines included', '(?s)/shop/.*', prefixes('/shop')],
    ['a union that no single prefix contains', '/ab?/.*', prefixes('/a', '/ab')],
    ['a trailing slash on the prefix', '/banking', prefixes('/banking/')],
    ['a prefix and an exact path', '/a|/b/.*', [exact('/a'), ...prefixes('/b')]],
    ['precisely an exact path', '/login', [exact('/login')]],
    ['a choice of exact paths', '/log(in|out)', [exact('/login'), exact('/logout')]],
    ['anything in the catch-all', '.*', prefixes('/')],
    ['anything in the empty prefix, which is the catch-all', '.*', prefixes('')],
    ['a boundary that only a slash or the end can follow', '/a\\b[/\\w]*', prefixes('/a')],
    ['anchors', '^/banking/.*$', prefixes('/banking')],
    ['anchors of lines: a path is one', '(?m)^/banking(/.*)?$', prefixes('/banking')],
    ['anchors that can not hold', '/banking|/pay$ments|/a^b', prefixes('/banking')],
    ['boundaries that can not hold', '/banking|/pay\\bments|/\\Bpay', prefixes('/banking')],
    ['no path, without a slash in front', 'banking/.*', []],
    ['no path, the empty regex', '', []],
    ['an escaped dot', '/v1\\.0/.*', prefixes('/v1.0')],
    ['characters beyond the first plane', '/\\x{1F600}/.*', prefixes('/\u{1f600}')],
    ['lazy quantifiers', '/banking/.*?', prefixes('/banking')],
    ['quoted text', '\\Q/v1.0\\E/.*', prefixes('/v1.0')],
    ['case folding spelt out', '(?i:/a)', [exact('/a'), exact('/A')]],
    ['all that folds to k, the Kelvin sign included', '(?i)/k', [exact('/k'), exact('/K'), exact('/\u212a')]],
  ])('%s', (_, source, allowed) => {
    expect(regexContainedIn(regexOf(source), allowed, ample())).toEqual({ verdict: 'contained' })
  })
})

describe('a regex escapes', () => {
  it.each<readonly [name: string, source: string, allowed: readonly PathMatch[], witness: string]>([
    ['by alternation', '/banking|/payments/.*', prefixes('/banking'), '/payments/'],
    ['by a quantifier on the last literal', '/team-a?b/.*', prefixes('/team-ab'), '/team-b/'],
    ['past the end of the element', '/banking.*', prefixes('/banking'), '/bankingx'],
    ['by an unescaped dot', '/v1.0/.*', prefixes('/v1.0'), '/v1x0/'],
    ['by a group that takes nothing', '/banking(?:)?|.*', prefixes('/banking'), '/'],
    ['without a slash in front', '.*', prefixes('/banking'), '/'],
    [
      'by case folding',
      '(?i)/api',
      [exact('/api'), exact('/API'), exact('/apI'), exact('/ApI'), exact('/aPI'), exact('/APi'), exact('/Api')],
      '/aPi',
    ],
    ['by the Kelvin sign', '(?i)/k', [exact('/k'), exact('/K')], '/\u212a'],
    ['by a boundary before punctuation', '/a\\b.*', prefixes('/a'), '/a-'],
    ['by a boundary inside a word', '/a\\B.*', prefixes('/a'), '/ax'],
    ['below an exact path', '/login(/.*)?', [exact('/login')], '/login/'],
    ['to a slash at the end of an exact path', '/login/?', [exact('/login')], '/login/'],
    ['into the gap of a union', '/ab?c?/.*', prefixes('/a', '/ab', '/abc'), '/ac/'],
    ['percent-encoded', '/(banking|%62anking)', prefixes('/banking'), '/%62anking'],
    ['where nothing is allowed', '/a', [], '/a'],
    [
      'where only an unknown match allows it',
      '/a',
      [
        { type: 'Unknown', value: '/' },
        { type: 'RegularExpression', value: '/a' },
      ],
      '/a',
    ],
    ['with no character but what the union uses', '/[ab]', [exact('/a')], '/b'],
    ['with a character beyond the first plane', '/[\\x{1F600}-\\x{1F602}]', [exact('/\u{1f600}')], '/\u{1f601}'],
    ['with a character beyond ASCII', '/\\p{Greek}+', [exact('/\u0370')], '/\u0371'],
  ])('%s', (_, source, allowed, witness) => {
    expect(regexContainedIn(regexOf(source), allowed, ample())).toEqual({ verdict: 'not-contained', witness })
  })
})

describe('budget', () => {
  it('says in words when it does not last', () => {
    expect(regexContainedIn(regexOf('/banking/.*'), prefixes('/banking'), budgetOf(20))).toEqual({
      verdict: 'undecided',
      reason: 'the regular expression "/banking/.*" (13 RE2 instructions) costs more steps to decide than one object may spend',
    })
  })

  it('is undecided about emptiness and without a sample then', () => {
    expect(regexContainedIn(regexOf('/banking/.*'), [], budgetOf(3)).verdict).toBe('undecided')
    expect(samplePath(regexOf('/banking/.*'), budgetOf(3))).toBeUndefined()
  })

  // Whoever takes more steps than these has lost the polynomial bound.
  it.each([
    ['an ordinary regex', '/banking/.*', 150],
    ['nested repeats', '/banking/((a{0,30}){0,30})', 30_000],
    ['nested stars', '/banking/((((a*)*)*)*)*b', 1_000],
    ['a thousand alternatives in a loop', `/banking/(?:${Array.from({ length: 1_000 }, (_, i) => `p${i}`).join('|')})*`, 30_000],
    [
      'alternatives without a common beginning',
      `/banking/(?:${Array.from({ length: 900 }, (_, i) => `${i % 10}\\B.`).join('|')})*`,
      200_000,
    ],
    ['four thousand characters', `/banking/${'x'.repeat(4_000)}`, 20_000],
    ['exponentially many deterministic states', '/banking/(a|b)*a(a|b){500}', 20_000],
    ['boundaries everywhere', `/banking/${'(?:\\b|\\B|a|-)*'.repeat(200)}`, 200_000],
  ])('%s is decided in bounded steps', (_, source, steps) => {
    expect(regexContainedIn(regexOf(source), prefixes('/banking'), budgetOf(steps))).toEqual({ verdict: 'contained' })
  })

  it('bounds a large union as well', () => {
    const allowed = Array.from({ length: 1_000 }, (_, i) => `/p${i}`)
    expect(regexContainedIn(regexOf('/p[0-9]{1,3}/.*'), prefixes(...allowed), budgetOf(STEPS_PER_OBJECT))).toMatchObject({
      witness: '/p00/',
    })
  })
})

test.each([
  ['/banking/.*', '/banking/'],
  ['/banking(/|$)(.*)', '/banking'],
  ['/a|/b', '/'],
  ['/payments|/payroll', '/pay'],
  ['(?i)/x', '/'],
  ['^/banking', '/banking'],
  ['.*', '/'],
  ['.*/a', '/'],
  ['a|/banking', '/banking'],
  ['(/a){3}b*', '/a/a/a'],
  ['/ab?c', '/a'],
  ['/\\x{1F600}.', '/\u{1f600}'],
  ['/a*', '/'],
  ['/aaa?', '/aa'],
])('every path of %j starts with %j', (source, expected) => {
  expect(literalPrefix(regexOf(source))).toBe(expected)
})

test('a loop that never matches has some prefix', () => {
  expect(literalPrefix(regexOf('/(?:a)*[^\\x00-\\x{10FFFF}]')).startsWith('/')).toBe(true)
})

test.each([
  ['banking', true],
  ['', true],
  ['/a\\bb', true],
  ['/ ', true],
  ['[^/].*', true],
  ['/?', false],
  ['/a|b', false],
])('%j matches no request path: %s', (source, expected) => {
  expect(regexContainedIn(regexOf(source), [], ample()).verdict).toBe(expected ? 'contained' : 'not-contained')
  expect(samplePath(regexOf(source), ample()) === undefined).toBe(expected)
})
