import type { Decision, Violation } from './decision.ts'

export interface MessageOptions {
  /** Base of the documentation links: `<base>/LK103`. */
  readonly docsBase: string
}

export const DEFAULT_MESSAGE_OPTIONS: MessageOptions = { docsBase: 'https://lanekeeper.dev/checks' }

/** One line for a violation: `LK103 RegexEscapesGrant at FIELD: MESSAGE LINK`. */
export function violationLine(violation: Violation, options: MessageOptions): string {
  return printable(`${violation.code} ${violation.name} at ${violation.field}: ${violation.message} ${options.docsBase}/${violation.code}`)
}

/** The whole text of a denial. */
export function denialMessage(object: string, decision: Decision, options: MessageOptions): string {
  const denied = decision.violations.filter((violation) => violation.action === 'Deny' || violation.action === 'Patch')
  const count = `${denied.length} violation${denied.length === 1 ? '' : 's'}`
  return [`${object} denied: ${count}`, ...denied.map((violation) => violationLine(violation, options))].join('\n')
}

/** What the API server accepts and a terminal shows: how many warnings, and how long each (characters). */
const MAX_WARNINGS = 10
const MAX_WARNING_LENGTH = 200

/** Admission warnings: one line each, no control characters, the last one "+N more" when there are too many. */
export function warnings(decision: Decision): string[] {
  const lines = decision.violations
    .filter((violation) => violation.action === 'Warn')
    .map((violation) => cut(printable(`${violation.code} ${violation.name} at ${violation.field}: ${violation.message}`)))
  if (lines.length <= MAX_WARNINGS) return lines
  return [...lines.slice(0, MAX_WARNINGS - 1), `+${lines.length - MAX_WARNINGS + 1} more`]
}

function cut(line: string): string {
  const characters = Array.from(line)
  return characters.length <= MAX_WARNING_LENGTH ? line : `${characters.slice(0, MAX_WARNING_LENGTH - 1).join('')}…`
}

/** The API server drops a warning with a control character in it without a word. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ')
}
