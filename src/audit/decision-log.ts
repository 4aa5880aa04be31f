import type { Logger } from 'pino'
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
    ...(record.error === undefined ? {} : { error: record.error }),
  }
  log[levelOf(record)](line, 'decision')
}

function levelOf(record: DecisionRecord): 'error' | 'warn' | 'info' {
  if (record.outcome === 'error') return 'error'
  return record.outcome === 'deny' ? 'warn' : 'info'
}
