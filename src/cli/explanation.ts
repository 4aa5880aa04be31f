import { type Claimant, grantsAbove } from '../delegation/claimant.ts'
import type { RankRules } from '../delegation/rank.ts'
import { type Entry, entriesOf, type Row, type TableRules } from '../delegation/table.ts'
import type { View } from '../delegation/view.ts'
import { type Answer, answerOf } from '../delegation/winner.ts'
import { describeLoss, matchJson, outcomeJson, placeOf } from './describe-row.ts'
import type { AskedRequest } from './request-arguments.ts'

/** What one entry does with the request. */
export interface Explanation {
  readonly entry: Entry
  readonly answer: Answer
}

/** One for each way in that the request may take and that knows its host. */
export function explainRequest(
  request: AskedRequest,
  view: View,
  rules: TableRules,
): { readonly explanations: readonly Explanation[]; readonly complete: boolean } {
  const { entries, complete } = entriesOf(view, rules)
  const explanations = entries
    .filter(({ port, secure }) => agrees(request.port, port) && agrees(request.secure, secure))
    .map((entry) => ({ entry, answer: answerOf(entry, request) }))
    .filter(({ answer }) => answer.table !== undefined)
  return { explanations, complete }
}

function agrees<T>(asked: T | undefined, known: T | undefined): boolean {
  return asked === undefined || known === undefined || asked === known
}

export type Status = 'served' | '404' | '500'

export function statusOf({ winner }: Answer): Status {
  if (winner === undefined) return '404'
  return winner.outcome.kind === 'error' ? `${winner.outcome.status}` : 'served'
}

/** The JSON that `explain --output json` prints. Every key is always there. */
export function explanationJson(request: AskedRequest, explanations: readonly Explanation[], rules: RankRules) {
  const { method, host, path, headers, query } = request
  return {
    apiVersion: 'lanekeeper.dev/v1',
    kind: 'Explanation',
    request: { method, host, path, headers, query },
    results: explanations.map(({ entry, answer }) => resultJson(entry, answer, rules)),
  }
}

function resultJson({ gateway, listeners, port, dialect }: Entry, answer: Answer, rules: RankRules) {
  const { winner, deadEnd, outranked, hidden, table } = answer
  const ahead = winner ?? deadEnd
  return {
    gateway: { namespace: gateway.namespace, name: gateway.name },
    listeners,
    port: port ?? null,
    dialect,
    host: table?.host ?? null,
    status: statusOf(answer),
    winner: winner === undefined ? null : rowJson(winner),
    through: grantsOf(answer).map((claimant) => ({ ...placeOf({ claimant }), granted: matchJson(claimant.effective) })),
    outranked: ahead === undefined ? [] : outranked.map((row) => ({ ...rowJson(row), why: describeLoss(ahead, row, rules) })),
    hidden: hidden.map(({ host, row }) => ({ ...rowJson(row), host })),
  }
}

function rowJson(row: Row) {
  const { effective, route } = row.claimant
  return { ...placeOf(row), effective: matchJson(effective), outcome: outcomeJson(row.outcome, route.namespace) }
}

/** The grants that the request went through, the root's first; the one where the way ended is among them. */
export function grantsOf({ winner, deadEnd }: Answer): Claimant[] {
  if (winner !== undefined) return [...grantsAbove(winner.claimant)].reverse()
  return deadEnd === undefined ? [] : [...[...grantsAbove(deadEnd.claimant)].reverse(), deadEnd.claimant]
}
