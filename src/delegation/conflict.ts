import { type SharedHost, sharedHosts } from './attachment.ts'
import type { Allowance, Budget } from './budget.ts'
import { type Claimant, grantsAbove, isGrant, sameObject, samePlace } from './claimant.ts'
import { HoleFinder, handsTo, namesParent } from './hole.ts'
import { intersectHostnames, isHostWithin } from './hostname.ts'
import { isTrustedRoot, type LaneRules } from './lane.ts'
import { findLoss, type Loss } from './loss.ts'
import { intersectMatches } from './match-intersection.ts'
import { sameRequests } from './matcher.ts'
import { isWithin, normalizePrefix } from './path.ts'
import { compareMatches, compareRank, mayOutrank, outranks, type RankRules } from './rank.ts'
import type { HttpMatch, HttpRoute } from './route.ts'
import { delegates } from './selection.ts'
import type { View } from './view.ts'

export interface ConflictRules extends LaneRules, RankRules {
  /** Whether the route was there before the one under review. Only who was can be taken from, or excuse a taking. */
  isIncumbent(other: HttpRoute): boolean
  /** Whether the one under review may have the host, whatever wider one it takes it from. */
  mayUseHost(host: string): boolean
}

/** What a claimant does to another owner's requests. */
export interface Conflict extends Loss, Nature {
  readonly claimant: Claimant
}

/** What decides whether a conflict is denied or warned of. */
interface Nature {
  /**
   * `carve-out`: it takes what a more exact sibling grant hands to somebody else. `grant`: attached directly, it takes what
   * a trusted root delegates, or serves itself. `bypass`: attached directly, it takes what its own lane gives it anyway, past
   * its parent. `incumbent`: it takes what another route holds by right.
   */
  readonly kind: 'carve-out' | 'grant' | 'bypass' | 'incumbent'
  /** Both matches take exactly the same requests. */
  readonly same: boolean
  /** The other's claim rests on a trusted grant; between direct attachments, or below strangers, a conflict only warns. */
  readonly trusted: boolean
  /** The other match is all that its grant holds, and this one a longer literal path inside it. */
  readonly isRefinement: boolean
}

/** Each costs a message and an example; of an object that takes from more, every match still shows one of each nature. */
const MAX_CONFLICTS = 256

/** One object's claimants held against everybody else's. Cost: a few comparisons per pair, and automata where regexes meet. */
export class Contest {
  readonly #view: View
  readonly #rules: ConflictRules
  readonly #budget: Budget
  readonly #holes: HoleFinder
  #conflictsLeft = MAX_CONFLICTS

  constructor(view: View, rules: ConflictRules, { trusted }: Allowance) {
    this.#view = view
    this.#rules = rules
    this.#budget = trusted
    this.#holes = new HoleFinder(view, rules, trusted)
  }

  /**
   * The conflicts of `claimant` with `met`: everything the view holds that may meet it, but for the object itself.
   */
  conflictsOf(claimant: Claimant, met: readonly Claimant[]): Conflict[] {
    return this.#confirmed(claimant, met, (ground, other) => this.#suspect(ground, other)).map((found) => ({ ...found, claimant }))
  }

  /** The rows of other owners that serve requests which this claimant is asked instead; `serves`: whether a row does. */
  lossesTo(claimant: Claimant, met: readonly Claimant[], serves: (other: Claimant) => boolean): Loss[] {
    return this.#confirmed(claimant, met, ({ own }, other) => {
      if (isGrant(other) || !this.#rules.isIncumbent(other.route) || !this.#compete(claimant, other) || !serves(other)) return undefined
      // A flattening gateway serves what it programs, granted or not.
      const above = claimant.attachment.dialect === 'agentgateway' ? grantsAbove(other) : []
      const question = () => ({
        other,
        shared: [claimant, other, ...above],
        isFirst: (place: SharedHost) => this.#mayOutrank(claimant, other, place),
        wasFirst: (row: Claimant, place: SharedHost) => this.#mayOutrank(row, other, place),
        excuses: own,
        isExcusedBy: () => false,
      })
      return { nature: {}, question }
    })
  }

  /** The suspicions that some request confirms; beyond MAX_CONFLICTS one of each nature. */
  #confirmed<Known extends Partial<Nature>>(
    claimant: Claimant,
    met: readonly Claimant[],
    suspect: (ground: Ground, other: Claimant) => Suspicion<Known> | undefined,
  ): (Known & Loss)[] {
    // Nobody is in the way of the platform's own roots.
    if (claimant.depth === 0 && this.#isTrusted(claimant)) return []
    const ground = this.#groundOf(claimant, met)
    const confirmed: (Known & Loss)[] = []
    const told = new Set<string>()
    for (const other of ground.others) {
      const suspicion = suspect(ground, other)
      if (suspicion === undefined) continue
      const nature = keyOf(suspicion.nature)
      if (this.#conflictsLeft <= 0 && told.has(nature)) continue
      const loss = this.#loss(claimant, suspicion.question())
      if (loss === undefined) continue
      this.#conflictsLeft--
      told.add(nature)
      confirmed.push({ ...suspicion.nature, ...loss })
    }
    return confirmed
  }

  #suspect(ground: Ground, other: Claimant): Suspicion<Nature> | undefined {
    const { claimant } = ground
    const hole = this.#holes.holeFor(claimant, other)
    if (hole !== 'none') return this.#carveOut(ground, other, hole === 'trusted')
    const isPlatforms = claimant.depth === 0 && other.depth === 0 && this.#isTrusted(other) && delegatesAtAll(other.route)
    return isPlatforms ? this.#takenGrant(ground, other) : this.#takenIncumbent(ground, other)
  }

  /** LK401: nobody has to serve the hole yet, unless its holder is already ahead there. */
  #carveOut(ground: Ground, hole: Claimant, trusted: boolean): Suspicion<Nature> {
    const { claimant, met, own, parents } = ground
    const isAhead = (row: Claimant) =>
      row.departed !== true && !isGrant(row) && !mayOutrank(claimant, row, this.#rules) && this.#holds(row, hole)
    return {
      nature: natureOf('carve-out', claimant, hole, trusted),
      question: () => ({
        other: hole,
        shared: [claimant, hole],
        isFirst: (place) => this.#mayOutrankGrant(claimant, hole, place),
        wasFirst: (row, place) => this.#outranksGrant(row, hole, place),
        excuses: () => [...own(), ...parents(), ...met.filter(isAhead)],
        isExcusedBy: (row) => isAhead(row) || this.#isGrantedBefore(row, claimant, hole) || this.#isGrantedWhole(row, ground),
      }),
    }
  }

  /** Another trusted grant to the same object, out of which nobody has cut anything that the claimant asks for. */
  #isGrantedWhole(row: Claimant, { claimant, parents }: Ground): boolean {
    if (row === claimant.up || !isLiveGrant(row) || !this.#isTrusted(row) || !handsTo(row, claimant.route)) return false
    const there = { ...claimant, root: row.root, attachment: row.attachment, up: row, depth: row.depth + 1 }
    const isCut = (hole: Claimant) =>
      this.#holes.isDisputed(there, hole) && intersectMatches([claimant.effective, hole.effective], this.#budget).verdict !== 'disjoint'
    return this.#budget.spend(parents().length) && !parents().some(isCut)
  }

  /** Whether what the row serves is its owner's by the hole. */
  #holds(row: Claimant, hole: Claimant): boolean {
    return isGrant(hole) ? this.#holes.handsToOwner(hole, row) : this.#rules.sameOwner(row.route.namespace, hole.route.namespace)
  }

  /** LK301: whatever a trusted root delegates, and what it serves itself unless that is a bare catch-all. */
  #takenGrant({ claimant, own, parents }: Ground, root: Claimant): Suspicion<Nature> | undefined {
    if (!isGrant(root) && isBareCatchAll(root.effective)) return undefined
    return {
      nature: natureOf(this.#holes.handsToOwner(root, claimant) ? 'bypass' : 'grant', claimant, root, true),
      question: () => ({
        other: root,
        shared: [claimant, root],
        isFirst: (place) => this.#mayOutrankGrant(claimant, root, place),
        wasFirst: (row, place) => this.#outranksGrant(row, root, place),
        excuses: () => [...own(), ...parents()],
        isExcusedBy: (row, there) => this.#isGrantedBefore(row, claimant, root, there),
      }),
    }
  }

  /** LK402 and LK403. */
  #takenIncumbent(ground: Ground, other: Claimant): Suspicion<Nature> | undefined {
    const { claimant, own, parents } = ground
    if (!this.#rules.isIncumbent(other.route) || !this.#compete(claimant, other)) return undefined
    const trusted = other.depth > 0 && (this.#isTrusted(other) || (other.up !== undefined && namesParent(claimant, other.up.route)))
    const nature = natureOf('incumbent', claimant, other, trusted)
    return {
      nature,
      question: () => ({
        other,
        shared: [claimant, other, ...grantsAbove(other)],
        isFirst: (place) => nature.same || this.#mayOutrank(claimant, other, place),
        wasFirst: (row, place) => this.#mayOutrank(row, other, place),
        excuses: () => [...own(), ...parents()],
        isExcusedBy: (row) => this.#isSomebodyElses(row, ground, other),
      }),
    }
  }

  /** Whatever the suspicion, what the owner had before is not lost to it. */
  #loss(claimant: Claimant, { other, shared, isFirst, wasFirst, excuses, isExcusedBy }: Question): Loss | undefined {
    // What the policy lets the namespace use is not taken from whoever has a wider host.
    const isTakeable = ({ closer, host }: SharedHost) => closer === 'same' || !this.#rules.mayUseHost(host)
    const places = this.#places(claimant, other).filter((place) => isTakeable(place) && isFirst(place))
    const isExcusedAt = (row: Claimant, place: SharedHost) => {
      // What it has by the object itself was not there before it.
      if (hangsBelow(row, claimant.route)) return false
      const there = this.#places(row, other).filter((at) => isAt(place, at, row) && !isCloserThan(at, other, place))
      return there.length > 0 && ((this.#isOwn(row, claimant) && there.some((at) => wasFirst(row, at))) || isExcusedBy(row, there))
    }
    return findLoss({ other, shared, places, excuses: once(excuses), isExcusedBy: isExcusedAt }, this.#rules, this.#budget)
  }

  /** The same owner's, there before, and in the gateway's table: a flattening one has nothing there for what is handed on. */
  #isOwn(row: Claimant, { route, attachment }: Claimant): boolean {
    if (!this.#rules.sameOwner(row.route.namespace, route.namespace) || !this.#rules.isIncumbent(row.route)) return false
    return attachment.dialect === 'agentgateway' || !isGrant(row)
  }

  /** A trusted grant to the owner of `to` that decides before `other` does. */
  #isGrantedBefore(row: Claimant, to: Claimant, other: Claimant, there: readonly SharedHost[] = []): boolean {
    if (row.depth !== other.depth || !isLiveGrant(row) || !this.#isTrusted(row)) return false
    const decides = there.some(({ closer }) => closer === 'first') || compareRank(row, other, this.#rules) < 0
    return decides && this.#holes.handsToOwner(row, to)
  }

  /** Not the other one's by right: its grant has a hole there, or it took directly what a trusted grant gives to others. */
  #isSomebodyElses(row: Claimant, { claimant, parents }: Ground, other: Claimant): boolean {
    if (other.depth === 0) return isLiveGrant(row) && this.#isTrusted(row) && !sameObject(row.root, other.root)
    if (this.#holes.holeFor(other, row) !== 'trusted') return false
    const givesBack = (grant: Claimant) =>
      this.#isGrantedBefore(grant, other, row) &&
      intersectMatches([claimant.effective, other.effective, grant.effective], this.#budget).verdict !== 'disjoint'
    // What the budget ended in selects nobody, though it may.
    return !parents().some(givesBack) && this.#budget.spend(1)
  }

  /** Whether there is anything to take: the other one's requests are not simply what this one's own grant decides. */
  #compete(claimant: Claimant, other: Claimant): boolean {
    if (hangsBelow(claimant, other.route)) return false
    // By another way the same requests are handed to it: a diamond.
    if (isGrant(other) && this.#holes.handsToOwner(other, claimant)) return false
    if (claimant.attachment.dialect === 'agentgateway') return sameGroup(claimant, other)
    // A bare catch-all is there for what nobody else asks for.
    if (other.depth === 0 && isBareCatchAll(other.effective) && !isBareCatchAll(claimant.effective)) return false
    // In a trusted lane, what is attached directly holds nothing by right: the grant gives it to this one.
    if (claimant.depth > 0 && this.#isTrusted(claimant)) return other.depth > 0 && this.#isTrusted(other)
    return true
  }

  #groundOf(claimant: Claimant, met: readonly Claimant[]): Ground {
    return {
      claimant,
      met,
      others: met.filter((other) => this.#isForeign(other, claimant) && this.#places(claimant, other).length > 0),
      own: once(() => met.filter((row) => this.#isOwn(row, claimant))),
      parents: once(() =>
        [...met, ...grantsAbove(claimant)].filter((row) => delegatesAtAll(row.route) || (row.depth === 0 && this.#isTrusted(row))),
      ),
    }
  }

  /** Another owner's, and nothing that hangs below the object itself. */
  #isForeign(other: Claimant, claimant: Claimant): boolean {
    return !this.#rules.sameOwner(other.route.namespace, claimant.route.namespace) && !hangsBelow(other, claimant.route)
  }

  /**
   * Where requests of `a` may be `b`'s, the same host before closer ones. A flattening gateway has one table a host and doesn't look
   * further; the nested one falls back from a closer host to a wider one.
   */
  #places(a: Claimant, b: Claimant): readonly SharedHost[] {
    const shared = sharedHosts(a.attachment, b.attachment)
    const same = shared.filter(({ closer }) => closer === 'same')
    if (a.attachment.dialect !== 'agentgateway') return same
    return narrowedTo(b, narrowedTo(a, [...same, ...shared.filter(({ closer }) => closer === 'first')]))
  }

  #mayOutrank(a: Claimant, b: Claimant, { closer }: SharedHost): boolean {
    return closer === 'first' || mayOutrank(a, b, this.#rules)
  }

  /** The same of a grant, or of what the platform serves. */
  #mayOutrankGrant(row: Claimant, grant: Claimant, place: SharedHost): boolean {
    return this.#mayOutrank(row, grant, place) || saysAsMuch(row, grant)
  }

  /** For sure: where only ages could tell, and aren't known, the platform keeps what it serves. */
  #outranksGrant(row: Claimant, grant: Claimant, { closer }: SharedHost): boolean {
    return closer === 'first' || outranks(row, grant, this.#rules) || saysAsMuch(row, grant)
  }

  #isTrusted({ root, attachment }: Claimant): boolean {
    return isTrustedRoot(root, attachment, this.#view, this.#rules)
  }
}

/** A claimant and what it meets. */
interface Ground {
  readonly claimant: Claimant
  readonly met: readonly Claimant[]
  /** Other owners' rows on a common host. */
  readonly others: readonly Claimant[]
  /** Rows of the same owner that were there before. */
  readonly own: () => readonly Claimant[]
  /** Rows of routes that delegate, and of the platform's roots. */
  readonly parents: () => readonly Claimant[]
}

/** What would be a conflict if a request of both is nobody's excuse. */
interface Suspicion<Known> {
  readonly nature: Known
  readonly question: () => Question
}

interface Question {
  readonly other: Claimant
  /** What all of these take is in question. */
  readonly shared: readonly Claimant[]
  /** Whether the claimant comes first there. */
  readonly isFirst: (place: SharedHost) => boolean
  /** Whether a row of the same owner did. */
  readonly wasFirst: (row: Claimant, place: SharedHost) => boolean
  readonly excuses: () => readonly Claimant[]
  /** `there` = the places of the row that the requests come to. */
  readonly isExcusedBy: (row: Claimant, there: readonly SharedHost[]) => boolean
}

function natureOf(kind: Nature['kind'], claimant: Claimant, other: Claimant, trusted: boolean): Nature {
  return { kind, same: sameRequests(claimant.effective, other.effective), trusted, isRefinement: isRefinement(claimant, other) }
}

function keyOf({ kind, same, trusted, isRefinement }: Partial<Nature>): string {
  return `${kind} ${same} ${trusted} ${isRefinement}`
}

/** By a grant of the object, at any level. */
function hangsBelow(row: Claimant, object: HttpRoute): boolean {
  for (const grant of grantsAbove(row)) if (sameObject(grant.route, object)) return true
  return false
}

/** Hostnames of delegatees narrow in the nested dialect. */
function narrowedTo({ hosts, attachment }: Claimant, places: readonly SharedHost[]): readonly SharedHost[] {
  if (hosts === attachment.hosts) return places
  return places.flatMap((place) => {
    const narrower = new Set(hosts.flatMap((host) => intersectHostnames(host, place.host) ?? []))
    return [...narrower].map((host) => ({ ...place, host }))
  })
}

/** Whether `there`, where a row is asked, is that place or around it. */
function isAt({ host, door }: SharedHost, there: SharedHost, { attachment }: Claimant): boolean {
  if (door !== there.door) return false
  return attachment.dialect === 'agentgateway' ? isHostWithin(host, there.host) : host === there.host
}

/** What no child of a grant asks for is free to whoever says the same as the grant, however old. */
function saysAsMuch(row: Claimant, grant: Claimant): boolean {
  return isGrant(grant) && compareMatches(row.effective, grant.effective, row.attachment.dialect === 'agentgateway') <= 0
}

/** Whether `other` is on a host between the two: it is asked there first, wherever else both are. */
function isCloserThan(at: SharedHost, { attachment }: Claimant, place: SharedHost): boolean {
  return attachment.places.some(({ host }) => host !== at.host && isHostWithin(place.host, host) && isHostWithin(host, at.host))
}

function once<T>(work: () => T): () => T {
  let done: { readonly value: T } | undefined
  return () => (done ??= { value: work() }).value
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
