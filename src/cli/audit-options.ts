import { type ClusterOrigin, inClusterOrigin } from '../cluster/kube-config.ts'
import { DEFAULT_MESSAGE_OPTIONS } from '../policy/message.ts'
import { defaultNamespace, oneOf, parseCommandLine, UsageError } from './arguments.ts'
import type { FailOn } from './check-options.ts'
import { withoutSlash } from './printable.ts'

const OUTPUTS = ['text', 'json'] as const

export interface AuditOptions {
  readonly what: ClusterOrigin | { readonly from: 'manifests'; readonly paths: readonly string[]; readonly namespace: string }
  /** Whether policies that only warn or report count as if they were enforced. */
  readonly asEnforced: boolean
  readonly output: (typeof OUTPUTS)[number]
  readonly failOn: FailOn
  readonly docsBase: string
}

const OPTIONS = {
  manifests: { type: 'string', multiple: true },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  namespace: { type: 'string', short: 'n', default: 'default' },
  'as-enforced': { type: 'boolean', default: false },
  output: { type: 'string', default: 'text' },
  'fail-on': { type: 'string', default: 'deny' },
  'docs-base': { type: 'string', default: DEFAULT_MESSAGE_OPTIONS.docsBase },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** undefined = help was asked for. Throws UsageError. */
export function parseAuditOptions(args: readonly string[], env: NodeJS.ProcessEnv = process.env): AuditOptions | undefined {
  const { values, positionals } = parseCommandLine(args, OPTIONS)
  if (values.help) return undefined
  return {
    what: whatToAudit([...positionals, ...(values.manifests ?? [])], values, env),
    asEnforced: values['as-enforced'],
    output: oneOf('--output', values.output, OUTPUTS),
    failOn: oneOf('--fail-on', values['fail-on'], ['deny', 'warn']),
    docsBase: withoutSlash(values['docs-base']),
  }
}

interface Named {
  readonly kubeconfig?: string | undefined
  readonly context?: string | undefined
  readonly namespace: string
}

function whatToAudit(paths: readonly string[], named: Named, env: NodeJS.ProcessEnv): AuditOptions['what'] {
  const { kubeconfig: file, context, namespace } = named
  if (context !== undefined && file === undefined) throw new UsageError('--context goes with --kubeconfig')
  if (file !== undefined) {
    if (paths.length > 0) throw new UsageError('manifests and --kubeconfig exclude each other: both say what is there')
    return { from: 'kubeconfig', file, context }
  }
  if (paths.length > 0) return { from: 'manifests', paths, namespace: defaultNamespace(namespace) }
  const own = inClusterOrigin(env)
  if (own !== undefined) return own
  throw new UsageError('name what to audit: manifests, or a cluster with --kubeconfig')
}
