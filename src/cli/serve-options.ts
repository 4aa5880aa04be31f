import type { ClusterOrigin } from '../cluster/kube-config.ts'
import { DEFAULT_MESSAGE_OPTIONS } from '../policy/message.ts'
import type { CertificateOrigin } from '../server/certificates.ts'
import { oneOf, parseCommandLine, UsageError } from './arguments.ts'
import { type ListenAddress, parseListenAddress } from './listen-address.ts'
import { packagePath } from './package-info.ts'
import { withoutSlash } from './printable.ts'

const OPTIONS = {
  manifests: { type: 'string', multiple: true },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  listen: { type: 'string', default: '127.0.0.1:8443' },
  'metrics-listen': { type: 'string', default: '127.0.0.1:8080' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  'certs-dir': { type: 'string' },
  'log-level': { type: 'string', default: 'info' },
  'docs-base': { type: 'string', default: DEFAULT_MESSAGE_OPTIONS.docsBase },
  'shutdown-delay': { type: 'string', default: '10' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** What the view follows. `example`: nothing was named, so the example is served, and its requests are worth printing. */
export type ViewOrigin = ClusterOrigin | { readonly from: 'manifests'; readonly paths: readonly string[]; readonly example: boolean }

export interface ServeOptions {
  readonly view: ViewOrigin
  readonly listen: ListenAddress
  readonly metricsListen: ListenAddress
  readonly certificates: CertificateOrigin
  readonly logLevel: string
  readonly docsBase: string
  readonly shutdownDelayMilliseconds: number
}

/** Served when nothing is named outside a cluster, and its requests. */
export const EXAMPLE = { cluster: 'examples/verticals/cluster', requests: 'examples/verticals/requests' } as const

/** undefined = help was asked for. */
export function parseServeOptions(args: readonly string[], env: NodeJS.ProcessEnv = process.env): ServeOptions | undefined {
  const { values, positionals } = parseCommandLine(args, OPTIONS)
  if (values.help) return undefined
  if (positionals.length > 0) throw new UsageError(`unexpected argument "${positionals[0]}"; directories are named with --manifests`)
  const listen = parseListenAddress('--listen', values.listen)
  return {
    view: viewOrigin(values.manifests, values.kubeconfig, values.context, env),
    listen,
    metricsListen: parseListenAddress('--metrics-listen', values['metrics-listen']),
    certificates: certificateOrigin(values['tls-cert'], values['tls-key'], values['certs-dir'], listen.host),
    logLevel: oneOf('--log-level', values['log-level'], ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    docsBase: withoutSlash(values['docs-base']),
    shutdownDelayMilliseconds: seconds('--shutdown-delay', values['shutdown-delay']) * 1000,
  }
}

/** In a pod without a token it is the cluster all the same: to serve the example there, and call it ready, would be worse than an error. */
function viewOrigin(
  manifests: readonly string[] | undefined,
  kubeconfig: string | undefined,
  context: string | undefined,
  env: NodeJS.ProcessEnv,
): ViewOrigin {
  if (context !== undefined && kubeconfig === undefined) throw new UsageError('--context goes with --kubeconfig')
  if (manifests !== undefined) {
    if (kubeconfig !== undefined) throw new UsageError('--manifests and --kubeconfig exclude each other: there is one view')
    return { from: 'manifests', paths: manifests, example: false }
  }
  if (kubeconfig !== undefined) return { from: 'kubeconfig', file: kubeconfig, context }
  if (env['KUBERNETES_SERVICE_HOST']) return { from: 'in-cluster' }
  return { from: 'manifests', paths: [packagePath(EXAMPLE.cluster)], example: true }
}

function certificateOrigin(
  certFile: string | undefined,
  keyFile: string | undefined,
  dir: string | undefined,
  host: string,
): CertificateOrigin {
  if (certFile !== undefined && keyFile !== undefined) {
    if (dir !== undefined) throw new UsageError('--certs-dir is for self-made certificates: leave it out with --tls-cert')
    return { mode: 'files', certFile, keyFile }
  }
  if (certFile !== undefined || keyFile !== undefined) throw new UsageError('--tls-cert and --tls-key go together')
  const wildcard = host === '::' || host === '0.0.0.0'
  return {
    mode: 'self',
    dir: dir ?? packagePath('certs'),
    hosts: [...new Set(['localhost', '127.0.0.1', '::1', ...(wildcard ? [] : [host])])],
  }
}

function seconds(flag: string, text: string): number {
  const value = Number(text)
  if (!/^\d+(\.\d+)?$/.test(text) || value > 3600) throw new UsageError(`${flag} must be a number of seconds up to 3600, not "${text}"`)
  return value
}
