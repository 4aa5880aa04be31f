import { problemLine } from '../cluster/manifest-documents.ts'
import { defaultNamespace, oneOf, parseCommandLine, UsageError } from './arguments.ts'
import { explainText } from './explain-text.ts'
import { explainRequest, explanationJson, statusOf } from './explanation.ts'
import { helpText } from './help.ts'
import { EXIT, type Io } from './io.ts'
import { packagePath } from './package-info.ts'
import { printable } from './printable.ts'
import { readWhole } from './read-manifests.ts'
import { parseRequest } from './request-arguments.ts'
import { EXAMPLE } from './serve-options.ts'
import { INCOMPLETE, tableRulesOf, viewOf } from './table-view.ts'

const OPTIONS = {
  header: { type: 'string', short: 'H', multiple: true },
  namespace: { type: 'string', short: 'n', default: 'default' },
  output: { type: 'string', default: 'text' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** `lanekeeper explain`: who gets a request, and returns the exit code. */
export async function explain(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseCommandLine(args, OPTIONS)
  if (values.help) {
    io.out(helpText('explain'))
    return EXIT.fine
  }
  const [method, url, ...paths] = positionals
  if (method === undefined || url === undefined) throw new UsageError('name a request: a method and a URL')
  const output = oneOf('--output', values.output, ['text', 'json'])
  const namespace = defaultNamespace(values.namespace)
  const request = parseRequest(method, url, values.header ?? [])
  const { manifests, problems } = await readWhole(paths.length > 0 ? paths : [packagePath(EXAMPLE.cluster)], namespace, io)
  for (const problem of problems) io.err(`${printable(problemLine(problem))}\n`)
  const rules = tableRulesOf(manifests.policies.map(({ policy }) => policy))
  const { explanations, complete } = explainRequest(request, viewOf(manifests), rules)
  if (!complete) io.err(INCOMPLETE)
  if (output === 'json') io.out(`${JSON.stringify(explanationJson(request, explanations, rules), null, 2)}\n`)
  else io.out(explainText(request, explanations, rules, io.colour))
  if (problems.length > 0) return EXIT.usage
  return explanations.some(({ answer }) => statusOf(answer) === 'served') ? EXIT.fine : EXIT.finding
}
