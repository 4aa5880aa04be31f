import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { hasClimbingElement, isLegalLiteral, isWithin, joinPaths, normalizePrefix, pathElements } from './path.ts'

const rest = fc.string({ unit: fc.constantFrom('/', 'a', 'b', '.', '..'), maxLength: 6 })
const path = rest.map((text) => `/${text}`)

test.each([
  ['/', '/'],
  ['', '/'],
  ['//', '/'],
  ['/a', '/a'],
  ['/a/', '/a'],
  ['/a//', '/a'],
  ['/a//b/', '/a//b'],
])('the norm of %j is %j', (prefix, expected) => {
  expect(normalizePrefix(prefix)).toBe(expected)
})

describe('isWithin', () => {
  it.each([
    ['/api', '/api', true],
    ['/api', '/api/', true],
    ['/api', '/api/x', true],
    ['/api', '/api//x', true],
    ['/api', '/apis', false],
    ['/api', '/api-internal/x', false],
    ['/api', '/API', false],
    ['/api', '/%61pi', false],
    ['/api/x', '/api', false],
    ['/', '/anything', true],
    ['/', 'no-path', false],
  ])('%j, %j: %s', (prefix, at, expected) => {
    expect(isWithin(prefix, at)).toBe(expected)
  })

  it('is reflexive', () => {
    fc.assert(
      fc.property(path, (a) => {
        expect(isWithin(normalizePrefix(a), normalizePrefix(a))).toBe(true)
      }),
    )
  })

  it('is transitive', () => {
    const below = fc.tuple(path, rest, rest).map(([a, b, c]) => [a, `${normalizePrefix(a)}${b}`, `${normalizePrefix(a)}${b}${c}`])
    fc.assert(
      fc.property(fc.oneof(below, fc.tuple(path, path, path)), (three) => {
        const [a = '', b = '', c = ''] = three.map(normalizePrefix)
        expect(!isWithin(a, b) || !isWithin(b, c) || isWithin(a, c)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  it('is a comparison of elements', () => {
    fc.assert(
      fc.property(path, path, (a, b) => {
        const prefix = normalizePrefix(a)
        const wanted = prefix === '/' ? [''] : prefix.split('/')
        expect(isWithin(prefix, b)).toBe(wanted.every((element, i) => b.split('/')[i] === element))
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('joinPaths', () => {
  // The tests and the documentation of Go's path package.
  it.each([
    ['', '', ''],
    ['a', '', 'a'],
    ['', 'a', 'a'],
    ['/', '', '/'],
    ['', '/', '/'],
    ['/', 'a', '/a'],
    ['/', '/a', '/a'],
    ['a', 'b', 'a/b'],
    ['a/', '', 'a'],
    ['a/', 'b', 'a/b'],
    ['a/b/c', '../d', 'a/b/d'],
    ['a/b', '../../../xyz', '../xyz'],
    ['a/b', '/c', 'a/b/c'],
  ])('Go: join %j and %j is %j', (a, b, expected) => {
    expect(joinPaths(a, b)).toBe(expected)
  })

  // Clean alone: joined with nothing.
  it.each([
    ['abc', 'abc'],
    ['abc/def', 'abc/def'],
    ['a/b/c', 'a/b/c'],
    ['.', '.'],
    ['..', '..'],
    ['../..', '../..'],
    ['../../abc', '../../abc'],
    ['/abc', '/abc'],
    ['/', '/'],
    ['abc/', 'abc'],
    ['a/b/c/', 'a/b/c'],
    ['./', '.'],
    ['../', '..'],
    ['../../', '../..'],
    ['/abc/', '/abc'],
    ['abc//def//ghi', 'abc/def/ghi'],
    ['//abc', '/abc'],
    ['///abc', '/abc'],
    ['//abc//', '/abc'],
    ['abc//', 'abc'],
    ['abc/./def', 'abc/def'],
    ['/./abc/def', '/abc/def'],
    ['abc/.', 'abc'],
    ['abc/def/ghi/../jkl', 'abc/def/jkl'],
    ['abc/def/../ghi/../jkl', 'abc/jkl'],
    ['abc/def/..', 'abc'],
    ['abc/def/../..', '.'],
    ['/abc/def/../..', '/'],
    ['abc/def/../../..', '..'],
    ['/abc/def/../../..', '/'],
    ['abc/def/../../../ghi/jkl/../../../mno', '../../mno'],
    ['abc/./../def', 'def'],
    ['abc//./../def', 'def'],
    ['abc/../../././../def', '../../def'],
  ])('Go: clean %j is %j', (given, expected) => {
    expect(joinPaths(given, '')).toBe(expected)
    expect(joinPaths('', given)).toBe(expected)
  })

  it.each([
    ['/banking', '/../payments/.*', '/payments/.*'],
    ['/banking', '../payments', '/payments'],
    ['/banking', '/x|/payments/.*', '/banking/x|/payments/.*'],
    ['/login', '/', '/login'],
    ['/a', '/...', '/a/...'],
    ['/a', '/%2e%2e/b', '/a/%2e%2e/b'],
    ['', '', ''],
  ])('%j and %j make %j', (parent, child, expected) => {
    expect(joinPaths(parent, child)).toBe(expected)
  })

  it('is clean: joined with nothing it stays', () => {
    fc.assert(
      fc.property(rest, rest, (a, b) => {
        const joined = joinPaths(a, b)
        expect(joinPaths(joined, '')).toBe(joined)
      }),
    )
  })
})

test.each([
  ["/a-b._~!$&'()*+,;=:@/1", true],
  ['/%2f', true],
  ['/%zz', false],
  ['/a|b', false],
  ['/[a]', false],
  ['a', false],
  ['.', false],
  ['', false],
])('%j is a legal literal: %s', (literal, expected) => {
  expect(isLegalLiteral(literal)).toBe(expected)
})

test.each([
  ['/a//b', true],
  ['/a/./b', true],
  ['/a/..', true],
  ['..', true],
  ['/a/', false],
  ['/...', false],
  ['/a.b/.c', false],
])('%j climbs: %s', (given, expected) => {
  expect(hasClimbingElement(given)).toBe(expected)
})

test('elements leave the empty ones out', () => {
  expect(pathElements('//a//b/')).toEqual(['a', 'b'])
})
