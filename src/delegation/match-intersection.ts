import type { Budget } from './budget.ts'
import { DISJOINT, type Intersection } from './containment.ts'
import { matchesAreDisjoint } from './disjoint.ts'
import { examplePath, isWithin, normalizePrefix } from './path.ts'
import { compileWithin, type Regex } from './re2.ts'
import { literalPrefix } from './regex-containment.ts'
import { regexIntersects } from './regex-intersection.ts'
import { exampleValue, type MatchedRequest, matchesRequest, pathMatches, valueMatches } from './request.ts'
import type { HttpMatch, PathMatch, ValueMatch } from './route.ts'

/** Whether some request is in every one of several matches. `witness` is such a request, verified. */
export type MatchIntersection =
  | { readonly verdict: 'disjoint' }
  | { readonly verdict: 'intersecting'; readonly witness: MatchedRequest }
  | { readonly verdict: 'undecided'; readonly reason: string }

/**
 * `disjoint` is exact. Undecided: an unknown match type, a regex that isn't RE2, three regexes or more on one value, or the
 * budget's end; whoever must not miss an intersection takes it for one.
 */
export function intersectMatches(matches: readonly HttpMatch[], budget: Budget): MatchIntersection {
  for (const [index, match] of matches.entries()) {
    for (const other of matches.slice(0, index)) if (matchesAreDisjoint(match, other) !== undefined) return { verdict: 'disjoint' }
  }
  const headers = intersectValues(
    matches.map((match) => match.headers),
    budget,
  )
  const query = intersectValues(
    matches.map((match) => match.queryParams),
    budget,
  )
  if (headers === undefined || query === undefined) return { verdict: 'disjoint' }
  const path = intersectPaths(
    matches.map((match) => match.path),
    budget,
  )
  if (path.verdict !== 'intersecting') return path
  const method = matches.find((match) => match.method !== undefined)?.method ?? 'GET'
  const witness = { method, path: path.witness, headers, query }
  if (matches.every((match) => matchesRequest(match, witness) === true)) return { verdict: 'intersecting', witness }
  return { verdict: 'undecided', reason: 'no example of the headers or query parameters could be confirmed' }
}

/** A value for each name that is asked for; undefined when one that is written can't meet another condition on its name. */
function intersectValues(conditions: readonly (readonly ValueMatch[])[], budget: Budget): Record<string, string> | undefined {
  const byKey = new Map<string, ValueMatch[]>()
  for (const condition of conditions.flat()) byKey.set(condition.key, [...(byKey.get(condition.key) ?? []), condition])
  const values: Record<string, string> = {}
  for (const all of byKey.values()) {
    const written = all.find(({ type }) => type === 'Exact')
    if (written !== undefined && all.some((condition) => valueMatches(condition, written.value) === false)) return undefined
    // Of several regexes, perhaps the example of one meets the others.
    const examples = (written === undefined ? all : [written]).map((condition) => exampleValue(condition, budget))
    const value = examples.find((example) => all.every((condition) => valueMatches(condition, example) === true)) ?? examples[0]
    const [first] = all
    if (first !== undefined && value !== undefined) values[first.name] = value
  }
  return values
}

/** A path that every match takes. */
export function intersectPaths(paths: readonly PathMatch[], budget: Budget): Intersection {
  if (paths.some(({ type }) => type === 'Unknown')) return { verdict: 'undecided', reason: 'a path is of an unknown match type' }
  const literal = narrowest(paths)
  if (literal === undefined) return DISJOINT
  const sources = new Set(paths.filter(({ type }) => type === 'RegularExpression').map(({ value }) => value))
  const regexes: Regex[] = []
  for (const source of sources) {
    const compiled = compileWithin(source, budget)
    if (!compiled.ok) return { verdict: 'undecided', reason: compiled.error }
    regexes.push(compiled.regex)
  }
  const [first, second] = regexes
  if (first === undefined) return { verdict: 'intersecting', witness: shortestOf(literal) }
  if (second === undefined) return regexIntersects(first, literal, budget)
  return intersectRegexes(first, second, paths, budget)
}

function intersectRegexes(first: Regex, second: Regex, paths: readonly PathMatch[], budget: Budget): Intersection {
  for (const regex of [first, second]) {
    for (const path of paths) {
      if (path.type === 'RegularExpression') continue
      const alone = regexIntersects(regex, path, budget)
      if (alone.verdict !== 'intersecting') return alone
    }
  }
  const both = regexIntersects(first, { type: 'RegularExpression', value: second.source }, budget)
  if (both.verdict !== 'intersecting' || paths.every((path) => pathMatches(path, both.witness) === true)) return both
  const implied = paths.every((path) => impliesPath(first, path) || impliesPath(second, path))
  return implied ? both : { verdict: 'undecided', reason: 'several regular expressions and a path meet pairwise' }
}

function impliesPath(regex: Regex, path: PathMatch): boolean {
  if (path.type === 'RegularExpression') return path.value === regex.source
  return path.type === 'PathPrefix' && isWithin(normalizePrefix(path.value), literalPrefix(regex))
}

const EVERY_PATH: PathMatch = { type: 'PathPrefix', value: '/' }

/** The literal that the others contain; every path where none is written, undefined where two are disjoint. */
function narrowest(paths: readonly PathMatch[]): PathMatch | undefined {
  let narrow = EVERY_PATH
  for (const path of paths) {
    if (path.type !== 'Exact' && path.type !== 'PathPrefix') continue
    if (pathMatches(narrow, shortestOf(path)) === true) {
      // Of two that say the same, the one whose example both take.
      const isNarrower = path.type === 'Exact' || shortestOf(path).length >= shortestOf(narrow).length
      if (narrow.type !== 'Exact' && isNarrower) narrow = path
    } else if (pathMatches(path, shortestOf(narrow)) !== true) return undefined
  }
  return narrow
}

function shortestOf(path: PathMatch): string {
  return path.type === 'PathPrefix' ? examplePath(path.value) : path.value
}
