import type { ClusterOrigin } from '../cluster/kube-config.ts'
import { DEFAULT_MESSAGE_OPTIONS } from '../policy/message.ts'
import { defaultNamespace, oneOf, parseCommandLine, UsageError } from './arguments.ts'
import { withoutSlash } from './printable.ts'

export const OUTPUTS = ['text', 'json', 'sarif', 'junit'] as const

export type Output = (typeof OUTPUTS)[number]

/** The least action that makes a finding a failure. */
export type FailOn = 'deny' | 'warn'

export interface CheckOptions {
  /** PATH arguments: files, directories, `-`. */
  readonly paths: readonly string[]
  readonly against: readonly string[]
  /** The cluster to judge against, instead of manifests. */
  readonly cluster: ClusterOrigin | undefined
  readonly namespace: string
  readonly output: Output
  readonly failOn: FailOn
  readonly docsBase: string
  /** `write` repairs the files; `diff` prints what it would change. */
  readonly fix: 'no' | 'write' | 'diff'
  /** Git revision; undefined = judge every file. */
  readonly changedSince: string | undefined
}

const OPTIONS = {
  against: { type: 'string', multiple: true },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  namespace: { type: 'string', short: 'n', default: 'default' },
  output: { type: 'string', default: 'text' },
  'fail-on': { type: 'string', default: 'deny' },
  fix: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  'changed-since': { type: 'string' },
  'docs-base': { type: 'string', default: DEFAULT_MESSAGE_OPTIONS.docsBase },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** undefined = help was asked for. Throws UsageError. */
export function parseCheckOptions(args: readonly string[]): CheckOptions | undefined {
  const { values, positionals: paths } = parseCommandLine(args, OPTIONS)
  if (values.help) return undefined
  if (paths.length === 0) throw new UsageError('name what to judge: a file, a directory, or - for standard input')
  const { against = [], fix, 'dry-run': dryRun, 'changed-since': changedSince } = values
  if (paths.includes('-') && against.includes('-')) throw new UsageError('standard input can be read only once')
  if (dryRun && !fix) throw new UsageError('--dry-run goes with --fix')
  if (fix && paths.includes('-')) throw new UsageError('--fix changes files: standard input is none')
  if (changedSince !== undefined && paths.includes('-')) throw new UsageError('--changed-since is about files: standard input is none')
  const output = oneOf('--output', values.output, OUTPUTS)
  if (dryRun && output !== 'text') throw new UsageError(`--dry-run prints a diff, not ${output}`)
  return {
    paths,
    against,
    cluster: clusterOrigin(values.kubeconfig, values.context, against),
    namespace: defaultNamespace(values.namespace),
    output,
    failOn: oneOf('--fail-on', values['fail-on'], ['deny', 'warn']),
    docsBase: withoutSlash(values['docs-base']),
    fix: dryRun ? 'diff' : fix ? 'write' : 'no',
    changedSince,
  }
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
