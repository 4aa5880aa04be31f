import { DEFAULT_MESSAGE_OPTIONS } from '../policy/message.ts'
import { oneOf, parseCommandLine, UsageError } from './arguments.ts'
import { type JudgedRoute, type JudgeProgress, judgeManifests } from './check-judge.ts'
import { checkResult } from './check-result.ts'
import { checkText } from './check-text.ts'
import { helpText } from './help.ts'
import { EXIT, type Io } from './io.ts'
import { printable, withoutSlash } from './printable.ts'
import { readManifests } from './read-manifests.ts'

const OPTIONS = {
  against: { type: 'string', multiple: true },
  namespace: { type: 'string', short: 'n', default: 'default' },
  output: { type: 'string', default: 'text' },
  'fail-on': { type: 'string', default: 'deny' },
  'docs-base': { type: 'string', default: DEFAULT_MESSAGE_OPTIONS.docsBase },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** `lanekeeper check`: judges manifests and returns the exit code. */
export async function check(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseCommandLine(args, OPTIONS)
  if (values.help) {
    io.out(helpText('check'))
    return EXIT.fine
  }
  if (positionals.length === 0) throw new UsageError('name what to judge: a file, a directory, or - for standard input')
  const known = values.against ?? []
  if (positionals.includes('-') && known.includes('-')) throw new UsageError('standard input can be read only once')
  const output = oneOf('--output', values.output, ['text', 'json'])
  const failOn = oneOf('--fail-on', values['fail-on'], ['deny', 'warn'])

  const submitted = await readManifests(positionals, values.namespace, io)
  const against = await readManifests(known, values.namespace, io)
  const problems = [...against.problems, ...submitted.problems]
  for (const problem of problems) io.err(`${printable(problem)}\n`)

  const judged = judgeManifests(against.manifests, submitted.manifests, Date.now(), progressOn(io))
  if (judged.length === 0) io.err('no HTTPRoute found\n')
  const messages = { docsBase: withoutSlash(values['docs-base']) }
  io.out(output === 'json' ? `${JSON.stringify(checkResult(judged), null, 2)}\n` : checkText(judged, messages, io.colour))
  if (problems.length > 0) return EXIT.usage
  return fails(judged, failOn) ? EXIT.finding : EXIT.fine
}

/** A finding at or above the bar. A Patch is worse than a warning: the object would not stand as written. */
function fails(judged: readonly JudgedRoute[], failOn: 'deny' | 'warn'): boolean {
  const actions = new Set(failOn === 'deny' ? ['Deny'] : ['Deny', 'Patch', 'Warn'])
  return judged.some(({ findings }) => findings.some(({ violation }) => actions.has(violation.action)))
}

const PROGRESS_MILLISECONDS = 250

/** A counter on one line for who waits at a terminal; gone when the work is. */
function progressOn(io: Io): (progress: JudgeProgress) => void {
  if (!io.interactive) return () => {}
  let last = Date.now()
  let shown = false
  return ({ done, of }) => {
    if (done === of && shown) io.err('\r\u001b[K')
    if (done === of || Date.now() - last < PROGRESS_MILLISECONDS) return
    last = Date.now()
    shown = true
    io.err(`\r${done} of ${of} judged`)
  }
}
