import type { Witness } from '../delegation/route.ts'
import { UsageError } from './arguments.ts'

/** A request as a command line describes it: what is left out may be anything. */
export interface AskedRequest extends Witness {
  readonly secure: boolean | undefined
  readonly port: number | undefined
}

const URL_FORM = /^(?:(https?):\/\/)?([^/?#:\s]+)(?::(\d{1,5}))?(\/[^?#\s]*)?(?:\?([^#\s]*))?$/i
const METHOD_FORM = /^[A-Z]+$/
const HEADER_FORM = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*(.*)$/

/** `METHOD URL` with headers written `name:value`. The path stays as written: nothing is decoded or resolved. */
export function parseRequest(method: string, url: string, headers: readonly string[]): AskedRequest {
  if (!METHOD_FORM.test(method)) throw new UsageError(`the method must be in capitals, as GET, not "${method}"`)
  const [, scheme, host, port, path, query] = URL_FORM.exec(url) ?? []
  if (host === undefined) throw new UsageError(`the URL must be like https://api.example.com/path, not "${url}"`)
  return {
    method,
    host: host.toLowerCase(),
    path: path ?? '/',
    headers: Object.fromEntries(headers.map(parseHeader)),
    query: parseQuery(query ?? ''),
    secure: scheme === undefined ? undefined : scheme.toLowerCase() === 'https',
    port: port === undefined ? undefined : Number(port),
  }
}

function parseHeader(text: string): [string, string] {
  const [, name, value] = HEADER_FORM.exec(text) ?? []
  if (name === undefined || value === undefined) throw new UsageError(`a header must be like name:value, not "${text}"`)
  return [name.toLowerCase(), value.trimEnd()]
}

/** Of a name that comes twice the first value counts, as for the gateways. */
function parseQuery(text: string): Record<string, string> {
  return Object.fromEntries([...new URLSearchParams(text)].reverse())
}
