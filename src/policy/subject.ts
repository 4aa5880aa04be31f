import { type Attachment, attachmentsOf } from '../delegation/attachment.ts'
import type { Allowance, Budget } from '../delegation/budget.ts'
import { type Claim, type Claims, claimsOf, type Escape, type Escapes, escapesOf } from '../delegation/claim.ts'
import { type ConflictRules, Contest } from '../delegation/conflict.ts'
import { type Lane, type Lanes, lanesOf } from '../delegation/lane.ts'
import { type Dialect, type HttpRoute, nameOf } from '../delegation/route.ts'
import { attachesDirectly, namedParents } from '../delegation/selection.ts'
import type { View } from '../delegation/view.ts'
import { type Contender, type ContenderConflict, type Contenders, conflictsOf, contendersOf } from './contenders.ts'
import { type DeadMatch, deadMatchesOf } from './dead-matches.ts'
import type { GrantPlace } from './decision.ts'
import { isRootNamespace, sameOwner } from './namespaces.ts'
import type { Policy } from './policy.ts'

/** The object under review with everything the checks ask about it, each worked out once and only when asked. */
export class Subject {
  readonly route: HttpRoute
  readonly view: View
  readonly policy: Policy
  readonly allowance: Allowance
  #lanes: Lanes | undefined
  #claims: Claims | undefined
  #deadMatches: readonly DeadMatch[] | undefined
  #escapes: Escapes | undefined
  #contenders: Contenders | undefined
  #conflicts: readonly ContenderConflict[] | undefined
  #contest: Contest | undefined
  readonly #isIncumbent: (other: HttpRoute) => boolean

  /** `isIncumbent` tells who was there before this object and so may be taken from. */
  constructor(route: HttpRoute, view: View, policy: Policy, allowance: Allowance, isIncumbent: (other: HttpRoute) => boolean = () => true) {
    this.route = route
    this.view = view
    this.policy = policy
    this.allowance = allowance
    this.#isIncumbent = isIncumbent
  }

  /** For questions about the object itself. */
  get budget(): Budget {
    return this.allowance.trusted
  }

  /** The policy's dialect; undefined = by each Gateway's class. */
  get dialect(): Dialect | undefined {
    return this.policy.dialect === 'auto' ? undefined : this.policy.dialect
  }

  get rules(): ConflictRules {
    const { view, policy } = this
    return {
      dialect: this.dialect,
      isRootNamespace: (namespace) => isRootNamespace(policy, view, namespace),
      sameOwner: (a, b) => sameOwner(policy, view, a, b),
      weights: policy.routeWeight === 'Enabled',
      isIncumbent: this.#isIncumbent,
    }
  }

  get walk(): Lanes {
    this.#lanes ??= lanesOf(this.route, this.view, this.rules, this.allowance)
    return this.#lanes
  }

  /** Ways from a root to this route, hostnames of its own left aside. */
  get lanes(): readonly Lane[] {
    return this.walk.lanes
  }

  /** Lanes that program something: flattening gateways refuse a delegatee with hostnames (LK112). */
  get servedLanes(): readonly Lane[] {
    return this.route.hostnames.length === 0 ? this.lanes : this.lanes.filter((lane) => lane.root.dialect === 'agentgateway')
  }

  get #allClaims(): Claims {
    this.#claims ??= claimsOf(this.route, this.servedLanes, this.allowance)
    return this.#claims
  }

  /** What the gateway programs for this route, per match and lane. */
  get claims(): readonly Claim[] {
    return this.#allClaims.alive
  }

  /** The matches that no lane lets through, though at least one selects the object. */
  get deadMatches(): readonly DeadMatch[] {
    this.#deadMatches ??= deadMatchesOf(this.#allClaims.dead, this.servedLanes, this.allowance)
    return this.#deadMatches
  }

  /** Whether some way to this route, or some match under one, could not be examined within the budget. */
  get incomplete(): Lanes['incomplete'] {
    const parts = [this.walk, this.#allClaims, this.#allEscapes, this.#allContenders].map(({ incomplete }) => incomplete)
    return parts.includes('trusted') ? 'trusted' : parts.includes('untrusted') ? 'untrusted' : 'no'
  }

  /** Claims outside their grant, trusted ones first. */
  get escapes(): readonly Escape[] {
    return this.#allEscapes.escapes
  }

  get #allEscapes(): Escapes {
    this.#escapes ??= escapesOf(this.route, this.claims, { ...this.walk, lanes: this.servedLanes }, this.allowance)
    return this.#escapes
  }

  get #allContenders(): Contenders {
    this.#contenders ??= contendersOf(this)
    return this.#contenders
  }

  /** Its matches on Gateways, in lanes and attached directly, each with all that may meet it there. */
  get contenders(): readonly Contender[] {
    return this.#allContenders.contenders
  }

  /** Who wins against whom, and at whose cost. */
  get contest(): Contest {
    this.#contest ??= new Contest(this.view, this.rules, this.allowance)
    return this.#contest
  }

  /** What it does to other owners' requests. */
  get conflicts(): readonly ContenderConflict[] {
    this.#conflicts ??= conflictsOf(this)
    return this.#conflicts
  }

  /** Another version of the object, under the same circumstances. */
  changedTo(route: HttpRoute): Subject {
    return new Subject(route, this.view, this.policy, this.allowance, this.#isIncumbent)
  }

  get attachments(): readonly Attachment[] {
    return attachmentsOf(this.route, this.view, this.dialect)
  }

  /** Served by a Gateway whether or not anybody delegates to it. */
  get attachesDirectly(): boolean {
    return attachesDirectly(this.route)
  }

  /** Selected by a grant, or asking for one. */
  get isDelegatee(): boolean {
    return this.lanes.length > 0 || namedParents(this.route).length > 0
  }

  /** The dialects this object is judged under: of its Gateways and of its lanes; the policy's or the default without any. */
  get dialects(): ReadonlySet<Dialect> {
    const dialects = new Set<Dialect>([
      ...this.attachments.map((attachment) => attachment.dialect),
      ...this.lanes.map((lane) => lane.root.dialect),
    ])
    if (dialects.size === 0) dialects.add(this.dialect ?? 'kgateway')
    return dialects
  }
}

export function placeOf(lane: Lane): GrantPlace {
  return { namespace: lane.parent.namespace, name: lane.parent.name, rule: lane.rule, match: lane.match }
}

/** `kgateway-system/parent spec.rules[2]`, as messages name a grant. */
export function describePlace(lane: Lane): string {
  return `${nameOf(lane.parent)} spec.rules[${lane.rule}]`
}

export function matchField(at: { rule: number; match: number }): string {
  return `spec.rules[${at.rule}].matches[${at.match}]`
}
