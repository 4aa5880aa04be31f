import { sharedHosts } from './attachment.ts'
import type { Budget } from './budget.ts'
import { type Claimant, grantsAbove, sameObject, samePlace } from './claimant.ts'
import { isTrustedRoot, type LaneRules } from './lane.ts'
import { compareMatches } from './rank.ts'
import { type HttpRoute, nameOf } from './route.ts'
import { consents, isReadBy, type Selector, selectorOf, selects } from './selection.ts'
import type { View } from './view.ts'

/** Who may deny by it: the hole is cut by a trusted parent, or by somebody whose word only warns. */
export type Hole = 'none' | 'trusted' | 'untrusted'

/**
 * Whether a grant above `claimant` leaves out what `other` hands out more exactly: another rule of the same parent, or a
 * trusted root beside the root, that selects neither the claimant's object nor any of its owner's. Only more exact ones
 * count: a catch-all `/` beside `/app` is no hole of `/app`. The nested dialect picks the grant first: no holes.
 */
export class HoleFinder {
  readonly #view: View
  readonly #rules: LaneRules
  readonly #budget: Budget
  readonly #selectsOwner = new Map<string, boolean>()

  constructor(view: View, rules: LaneRules, budget: Budget) {
    this.#view = view
    this.#rules = rules
    this.#budget = budget
  }

  holeFor(claimant: Claimant, other: Claimant): Hole {
    return this.#holeFor(claimant, other, 'above')
  }

  /** The same, or `other` says just what the grant does: which of the two was meant can't be told. */
  isDisputed(claimant: Claimant, other: Claimant): boolean {
    return this.#holeFor(claimant, other, 'level') !== 'none'
  }

  #holeFor(claimant: Claimant, other: Claimant, from: 'above' | 'level'): Hole {
    if (claimant.attachment.dialect === 'agentgateway' || sameObject(claimant.route, other.route)) return 'none'
    // A deleted parent hands nothing out any more.
    if (other.departed === true) return 'none'
    for (const grant of grantsAbove(claimant)) {
      if (!this.#standsBeside(other, grant)) continue
      const order = compareMatches(other.effective, grant.effective, false)
      if (order > 0 || (order === 0 && from === 'above')) return 'none'
      // What a team hands on inside its own lane is its own affair.
      if (this.#rules.sameOwner(other.route.namespace, claimant.route.namespace) || this.handsToOwner(other, claimant)) return 'none'
      const trusted = isTrustedRoot(other.root, other.attachment, this.#view, this.#rules) || namesParent(claimant, other.route)
      return trusted ? 'trusted' : 'untrusted'
    }
    return 'none'
  }

  /** Another match of the same parent on the same way, or of another trusted root where the grant is a root's. */
  #standsBeside(other: Claimant, grant: Claimant): boolean {
    if (other.depth !== grant.depth || samePlace(other, grant) || !inOneTable(other, grant)) return false
    if (sameObject(other.route, grant.route)) return sameWay(other.up, grant.up)
    return grant.depth === 0 && isTrustedRoot(other.root, other.attachment, this.#view, this.#rules)
  }

  /** Whether the rule of `other` delegates to the claimant's object, a parent on its way, or anything of its owner. */
  handsToOwner(other: Claimant, claimant: Claimant): boolean {
    const { route } = other
    return selectorsOf(other).some((selector) => {
      if (isOnWay(claimant, (object) => selects(selector, object) && consents(object, route))) return true
      return this.#selectsOwnerOf(claimant.route, selector, route)
    })
  }

  /** The same, where it selects nobody else and names no namespace of anybody else. Cost: the number of routes it selects. */
  handsToOwnerAlone(other: Claimant, claimant: Claimant): boolean {
    if (!this.handsToOwner(other, claimant)) return false
    const isOwn = (namespace: string) => this.#rules.sameOwner(namespace, claimant.route.namespace)
    for (const selector of selectorsOf(other)) {
      if (selector.namespace !== undefined && !isOwn(selector.namespace)) return false
      for (const object of this.#view.selectedBy(selector)) {
        if (!this.#budget.spend(1)) return false
        if (!isOwn(object.namespace) && consents(object, other.route)) return false
      }
    }
    return true
  }

  /** Any other route of the object's owner: the view may hold the object as it was before. */
  #selectsOwnerOf(object: HttpRoute, selector: Selector, parent: HttpRoute): boolean {
    // A reference into one namespace tells its owner without a look at the routes there.
    if (selector.namespace !== undefined) return this.#rules.sameOwner(selector.namespace, object.namespace)
    const key = JSON.stringify([nameOf(object), nameOf(parent), selector])
    const known = this.#selectsOwner.get(key)
    if (known !== undefined) return known
    let found = false
    for (const other of this.#view.selectedBy(selector)) {
      if (!this.#budget.spend(1)) break
      found = this.#rules.sameOwner(other.namespace, object.namespace) && consents(other, parent) && !sameObject(other, object)
      if (found) break
    }
    this.#selectsOwner.set(key, found)
    return found
  }
}

/** Whether the rule of `grant` delegates to this very object. */
export function handsTo(grant: Claimant, object: HttpRoute): boolean {
  return selectorsOf(grant).some((selector) => selects(selector, object) && consents(object, grant.route))
}

function selectorsOf({ route, rule, attachment }: Claimant): Selector[] {
  const selectors = (route.rules[rule]?.backendRefs ?? []).flatMap((ref) => selectorOf(ref, route.namespace) ?? [])
  return selectors.filter((selector) => isReadBy(selector, attachment.dialect))
}

/** A child that names its parent has chosen whom to believe; this holds for the child alone, not for what hangs below. */
export function namesParent({ route, up }: Claimant, parent: HttpRoute): boolean {
  return up !== undefined && sameObject(up.route, parent) && route.parentRefs.length > 0
}

/** Flattening gateways have one table a host: rows of a closer host are never asked together with those of a wider one. */
function inOneTable(a: Claimant, b: Claimant): boolean {
  return sharedHosts(a.attachment, b.attachment).some(({ closer }) => closer === 'same')
}

function sameWay(a: Claimant | undefined, b: Claimant | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return samePlace(a, b) && sameWay(a.up, b.up)
}

/** Whether the object, or a parent it hangs under below the root, is one of these. */
function isOnWay(claimant: Claimant, is: (object: HttpRoute) => boolean): boolean {
  return is(claimant.route) || [...grantsAbove(claimant)].some((grant) => grant.depth > 0 && is(grant.route))
}
