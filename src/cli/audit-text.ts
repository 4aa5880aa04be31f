import { nameOf, type Witness } from '../delegation/route.ts'
import type { Violation } from '../policy/decision.ts'
import { type MessageOptions, violationLine } from '../policy/message.ts'
import { type AuditedRoute, summarizeAudit } from './audit-result.ts'
import { ACTION_STYLES } from './check-text.ts'
import { painter } from './paint.ts'
import { count, printable } from './printable.ts'

/** For people: grouped by route, one paragraph per finding, a summary last. */
export function auditText(audited: readonly AuditedRoute[], messages: MessageOptions, colour: boolean): string {
  const paint = painter(colour)
  const lines: string[] = []
  for (const { route, violations } of audited) {
    if (violations.length === 0) continue
    lines.push(paint('bold', `${route.kind} ${printable(nameOf(route))}`))
    for (const violation of violations) {
      lines.push(
        `  ${paint(ACTION_STYLES[violation.action], violation.action.toLowerCase())} ${printable(violationLine(violation, messages))}`,
      )
      for (const detail of detailsOf(violation)) lines.push(`    ${printable(detail)}`)
    }
    lines.push('')
  }
  const { routes, denied, warned, audited: reported } = summarizeAudit(audited)
  const style = denied > 0 ? 'red' : warned > 0 ? 'yellow' : 'green'
  lines.push(
    paint(style, `${count(routes, 'route')} audited: ${denied} would be denied, ${warned} with warnings, ${reported} only reported`),
  )
  return `${lines.join('\n')}\n`
}

/** Who sees the whole cluster may know who else is concerned. */
function detailsOf({ witness, confidential, exception }: Violation): string[] {
  const request = witness ?? confidential?.witness
  return [
    ...(request === undefined ? [] : [`request: ${requestLine(request)}`]),
    ...(confidential === undefined
      ? []
      : [`other route: ${confidential.route}${confidential.field === undefined ? '' : ` ${confidential.field}`}`]),
    ...(exception === undefined ? [] : [`exception: ${exception}`]),
  ]
}

/** `GET api.example.com/cart?v=2 x-tenant: a` */
function requestLine({ method, host, path, headers, query }: Witness): string {
  const parameters = new URLSearchParams(query).toString()
  const fields = Object.entries(headers).map(([name, value]) => ` ${name}: ${value}`)
  return `${method} ${host}${path}${parameters === '' ? '' : `?${parameters}`}${fields.join('')}`
}
