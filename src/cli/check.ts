import { readClusterOnce } from '../cluster/cluster-snapshot.ts'
import type { ClusterOrigin } from '../cluster/kube-config.ts'
import { problemLine } from '../cluster/manifest-documents.ts'
import { type LoadedManifests, loadSource, withoutDuplicates } from '../cluster/manifests.ts'
import { DEFAULT_MESSAGE_OPTIONS } from '../policy/message.ts'
import { oneOf, parseCommandLine, UsageError } from './arguments.ts'
import { type JudgedRoute, type JudgeProgress, judgeManifests, type Known } from './check-judge.ts'
import { checkResult } from './check-result.ts'
import { readSources } from './check-sources.ts'
import { checkText } from './check-text.ts'
import { helpText } from './help.ts'
import { EXIT, type Io } from './io.ts'
import { printable, withoutSlash } from './printable.ts'

const OPTIONS = {
  against: { type: 'string', multiple: true },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
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

  const submitted = await load(positionals, values.namespace, io)
  const cluster = clusterOrigin(values.kubeconfig, values.context, known)
  const against = cluster === undefined ? await loadKnown(known, values.namespace, io) : await readKnown(cluster)
  if (against.known === undefined) {
    for (const problem of against.problems) io.err(`${printable(problem)}\n`)
    return EXIT.usage
  }
  const problems = [...against.problems, ...submitted.problems]
  for (const problem of problems) io.err(`${printable(problem)}\n`)

  const judged = judgeManifests(against.known, submitted.manifests, Date.now(), progressOn(io))
  if (judged.length === 0) io.err('no HTTPRoute found\n')
  const messages = { docsBase: withoutSlash(values['docs-base']) }
  io.out(output === 'json' ? `${JSON.stringify(checkResult(judged), null, 2)}\n` : checkText(judged, messages, io.colour))
  if (problems.length > 0) return EXIT.usage
  return fails(judged, failOn) ? EXIT.finding : EXIT.fine
}

/** undefined = no cluster was named. */
function clusterOrigin(file: string | undefined, context: string | undefined, against: readonly string[]): ClusterOrigin | undefined {
  if (file === undefined) {
    if (context !== undefined) throw new UsageError('--context goes with --kubeconfig')
    return undefined
  }
  if (against.length > 0) throw new UsageError('--against and --kubeconfig exclude each other: both say what is there already')
  return { from: 'kubeconfig', file, context }
}

interface AgainstWhat {
  /** undefined = nothing of it can be read: to judge against nothing would look like an answer. */
  readonly known: Known | undefined
  readonly problems: readonly string[]
}

async function loadKnown(paths: readonly string[], defaultNamespace: string, io: Io): Promise<AgainstWhat> {
  const { manifests, problems } = await load(paths, defaultNamespace, io)
  return { known: manifests, problems }
}

async function readKnown(cluster: ClusterOrigin): Promise<AgainstWhat> {
  try {
    const { objects, policies, problems } = await readClusterOnce(cluster)
    return { known: { objects, policies, completeness: 'cluster' }, problems }
  } catch (cause) {
    return { known: undefined, problems: [`the cluster can't be read: ${cause instanceof Error ? cause.message : String(cause)}`] }
  }
}

async function load(
  paths: readonly string[],
  defaultNamespace: string,
  io: Io,
): Promise<{ manifests: LoadedManifests; problems: string[] }> {
  const { sources, problems } = await readSources(paths, io.readInput)
  const manifests = withoutDuplicates(sources.map((source) => loadSource(source, { defaultNamespace, allowNonObjects: source.found })))
  return { manifests, problems: [...problems, ...manifests.problems.map(problemLine)] }
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
