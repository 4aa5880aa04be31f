import { PATH_ALPHABET } from './alphabet.ts'
import type { Budget } from './budget.ts'
import { matchContainedIn } from './claim.ts'
import { matchesAreDisjoint } from './disjoint.ts'
import { intersectMatches, type MatchIntersection } from './match-intersection.ts'
import { programOfPath } from './match-program.ts'
import { compileWithin } from './re2.ts'
import type { Program } from './regex-program.ts'
import { EXHAUSTED, type Found } from './regex-walk.ts'
import { type RepresentativeValues, representativeValues } from './representatives.ts'
import { conditionsMatch, type MatchedRequest, METHODS, matchesRequest, UNNAMED_METHOD, valueMatches } from './request.ts'
import type { HttpMatch, PathMatch, ValueMatch } from './route.ts'
import { findTextWhere } from './text-classes.ts'

/** The requests that each of these matches takes. */
export type Region = readonly HttpMatch[]

/** Ways to fill in header and query values that are tried; more are undecided. */
const MAX_FILLINGS = 64

const SLASH = 0x2f
const UNDECIDED: MatchIntersection = { verdict: 'undecided', reason: 'too many regular expressions and conditions meet' }

/**
 * Whether some request is in every match of `inside` and in no region of `outside`. `disjoint` is exact: the regions together cover
 * what the matches share. A region that can't be decided (an unknown type, no RE2) covers nothing. Otherwise undecided as
 * intersectMatches is, but any number of regexes is decided as far as the budget reaches.
 */
export function intersectOutside(inside: readonly HttpMatch[], outside: readonly Region[], budget: Budget): MatchIntersection {
  const shared = intersectMatches(inside, budget)
  if (shared.verdict === 'disjoint') return shared
  const near = outside.filter((region) => region.every((outer) => inside.every((inner) => !matchesAreDisjoint(outer, inner))))
  if (shared.verdict === 'intersecting' && isOutside(shared.witness, near)) return shared
  // One region alone that contains one of the matches: sound, cheap, and what is common.
  const contains = (outer: HttpMatch) => inside.some((inner) => matchContainedIn(inner, [outer], budget).verdict === 'contained')
  if (near.some((region) => region.every(contains))) return { verdict: 'disjoint' }
  return searchOutside(inside, near, budget)
}

/** Conditions other than the path are chosen first: what is not required is left out, for that keeps away from most regions. */
function searchOutside(inside: readonly HttpMatch[], outside: readonly Region[], budget: Budget): MatchIntersection {
  const every = [...inside, ...outside.flat()]
  const method = inside.find((match) => match.method !== undefined)?.method ?? unusedMethod(outside.flat())
  const headers = fillings(inside, every, (match) => match.headers, budget)
  const query = fillings(inside, every, (match) => match.queryParams, budget)
  if (headers === undefined || query === undefined || headers.length * query.length > MAX_FILLINGS) return UNDECIDED
  for (const filling of headers) {
    for (const parameters of query) {
      const request = { method, headers: filling, query: parameters }
      const rest = outside.filter((region) => region.every((match) => conditionsMatch(match, request) === true))
      const found = findPath(
        inside.map(({ path }) => path),
        rest.map((region) => region.map(({ path }) => path)),
        budget,
      )
      if (found.kind === 'none') continue
      if (found.kind === 'exhausted') return UNDECIDED
      const witness = { ...request, path: found.text }
      const isConfirmed = inside.every((match) => matchesRequest(match, witness) === true) && isOutside(witness, outside)
      return isConfirmed ? { verdict: 'intersecting', witness } : UNDECIDED
    }
  }
  return { verdict: 'disjoint' }
}

function isOutside(request: MatchedRequest, regions: readonly Region[]): boolean {
  return !regions.some((region) => region.every((match) => matchesRequest(match, request) === true))
}

function unusedMethod(matches: readonly HttpMatch[]): string {
  return METHODS.find((method) => matches.every((match) => match.method !== method)) ?? UNNAMED_METHOD
}

/**
 * Values for what `inside` requires, such that whatever `every` match says of any values that meet it, it says of some of these.
 * Undefined where no such list can be made.
 */
function fillings(
  inside: readonly HttpMatch[],
  every: readonly HttpMatch[],
  conditionsOf: (match: HttpMatch) => readonly ValueMatch[],
  budget: Budget,
): Record<string, string>[] | undefined {
  let all: Record<string, string>[] = [{}]
  for (const [key, required] of Map.groupBy(inside.flatMap(conditionsOf), (condition) => condition.key)) {
    const [first] = required
    const written = required.find(({ type }) => type === 'Exact')
    const asked = every.flatMap(conditionsOf).filter((condition) => condition.key === key)
    const { values, complete } = written === undefined ? everyValue(asked, budget) : { values: [written.value], complete: true }
    const meeting = values.filter((value) => required.every((condition) => valueMatches(condition, value) === true))
    if (first === undefined || !complete || meeting.length === 0) return undefined
    all = meeting.flatMap((value) => all.map((filling) => ({ ...filling, [first.name]: value })))
    if (all.length > MAX_FILLINGS) return undefined
  }
  return all
}

/** A header may be there and say nothing. */
function everyValue(conditions: readonly ValueMatch[], budget: Budget): RepresentativeValues {
  const { values, complete } = representativeValues(conditions, budget)
  return { values: [...values, ''], complete }
}

/** A path that every one of `inside` takes, and of no region of `outside` all; what can't be compiled covers nothing. */
function findPath(inside: readonly PathMatch[], outside: readonly (readonly PathMatch[])[], budget: Budget): Found {
  const programs = inside.flatMap((path) => programWithin(path, budget))
  if (programs.length < inside.length) return EXHAUSTED
  const regions = outside
    .map((region) => ({ size: region.length, programs: region.flatMap((path) => programWithin(path, budget)) }))
    .filter((region) => region.programs.length === region.size)
  const others = [...new Set(regions.flatMap((region) => region.programs))]
  const places = regions.map((region) => region.programs.map((program) => others.indexOf(program)))
  const isWanted = (matching: ReadonlySet<number>) => !places.some((region) => region.every((index) => matching.has(index)))
  return findTextWhere(programs, others, isWanted, { alphabet: PATH_ALPHABET, first: SLASH }, budget)
}

/** None for what can't be compiled within the budget. */
function programWithin(path: PathMatch, budget: Budget): Program[] {
  if (path.type === 'RegularExpression' && !compileWithin(path.value, budget).ok) return []
  return programOfPath(path)
}
