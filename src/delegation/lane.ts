import { inheritsMatcher } from './annotations.ts'
import { type Attachment, attachmentsOf } from './attachment.ts'
import type { Budget } from './budget.ts'
import { type Effective, effectiveMatch, inheritedMatch } from './effective.ts'
import { type Dialect, type HttpMatch, type HttpRoute, nameOf } from './route.ts'
import { consents, describeSelector, isReadBy, type Selector, selects } from './selection.ts'
import type { Delegation, View } from './view.ts'

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
  /** Delegations from the root to the route: 1 = the parent is the root. */
  readonly depth: number
  /** Whether this grant may deny somebody else's object (delegation.md §5: trusted parent). */
  readonly trusted: boolean
}

/** Where a tree of delegations hangs. A parent that nothing attaches yet counts as hanging on no Gateway. */
export interface Root {
  readonly route: HttpRoute
  readonly attachment: Attachment | undefined
  readonly dialect: Dialect
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
}

/** Ways deeper than this are cut and said to be incomplete; far above any limit a policy sets. */
const MAX_DEPTH = 12

/** Steps one lane costs: looking the parent up, its attachment, its effective match. */
const STEPS_PER_LANE = 20

/**
 * Every lane of `route`, trusted ones first. Cycles are cut as the flattening gateways cut them: a reference that
 * selects an object already on the way selects nothing. Cost: the number of ways, bounded by the budget.
 */
export function lanesOf(route: HttpRoute, view: View, rules: LaneRules, budget: Budget): Lanes {
  const walk = new Walk(view, rules, budget)
  const lanes = walk.lanesTo(route, [route], false)
  lanes.sort((a, b) => Number(b.trusted) - Number(a.trusted) || compareLanes(a, b))
  return { lanes, incomplete: walk.incomplete }
}

class Walk {
  incomplete: Lanes['incomplete'] = 'no'
  readonly #view: View
  readonly #rules: LaneRules
  readonly #budget: Budget
  readonly #mayBeTrusted = new Map<string, boolean>()

  constructor(view: View, rules: LaneRules, budget: Budget) {
    this.#view = view
    this.#rules = rules
    this.#budget = budget
  }

  /** `below` = the way walked so far, from the parent nearest to `route` down to the object under review. */
  lanesTo(route: HttpRoute, below: readonly HttpRoute[], aboveIsNamed: boolean): Lane[] {
    const lanes: Lane[] = []
    for (const delegation of this.#candidates(route, below)) {
      if (!this.#budget.spend(STEPS_PER_LANE) || below.length > MAX_DEPTH) {
        if (this.#mayBind(delegation.parent, route, aboveIsNamed)) this.incomplete = 'trusted'
        else if (this.incomplete === 'no') this.incomplete = 'untrusted'
        break
      }
      const named = route.parentRefs.length > 0
      for (const life of this.#lives(delegation.parent, below, named)) lanes.push(...this.#lanesThrough(delegation, route, life, named))
    }
    return lanes
  }

  /** Who selects the route with its consent, those that may bind it first, one entry a parent's rule. */
  #candidates(route: HttpRoute, below: readonly HttpRoute[]): Delegation[] {
    const seen = new Set<string>()
    const found: { delegation: Delegation; binds: boolean; name: string }[] = []
    for (const delegation of this.#view.delegationsTo(route)) {
      const { parent, rule } = delegation
      const name = nameOf(parent)
      const place = `${name}#${rule}#${describeSelector(delegation.selector)}`
      if (seen.has(place) || !consents(route, parent)) continue
      if (below.some((object) => nameOf(object) === name) || adoptsItself(delegation)) continue
      seen.add(place)
      found.push({ delegation, binds: this.#mayBind(parent, route, false), name })
    }
    found.sort(
      (a, b) => Number(b.binds) - Number(a.binds) || (a.name < b.name ? -1 : a.name > b.name ? 1 : a.delegation.rule - b.delegation.rule),
    )
    return found.map((entry) => entry.delegation)
  }

  /** The ways the parent itself is served: on Gateways, and through its own lanes. */
  *#lives(parent: HttpRoute, below: readonly HttpRoute[], named: boolean): Iterable<{ root: Root; up: Lane | undefined }> {
    const attachments = attachmentsOf(parent, this.#view, this.#rules.dialect)
    for (const attachment of attachments) {
      yield { root: { route: parent, attachment, dialect: attachment.dialect, hosts: attachment.hosts }, up: undefined }
    }
    let delegated = false
    for (const up of this.lanesTo(parent, [parent, ...below], named)) {
      delegated = true
      // INVARIANT: flattening gateways refuse a delegatee with hostnames of its own.
      if (up.root.dialect !== 'agentgateway' && parent.hostnames.length > 0) continue
      yield { root: up.root, up }
    }
    if (attachments.length > 0 || delegated) return
    const dialect = this.#rules.dialect ?? 'kgateway'
    yield {
      root: { route: parent, attachment: undefined, dialect, hosts: parent.hostnames.length > 0 ? parent.hostnames : ['*'] },
      up: undefined,
    }
  }

  *#lanesThrough(delegation: Delegation, child: HttpRoute, life: { root: Root; up: Lane | undefined }, named: boolean): Iterable<Lane> {
    const { parent, rule, selector } = delegation
    const { root, up } = life
    if (!isReadBy(selector, root.dialect) || selectsAnAncestor(delegation, up)) return
    if (root.dialect === 'agentgateway' && !this.#nestedMayReach(parent, child)) return
    const trusted =
      named || this.#rules.sameOwner(parent.namespace, child.namespace) || (up === undefined ? this.#trustsRoot(root) : up.trusted)
    for (const { match, effective } of programmedMatches(parent, rule, up, root.dialect)) {
      if (!this.#budget.spend(STEPS_PER_LANE)) {
        if (trusted) this.incomplete = 'trusted'
        else if (this.incomplete === 'no') this.incomplete = 'untrusted'
        return
      }
      yield { parent, rule, match, selector, granted: effective, up, root, depth: (up?.depth ?? 0) + 1, trusted }
    }
  }

  #trustsRoot(root: Root): boolean {
    if (this.#rules.isRootNamespace(root.route.namespace)) return true
    const attachment = root.attachment
    if (attachment === undefined) return false
    if (attachment.known === undefined) return this.#view.completeness === 'files'
    return attachment.gateway.namespace === root.route.namespace
  }

  /** agentgateway: a parentless child in another namespace needs a ReferenceGrant there. */
  #nestedMayReach(parent: HttpRoute, child: HttpRoute): boolean {
    if (child.namespace === parent.namespace || child.parentRefs.length > 0) return true
    for (const grant of this.#view.referenceGrantsIn(child.namespace)) {
      const from = grant.from.some(
        (entry) => entry.group === 'gateway.networking.k8s.io' && entry.kind === 'HTTPRoute' && entry.namespace === parent.namespace,
      )
      const to = grant.to.some(
        (entry) =>
          entry.group === 'gateway.networking.k8s.io' &&
          entry.kind === 'HTTPRoute' &&
          (entry.name === undefined || entry.name === child.name),
      )
      if (from && to) return true
    }
    return false
  }

  /** Whether a lane through `parent` could turn out trusted. Over-approximates; linear in the graph above it. */
  #mayBind(parent: HttpRoute, child: HttpRoute, named: boolean): boolean {
    return (
      named || child.parentRefs.length > 0 || this.#rules.sameOwner(parent.namespace, child.namespace) || this.#mayBeTrustedParent(parent)
    )
  }

  #mayBeTrustedParent(parent: HttpRoute): boolean {
    const name = nameOf(parent)
    const known = this.#mayBeTrusted.get(name)
    if (known !== undefined) return known
    this.#mayBeTrusted.set(name, false)
    const direct = attachmentsOf(parent, this.#view, this.#rules.dialect).some((attachment) =>
      this.#trustsRoot({ route: parent, attachment, dialect: attachment.dialect, hosts: [] }),
    )
    let trusted = direct || this.#rules.isRootNamespace(parent.namespace)
    if (!trusted) {
      for (const delegation of this.#view.delegationsTo(parent)) {
        if (!this.#budget.spend(1)) return true
        if (consents(parent, delegation.parent) && this.#mayBind(delegation.parent, parent, false)) {
          trusted = true
          break
        }
      }
    }
    this.#mayBeTrusted.set(name, trusted)
    return trusted
  }
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
export function* programmedMatches(
  parent: HttpRoute,
  rule: number,
  up: Lane | undefined,
  dialect: Dialect,
): Iterable<{ readonly match: number; readonly effective: HttpMatch }> {
  const matches = parent.rules[rule]?.matches ?? []
  if (up === undefined) {
    for (const [match, effective] of matches.entries()) yield { match, effective }
    return
  }
  for (const [match, effective] of effectiveMatchesOf(parent, rule, up.granted, dialect).entries()) {
    if (effective.status === 'programmed') yield { match, effective: effective.match }
  }
}

/** What each match of a delegatee's rule becomes under one granted match; an inheriting empty list gives one. */
export function effectiveMatchesOf(route: HttpRoute, rule: number, granted: HttpMatch, dialect: Dialect): Effective[] {
  const matches = route.rules[rule]?.matches ?? []
  const inherits = inheritsMatcher(route, dialect)
  if (matches.length === 0) return inherits ? [inheritedMatch(granted)] : []
  return matches.map((match) => effectiveMatch(granted, match, dialect, inherits))
}

/** By parent name, then place: the order findings and messages use. */
export function compareLanes(a: Lane, b: Lane): number {
  const [x, y] = [nameOf(a.parent), nameOf(b.parent)]
  if (x !== y) return x < y ? -1 : 1
  return a.rule - b.rule || a.match - b.match || a.depth - b.depth
}
