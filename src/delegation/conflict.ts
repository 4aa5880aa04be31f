import { sharedHosts } from './attachment.ts'
import type { Allowance } from './budget.ts'
import { matchContainedIn } from './claim.ts'
import { type Claimant, grantsAbove, sameObject, samePlace } from './claimant.ts'
import { HoleFinder } from './hole.ts'
import { isTrustedRoot, type LaneRules } from './lane.ts'
import { intersectMatches, type MatchIntersection } from './match-intersection.ts'
import { sameRequests } from './matcher.ts'
import { isWithin, normalizePrefix } from './path.ts'
import { compareMatches, compareRank, mayOutrank, type RankRules } from './rank.ts'
import type { MatchedRequest } from './request.ts'
import type { HttpMatch } from './route.ts'
import { delegates } from './selection.ts'
import type { View } from './view.ts'

export type ConflictRules = LaneRules & RankRules

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
  /** Both matches take exactly the same requests. */
  readonly same: boolean
  /** The other's claim rests on a trusted grant; between direct attachments, or below strangers, a conflict only warns. */
  readonly trusted: boolean
  /** The other match is all that its grant holds, and this one a longer literal path inside it. */
  readonly isRefinement: boolean
  /** A request of both; undefined where none could be worked out, and then they are taken to meet. */
  readonly witness: MatchedRequest | undefined
}

/** One object's claimants held against everybody else's. Cost: a few comparisons per pair, and automata where regexes meet. */
export class Contest {
  readonly #view: View
  readonly #rules: ConflictRules
  readonly #allowance: Allowance
  readonly #holes: HoleFinder

  constructor(view: View, rules: ConflictRules, allowance: Allowance) {
    this.#view = view
    this.#rules = rules
    this.#allowance = allowance
    this.#holes = new HoleFinder(view, rules)
  }

  /**
   * The conflicts of `claimant` with `met`: everything the view holds that may meet it, the object's own old version
   * included, which shows what its owner had already.
   */
  conflictsOf(claimant: Claimant, met: readonly Claimant[]): Conflict[] {
    if (claimant.depth === 0 && this.#isTrusted(claimant)) return []
    const others = met.filter((other) => this.#isForeign(other, claimant) && this.#meet(claimant, other))
    return others.flatMap((other) => this.#conflictWith(claimant, other, met, others) ?? [])
  }

  /** What this claimant would be asked instead of, on a shared host, by its rank: of whichever owner but its own. */
  outranked(claimant: Claimant, met: readonly Claimant[]): { readonly other: Claimant; readonly witness: MatchedRequest | undefined }[] {
    return met
      .filter((other) => this.#isForeign(other, claimant) && this.#meet(claimant, other) && this.#mayOutrank(claimant, other))
      .flatMap((other) => {
        const shared = this.#intersect([claimant.effective, other.effective])
        return shared === undefined ? [] : [{ other, witness: shared.witness }]
      })
  }

  #conflictWith(claimant: Claimant, other: Claimant, met: readonly Claimant[], others: readonly Claimant[]): Conflict | undefined {
    const hole = this.#holes.holeFor(claimant, other)
    if (hole !== 'none') return this.#carveOut(claimant, other, met, hole === 'trusted')
    if (
      claimant.depth === 0 &&
      other.depth === 0 &&
      this.#isTrusted(other) &&
      other.route.rules.some((rule) => delegates(rule, other.route.namespace))
    ) {
      return this.#takenGrant(claimant, other, met)
    }
    return this.#takenIncumbent(claimant, other, met, others)
  }

  /** LK401: nobody has to serve the hole yet, unless its holder is already ahead there. */
  #carveOut(claimant: Claimant, hole: Claimant, met: readonly Claimant[], trusted: boolean): Conflict | undefined {
    if (!this.#outranksGrant(claimant, hole) || this.#hadAlready(claimant, hole, met)) return undefined
    const shared = this.#intersect([claimant.effective, hole.effective])
    if (shared === undefined) return undefined
    const ahead = met.some(
      (other) =>
        [...grantsAbove(other)].some((grant) => samePlace(grant, hole)) &&
        !this.#mayOutrank(claimant, other) &&
        this.#contains(other.effective, claimant.effective),
    )
    if (ahead) return undefined
    return { kind: 'carve-out', claimant, other: hole, same: false, trusted, isRefinement: false, witness: shared.witness }
  }

  /** LK301: whatever a trusted root delegates, and what it serves itself unless that is a bare catch-all. */
  #takenGrant(claimant: Claimant, root: Claimant, met: readonly Claimant[]): Conflict | undefined {
    if (!delegates(root.route.rules[root.rule] ?? NO_RULE, root.route.namespace) && isBareCatchAll(root.effective)) return undefined
    if (!this.#outranksGrant(claimant, root) || this.#hadAlready(claimant, root, met) || this.#isGivenAnyway(claimant, root, met))
      return undefined
    const shared = this.#intersect([claimant.effective, root.effective])
    if (shared === undefined) return undefined
    const same = sameRequests(claimant.effective, root.effective)
    const kind = this.#holes.handsToOwner(root, claimant) ? 'bypass' : 'grant'
    return { kind, claimant, other: root, same, trusted: true, isRefinement: false, witness: shared.witness }
  }

  /** Whether a more exact grant to the claimant's own owner decides before this row of a root does. */
  #isGivenAnyway(claimant: Claimant, root: Claimant, met: readonly Claimant[]): boolean {
    return met.some(
      (grant) =>
        grant.depth === 0 &&
        this.#isTrusted(grant) &&
        compareRank(grant, root, this.#rules) < 0 &&
        this.#holes.handsToOwner(grant, claimant) &&
        this.#contains(grant.effective, claimant.effective),
    )
  }

  /** LK402 and LK403. */
  #takenIncumbent(claimant: Claimant, other: Claimant, met: readonly Claimant[], others: readonly Claimant[]): Conflict | undefined {
    const same = sameRequests(claimant.effective, other.effective)
    if (!same && !this.#mayOutrank(claimant, other)) return undefined
    if (!this.#compete(claimant, other) || this.#hadAlready(claimant, other, met)) return undefined
    const shared = this.#intersect([claimant.effective, other.effective, ...[...grantsAbove(other)].map((grant) => grant.effective)])
    if (shared === undefined || this.#isTakenFromSomebodyElse(claimant, other, others)) return undefined
    const trusted = other.depth > 0 && this.#isTrusted(other)
    return { kind: 'incumbent', claimant, other, same, trusted, isRefinement: isRefinement(claimant, other), witness: shared.witness }
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

  /** Not by right: the other one itself sits in a hole, or took directly what a trusted grant gives to others. */
  #isTakenFromSomebodyElse(claimant: Claimant, other: Claimant, others: readonly Claimant[]): boolean {
    const around = [...others, ...grantsAbove(claimant)]
    if (other.depth > 0) {
      return around.some(
        (hole) =>
          this.#holes.holeFor(other, hole) === 'trusted' &&
          this.#outranksGrant(other, hole) &&
          this.#contains(hole.effective, claimant.effective),
      )
    }
    return around.some(
      (grant) =>
        !sameObject(grant.root, other.root) &&
        delegates(grant.route.rules[grant.rule] ?? NO_RULE, grant.route.namespace) &&
        this.#isTrusted(grant) &&
        this.#contains(grant.effective, claimant.effective),
    )
  }

  /** Whether a match of the same owner, the object's old version included, was ahead of the other one here before. */
  #hadAlready(claimant: Claimant, other: Claimant, met: readonly Claimant[]): boolean {
    return met.some(
      (own) =>
        this.#rules.sameOwner(own.route.namespace, claimant.route.namespace) &&
        sharedHosts(own.attachment, other.attachment).length > 0 &&
        this.#mayOutrank(own, other) &&
        this.#contains(own.effective, claimant.effective),
    )
  }

  /** Another owner's, and nothing that hangs below the object itself. */
  #isForeign(other: Claimant, claimant: Claimant): boolean {
    if (this.#rules.sameOwner(other.route.namespace, claimant.route.namespace)) return false
    return ![...grantsAbove(other)].some((grant) => sameObject(grant.route, claimant.route))
  }

  /** On a host where this one's requests may be the other's: on a closer host of the other's they never are. */
  #meet(claimant: Claimant, other: Claimant): boolean {
    return sharedHosts(claimant.attachment, other.attachment).some(({ closer }) => closer !== 'second')
  }

  #mayOutrank(claimant: Claimant, other: Claimant): boolean {
    return this.#isOnCloserHost(claimant, other) || mayOutrank(claimant, other, this.#rules)
  }

  /** What no child of a grant asks for is free to whoever says the same as the grant, however old. */
  #outranksGrant(claimant: Claimant, grant: Claimant): boolean {
    if (this.#isOnCloserHost(claimant, grant) || mayOutrank(claimant, grant, this.#rules)) return true
    const isGrant = delegates(grant.route.rules[grant.rule] ?? NO_RULE, grant.route.namespace)
    return isGrant && compareMatches(claimant.effective, grant.effective, claimant.attachment.dialect === 'agentgateway') <= 0
  }

  #isOnCloserHost(claimant: Claimant, other: Claimant): boolean {
    return sharedHosts(claimant.attachment, other.attachment).some(({ closer }) => closer === 'first')
  }

  #isTrusted({ root, attachment }: Claimant): boolean {
    return isTrustedRoot(root, attachment, this.#view, this.#rules)
  }

  #contains(outer: HttpMatch, inner: HttpMatch): boolean {
    return matchContainedIn(inner, [outer], this.#allowance.trusted).verdict === 'contained'
  }

  /** Undefined = disjoint. What can't be decided is taken to meet. */
  #intersect(matches: readonly HttpMatch[]): { readonly witness: MatchedRequest | undefined } | undefined {
    const found: MatchIntersection = intersectMatches(matches, this.#allowance.trusted)
    if (found.verdict === 'disjoint') return undefined
    return { witness: found.verdict === 'intersecting' ? found.witness : undefined }
  }
}

const NO_RULE = { matches: [], backendRefs: [], filters: [] }

/** Children of one grant, or both attached directly. */
function sameGroup(a: Claimant, b: Claimant): boolean {
  if (a.up === undefined || b.up === undefined) return a.up === b.up
  return samePlace(a.up, b.up) && sameGroup(a.up, b.up)
}

function isBareCatchAll({ path, headers, queryParams, method }: HttpMatch): boolean {
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
