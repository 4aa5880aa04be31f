import type { CertificateOrigin } from '../certificates/file-certificates.ts'
import { DEFAULT_MESSAGE_OPTIONS } from '../policy/message.ts'
import { oneOf, parseCommandLine, UsageError } from './arguments.ts'
import { type ListenAddress, parseListenAddress } from './listen-address.ts'
import { packagePath } from './package-info.ts'
import { withoutSlash } from './printable.ts'

const OPTIONS = {
  manifests: { type: 'string', multiple: true },
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

export interface ServeOptions {
  readonly manifests: readonly string[]
  /** No --manifests was given: the example is served, and its requests are worth printing. */
  readonly example: boolean
  readonly listen: ListenAddress
  readonly metricsListen: ListenAddress
  readonly certificates: CertificateOrigin
  readonly logLevel: string
  readonly docsBase: string
  readonly shutdownDelayMilliseconds: number
}

/** Served when no --manifests is given, and its requests. */
export const EXAMPLE = { cluster: 'examples/verticals/cluster', requests: 'examples/verticals/requests' } as const

/** undefined = help was asked for. */
export function parseServeOptions(args: readonly string[]): ServeOptions | undefined {
  const { values, positionals } = parseCommandLine(args, OPTIONS)
  if (values.help) return undefined
  if (positionals.length > 0) throw new UsageError(`unexpected argument "${positionals[0]}"; directories are named with --manifests`)
  const listen = parseListenAddress('--listen', values.listen)
  return {
    manifests: values.manifests ?? [packagePath(EXAMPLE.cluster)],
    example: values.manifests === undefined,
    listen,
    metricsListen: parseListenAddress('--metrics-listen', values['metrics-listen']),
    certificates: certificateOrigin(values['tls-cert'], values['tls-key'], values['certs-dir'], listen.host),
    logLevel: oneOf('--log-level', values['log-level'], ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    docsBase: withoutSlash(values['docs-base']),
    shutdownDelayMilliseconds: seconds('--shutdown-delay', values['shutdown-delay']) * 1000,
  }
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
