import type { Budget } from './budget.ts'
import { isWithin, normalizePrefix } from './path.ts'
import { compileRegex, compileWithin, fullMatches, shortestMatch } from './re2.ts'
import type { HttpMatch, PathMatch, ValueMatch, Witness } from './route.ts'

/** A request as matches see it; hosts belong to attachments. */
export type MatchedRequest = Omit<Witness, 'host'>

/** What Gateway API's matches can name; examples take the first that fits. */
export const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT']
/** One that no match can name. */
export const UNNAMED_METHOD = 'PROPFIND'

/** Whether the request meets every condition of the match; undefined when that can't be told (an unknown type, no RE2). */
export function matchesRequest(match: HttpMatch, request: MatchedRequest): boolean | undefined {
  return allOf([pathMatches(match.path, request.path), conditionsMatch(match, request)])
}

/** The same, whatever the path. */
export function conditionsMatch(
  { method, headers, queryParams }: HttpMatch,
  request: Pick<MatchedRequest, 'method' | 'headers' | 'query'>,
): boolean | undefined {
  return allOf([
    method === undefined || method === request.method,
    ...headers.map((header) => valueMatches(header, headerOf(request, header.key))),
    ...queryParams.map((param) => valueMatches(param, queryParamOf(request, param.key))),
  ])
}

function allOf(parts: readonly (boolean | undefined)[]): boolean | undefined {
  if (parts.includes(false)) return false
  return parts.includes(undefined) ? undefined : true
}

/** Whether a path match takes this very path; undefined when that can't be told. */
export function pathMatches(match: PathMatch, path: string): boolean | undefined {
  switch (match.type) {
    case 'Exact':
      return match.value === path
    case 'PathPrefix':
      return isWithin(normalizePrefix(match.value), path)
    case 'RegularExpression': {
      const compiled = compileRegex(match.value)
      return compiled.ok ? fullMatches(compiled.regex, path) : undefined
    }
    case 'Unknown':
      return undefined
  }
}

/** Whether a header or query parameter of this value meets the condition; an absent one never does. */
export function valueMatches(match: ValueMatch, value: string | undefined): boolean | undefined {
  if (value === undefined) return false
  switch (match.type) {
    case 'Exact':
      return match.value === value
    case 'RegularExpression': {
      const compiled = compileRegex(match.value)
      return compiled.ok ? fullMatches(compiled.regex, value) : undefined
    }
    case 'Unknown':
      return undefined
  }
}

/** A value that meets the condition: the one written, or a shortest text that the regex matches. */
export function exampleValue(match: ValueMatch, budget: Budget): string {
  if (match.type !== 'RegularExpression') return match.value
  const compiled = compileWithin(match.value, budget)
  return (compiled.ok ? shortestMatch(compiled.regex, budget) : undefined) ?? match.value
}

/** A value for each condition, by the name as written. */
export function exampleValues(matches: readonly ValueMatch[], budget: Budget): Record<string, string> {
  return Object.fromEntries(matches.map((match) => [match.name, exampleValue(match, budget)]))
}

function headerOf({ headers }: Pick<MatchedRequest, 'headers'>, key: string): string | undefined {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === key)?.[1]
}

function queryParamOf({ query }: Pick<MatchedRequest, 'query'>, key: string): string | undefined {
  return Object.hasOwn(query, key) ? query[key] : undefined
}
