import type { Budget } from './budget.ts'
import { CONTAINED, type Containment } from './containment.ts'
import type { Effective } from './effective.ts'
import { exampleHost } from './hostname.ts'
import { effectiveMatchesOf, type Lane, sharesRequests } from './lane.ts'
import { isWithin, normalizePrefix } from './path.ts'
import { compileRegex, fullMatches, shortestMatch } from './re2.ts'
import { regexContainedIn } from './regex-containment.ts'
import { type HttpMatch, type HttpRoute, nameOf, type PathMatch, type ValueMatch, type Witness } from './route.ts'

/** What one match of a delegatee asks for through one lane, and what the gateway makes of it. */
export interface Claim {
  readonly lane: Lane
  /** `spec.rules[rule].matches[match]` of the delegatee. */
  readonly rule: number
  readonly match: number
  /** As written; undefined where an inheriting rule has none of its own. */
  readonly own: HttpMatch | undefined
  readonly effective: Effective
}

/** Every match of the route under every lane, in that order. */
export function claimsOf(route: HttpRoute, lanes: readonly Lane[]): Claim[] {
  const claims: Claim[] = []
  for (const lane of lanes) {
    for (const [rule, { matches }] of route.rules.entries()) {
      for (const [match, effective] of effectiveMatchesOf(route, rule, lane.granted, lane.root.dialect).entries()) {
        claims.push({ lane, rule, match, own: matches[match], effective })
      }
    }
  }
  return claims
}

/** A claim that reaches requests nobody granted at this hop, or that can't be shown not to. */
export interface Escape {
  readonly claim: Claim
  /** The grant it is outside of: the claim's own lane, or one further up. */
  readonly lane: Lane
  readonly containment: Exclude<Containment, { verdict: 'contained' }>
  readonly effective: HttpMatch
}

/**
 * Whether a programmed claim stays inside what it was granted: at every hop its effective match must be contained in the
 * union of the grants that the same parent, seen from the same Gateway, hands to the same child. `lanes` are all lanes of
 * the claim's route. Undefined = it does. The nested dialect clips, so nothing escapes there.
 */
export function escapeOf(claim: Claim, lanes: readonly Lane[], budget: Budget): Escape | undefined {
  if (claim.effective.status === 'dead' || claim.lane.root.dialect === 'agentgateway') return undefined
  const effective = claim.effective.match
  let level: readonly Lane[] = lanes
  for (let lane: Lane | undefined = claim.lane; lane !== undefined; lane = lane.up) {
    const hop: Lane = lane
    const granted = level.filter((other) => other === hop || sharesRequests(other, hop)).map((other) => other.granted)
    const containment = matchContainedIn(effective, granted, budget)
    if (containment.verdict !== 'contained') return { claim, lane: hop, containment, effective }
    level = uplanesOf(level, hop)
  }
  return undefined
}

/** The lanes one level up of those that reach the same parent. */
function uplanesOf(level: readonly Lane[], hop: Lane): Lane[] {
  const ups = new Set<Lane>()
  for (const lane of level) if (lane.up !== undefined && nameOf(lane.parent) === nameOf(hop.parent)) ups.add(lane.up)
  return [...ups]
}

/**
 * Whether every request of `match` is in one of `granted`. Conditions other than the path must be implied one grant at a
 * time: any method and any header value may occur, so a union over them never adds up to everything.
 */
export function matchContainedIn(match: HttpMatch, granted: readonly HttpMatch[], budget: Budget): Containment {
  const paths = granted.filter((grant) => conditionsImply(match, grant)).map((grant) => grant.path)
  return pathContainedIn(match.path, paths, budget)
}

/** Whether every request that meets `match`'s method, headers and query parameters meets `grant`'s. */
export function conditionsImply(match: HttpMatch, grant: HttpMatch): boolean {
  if (grant.method !== undefined && match.method !== grant.method) return false
  return valuesImply(match.headers, grant.headers) && valuesImply(match.queryParams, grant.queryParams)
}

function valuesImply(have: readonly ValueMatch[], needed: readonly ValueMatch[]): boolean {
  return needed.every((need) => have.some((match) => match.key === need.key && valueImplies(match, need)))
}

function valueImplies(match: ValueMatch, need: ValueMatch): boolean {
  if (match.type === 'Unknown' || need.type === 'Unknown') return false
  if (match.type === need.type && match.value === need.value) return true
  if (match.type !== 'Exact' || need.type !== 'RegularExpression') return false
  const compiled = compileRegex(need.value)
  return compiled.ok && fullMatches(compiled.regex, match.value)
}

/** Whether every request path of `path` is in the union of `granted`. */
export function pathContainedIn(path: PathMatch, granted: readonly PathMatch[], budget: Budget): Containment {
  if (granted.some((grant) => containsPath(grant, path))) return CONTAINED
  switch (path.type) {
    case 'Exact':
      return outside([path.value], granted)
    case 'PathPrefix':
      return outside(pathsUnder(normalizePrefix(path.value)), granted)
    case 'RegularExpression':
      return regexOutside(path.value, granted, budget)
    case 'Unknown':
      return { verdict: 'undecided', reason: 'this type of path match is not known' }
  }
}

/** One grant alone containing the path; sound, and complete for literals under literals. */
function containsPath(grant: PathMatch, path: PathMatch): boolean {
  if (grant.type === 'PathPrefix') {
    const prefix = normalizePrefix(grant.value)
    if (prefix === '/') return true
    if (path.type === 'PathPrefix') return isWithin(prefix, normalizePrefix(path.value))
    return path.type === 'Exact' && isWithin(prefix, path.value)
  }
  if (grant.type === path.type && grant.value === path.value && grant.type !== 'Unknown') return true
  return path.type === 'Exact' && pathMatches(grant, path.value) === true
}

/** Whether a grant matches this very path; undefined when that can't be told. */
function pathMatches(grant: PathMatch, path: string): boolean | undefined {
  switch (grant.type) {
    case 'Exact':
      return grant.value === path
    case 'PathPrefix':
      return isWithin(normalizePrefix(grant.value), path)
    case 'RegularExpression': {
      const compiled = compileRegex(grant.value)
      return compiled.ok ? fullMatches(compiled.regex, path) : undefined
    }
    case 'Unknown':
      return undefined
  }
}

function pathsUnder(prefix: string): string[] {
  const base = prefix === '/' ? '' : prefix
  return [prefix, `${base}/x`, `${base}/x/x`, `${base}/lane`]
}

/** The first of `paths` that no grant matches is the witness. */
function outside(paths: readonly string[], granted: readonly PathMatch[]): Containment {
  for (const path of paths)
    if (granted.every((grant) => pathMatches(grant, path) === false)) return { verdict: 'not-contained', witness: path }
  return { verdict: 'undecided', reason: 'the grant is itself a regular expression' }
}

function regexOutside(source: string, granted: readonly PathMatch[], budget: Budget): Containment {
  const compiled = compileRegex(source)
  if (!compiled.ok) return { verdict: 'undecided', reason: compiled.error }
  const containment = regexContainedIn(compiled.regex, granted, budget)
  if (containment.verdict !== 'not-contained') return containment
  return outside([containment.witness], granted)
}

/** A request of `match` with this path, on a host of the lane. Values of regexes are their shortest match. */
export function witnessOf(match: HttpMatch, path: string, hosts: readonly string[], budget: Budget): Witness {
  return {
    method: match.method ?? 'GET',
    host: exampleHost(hosts[0] ?? '*'),
    path,
    headers: examples(match.headers, budget),
    query: examples(match.queryParams, budget),
  }
}

function examples(matches: readonly ValueMatch[], budget: Budget): Record<string, string> {
  return Object.fromEntries(matches.map((match) => [match.name, exampleValue(match, budget)]))
}

function exampleValue(match: ValueMatch, budget: Budget): string {
  if (match.type !== 'RegularExpression') return match.value
  const compiled = compileRegex(match.value)
  return (compiled.ok ? shortestMatch(compiled.regex, budget) : undefined) ?? match.value
}
