import { normalizePrefix } from './path.ts'
import type { HttpMatch, PathMatch, ValueMatch } from './route.ts'

/** The CRD's default match: every request. */
export const CATCH_ALL: HttpMatch = { path: { type: 'PathPrefix', value: '/' }, headers: [], queryParams: [], method: undefined }

/** How messages write a path match: `PathPrefix /api`, `regex "/a.*"`. */
export function describePath(path: PathMatch): string {
  return path.type === 'RegularExpression' ? `regex ${JSON.stringify(path.value)}` : `${path.type} ${path.value}`
}

/** How messages write a whole match, path first. */
export function describeMatch(match: HttpMatch): string {
  const parts = [describePath(match.path)]
  if (match.method !== undefined) parts.push(`method ${match.method}`)
  for (const header of match.headers) parts.push(`header ${describeValue(header)}`)
  for (const param of match.queryParams) parts.push(`query parameter ${describeValue(param)}`)
  return parts.join(', ')
}

export function describeValue(match: ValueMatch): string {
  return match.type === 'Exact' ? `${match.name}=${match.value}` : `${match.name}~${match.value}`
}

export function sameValueMatch(a: ValueMatch, b: ValueMatch): boolean {
  return a.name === b.name && a.type === b.type && a.value === b.value
}

export function sameMatch(a: HttpMatch, b: HttpMatch): boolean {
  return (
    a.path.type === b.path.type &&
    a.path.value === b.path.value &&
    a.method === b.method &&
    sameValueMatches(a.headers, b.headers) &&
    sameValueMatches(a.queryParams, b.queryParams)
  )
}

/** Whether both say exactly the same requests, however they are spelt: trailing slashes and the case of header names aside. */
export function sameRequests(a: HttpMatch, b: HttpMatch): boolean {
  const samePath =
    a.path.type === b.path.type &&
    (a.path.type === 'PathPrefix' ? normalizePrefix(a.path.value) === normalizePrefix(b.path.value) : a.path.value === b.path.value)
  return samePath && a.method === b.method && sameConditions(a.headers, b.headers) && sameConditions(a.queryParams, b.queryParams)
}

function sameConditions(a: readonly ValueMatch[], b: readonly ValueMatch[]): boolean {
  const includes = (all: readonly ValueMatch[], one: ValueMatch) =>
    all.some(({ key, type, value }) => key === one.key && type === one.type && value === one.value)
  return a.every((one) => includes(b, one)) && b.every((one) => includes(a, one))
}

function sameValueMatches(a: readonly ValueMatch[], b: readonly ValueMatch[]): boolean {
  return a.length === b.length && a.every((match) => b.some((other) => sameValueMatch(match, other)))
}
