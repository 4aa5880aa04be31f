import type { HandOver, HandOvers } from '../delegation/hand-over.ts'
import { describeMatch } from '../delegation/matcher.ts'
import type { Answer } from '../delegation/winner.ts'
import { describeEntry, describeOutcome, describePlace, describeRequest, placeOf } from './describe-row.ts'
import { painter } from './paint.ts'
import { count, printable } from './printable.ts'

/** As many as a person reads; the JSON has them all. */
const MAX_REGIONS = 5

/** For people: a paragraph for each change, by the way in. */
export function diffText({ changes, complete }: HandOvers, colour: boolean): string {
  const paint = painter(colour)
  const lines: string[] = []
  for (const [entry, ofEntry] of Map.groupBy(changes, (change) => describeEntry(change.entry))) {
    lines.push(printable(entry))
    for (const change of ofEntry) {
      lines.push(`  ${paint('bold', printable(describeRequest(change.example)))}`)
      lines.push(paint('red', `    - ${printable(describeAnswer(change.before))}`))
      lines.push(paint('green', `    + ${printable(describeAnswer(change.after))}`))
      lines.push(...regionLines(change).map(printable))
    }
    lines.push('')
  }
  const summary =
    changes.length === 0
      ? 'no request changes hands'
      : `${count(changes.length, 'group')} of requests ${changes.length === 1 ? 'changes' : 'change'} hands`
  lines.push(complete ? summary : `${summary}, as far as could be decided; there may be others`)
  return `${lines.join('\n')}\n`
}

function regionLines({ regions }: HandOver): string[] {
  const lines = regions.slice(0, MAX_REGIONS).map(({ host, before, after }) => {
    const matches = [before, after].flatMap((match) => (match === undefined ? [] : describeMatch(match)))
    return `    on ${host}, inside ${[...new Set(matches)].join(' and ')}`
  })
  return regions.length > MAX_REGIONS ? [...lines, `    +${regions.length - MAX_REGIONS} more`] : lines
}

function describeAnswer({ winner }: Answer): string {
  return winner === undefined ? 'answered 404' : `${describeOutcome(winner)}, by ${describePlace(placeOf(winner))}`
}
