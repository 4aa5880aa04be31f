import { compareHosts, hostsMeet, isHostWithin } from './hostname.ts'
import { normalizePrefix } from './path.ts'
import { type MatchedRequest, matchesRequest } from './request.ts'
import type { HttpMatch, Witness } from './route.ts'
import type { Entry, Row, Table } from './table.ts'

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
  /** Who would have got it on a less specific host, had the table asked not been there. */
  readonly hidden: readonly { readonly host: string; readonly row: Row }[]
}

/**
 * Who gets a request that comes in here. Flattening gateways ask the table of the most specific host alone; the nested one
 * goes on to the less specific ones where none of its rows takes the request. A condition that can't be decided (a type
 * not known, no RE2) takes nothing.
 */
export function answerOf(entry: Entry, sent: Witness): Answer {
  const request = withHostHeader(sent)
  const tables = tablesFor(entry, request.host)
  const asked = entry.dialect === 'agentgateway' ? tables : tables.slice(0, 1)
  const found = asked.find(({ rows }) => rows.some((row) => takes(row, request))) ?? asked[0]
  const hidden = tables.slice(found === undefined ? 0 : tables.indexOf(found) + 1).flatMap(({ host, rows }) => {
    const row = rows.find((candidate) => takes(candidate, request))
    return row === undefined ? [] : [{ host, row }]
  })
  const [first, ...outranked] = found?.rows.filter((row) => takes(row, request)) ?? []
  if (first === undefined) return { table: found, winner: undefined, deadEnd: undefined, outranked, hidden }
  const end = within(first, request)
  const answers = end.row.group === undefined || end.row.outcome.kind !== 'error'
  const [winner, deadEnd] = answers ? [end.row, undefined] : [undefined, end.row]
  return { table: found, winner, deadEnd, outranked: [...end.outranked, ...outranked], hidden }
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
