import { expect, it } from 'vitest'
import { violation } from '../../test/server-fixtures.ts'
import type { Action } from './policy.ts'
import { dropLessTelling, type Judged } from './primary.ts'

function judged(code: string, action: Action = 'Deny', at: Judged['at'] | null = { rule: 0, match: 0 }): Judged {
  return { violation: violation({ code, action }), at: at ?? undefined, patch: undefined }
}

it.each<{ name: string; given: Judged[]; want: string[] }>([
  { name: 'the most telling of a match stays', given: [judged('LK103'), judged('LK105'), judged('LK106')], want: ['LK105'] },
  {
    name: 'in the order of the catalogue',
    given: ['LK110', 'LK109', 'LK108', 'LK107', 'LK101', 'LK104', 'LK102', 'LK103', 'LK106'].map((code) => judged(code)),
    want: ['LK106'],
  },
  { name: 'of another match', given: [judged('LK105'), judged('LK103', 'Deny', { rule: 0, match: 1 })], want: ['LK105', 'LK103'] },
  { name: 'of another rule', given: [judged('LK105'), judged('LK103', 'Deny', { rule: 1, match: 0 })], want: ['LK105', 'LK103'] },
  { name: 'of the whole route', given: [judged('LK105'), judged('LK112', 'Deny', null)], want: ['LK105', 'LK112'] },
  { name: 'of a match, by a code without a place there', given: [judged('LK105'), judged('LK113')], want: ['LK105', 'LK113'] },
  { name: 'the same code under two grants', given: [judged('LK102'), judged('LK102')], want: ['LK102', 'LK102'] },
  { name: 'a warning silences no denial', given: [judged('LK105', 'Warn'), judged('LK103')], want: ['LK105', 'LK103'] },
  { name: 'an excepted one silences no warning', given: [judged('LK105', 'Audit'), judged('LK103', 'Warn')], want: ['LK105', 'LK103'] },
  { name: 'a patch silences no denial', given: [judged('LK101', 'Patch'), judged('LK107')], want: ['LK101', 'LK107'] },
  { name: 'a denial silences a warning', given: [judged('LK103', 'Warn'), judged('LK105')], want: ['LK105'] },
  {
    name: 'what a lenient one spares, a strict one may still silence',
    given: [judged('LK105', 'Audit'), judged('LK106'), judged('LK103', 'Warn')],
    want: ['LK105', 'LK106'],
  },
])('$name', ({ given, want }) => {
  expect(dropLessTelling(given).map((entry) => entry.violation.code)).toEqual(want)
})
