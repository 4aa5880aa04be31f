import { STRICTNESS } from './action.ts'
import type { Finding, Patch } from './check.ts'
import type { Violation } from './decision.ts'

/** A violation with what evaluation still needs of its finding. */
export interface Judged {
  readonly violation: Violation
  readonly at: Finding['at']
  readonly patch: Patch | undefined
}

/** One mistake in a match tends to trip several checks; the first of these that did says it best. */
const PRIMARY = [
  'LK105',
  'LK106',
  'LK103',
  'LK102',
  'LK104',
  'LK301',
  'LK305',
  'LK401',
  'LK403',
  'LK402',
  'LK101',
  'LK107',
  'LK108',
  'LK109',
  'LK110',
  'LK405',
  'LK404',
]

/**
 * Leaves per match of the object only the findings of its most telling code. One that is treated more leniently never
 * silences a stricter one, so that no exception or action lets something else through.
 */
export function dropLessTelling(judged: readonly Judged[]): Judged[] {
  return judged.filter((entry) => !judged.some((other) => silences(other, entry)))
}

function silences(other: Judged, entry: Judged): boolean {
  if (other.at === undefined || entry.at === undefined) return false
  if (other.at.rule !== entry.at.rule || other.at.match !== entry.at.match) return false
  const [telling, told] = [PRIMARY.indexOf(other.violation.code), PRIMARY.indexOf(entry.violation.code)]
  return telling >= 0 && told >= 0 && telling < told && STRICTNESS[other.violation.action] >= STRICTNESS[entry.violation.action]
}
