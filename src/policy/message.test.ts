import { describe, expect, it } from 'vitest'
import { violation } from '../../test/server-fixtures.ts'
import type { Decision, Violation } from './decision.ts'
import { DEFAULT_MESSAGE_OPTIONS, denialMessage, printable, violationLine, warnings } from './message.ts'

function decisionOf(...violations: Violation[]): Decision {
  return { allowed: false, violations, patches: [], policies: [] }
}

function warningsOf(count: number): Violation[] {
  return Array.from({ length: count }, (_, index) => violation({ action: 'Warn', field: `spec.rules[${index}]`, message: 'm.' }))
}

describe('violationLine', () => {
  it.each<{ name: string; change: Partial<Violation>; want: string }>([
    {
      name: 'code, name, field, text and link',
      change: {},
      want: 'LK102 PathEscapesGrant at spec.rules[0].matches[0].path.value: PathPrefix /cart is outside what infra/parent grants. https://lanekeeper.dev/checks/LK102',
    },
    {
      name: 'one line, whatever the object holds',
      change: { field: 'f', message: 'a\r\nb\u0000\u0007c\u001b[31md\u0085e\u007f' },
      want: 'LK102 PathEscapesGrant at f: a b c [31md e  https://lanekeeper.dev/checks/LK102',
    },
  ])('$name', ({ change, want }) => {
    expect(violationLine(violation(change), DEFAULT_MESSAGE_OPTIONS)).toBe(want)
  })

  it('links to where the pages are', () => {
    expect(violationLine(violation({ field: 'f', message: 'm' }), { docsBase: 'https://wiki/lk' })).toBe(
      'LK102 PathEscapesGrant at f: m https://wiki/lk/LK102',
    )
  })
})

describe('denialMessage', () => {
  const line = 'LK102 PathEscapesGrant at f: m https://lanekeeper.dev/checks/LK102'
  const denial = violation({ field: 'f', message: 'm' })

  it.each<{ name: string; decision: Decision; want: string }>([
    { name: 'one', decision: decisionOf(denial), want: `HTTPRoute shop/cart denied: 1 violation\n${line}` },
    { name: 'two', decision: decisionOf(denial, denial), want: `HTTPRoute shop/cart denied: 2 violations\n${line}\n${line}` },
    {
      name: 'only what denies',
      decision: decisionOf(denial, { ...denial, action: 'Warn' }, { ...denial, action: 'Audit' }),
      want: `HTTPRoute shop/cart denied: 1 violation\n${line}`,
    },
  ])('$name', ({ decision, want }) => {
    expect(denialMessage('HTTPRoute shop/cart', decision, DEFAULT_MESSAGE_OPTIONS)).toBe(want)
  })
})

describe('warnings', () => {
  it('are the violations that warn, without links', () => {
    const decision = decisionOf(violation(), violation({ action: 'Audit' }), violation({ action: 'Warn', field: 'f', message: 'm' }))
    expect(warnings(decision)).toEqual(['LK102 PathEscapesGrant at f: m'])
  })

  it.each([
    { given: 0, shown: 0, last: undefined },
    { given: 10, shown: 10, last: 'LK102 PathEscapesGrant at spec.rules[9]: m.' },
    { given: 11, shown: 10, last: '+2 more' },
    { given: 40, shown: 10, last: '+31 more' },
  ])('$given give $shown lines', ({ given, shown, last }) => {
    const lines = warnings(decisionOf(...warningsOf(given)))
    expect(lines).toHaveLength(shown)
    expect(lines.at(-1)).toBe(last)
  })

  const start = 'LK102 PathEscapesGrant at f: '

  it.each([
    { name: '200 characters stay', message: 'x'.repeat(200 - start.length), want: start + 'x'.repeat(200 - start.length) },
    { name: '201 are cut', message: 'x'.repeat(201 - start.length), want: `${start}${'x'.repeat(199 - start.length)}…` },
    { name: 'no character is cut in two', message: '🛣'.repeat(200), want: `${start}${'🛣'.repeat(199 - start.length)}…` },
    { name: 'one line without control characters', message: 'a\n\tb\u0000\u009fc', want: `${start}a b c` },
  ])('$name', ({ message, want }) => {
    const [line = ''] = warnings(decisionOf(violation({ action: 'Warn', field: 'f', message })))
    expect(line).toBe(want)
  })
})

it('printable leaves every other character alone', () => {
  expect(printable('PathPrefix /caf\u00e9 "\\d+" ü')).toBe('PathPrefix /caf\u00e9 "\\d+" ü')
})
