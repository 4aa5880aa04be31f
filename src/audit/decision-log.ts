import type { Logger } from 'pino'
import { nameOf } from '../delegation/route.ts'
import type { Violation } from '../policy/decision.ts'
import { codesOf, type DecisionRecord } from './decision-record.ts'

/** One line per request. Errors are `error`, denials `warn`, the rest `info`. */
export function logDecision(log: Logger, record: DecisionRecord): void {
  const line = {
    webhook: record.webhook,
    uid: record.uid,
    operation: record.operation,
    kind: record.kind,
    namespace: record.namespace,
    name: record.name,
    user: record.user,
    decision: record.outcome,
    codes: codesOf(record.violations),
    ms: Math.round(record.milliseconds * 1000) / 1000,
    dryRun: record.dryRun,
    ...conflictsIn(record.violations),
    ...harmIn(record.violations),
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

/** How many harmed routes one line names. */
const MAX_HARMED = 10

/** The routes below that a change of a parent harms: what operators need to tell their owners. */
function harmIn(violations: readonly Violation[]): { harmed?: readonly object[]; moreHarmed?: number } {
  const harmed = violations.flatMap((violation) => violation.harmed)
  if (harmed.length === 0) return {}
  const more = harmed.length - MAX_HARMED
  return {
    harmed: harmed.slice(0, MAX_HARMED).map(({ harm, witness, ...route }) => ({
      route: nameOf(route),
      harm,
      method: witness?.method,
      path: witness?.path,
    })),
    ...(more > 0 && { moreHarmed: more }),
  }
}

function levelOf(record: DecisionRecord): 'error' | 'warn' | 'info' {
  if (record.outcome === 'error') return 'error'
  return record.outcome === 'deny' ? 'warn' : 'info'
}
