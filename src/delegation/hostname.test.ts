import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { compareHosts, exampleHost, hostsBelow, hostsMeet, hostsOn, intersectHostnames, isHostWithin, patternsAbove } from './hostname.ts'

describe('intersectHostnames', () => {
  it.each<readonly [a: string | undefined, b: string | undefined, both: string | undefined]>([
    ['a.x', 'a.x', 'a.x'],
    ['a.x', 'b.x', undefined],
    ['*.x', 'a.x', 'a.x'],
    ['*.x', 'a.b.x', 'a.b.x'],
    ['*.x', 'x', undefined],
    ['*.x', 'ax', undefined],
    ['*.x', '.x', undefined],
    ['*.x', '*.x', '*.x'],
    ['*.x', '*.a.x', '*.a.x'],
    ['*.a.x', '*.b.x', undefined],
    ['*.a.x', 'a.x', undefined],
    ['*.x', '*.y', undefined],
    ['*.ax', 'b.x', undefined],
    [undefined, 'a.x', 'a.x'],
    [undefined, '*.x', '*.x'],
    [undefined, undefined, '*'],
    ['*', 'a.x', 'a.x'],
    ['*', undefined, '*'],
    ['*', '*', '*'],
  ])('%j and %j share %j', (a, b, both) => {
    expect(intersectHostnames(a, b)).toBe(both)
    expect(intersectHostnames(b, a)).toBe(both)
  })

  it('matches exactly the hosts that both match', () => {
    const name = fc.array(fc.constantFrom('a', 'b', 'x'), { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'))
    const pattern = fc.oneof(
      name,
      name.map((suffix) => `*.${suffix}`),
    )
    const matches = (host: string, by: string | undefined) =>
      by !== undefined && (by.startsWith('*.') ? host.endsWith(by.slice(1)) && host.length > by.length - 1 : host === by)
    fc.assert(
      fc.property(pattern, pattern, name, (a, b, host) => {
        expect(matches(host, intersectHostnames(a, b))).toBe(matches(host, a) && matches(host, b))
      }),
      { numRuns: 5_000 },
    )
  })
})

test.each<readonly [host: string, pattern: string, within: boolean]>([
  ['a.x', 'a.x', true],
  ['a.x', '*.x', true],
  ['a.b.x', '*.x', true],
  ['*.a.x', '*.x', true],
  ['*.x', '*.x', true],
  ['a.x', '*', true],
  ['*', '*', true],
  ['x', '*.x', false],
  ['ax', '*.x', false],
  ['*.x', 'a.x', false],
  ['*.x', '*.a.x', false],
  ['a.y', 'a.x', false],
  ['*', '*.x', false],
])('%j is within %j: %j', (host, pattern, within) => {
  expect(isHostWithin(host, pattern)).toBe(within)
})

test.each<readonly [listener: string | undefined, route: readonly string[], hosts: readonly string[]]>([
  [undefined, [], ['*']],
  ['*.x', [], ['*.x']],
  [undefined, ['a.x', 'b.x'], ['a.x', 'b.x']],
  ['*.x', ['a.x', 'a.y', '*.b.x'], ['a.x', '*.b.x']],
  ['a.x', ['*.x', 'a.x'], ['a.x']],
  ['a.x', ['b.x'], []],
])('a listener on %j and a route on %j share %j', (listener, route, hosts) => {
  expect(hostsOn(listener, route)).toEqual(hosts)
})

test.each([
  ['*', 'example.com'],
  ['*.x', 'x.x'],
  ['a.x', 'a.x'],
])('an example of %j is %j', (pattern, host) => {
  expect(exampleHost(pattern)).toBe(host)
})

test('the most specific host comes first', () => {
  expect(['*', '*.x', 'b.x', '*.a.x', 'a.x', 'a.a.x'].sort(compareHosts)).toEqual(['a.a.x', 'a.x', 'b.x', '*.a.x', '*.x', '*'])
})

test.each<readonly [above: readonly string[], own: readonly string[], nested: readonly string[] | undefined, flattening: boolean]>([
  [['a.x'], [], ['a.x'], true],
  [['*'], ['a.x', '*.y'], ['a.x', '*.y'], false],
  [['*.x', 'b.y'], ['a.x', 'b.x', '*.y'], ['a.x', 'b.x', 'b.y'], false],
  [['a.x', '*.x'], ['a.x'], ['a.x'], false],
  [['a.x'], ['b.x'], undefined, false],
  [[], ['b.x'], [], false],
  [[], [], [], true],
])('below a parent on %j a delegatee on %j is on %j', (above, own, nested, flattening) => {
  expect(hostsBelow(above, own, 'agentgateway')).toEqual(nested)
  for (const dialect of ['kgateway', 'gloo'] as const) expect(hostsBelow(above, own, dialect)).toEqual(flattening ? above : undefined)
})

test.each([
  ['*', []],
  ['*.x', ['*']],
  ['a.x', ['*', '*.x']],
  ['*.a.x', ['*', '*.x']],
  ['b.a.x', ['*', '*.a.x', '*.x']],
])('patterns wider than %j: %j', (pattern, wider) => {
  expect(patternsAbove(pattern)).toEqual(wider)
  for (const above of wider) expect(hostsMeet(above, pattern)).toBe(true)
})
