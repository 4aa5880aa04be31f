import { PATH_ALPHABET, VALUE_ALPHABET } from './alphabet.ts'
import type { Budget } from './budget.ts'
import { exampleHost, isHostWithin } from './hostname.ts'
import { programOfPath, programOfValue } from './match-program.ts'
import { normalizePrefix } from './path.ts'
import { compileRegex } from './re2.ts'
import { samplePath } from './regex-containment.ts'
import { pathMatches } from './request.ts'
import type { PathMatch, ValueMatch } from './route.ts'
import { textClasses } from './text-classes.ts'

const SLASH = 0x2f

/** Hosts such that whatever the patterns (`*` = every host) say of any host, they say of one of these. */
export function representativeHosts(patterns: ReadonlySet<string>): string[] {
  return [...new Set([...patterns].map((pattern) => hostOnlyIn(pattern, patterns)))]
}

/** A host of the pattern that no pattern inside it has. */
function hostOnlyIn(pattern: string, patterns: ReadonlySet<string>): string {
  if (!pattern.startsWith('*')) return pattern
  const inside = [...patterns].filter((other) => other !== pattern && isHostWithin(other, pattern))
  let host = exampleHost(pattern)
  for (let count = 1; inside.some((other) => isHostWithin(host, other)); count++) {
    host = pattern === '*' ? `x${count}.invalid` : `x${count}${pattern.slice(1)}`
  }
  return host
}

export interface RepresentativePaths {
  /** `takenBy`: the matches that take it, by pathKey. */
  readonly paths: readonly { readonly path: string; readonly takenBy: ReadonlySet<string> }[]
  readonly complete: boolean
}

/** Paths such that whatever the matches say of any request path, they say of one of these. Invalid regexes take nothing. */
export function representativePaths(matches: readonly PathMatch[], budget: Budget): RepresentativePaths {
  const programs = [...new Map(matches.flatMap(textsOf).map((match) => [pathKey(match), match])).values()].flatMap((match) =>
    programOfPath(match).map((program) => ({ match, key: pathKey(match), program })),
  )
  const { classes, complete } = textClasses(
    programs.map(({ program }) => program),
    PATH_ALPHABET,
    SLASH,
    budget,
  )
  const paths = classes.map(({ text, matching }) => ({
    path: text,
    takenBy: new Set(matching.flatMap((index) => programs[index]?.key ?? [])),
  }))
  if (complete) return { paths, complete }
  const guesses = programs
    .flatMap(({ match }) => guessesOf(match, budget))
    .map((path) => {
      const taking = programs.filter(({ match }) => pathMatches(match, path) === true)
      return { path, takenBy: new Set(taking.map(({ key }) => key)) }
    })
  return { paths: [...paths, ...guesses], complete }
}

/** Matches of the same key take the same paths, the one without a trailing slash aside. */
export function pathKey({ type, value }: PathMatch): string {
  return `${type} ${type === 'PathPrefix' ? normalizePrefix(value) : value}`
}

function guessesOf({ type, value }: PathMatch, budget: Budget): string[] {
  if (type !== 'RegularExpression') return type === 'Exact' ? [value] : [value, `${value}/x`]
  const compiled = compileRegex(value)
  const sample = compiled.ok ? samplePath(compiled.regex, budget) : undefined
  return sample === undefined ? [] : [sample]
}

export interface RepresentativeValues {
  readonly values: readonly string[]
  readonly complete: boolean
}

/** The same for the values of one header or query parameter. */
export function representativeValues(matches: readonly ValueMatch[], budget: Budget): RepresentativeValues {
  const distinct = [...new Map(matches.map((match) => [`${match.type} ${match.value}`, match])).values()]
  const { classes, complete } = textClasses(distinct.flatMap(programOfValue), VALUE_ALPHABET, undefined, budget)
  const exact = complete ? [] : distinct.filter(({ type }) => type === 'Exact').map(({ value }) => value)
  return { values: [...new Set([...classes.map(({ text }) => text), ...exact])], complete }
}

/** A prefix that ends in a slash takes, or doesn't take, the path without it: gateways differ. */
function textsOf(match: PathMatch): PathMatch[] {
  if (match.type !== 'PathPrefix') return [match]
  const prefix: PathMatch = { type: 'PathPrefix', value: normalizePrefix(match.value) }
  return prefix.value === match.value ? [prefix] : [prefix, { type: 'Exact', value: prefix.value }]
}
