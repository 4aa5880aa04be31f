import { inheritsMatcher } from './annotations.ts'
import { type Attachment, attachmentsOf } from './attachment.ts'
import type { Allowance, Budget } from './budget.ts'
import { type Effective, effectiveMatch, type Grant, inheritedMatch } from './effective.ts'
import { hostsBelow } from './hostname.ts'
import { isFollowed, mayReach } from './reference.ts'
import { type Dialect, type HttpMatch, type HttpRoute, nameOf } from './route.ts'
import { consents, type Selector, selects } from './selection.ts'
import { type Delegation, selectorKey, type View } from './view.ts'

/**
 * One grant that selects a route, seen from the route: the parent's effective match and the way it came down from the
 * root. A route has as many lanes as there are ways from a root to it.
 */
export interface Lane {
  readonly parent: HttpRoute
  /** `spec.rules[rule].matches[match]` of the parent; match 0 where an empty list inherits. */
  readonly rule: number
  readonly match: number
  readonly selector: Selector
  /** What the parent holds at this place, after its own grants. */
  readonly granted: HttpMatch
  /** The lane through which the parent holds it; undefined when the parent is a root. */
  readonly up: Lane | undefined
  readonly root: Root
  /** Host patterns on which requests come through it; hostnames of the route at its end are left aside (`hostsBelow`). */
  readonly hosts: readonly string[]
  /** Delegations from the root to the route: 1 = the parent is the root. */
  readonly depth: number
  /** Whether this grant may deny somebody else's object (docs/glossary.md: trusted). */
  readonly trusted: boolean
}

/** Where a tree of delegations hangs. A parent that nothing attaches yet counts as hanging on no Gateway. */
export interface Root {
  readonly route: HttpRoute
  readonly attachment: Attachment | undefined
  readonly dialect: Dialect
}

/** One way in which a parent is served. */
interface Life {
  readonly root: Root
  readonly up: Lane | undefined
  readonly hosts: readonly string[]
}

/** What the policy says about whom to believe and which dialect to assume. */
export interface LaneRules {
  readonly dialect: Dialect | undefined
  /** Whether a namespace may delegate anywhere. */
  isRootNamespace(namespace: string): boolean
  sameOwner(namespace: string, other: string): boolean
}

export interface Lanes {
  readonly lanes: readonly Lane[]
  /** The budget ran out before every way here was walked: `trusted` = one of them might have bound the route. */
  readonly incomplete: 'no' | 'untrusted' | 'trusted'
  /** What the parents on the way hold themselves, those grants included that lead no further. */
  readonly above: readonly { readonly child: HttpRoute; readonly lane: Lane }[]
}

/** Ways deeper than this are cut and said to be incomplete; far above any limit a policy sets. */
const MAX_DEPTH = 12

/** Steps one lane costs: looking the parent up, its attachment, its effective match. */
const STEPS_PER_LANE = 20

/**
 * Every lane of `route`, trusted ones first. Cycles are cut as the flattening gateways cut them: a reference that
 * selects an object already on the way selects nothing. Cost: the number of ways, bounded by the budget.
 */
export function lanesOf(route: HttpRoute, view: View, rules: LaneRules, allowance: Allowance): Lanes {
  const walk = new Walk(view, rules, allowance)
  const lanes = walk.lanesTo(route, [route], undefined)
  lanes.sort((a, b) => Number(b.trusted) - Number(a.trusted) || compareLanes(a, b))
  return { lanes, incomplete: walk.incomplete, above: walk.above }
}

class Walk {
  incomplete: Lanes['incomplete'] = 'no'
  readonly #view: View
  readonly #rules: LaneRules
  readonly #allowance: Allowance
  readonly above: { child: HttpRoute; lane: Lane }[] = []
  readonly #mayBeTrusted = new Map<string, boolean>()

  constructor(view: View, rules: LaneRules, allowance: Allowance) {
    this.#view = view
    this.#rules = rules
    this.#allowance = allowance
  }

  /**
   * `below` = the way walked so far, from `route` down to the object under review; `binding` = whether what is found may
   * deny that object, undefined where that is decided here, parent by parent.
   */
  lanesTo(route: HttpRoute, below: readonly HttpRoute[], binding: boolean | undefined): Lane[] {
    const lanes: Lane[] = []
    for (const { delegation, binds } of this.#candidates(route, below, binding)) {
      const mayBind = binding ?? binds
      if (below.length > MAX_DEPTH || !this.#budget(mayBind).spend(STEPS_PER_LANE)) {
        this.#leaveOut(mayBind)
        continue
      }
      for (const life of this.#lives(delegation.parent, below, mayBind)) lanes.push(...this.#lanesThrough(delegation, route, life, mayBind))
    }
    return lanes
  }

  #budget(binds: boolean): Budget {
    return binds ? this.#allowance.trusted : this.#allowance.strangers
  }

  #leaveOut(binds: boolean): void {
    if (binds) this.incomplete = 'trusted'
    else if (this.incomplete === 'no') this.incomplete = 'untrusted'
  }

  /** Who selects the route with its consent, those that may bind it first, one entry a reference. */
  #candidates(route: HttpRoute, below: readonly HttpRoute[], binding: boolean | undefined): { delegation: Delegation; binds: boolean }[] {
    const seen = new Set<string>()
    const found: { delegation: Delegation; binds: boolean; name: string }[] = []
    for (const delegation of this.#view.delegationsTo(route)) {
      const { parent, rule, selector, weight } = delegation
      const binds = this.#mayBind(parent, route)
      if (!this.#budget(binding ?? binds).spend(1)) {
        this.#leaveOut(binding ?? binds)
        continue
      }
      const name = nameOf(parent)
      const place = `${name}#${rule}#${weight > 0}#${selectorKey(selector)}`
      if (seen.has(place) || !consents(route, parent)) continue
      if (below.some((object) => nameOf(object) === name) || adoptsItself(delegation)) continue
      seen.add(place)
      found.push({ delegation, binds, name })
    }
    found.sort(
      (a, b) => Number(b.binds) - Number(a.binds) || (a.name < b.name ? -1 : a.name > b.name ? 1 : a.delegation.rule - b.delegation.rule),
    )
    return found
  }

  /** The ways the parent itself is served: on Gateways, and through its own lanes. */
  *#lives(parent: HttpRoute, below: readonly HttpRoute[], binding: boolean): Iterable<Life> {
    const attachments = attachmentsOf(parent, this.#view, this.#rules.dialect)
    for (const attachment of attachments) {
      yield { root: { route: parent, attachment, dialect: attachment.dialect }, up: undefined, hosts: attachment.hosts }
    }
    let delegated = false
    for (const up of this.lanesTo(parent, [parent, ...below], binding)) {
      delegated = true
      this.above.push({ child: parent, lane: up })
      const hosts = hostsBelow(up.hosts, parent.hostnames, up.root.dialect)
      if (hosts !== undefined) yield { root: up.root, up, hosts }
    }
    if (attachments.length > 0 || delegated) return
    const dialect = this.#rules.dialect ?? 'kgateway'
    const hosts = parent.hostnames.length > 0 ? parent.hostnames : ['*']
    yield { root: { route: parent, attachment: undefined, dialect }, up: undefined, hosts }
  }

  *#lanesThrough(delegation: Delegation, child: HttpRoute, life: Life, binding: boolean): Iterable<Lane> {
    const { parent, rule, selector } = delegation
    const { root, up, hosts } = life
    if (!isFollowed(delegation, root.dialect, this.#view) || selectsAnAncestor(delegation, up)) return
    if (!mayReach(parent, child, root.dialect, this.#view)) return
    const trusted = this.#bindsByItself(parent, child) || this.#trustsRoot(root)
    const budget = this.#budget(binding)
    for (const { match, effective } of programmedMatches(parent, rule, up, root.dialect, budget)) {
      if (!budget.spend(STEPS_PER_LANE)) {
        this.#leaveOut(binding)
        return
      }
      yield { parent, rule, match, selector, granted: effective, up, root, hosts, depth: (up?.depth ?? 0) + 1, trusted }
    }
  }

  #trustsRoot({ route, attachment }: Root): boolean {
    return isTrustedRoot(route, attachment, this.#view, this.#rules)
  }

  /** The child names its parent, or is its owner's: this holds for the child alone, not for what hangs further below. */
  #bindsByItself(parent: HttpRoute, child: HttpRoute): boolean {
    return child.parentRefs.length > 0 || this.#rules.sameOwner(parent.namespace, child.namespace)
  }

  /** Whether a lane through `parent` could turn out trusted. Over-approximates; linear in the graph above it. */
  #mayBind(parent: HttpRoute, child: HttpRoute): boolean {
    return this.#bindsByItself(parent, child) || this.#mayHangOnTrustedRoot(parent)
  }

  #mayHangOnTrustedRoot(parent: HttpRoute): boolean {
    const known = this.#mayBeTrusted.get(nameOf(parent))
    if (known !== undefined) return known
    const visited = new Set([nameOf(parent)])
    const queue = [parent]
    for (let object = queue.pop(); object !== undefined; object = queue.pop()) {
      if (this.#mayBeTrustedRoot(object) || this.#mayBeTrusted.get(nameOf(object)) === true || !this.#allowance.trusted.spend(1)) {
        this.#mayBeTrusted.set(nameOf(parent), true)
        return true
      }
      for (const { parent: above } of this.#view.delegationsTo(object)) {
        if (visited.has(nameOf(above)) || !consents(object, above)) continue
        visited.add(nameOf(above))
        queue.push(above)
      }
    }
    // INVARIANT: nothing above any of them is trusted either.
    for (const name of visited) this.#mayBeTrusted.set(name, false)
    return false
  }

  #mayBeTrustedRoot(route: HttpRoute): boolean {
    if (this.#rules.isRootNamespace(route.namespace)) return true
    return attachmentsOf(route, this.#view, this.#rules.dialect).some((attachment) =>
      this.#trustsRoot({ route, attachment, dialect: attachment.dialect }),
    )
  }
}

/** Whether the grants of a root may deny somebody else's object: it is the platform's, or the owner's of its Gateway. */
export function isTrustedRoot(root: HttpRoute, attachment: Attachment | undefined, view: View, rules: LaneRules): boolean {
  if (rules.isRootNamespace(root.namespace)) return true
  if (attachment === undefined) return false
  if (attachment.known === undefined) return view.completeness === 'files'
  return attachment.gateway.namespace === root.namespace
}

/** The reference also selects the route that writes it: a cycle, so the gateway serves none of what it selects. */
function adoptsItself({ selector, parent }: Delegation): boolean {
  return selects(selector, parent) && consents(parent, parent)
}

/** The same one level up or more: the reference selects an object that the way has already passed. */
function selectsAnAncestor({ selector, parent }: Delegation, up: Lane | undefined): boolean {
  for (let lane = up; lane !== undefined; lane = lane.up) if (selects(selector, lane.parent) && consents(lane.parent, parent)) return true
  return false
}

/** The matches of a parent's rule that are programmed under `up` (undefined: as a root). */
function* programmedMatches(
  parent: HttpRoute,
  rule: number,
  up: Lane | undefined,
  dialect: Dialect,
  budget: Budget,
): Iterable<{ readonly match: number; readonly effective: HttpMatch }> {
  const matches = parent.rules[rule]?.matches ?? []
  if (up === undefined) {
    for (const [match, effective] of matches.entries()) yield { match, effective }
    return
  }
  for (const [match, effective] of effectiveMatchesOf(parent, rule, up, dialect, budget).entries()) {
    // What is answered with an error itself may still be whole again once a child's path is joined to it.
    if (effective.status !== 'dead') yield { match, effective: effective.match }
  }
}

/** What each match of a delegatee's rule becomes under one grant; an inheriting empty list gives one. */
export function effectiveMatchesOf(route: HttpRoute, rule: number, grant: Grant, dialect: Dialect, budget: Budget): Effective[] {
  const matches = route.rules[rule]?.matches ?? []
  const inherits = inheritsMatcher(route, dialect)
  if (matches.length === 0) return inherits ? [inheritedMatch(grant.granted)] : []
  return matches.map((match) => effectiveMatch(grant, match, dialect, inherits, budget))
}

/** By parent name, then place: the order findings and messages use. */
function compareLanes(a: Lane, b: Lane): number {
  const [x, y] = [nameOf(a.parent), nameOf(b.parent)]
  if (x !== y) return x < y ? -1 : 1
  return a.rule - b.rule || a.match - b.match || a.depth - b.depth
}
