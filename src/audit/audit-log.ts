import type { Logger } from 'pino'
import { type AuditFinding, type AuditReport, changesBetween, MAX_FINDINGS } from './audit-report.ts'

/** More lines of one scan would drown the rest of the log. */
const MAX_LINES = 1_000

/** A line for each finding that is new or gone since the report before, and one for the scan itself where anything differs. */
export function logAudit(log: Logger, before: AuditReport | undefined, after: AuditReport): void {
  const summary = { routes: after.routes, findings: countOf(after), ms: Math.round(after.milliseconds) }
  if (after.omitted > 0 || (before !== undefined && before.omitted > 0)) {
    const level = before !== undefined && countOf(before) === countOf(after) ? 'debug' : 'warn'
    log[level](summary, `audit: more than ${MAX_FINDINGS} findings are not told one by one; lanekeeper audit lists them`)
    return
  }
  const { appeared, cleared } = changesBetween(before, after)
  for (const finding of appeared.slice(0, MAX_LINES)) log.warn(lineOf(finding), 'audit: new finding')
  for (const finding of cleared.slice(0, MAX_LINES)) log.info(lineOf(finding), 'audit: finding cleared')
  const changed = appeared.length + cleared.length > 0
  log[changed || before === undefined ? 'info' : 'debug']({ ...summary, new: appeared.length, cleared: cleared.length }, 'audit')
}

function countOf({ findings, omitted }: AuditReport): number {
  return findings.length + omitted
}

function lineOf({ route: { kind, namespace, name }, violation }: AuditFinding): object {
  const { code, action, field, message, witness, confidential, exception } = violation
  const request = witness ?? confidential?.witness
  return {
    code,
    action,
    kind,
    namespace,
    name,
    field,
    message,
    ...(request === undefined ? {} : { request: `${request.method} ${request.host}${request.path}` }),
    ...(confidential === undefined ? {} : { other: confidential.route, otherField: confidential.field }),
    ...(exception === undefined ? {} : { exception }),
  }
}
