import type { ViewSource } from '../cluster/view-source.ts'
import type { View } from '../delegation/view.ts'
import { urlHost } from './listen-address.ts'
import { packagePath, shortPath, version } from './package-info.ts'
import { count, printable } from './printable.ts'
import { EXAMPLE, type ServeOptions } from './serve-options.ts'
import { originLine } from './serve-source.ts'

export interface Serving {
  readonly options: ServeOptions
  readonly webhookPort: number
  readonly probesPort: number
  readonly view: View
  readonly source: ViewSource
  /** What clients must trust, if the certificate is self-made. */
  readonly caFile: string | undefined
}

/** What is printed once the server answers: what it knows, where it listens, and how to try it. */
export function serveSummary({ options, webhookPort, probesPort, view, source, caFile }: Serving): string {
  const webhook = `https://${urlHost(options.listen.host)}:${webhookPort}`
  const probes = `http://${urlHost(options.metricsListen.host)}:${probesPort}`
  const lines = [
    `lanekeeper ${version()}`,
    `  ${originLine(options.view, shortPath)}`,
    `  view       ${viewLine(view, source)}`,
    ...source.problemLines().map((line) => `             ${printable(line)}`),
    `  webhook    ${webhook} (/validate, /mutate)`,
    `  probes     ${probes} (/livez, /readyz, /metrics)`,
    `  CA file    ${caFile === undefined ? caElsewhere(options) : shortPath(caFile)}`,
  ]
  if (options.view.from === 'manifests' && options.view.example && caFile !== undefined) {
    lines.push('', 'A route inside its lane, allowed:', `  ${curl(caFile, 'good.json', webhook)}`)
    lines.push('', 'A route that reaches into another lane, denied:', `  ${curl(caFile, 'bad.json', webhook)}`)
  }
  return `${lines.join('\n')}\n`
}

function caElsewhere({ certificates }: ServeOptions): string {
  return certificates.mode === 'secret' ? 'none: the CA is in the caBundle of the webhooks' : 'that of --tls-cert'
}

function viewLine(view: View, source: ViewSource): string {
  if (!source.loaded()) return `not complete yet: ${printable(source.missing() ?? '')}`
  const parts = [
    count(view.count('HTTPRoute'), 'HTTPRoute'),
    ...ifAny(view.count('GRPCRoute'), 'GRPCRoute'),
    count(view.count('Gateway'), 'Gateway'),
    ...ifAny(view.count('ListenerSet') + view.count('XListenerSet'), 'ListenerSet'),
    count(view.count('Namespace'), 'Namespace'),
    count(source.policies().length, 'policy'),
    count(source.problemLines().length, 'problem'),
  ]
  return parts.join(', ')
}

function ifAny(number: number, what: string): string[] {
  return number === 0 ? [] : [count(number, what)]
}

function curl(caFile: string, request: string, webhook: string): string {
  const body = packagePath(`${EXAMPLE.requests}/${request}`)
  const flags = `-sS --cacert ${quoted(shortPath(caFile))} -H 'Content-Type: application/json'`
  return `curl ${flags} --data-binary ${quoted(`@${body}`)} ${webhook}/validate`
}

/** As one word of a shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
