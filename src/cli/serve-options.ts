import type { CertificateOrigin } from '../certificates/file-certificates.ts'
import type { RotationTimings } from '../certificates/rotation.ts'
import type { ConfigurationName } from '../cluster/ca-bundle-writer.ts'
import { type ClusterOrigin, inClusterOrigin } from '../cluster/kube-config.ts'
import { DEFAULT_MESSAGE_OPTIONS } from '../policy/message.ts'
import type { UnsettledLives } from '../policy/unsettled.ts'
import type { CallerRules } from '../server/caller-authentication.ts'
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
  'tls-secret': { type: 'string' },
  'validating-webhook': { type: 'string' },
  'mutating-webhook': { type: 'string' },
  service: { type: 'string' },
  lease: { type: 'string' },
  'ca-life': { type: 'string', default: '1825d' },
  'certificate-life': { type: 'string', default: '90d' },
  'ca-propagation': { type: 'string', default: '30s' },
  'client-ca': { type: 'string' },
  'client-subject': { type: 'string', multiple: true },
  'require-client-cert': { type: 'boolean', default: false },
  'log-level': { type: 'string', default: 'info' },
  'docs-base': { type: 'string', default: DEFAULT_MESSAGE_OPTIONS.docsBase },
  'reservation-life': { type: 'string', default: '10' },
  'tombstone-life': { type: 'string', default: '600' },
  'shutdown-delay': { type: 'string', default: '10' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** What the view follows. `example`: nothing was named, so the example is served, and its requests are worth printing. */
export type ViewOrigin = ClusterOrigin | { readonly from: 'manifests'; readonly paths: readonly string[]; readonly example: boolean }

export interface ServeOptions {
  readonly view: ViewOrigin
  readonly listen: ListenAddress
  readonly metricsListen: ListenAddress
  readonly certificates: CertificateOrigin | SecretOrigin
  /** Held by the one replica that audits and writes; undefined: it audits for itself, and writes nothing about it to the cluster. */
  readonly lease: NamespacedName | undefined
  /** undefined: callers aren't authenticated. */
  readonly callers: (CallerRules & { readonly caFile: string }) | undefined
  readonly logLevel: string
  readonly docsBase: string
  /** Of what the source of the view hasn't settled. */
  readonly lives: UnsettledLives
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
  const view = viewOrigin(values.manifests, values.kubeconfig, values.context, env)
  if (values.lease !== undefined && view.from === 'manifests') throw new UsageError('--lease is for replicas that follow a cluster')
  return {
    view,
    listen,
    metricsListen: parseListenAddress('--metrics-listen', values['metrics-listen']),
    certificates:
      values['tls-secret'] === undefined ? certificateOrigin(values, listen.host) : secretOrigin(values, values['tls-secret'], view),
    lease: values.lease === undefined ? undefined : namespacedName('--lease', values.lease),
    callers: callerRules(values),
    logLevel: oneOf('--log-level', values['log-level'], ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    docsBase: withoutSlash(values['docs-base']),
    lives: {
      reservationMilliseconds: seconds('--reservation-life', values['reservation-life']) * 1000,
      tombstoneMilliseconds: seconds('--tombstone-life', values['tombstone-life']) * 1000,
    },
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
  return inClusterOrigin(env) ?? { from: 'manifests', paths: [packagePath(EXAMPLE.cluster)], example: true }
}

type Values = ReturnType<typeof parseCommandLine<typeof OPTIONS>>['values']

function certificateOrigin(values: Values, host: string): CertificateOrigin {
  for (const flag of ['validating-webhook', 'mutating-webhook', 'service'] as const) {
    if (values[flag] !== undefined) throw new UsageError(`--${flag} goes with --tls-secret`)
  }
  const { 'tls-cert': certFile, 'tls-key': keyFile, 'certs-dir': dir } = values
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

/** A CA made by us and kept in a Secret, which all replicas share. */
export interface SecretOrigin {
  readonly mode: 'secret'
  readonly cluster: ClusterOrigin
  readonly secret: NamespacedName
  readonly configurations: readonly ConfigurationName[]
  readonly hosts: readonly string[]
  readonly timings: RotationTimings
}

export interface NamespacedName {
  readonly namespace: string
  readonly name: string
}

function secretOrigin(values: Values, secret: string, view: ViewOrigin): SecretOrigin {
  if (view.from === 'manifests') throw new UsageError('--tls-secret needs a cluster: that of --kubeconfig, or the one this pod runs in')
  for (const flag of ['tls-cert', 'tls-key', 'certs-dir'] as const) {
    if (values[flag] !== undefined) throw new UsageError(`--tls-secret holds a self-made certificate: leave out --${flag}`)
  }
  const { 'validating-webhook': validating, 'mutating-webhook': mutating, service } = values
  if (validating === undefined && mutating === undefined) {
    throw new UsageError('--tls-secret needs --validating-webhook, --mutating-webhook or both: whose caBundle is it?')
  }
  const { namespace, name } = service === undefined ? { namespace: '', name: '' } : namespacedName('--service', service)
  const serviceHosts = service === undefined ? [] : [`${name}.${namespace}.svc`, `${name}.${namespace}.svc.cluster.local`]
  return {
    mode: 'secret',
    cluster: view,
    secret: namespacedName('--tls-secret', secret),
    configurations: [
      ...(validating === undefined
        ? []
        : [{ kind: 'ValidatingWebhookConfiguration' as const, name: objectName('--validating-webhook', validating) }]),
      ...(mutating === undefined
        ? []
        : [{ kind: 'MutatingWebhookConfiguration' as const, name: objectName('--mutating-webhook', mutating) }]),
    ],
    // The same for every replica, since they share the certificate: no address of one of them.
    hosts: [...serviceHosts, 'localhost', '127.0.0.1', '::1'],
    timings: {
      caLife: duration('--ca-life', values['ca-life']),
      leafLife: duration('--certificate-life', values['certificate-life']),
      propagation: duration('--ca-propagation', values['ca-propagation']),
    },
  }
}

function callerRules(values: Values): ServeOptions['callers'] {
  const { 'client-ca': caFile, 'client-subject': subjects, 'require-client-cert': required } = values
  if (caFile === undefined) {
    if (subjects !== undefined || required) throw new UsageError('--client-subject and --require-client-cert go with --client-ca')
    return undefined
  }
  if (subjects === undefined) throw new UsageError('--client-ca needs --client-subject: a CA often signs more than the API server')
  return { caFile, subjects, required }
}

function namespacedName(flag: string, text: string): NamespacedName {
  const [namespace = '', name = '', ...rest] = text.split('/')
  if (rest.length > 0 || name === '') throw new UsageError(`${flag} must be NAMESPACE/NAME, not "${text}"`)
  return { namespace: objectName(flag, namespace), name: objectName(flag, name) }
}

function objectName(flag: string, text: string): string {
  if (!/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/.test(text)) throw new UsageError(`${flag}: "${text}" is no name of an object`)
  return text
}

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** In milliseconds. */
function duration(flag: string, text: string): number {
  const parts = /^([1-9]\d{0,5})([smhd])$/.exec(text)
  const unit = parts?.[2]
  if (unit !== 's' && unit !== 'm' && unit !== 'h' && unit !== 'd')
    throw new UsageError(`${flag} must be a number of s, m, h or d, for example 90d, not "${text}"`)
  return Number(parts?.[1]) * UNITS[unit]
}

function seconds(flag: string, text: string): number {
  const value = Number(text)
  if (!/^\d+(\.\d+)?$/.test(text) || value > 3600) throw new UsageError(`${flag} must be a number of seconds up to 3600, not "${text}"`)
  return value
}
