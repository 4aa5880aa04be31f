import { hostsMeet } from './hostname.ts'
import { normalizePrefix } from './path.ts'
import { type MatchedRequest, matchesRequest } from './request.ts'
import type { HttpMatch, Witness } from './route.ts'
import { compareHosts, type Entry, isHostWithin, type Row, type Table } from './table.ts'

/** What a gateway does with one request. */
export interface Answer {
  /** The table that was asked; undefined = no host of this entry is the request's. */
  readonly table: Table | undefined
  /** undefined = nobody: 404. */
  readonly winner: Row | undefined
  /** The grant of a nested table where the way ended, none of its group taking the request: no other is tried. */
  readonly deadEnd: Row | undefined
  /** Who would have got the request had the winner not been there, the next in line first. */
  readonly outranked: readonly Row[]
}

/**
 * Who gets a request that comes in here. Flattening gateways ask the table of the most specific host alone; the nested one
 * goes on to the less specific ones where none of its rows takes the request. A condition that can't be decided (a type
 * not known, no RE2) takes nothing.
 */
export function answerOf(entry: Entry, asked: Witness): Answer {
  const request = withHostHeader(asked)
  const tables = tablesFor(entry, request.host)
  for (const table of entry.dialect === 'agentgateway' ? tables : tables.slice(0, 1)) {
    const [first, ...outranked] = table.rows.filter((row) => takes(row, request))
    if (first === undefined) continue
    const end = first.group === undefined ? { row: first, outranked: [] } : within(first, request)
    const answers = end.row.group === undefined || end.row.outcome.kind !== 'error'
    return {
      table,
      winner: answers ? end.row : undefined,
      deadEnd: answers ? undefined : end.row,
      outranked: [...end.outranked, ...outranked],
    }
  }
  return { table: tables[0], winner: undefined, deadEnd: undefined, outranked: [] }
}

/** Matches see the host as a header too, whatever else the request says of it. */
function withHostHeader(request: Witness): Witness {
  const others = Object.entries(request.headers).filter(([name]) => name.toLowerCase() !== 'host')
  return { ...request, headers: { ...Object.fromEntries(others), host: request.host } }
}

/** Down a nested table, group by group. */
function within(grant: Row, request: Witness): { row: Row; outranked: readonly Row[] } {
  const [first, ...outranked] = (grant.group ?? []).filter((row) => takes(row, request))
  if (first === undefined) return { row: grant, outranked: [] }
  const below = within(first, request)
  return { row: below.row, outranked: [...below.outranked, ...outranked] }
}

/** The tables of the listener that a host leads to, the most specific host first. */
function tablesFor({ known, port, secure, tables }: Entry, host: string): Table[] {
  const fitting = tables.filter((table) => isHostWithin(host, table.host)).sort((a, b) => compareHosts(a.host, b.host))
  if (known === undefined) return fitting
  const protocol = secure ? 'HTTPS' : 'HTTP'
  const [listener] = known.listeners
    .filter((own) => own.port === port && own.protocol === protocol)
    .map(({ hostname }) => hostname ?? '*')
    .filter((pattern) => isHostWithin(host, pattern))
    .sort(compareHosts)
  if (listener === undefined) return []
  return fitting.filter((table) => (table.serverName === undefined ? isHostWithin(table.host, listener) : table.serverName === listener))
}

/** Whether the row's match takes the request; a nested child's hostnames narrow it too. */
export function takes({ claimant }: Row, request: Witness): boolean {
  const { route, up, effective, attachment } = claimant
  if (up !== undefined && route.hostnames.length > 0 && !route.hostnames.some((host) => hostsMeet(host, request.host))) return false
  return matchesRequest(effective, request) === true && !(attachment.dialect === 'gloo' && isBareOfSlash(effective, request))
}

/** gloo programs a prefix that ends in a slash as text: the path without the slash is not below it. */
function isBareOfSlash({ path }: HttpMatch, request: MatchedRequest): boolean {
  return path.type === 'PathPrefix' && path.value !== '/' && path.value.endsWith('/') && request.path === normalizePrefix(path.value)
}
