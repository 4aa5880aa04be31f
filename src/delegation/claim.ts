import { attachableName } from './attachment.ts'
import type { Allowance, Budget } from './budget.ts'
import { CONTAINED, type Containment } from './containment.ts'
import type { DeadReason, Effective } from './effective.ts'
import { exampleHost } from './hostname.ts'
import { effectiveMatchesOf, type Lane, type Lanes } from './lane.ts'
import { sameMatch } from './matcher.ts'
import { examplePath, isWithin, normalizePrefix } from './path.ts'
import { compileRegex, compileWithin, fullMatches } from './re2.ts'
import { literalPrefix, regexContainedIn } from './regex-containment.ts'
import { exampleValues, METHODS, matchesRequest, pathMatches, UNNAMED_METHOD } from './request.ts'
import { type HttpMatch, type HttpRoute, nameOf, type PathMatch, type ValueMatch, type Witness } from './route.ts'

/** A match of a delegatee that the gateway programs under a lane. */
export interface Claim {
  readonly lane: Lane
  /** `spec.rules[rule].matches[match]` of the delegatee. */
  readonly rule: number
  readonly match: number
  /** As written; undefined where an inheriting rule has none of its own. */
  readonly own: HttpMatch | undefined
  readonly effective: Exclude<Effective, { status: 'dead' }>
}

/** A match of a delegatee that the gateway drops under every lane. */
export interface DeadClaim {
  readonly rule: number
  readonly match: number
  readonly own: HttpMatch
  /** The grant it came closest to, of a lane or further up one, and what it failed there. */
  readonly lane: Lane
  readonly reason: DeadReason
}

export interface Claims {
  readonly alive: readonly Claim[]
  readonly dead: readonly DeadClaim[]
  /** The budget ran out before every match was held against every lane: `trusted` = against one that may deny. */
  readonly incomplete: Lanes['incomplete']
}

/** In the order in which a gateway tests: a match that fails later came closer. */
const CLOSENESS: readonly DeadReason[] = ['parent-not-prefix', 'path', 'headers', 'queryParams', 'method']

/** Steps a programmed match costs: a merge and its questions, against one comparison of texts for a dead one. */
const STEPS_PER_CLAIM = 10

/** Every match of the route held against every lane. Cost: matches × lanes, bounded by the budget. */
export function claimsOf(route: HttpRoute, lanes: readonly Lane[], allowance: Allowance): Claims {
  const alive: Claim[] = []
  const closest = new Map<string, DeadClaim>()
  const programmed = new Set<string>()
  for (const lane of lanes) {
    const budget = budgetFor(lane, allowance)
    for (const [rule, { matches }] of route.rules.entries()) {
      for (const [match, effective] of effectiveMatchesOf(route, rule, lane, lane.root.dialect, budget).entries()) {
        const key = `${rule}.${match}`
        const own = matches[match]
        if (!budget.spend(effective.status === 'dead' ? 1 + effective.hops : STEPS_PER_CLAIM)) {
          return { alive, dead: [], incomplete: lane.trusted ? 'trusted' : 'untrusted' }
        }
        if (effective.status !== 'dead') {
          alive.push({ lane, rule, match, own, effective })
          programmed.add(key)
        } else if (own !== undefined && isCloser(effective.reason, closest.get(key)?.reason)) {
          closest.set(key, { rule, match, own, lane: laneAbove(lane, effective.hops), reason: effective.reason })
        }
      }
    }
  }
  const dead = [...closest].filter(([key]) => !programmed.has(key)).map(([, claim]) => claim)
  return { alive, dead, incomplete: 'no' }
}

function laneAbove(lane: Lane, hops: number): Lane {
  return hops === 0 || lane.up === undefined ? lane : laneAbove(lane.up, hops - 1)
}

function isCloser(reason: DeadReason, than: DeadReason | undefined): boolean {
  return than === undefined || CLOSENESS.indexOf(reason) > CLOSENESS.indexOf(than)
}

/** A claim that reaches requests nobody granted at this hop, or that can't be shown not to. */
export interface Escape {
  readonly claim: Claim
  /** The grant it is outside of: the claim's own lane, or one further up. */
  readonly lane: Lane
  readonly containment: Exclude<Containment, { verdict: 'contained' }>
  readonly effective: HttpMatch
  /** A request of the claim that no grant of this hop contains; undefined where that could not be decided. */
  readonly witness: Witness | undefined
}

export interface Escapes {
  readonly escapes: readonly Escape[]
  /** The budget ran out before every claim was looked at. */
  readonly incomplete: Lanes['incomplete']
}

/**
 * The claims that leave what they were granted: at every hop the effective match must be contained in the union of the
 * grants that the same parent, seen from the same Gateway, hands to the same child. The nested dialect clips, so nothing
 * escapes there.
 */
export function escapesOf(route: HttpRoute, claims: readonly Claim[], { lanes, above }: Lanes, allowance: Allowance): Escapes {
  const grants = grantsByHop(route, lanes, above)
  const decided = new Map<HttpMatch, Map<string, Containment>>()
  /** Undefined = the budget doesn't reach for the question. */
  const contained = (match: HttpMatch, hop: string, budget: Budget): Containment | undefined => {
    const known = decided.get(match)?.get(hop)
    if (known !== undefined) return known
    const union = grants.get(hop) ?? []
    if (!budget.spend(union.length)) return undefined
    const containment = matchContainedIn(match, union, budget)
    decided.set(match, (decided.get(match) ?? new Map()).set(hop, containment))
    return containment
  }
  const escapes: Escape[] = []
  for (const claim of claims) {
    if (claim.lane.root.dialect === 'agentgateway') continue
    const budget = budgetFor(claim.lane, allowance)
    const effective = claim.effective.match
    let child = route
    for (let lane: Lane | undefined = claim.lane; lane !== undefined; lane = lane.up) {
      const hop = hopOf(child, lane)
      const containment = contained(effective, hop, budget)
      if (containment === undefined) return { escapes, incomplete: claim.lane.trusted ? 'trusted' : 'untrusted' }
      if (containment.verdict !== 'contained') {
        escapes.push(escapeAt(claim, lane, containment, grants.get(hop) ?? [], budget))
        break
      }
      child = lane.parent
    }
  }
  return { escapes, incomplete: 'no' }
}

function budgetFor(lane: Lane, allowance: Allowance): Budget {
  return lane.trusted ? allowance.trusted : allowance.strangers
}

/** With a request that shows it; where none can be named, for conditions on values may add up, it is undecided. */
function escapeAt(claim: Claim, lane: Lane, containment: Escape['containment'], granted: readonly HttpMatch[], budget: Budget): Escape {
  const effective = claim.effective.match
  if (containment.verdict === 'undecided') return { claim, lane, containment, effective, witness: undefined }
  // Without a common host nothing is served today; it is judged as if the listener were mended.
  const { hosts, root } = lane
  const witness = witnessOutside(effective, containment.witness, granted, hosts.length > 0 ? hosts : root.route.hostnames, budget)
  if (witness !== undefined) return { claim, lane, containment, effective, witness }
  const undecided: Containment = { verdict: 'undecided', reason: 'the grants differ in conditions that may add up' }
  return { claim, lane, containment: undecided, effective, witness: undefined }
}

/** What each parent on the ways to `route` hands to the object below it, as one union a hop. */
function grantsByHop(route: HttpRoute, lanes: readonly Lane[], above: Lanes['above']): Map<string, HttpMatch[]> {
  const byHop = new Map<string, HttpMatch[]>()
  const add = (child: HttpRoute, lane: Lane) => {
    const hop = hopOf(child, lane)
    const union = byHop.get(hop)
    if (union === undefined) byHop.set(hop, [lane.granted])
    else if (!union.some((other) => sameMatch(other, lane.granted))) union.push(lane.granted)
  }
  for (const lane of lanes) add(route, lane)
  for (const { child, lane } of above) add(child, lane)
  return byHop
}

/** Grants add up when parent, child, root and Gateway are the same. */
function hopOf(child: HttpRoute, { parent, root }: Lane): string {
  const gateway = root.attachment === undefined ? '' : attachableName(root.attachment.gateway)
  return `${nameOf(child)} < ${nameOf(parent)} < ${nameOf(root.route)} @ ${gateway}`
}

/**
 * Whether every request of `match` is in one of `granted`. Conditions other than the path must be implied one grant at a
 * time: any method may occur and any header be absent, so a union over them adds up to nothing more, but for unions over
 * the values of a header that `match` itself requires by regex; `not-contained` is shown by a whole request where it counts.
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
      return outside([examplePath(path.value), ...pathsUnder(normalizePrefix(path.value))], granted)
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
  const compiled = compileWithin(source, budget)
  if (!compiled.ok) return { verdict: 'undecided', reason: compiled.error }
  // Everything it matches starts with this text, so a prefix that ends at a slash of it contains it all.
  const start = literalPrefix(compiled.regex)
  if (granted.some(({ type, value }) => type === 'PathPrefix' && start.startsWith(`${normalizePrefix(value)}/`))) return CONTAINED
  const containment = regexContainedIn(compiled.regex, granted, budget)
  if (containment.verdict !== 'not-contained') return containment
  return outside([containment.witness], granted)
}

/** A request of `match` with this path that none of `granted` contains; values of regexes are their shortest match. */
export function witnessOutside(
  match: HttpMatch,
  path: string,
  granted: readonly HttpMatch[],
  hosts: readonly string[],
  budget: Budget,
): Witness | undefined {
  const headers = exampleValues(match.headers, budget)
  const query = exampleValues(match.queryParams, budget)
  for (const method of match.method === undefined ? [...METHODS, UNNAMED_METHOD] : [match.method]) {
    const witness = { method, host: exampleHost(hosts[0] ?? '*'), path, headers, query }
    if (granted.every((grant) => matchesRequest(grant, witness) === false)) return witness
  }
  return undefined
}
