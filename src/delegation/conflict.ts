import { type SharedHost, sharedHosts } from './attachment.ts'
import type { Allowance } from './budget.ts'
import { matchContainedIn } from './claim.ts'
import { type Claimant, grantsAbove, sameObject, samePlace } from './claimant.ts'
import { HoleFinder, namesParent } from './hole.ts'
import { hostsMeet } from './hostname.ts'
import { isTrustedRoot, type LaneRules } from './lane.ts'
import { intersectMatches, type MatchIntersection } from './match-intersection.ts'
import { sameRequests } from './matcher.ts'
import { isWithin, normalizePrefix } from './path.ts'
import { compareMatches, compareRank, mayOutrank, type RankRules } from './rank.ts'
import type { MatchedRequest } from './request.ts'
import type { HttpMatch, HttpRoute } from './route.ts'
import { delegates } from './selection.ts'
import type { View } from './view.ts'

export interface ConflictRules extends LaneRules, RankRules {
  /** Whether the route was there before the one under review. Only who was can be taken from, or excuse a taking. */
  isIncumbent(other: HttpRoute): boolean
}

/** What a claimant does to another owner's requests. */
export interface Conflict {
  /**
   * `carve-out`: it takes what a more exact sibling grant hands to somebody else. `grant`: attached directly, it takes what
   * a trusted root delegates, or serves itself. `bypass`: attached directly, it takes what its own lane gives it anyway, past
   * its parent. `incumbent`: it takes what another route holds by right.
   */
  readonly kind: 'carve-out' | 'grant' | 'bypass' | 'incumbent'
  readonly claimant: Claimant
  readonly other: Claimant
  /** A host where it does: one of the claimant's own. */
  readonly host: string
  /** It does so because its host is closer than the other's, and on no other host. */
  readonly onCloserHost: boolean
  /** Both matches take exactly the same requests. */
  readonly same: boolean
  /** The other's claim rests on a trusted grant; between direct attachments, or below strangers, a conflict only warns. */
  readonly trusted: boolean
  /** The other match is all that its grant holds, and this one a longer literal path inside it. */
  readonly isRefinement: boolean
  /** A request of both; undefined where none could be worked out, and then they are taken to meet. */
  readonly witness: MatchedRequest | undefined
}

/** What a claimant would be asked instead of. */
export interface Loss {
  readonly other: Claimant
  readonly host: string
  readonly witness: MatchedRequest | undefined
}

/** Each costs a message and an example; of an object that takes from more, every match still shows one. */
const MAX_CONFLICTS = 256

/** One object's claimants held against everybody else's. Cost: a few comparisons per pair, and automata where regexes meet. */
export class Contest {
  readonly #view: View
  readonly #rules: ConflictRules
  readonly #allowance: Allowance
  readonly #holes: HoleFinder
  #conflictsLeft = MAX_CONFLICTS

  constructor(view: View, rules: ConflictRules, allowance: Allowance) {
    this.#view = view
    this.#rules = rules
    this.#allowance = allowance
    this.#holes = new HoleFinder(view, rules, allowance.trusted)
  }

  /**
   * The conflicts of `claimant` with `met`: everything the view holds that may meet it, but for the object itself.
   */
  conflictsOf(claimant: Claimant, met: readonly Claimant[]): Conflict[] {
    if (this.#mayTake(claimant)) return []
    const ground = this.#groundOf(claimant, met)
    const conflicts: Conflict[] = []
    for (const other of ground.others) {
      const conflict = this.#conflictWith(ground, other)
      if (conflict === undefined) continue
      conflicts.push(conflict)
      if (this.#conflictsLeft-- <= 0) break
    }
    return conflicts
  }

  /** The rows of other owners that serve requests which this claimant is asked instead. */
  lossesTo(claimant: Claimant, met: readonly Claimant[]): Loss[] {
    if (this.#mayTake(claimant)) return []
    const ground = this.#groundOf(claimant, met)
    const losses: Loss[] = []
    for (const other of ground.others) {
      if (isGrant(other) || !this.#rules.isIncumbent(other.route) || !this.#mayOutrank(claimant, other)) continue
      if (!this.#compete(claimant, other) || this.#hadAlready(ground, other)) continue
      const shared = this.#intersect([claimant, other])
      if (shared === undefined) continue
      losses.push({ other, host: this.#commonHosts(claimant, other)[0]?.host ?? '*', witness: shared.witness })
      if (this.#conflictsLeft-- <= 0) break
    }
    return losses
  }

  #conflictWith(ground: Ground, other: Claimant): Conflict | undefined {
    const { claimant } = ground
    const hole = this.#holes.holeFor(claimant, other)
    if (hole !== 'none') return this.#carveOut(ground, other, hole === 'trusted')
    const isPlatforms = claimant.depth === 0 && other.depth === 0 && this.#isTrusted(other) && delegatesAtAll(other.route)
    return isPlatforms ? this.#takenGrant(ground, other) : this.#takenIncumbent(ground, other)
  }

  /** LK401: nobody has to serve the hole yet, unless its holder is already ahead there. */
  #carveOut(ground: Ground, hole: Claimant, trusted: boolean): Conflict | undefined {
    const { claimant, met } = ground
    if (!this.#outranksGrant(claimant, hole) || this.#hadAlready(ground, hole) || this.#isGivenAnyway(ground, hole)) return undefined
    const shared = this.#intersect([claimant, hole])
    if (shared === undefined) return undefined
    const ahead = met.some(
      (other) =>
        other.departed !== true &&
        [...grantsAbove(other)].some((grant) => samePlace(grant, hole)) &&
        !this.#mayOutrank(claimant, other) &&
        this.#contains(other.effective, claimant.effective),
    )
    return ahead ? undefined : this.#conflict('carve-out', claimant, hole, { trusted, witness: shared.witness })
  }

  /** LK301: whatever a trusted root delegates, and what it serves itself unless that is a bare catch-all. */
  #takenGrant(ground: Ground, root: Claimant): Conflict | undefined {
    const { claimant } = ground
    if (!isGrant(root) && isBareCatchAll(root.effective)) return undefined
    if (!this.#outranksGrant(claimant, root) || this.#hadAlready(ground, root) || this.#isGivenAnyway(ground, root)) return undefined
    const shared = this.#intersect([claimant, root])
    if (shared === undefined) return undefined
    const kind = this.#holes.handsToOwner(root, claimant) ? 'bypass' : 'grant'
    return this.#conflict(kind, claimant, root, { trusted: true, witness: shared.witness })
  }

  /** Whether a more exact grant to the claimant's own owner decides before `row` does, wherever the two meet. */
  #isGivenAnyway(ground: Ground, row: Claimant): boolean {
    const { claimant } = ground
    return this.#grantsBefore(row, claimant, ground).some(
      ({ effective }) => this.#contains(effective, claimant.effective) || this.#contains(effective, row.effective),
    )
  }

  /** Trusted grants to the owner of `to` that decide before `row` does. */
  #grantsBefore(row: Claimant, to: Claimant, { claimant, met }: Ground): Claimant[] {
    return [...met, ...grantsAbove(claimant)].filter(
      (grant) =>
        grant.depth === row.depth &&
        isGrant(grant) &&
        this.#isTrusted(grant) &&
        compareRank(grant, row, this.#rules) < 0 &&
        this.#isWhereTheyMeet(grant, claimant, row) &&
        this.#holes.handsToOwner(grant, to),
    )
  }

  /** LK402 and LK403. */
  #takenIncumbent(ground: Ground, other: Claimant): Conflict | undefined {
    const { claimant } = ground
    if (!this.#rules.isIncumbent(other.route)) return undefined
    const same = sameRequests(claimant.effective, other.effective)
    if (!same && !this.#mayOutrank(claimant, other)) return undefined
    if (!this.#compete(claimant, other) || this.#hadAlready(ground, other)) return undefined
    const shared = this.#intersect([claimant, other, ...grantsAbove(other)])
    if (shared === undefined || this.#isTakenFromSomebodyElse(ground, other)) return undefined
    const trusted = other.depth > 0 && (this.#isTrusted(other) || (other.up !== undefined && namesParent(claimant, other.up.route)))
    return this.#conflict('incumbent', claimant, other, { trusted, witness: shared.witness })
  }

  /** Whether there is anything to take: the other one's requests are not simply what this one's own grant decides. */
  #compete(claimant: Claimant, other: Claimant): boolean {
    if ([...grantsAbove(claimant)].some((grant) => sameObject(grant.route, other.route))) return false
    if (claimant.attachment.dialect === 'agentgateway') return sameGroup(claimant, other)
    // A bare catch-all is there for what nobody else asks for.
    if (other.depth === 0 && isBareCatchAll(other.effective) && !isBareCatchAll(claimant.effective)) return false
    // In a trusted lane, what is attached directly holds nothing by right: the grant gives it to this one.
    if (claimant.depth > 0 && this.#isTrusted(claimant)) return other.depth > 0 && this.#isTrusted(other)
    return true
  }

  /** Not by right: the other one's grant has a hole there, or it took directly what a trusted grant gives to others. */
  #isTakenFromSomebodyElse(ground: Ground, other: Claimant): boolean {
    const { claimant, around, grants } = ground
    if (other.depth === 0) {
      return grants().some((grant) => !sameObject(grant.root, other.root) && this.#isWhereTheyMeet(grant, claimant, other))
    }
    const isCut = (hole: Claimant) =>
      this.#holes.holeFor(other, hole) === 'trusted' &&
      this.#grantsBefore(hole, other, ground).every((grant) => this.#intersect([claimant, other, grant]) === undefined)
    return around().some((hole) => this.#allowance.trusted.spend(1) && isCut(hole))
  }

  /** Whether a match of the same owner was ahead of the other one before, wherever the two meet. */
  #hadAlready({ claimant, own }: Ground, other: Claimant): boolean {
    return own().some((before) => this.#mayOutrank(before, other) && this.#isWhereTheyMeet(before, claimant, other))
  }

  /** Whether the third is asked, too, on every host where requests of `claimant` may be the other's. */
  #isWhereTheyMeet(third: Claimant, claimant: Claimant, other: Claimant): boolean {
    const there = this.#commonHosts(third, other)
    return this.#commonHosts(claimant, other).every(({ host, door }) => there.some((at) => at.host === host && at.door === door))
  }

  /** Nobody is in the way of the platform's own roots. */
  #mayTake(claimant: Claimant): boolean {
    return claimant.depth === 0 && this.#isTrusted(claimant)
  }

  #groundOf(claimant: Claimant, met: readonly Claimant[]): Ground {
    const others = met.filter((other) => this.#isForeign(other, claimant) && this.#commonHosts(claimant, other).length > 0)
    // In the nested dialect a match takes what its grants let through, and no more.
    const isNested = claimant.attachment.dialect === 'agentgateway'
    const contains = (row: Claimant) =>
      [row, ...(isNested ? grantsAbove(row) : [])].every(({ effective }) => this.#contains(effective, claimant.effective))
    const isOwn = ({ route }: Claimant) =>
      this.#rules.sameOwner(route.namespace, claimant.route.namespace) && this.#rules.isIncumbent(route)
    return {
      claimant,
      met,
      others,
      // What a flattening gateway hands on is not in its table.
      own: once(() => met.filter((row) => isOwn(row) && (isNested || !isGrant(row)) && contains(row))),
      around: once(() => [...others, ...grantsAbove(claimant)].filter(contains)),
      grants: once(() => [...met, ...grantsAbove(claimant)].filter((row) => isLiveGrant(row) && this.#isTrusted(row) && contains(row))),
    }
  }

  /** Another owner's, and nothing that hangs below the object itself. */
  #isForeign(other: Claimant, claimant: Claimant): boolean {
    if (this.#rules.sameOwner(other.route.namespace, claimant.route.namespace)) return false
    for (const grant of grantsAbove(other)) if (sameObject(grant.route, claimant.route)) return false
    return true
  }

  /**
   * Where requests of `a` may be `b`'s. A flattening gateway has one table a host and doesn't look further; the nested one
   * falls back from a closer host to a wider one.
   */
  #commonHosts(a: Claimant, b: Claimant): readonly SharedHost[] {
    const fallsBack = a.attachment.dialect === 'agentgateway'
    // Hostnames of delegatees narrow in the nested dialect.
    if (fallsBack && !a.hosts.some((one) => b.hosts.some((other) => hostsMeet(one, other)))) return []
    return sharedHosts(a.attachment, b.attachment).filter(({ closer }) => closer === 'same' || (fallsBack && closer === 'first'))
  }

  #mayOutrank(claimant: Claimant, other: Claimant): boolean {
    return this.#isOnCloserHost(claimant, other) || mayOutrank(claimant, other, this.#rules)
  }

  /** What no child of a grant asks for is free to whoever says the same as the grant, however old. */
  #outranksGrant(claimant: Claimant, grant: Claimant): boolean {
    if (this.#mayOutrank(claimant, grant)) return true
    return isGrant(grant) && compareMatches(claimant.effective, grant.effective, claimant.attachment.dialect === 'agentgateway') <= 0
  }

  #isOnCloserHost(claimant: Claimant, other: Claimant): boolean {
    if (claimant.attachment.dialect !== 'agentgateway') return false
    return this.#commonHosts(claimant, other).some(({ closer }) => closer === 'first')
  }

  #isTrusted({ root, attachment }: Claimant): boolean {
    return isTrustedRoot(root, attachment, this.#view, this.#rules)
  }

  #contains(outer: HttpMatch, inner: HttpMatch): boolean {
    return matchContainedIn(inner, [outer], this.#allowance.trusted).verdict === 'contained'
  }

  /** Undefined = disjoint. What can't be decided is taken to meet. */
  #intersect(rows: readonly Claimant[]): { readonly witness: MatchedRequest | undefined } | undefined {
    const found: MatchIntersection = intersectMatches(
      rows.map(({ effective }) => effective),
      this.#allowance.trusted,
    )
    if (found.verdict === 'disjoint') return undefined
    return { witness: found.verdict === 'intersecting' ? found.witness : undefined }
  }

  #conflict(kind: Conflict['kind'], claimant: Claimant, other: Claimant, found: Pick<Conflict, 'trusted' | 'witness'>): Conflict {
    const hosts = this.#commonHosts(claimant, other)
    const at = hosts.find(({ closer }) => closer === 'same') ?? hosts[0]
    return {
      kind,
      claimant,
      other,
      host: at?.host ?? '*',
      onCloserHost: at?.closer === 'first',
      same: sameRequests(claimant.effective, other.effective),
      isRefinement: isRefinement(claimant, other),
      ...found,
    }
  }
}

/** A claimant and what it meets; what may need automata is worked out when it is first asked for. */
interface Ground {
  readonly claimant: Claimant
  readonly met: readonly Claimant[]
  /** Other owners' rows on a common host. */
  readonly others: readonly Claimant[]
  /** Rows of the same owner, there before, that contain the claimant. */
  readonly own: () => readonly Claimant[]
  /** Other owners' rows, and the grants above, that contain it. */
  readonly around: () => readonly Claimant[]
  /** Trusted grants that contain it, its own among them; none of a parent that was deleted. */
  readonly grants: () => readonly Claimant[]
}

function once<T>(work: () => T): () => T {
  let done: { readonly value: T } | undefined
  return () => (done ??= { value: work() }).value
}

/** The rule hands its requests on. */
export function isGrant({ route, rule }: Claimant): boolean {
  const written = route.rules[rule]
  return written !== undefined && delegates(written, route.namespace)
}

function isLiveGrant(row: Claimant): boolean {
  return row.departed !== true && isGrant(row)
}

function delegatesAtAll(route: HttpRoute): boolean {
  return route.rules.some((rule) => delegates(rule, route.namespace))
}

/** Children of one grant, or both attached directly. */
function sameGroup(a: Claimant, b: Claimant): boolean {
  if (a.up === undefined || b.up === undefined) return a.up === b.up
  return samePlace(a.up, b.up) && sameGroup(a.up, b.up)
}

/** What answers where nobody asks for anything more exact. */
export function isBareCatchAll({ path, headers, queryParams, method }: HttpMatch): boolean {
  return (
    path.type === 'PathPrefix' && normalizePrefix(path.value) === '/' && method === undefined && headers.length + queryParams.length === 0
  )
}

function isRefinement(claimant: Claimant, other: Claimant): boolean {
  if (other.up === undefined || !sameRequests(other.effective, other.up.effective)) return false
  const [own, wide] = [claimant.effective.path, other.effective.path]
  if ((own.type !== 'Exact' && own.type !== 'PathPrefix') || wide.type !== 'PathPrefix') return false
  const [longer, shorter] = [normalizePrefix(own.value), normalizePrefix(wide.value)]
  return longer !== shorter && isWithin(shorter, longer)
}
