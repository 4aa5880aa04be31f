import { describeMatch } from '../delegation/matcher.ts'
import type { RankRules } from '../delegation/rank.ts'
import type { Answer } from '../delegation/winner.ts'
import { describeEntry, describeLoss, describeOutcome, describePlace, describeRequest, describeRow, placeOf } from './describe-row.ts'
import { type Explanation, grantsOf, statusOf } from './explanation.ts'
import { type Paint, painter } from './paint.ts'
import { printable } from './printable.ts'
import type { AskedRequest } from './request-arguments.ts'

/** For people: a paragraph for each way in. */
export function explainText(request: AskedRequest, explanations: readonly Explanation[], rules: RankRules, colour: boolean): string {
  const paint = painter(colour)
  const lines = [paint('bold', printable(describeRequest(request)))]
  if (explanations.length === 0) {
    lines.push(paint('red', printable(`  answered 404: no listener${describeDoor(request)} has a route for host ${request.host}`)))
  }
  for (const { entry, answer } of explanations) {
    lines.push('', printable(describeEntry(entry)))
    lines.push(...verdictLines(answer, paint), ...grantLines(answer), ...rivalLines(answer, rules))
  }
  return `${lines.join('\n')}\n`
}

function describeDoor({ secure, port }: AskedRequest): string {
  return `${secure === undefined ? '' : secure ? ' with TLS' : ' without TLS'}${port === undefined ? '' : ` on port ${port}`}`
}

function verdictLines(answer: Answer, paint: Paint): string[] {
  const { winner, deadEnd, table } = answer
  if (deadEnd !== undefined) {
    const taken = `HTTPRoute ${describePlace(placeOf(deadEnd))} delegates it, and none of its children takes it`
    return [paint('red', `  answered 404: ${printable(taken)}; no other grant is tried`)]
  }
  if (winner === undefined) return [paint('red', `  answered 404: no match of a route on host ${printable(table?.host ?? '')} takes it`)]
  const outcome = paint(statusOf(answer) === 'served' ? 'green' : 'red', printable(describeOutcome(winner)))
  return [`  ${outcome}`, `  by HTTPRoute ${printable(describeRow(winner))} on host ${printable(table?.host ?? '')}`]
}

function grantLines(answer: Answer): string[] {
  if (answer.winner === undefined) return []
  return grantsOf(answer).map(
    (claimant) => `  granted by ${printable(`${describePlace(placeOf({ claimant }))}: ${describeMatch(claimant.effective)}`)}`,
  )
}

function rivalLines({ winner, deadEnd, outranked, hidden }: Answer, rules: RankRules): string[] {
  const ahead = winner ?? deadEnd
  const behind = outranked.map(
    (row) => `  outranks ${describeRow(row)}, which ${ahead === undefined ? '' : describeLoss(ahead, row, rules)}`,
  )
  const below = hidden.map(({ host, row }) => `  hides ${describeRow(row)}, which is on the less specific host ${host}`)
  return [...behind, ...below].map(printable)
}
