import type { Logger } from 'pino'
import type { Violation } from '../policy/decision.ts'
import { codesOf, type DecisionRecord } from './decision-record.ts'

/** One line per request. Errors are `error`, denials `warn`, the rest `info`. */
export function logDecision(log: Logger, record: DecisionRecord): void {
  const line = {
    webhook: record.webhook,
    uid: record.uid,
    operation: record.operation,
    namespace: record.namespace,
    name: record.name,
    user: record.user,
    decision: record.outcome,
    codes: codesOf(record.violations),
    ms: Math.round(record.milliseconds * 1000) / 1000,
    dryRun: record.dryRun,
    ...conflictsIn(record.violations),
    ...(record.error === undefined ? {} : { error: record.error }),
  }
  log[levelOf(record)](line, 'decision')
}

/** How many conflicts one line names. */
const MAX_CONFLICTS = 10

/**
 * Whose requests a denied or warned match would take, and an example: what operators need to settle it, and requesters are
 * not told.
 */
function conflictsIn(violations: readonly Violation[]): { conflicts?: readonly object[]; moreConflicts?: number } {
  const conflicts = violations.flatMap(({ code, confidential }) =>
    confidential === undefined
      ? []
      : [
          {
            code,
            route: confidential.route,
            field: confidential.field,
            method: confidential.witness?.method,
            path: confidential.witness?.path,
          },
        ],
  )
  if (conflicts.length === 0) return {}
  const more = conflicts.length - MAX_CONFLICTS
  return { conflicts: conflicts.slice(0, MAX_CONFLICTS), ...(more > 0 && { moreConflicts: more }) }
}

function levelOf(record: DecisionRecord): 'error' | 'warn' | 'info' {
  if (record.outcome === 'error') return 'error'
  return record.outcome === 'deny' ? 'warn' : 'info'
}
