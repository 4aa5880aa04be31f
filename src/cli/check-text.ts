import { nameOf } from '../delegation/route.ts'
import { type MessageOptions, violationLine } from '../policy/message.ts'
import type { Action } from '../policy/policy.ts'
import type { JudgedRoute } from './check-judge.ts'
import { summarize } from './check-result.ts'
import { harmedLine } from './harmed-line.ts'
import { painter, type Style } from './paint.ts'
import { count, printable } from './printable.ts'

export const ACTION_STYLES: Readonly<Record<Action, Style>> = { Deny: 'red', Patch: 'cyan', Warn: 'yellow', Audit: 'gray', Ignore: 'gray' }

/** For people: grouped by file, one paragraph per finding, a summary last. */
export function checkText(judged: readonly JudgedRoute[], messages: MessageOptions, colour: boolean): string {
  const paint = painter(colour)
  const lines: string[] = []
  for (const [file, routes] of byFile(judged)) {
    lines.push(paint('bold', printable(file)))
    for (const { route, findings } of routes) {
      for (const { violation, region } of findings) {
        const action = paint(ACTION_STYLES[violation.action], violation.action.toLowerCase())
        lines.push(`  ${region.line}: ${action} ${route.kind} ${printable(nameOf(route))}`)
        lines.push(`    ${printable(violationLine(violation, messages))}`)
        // All of them, whatever the message names.
        for (const other of violation.harmed) lines.push(`      ${printable(harmedLine(other))}`)
      }
    }
    lines.push('')
  }
  const { routes, denied, warned } = summarize(judged)
  const style = denied > 0 ? 'red' : warned > 0 ? 'yellow' : 'green'
  lines.push(paint(style, `${count(routes, 'route')} checked: ${denied} denied, ${warned} with warnings`))
  return `${lines.join('\n')}\n`
}

/** Only files with findings. */
function byFile(judged: readonly JudgedRoute[]): Map<string, JudgedRoute[]> {
  return Map.groupBy(
    judged.filter((route) => route.findings.length > 0),
    (route) => route.file,
  )
}
