import { type Attachment, attachmentsOf } from '../delegation/attachment.ts'
import type { Allowance, Budget } from '../delegation/budget.ts'
import { type Claim, type Claims, claimsOf, type Escape, type Escapes, escapesOf } from '../delegation/claim.ts'
import { type ConflictRules, Contest } from '../delegation/conflict.ts'
import { hostsBelow } from '../delegation/hostname.ts'
import { type Lane, type Lanes, lanesOf } from '../delegation/lane.ts'
import { type Dialect, type HttpRoute, nameOf } from '../delegation/route.ts'
import { attachesDirectly, namedParents } from '../delegation/selection.ts'
import type { View } from '../delegation/view.ts'
import { mayUseHost } from './allowed-hosts.ts'
import { type Contender, type ContenderConflict, type Contenders, conflictsOf, contendersOf } from './contenders.ts'
import { type DeadMatch, deadMatchesOf } from './dead-matches.ts'
import type { GrantPlace, Operation } from './decision.ts'
import { type Impact, impactOf, NO_IMPACT } from './impact.ts'
import { isRootNamespace, sameOwner } from './namespaces.ts'
import type { Policy } from './policy.ts'

export interface SubjectInput {
  readonly route: HttpRoute
  readonly view: View
  readonly policy: Policy
  /** Every policy there is, whatever namespaces they govern. */
  readonly policies: readonly Policy[]
  readonly allowance: Allowance
  /** Who was there before this object and so may be taken from; absent = everybody. */
  readonly isIncumbent?: ((other: HttpRoute) => boolean) | undefined
  readonly change?: Change | undefined
}

/** What is being done to the object. */
export interface Change {
  readonly operation: Operation
  readonly old: HttpRoute | undefined
  readonly isExisting: (other: HttpRoute) => boolean
  /** For looking at the routes below it, of which others can make any number: never taken from what the object itself needs. */
  readonly allowance: Allowance
}

/** The object under review with everything the checks ask about it, each worked out once and only when asked. */
export class Subject {
  readonly route: HttpRoute
  readonly view: View
  readonly policy: Policy
  /** Every policy there is, whatever namespaces they govern. */
  readonly policies: readonly Policy[]
  readonly allowance: Allowance
  /** Undefined where the object is only looked at, as it stands. A deleted one is still the object. */
  readonly change: Change | undefined
  #lanes: Lanes | undefined
  #claims: Claims | undefined
  #deadMatches: readonly DeadMatch[] | undefined
  #escapes: Escapes | undefined
  #contenders: Contenders | undefined
  #conflicts: readonly ContenderConflict[] | undefined
  #contest: Contest | undefined
  #impact: Impact | undefined
  readonly #isIncumbent: (other: HttpRoute) => boolean

  constructor({ route, view, policy, policies, allowance, change, isIncumbent = () => true }: SubjectInput) {
    this.route = route
    this.view = view
    this.policy = policy
    this.policies = policies
    this.allowance = allowance
    this.change = change
    this.#isIncumbent = isIncumbent
  }

  /** What the object was, where it is being changed: for questions about the change itself. */
  get old(): HttpRoute | undefined {
    return this.change?.old
  }

  /** What the change does to the routes below. */
  get impact(): Impact {
    this.#impact ??= this.change === undefined ? NO_IMPACT : impactOf(this, this.change)
    return this.#impact
  }

  /** Another object, or this one in another view, seen by the same policy. */
  elsewhere(route: HttpRoute, view: View, allowance: Allowance): Subject {
    const { policy, policies } = this
    return new Subject({ route, view, policy, policies, allowance, isIncumbent: this.#isIncumbent })
  }

  /** Of the platform itself: what a policy forbids to tenants is its own to do. */
  get isPlatform(): boolean {
    return isRootNamespace(this.policy, this.view, this.route.namespace)
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
      mayUseHost: (host) => mayUseHost(policy, this.route.namespace, host),
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

  /** Lanes that program something: hostnames of its own make a route no delegatee (LK112), or share none with the lane (LK101). */
  get servedLanes(): readonly Lane[] {
    const { hostnames } = this.route
    if (hostnames.length === 0) return this.lanes
    return this.lanes.filter((lane) => hostsBelow(lane.hosts, hostnames, lane.root.dialect) !== undefined)
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
    return worstOf([this.walk, this.#allClaims, this.#allEscapes, this.#allContenders])
  }

  /** The same, of what it does to others left aside. */
  get incompleteAlone(): Lanes['incomplete'] {
    return worstOf([this.walk, this.#allClaims, this.#allEscapes])
  }

  /** Claims outside their grant, trusted ones first. */
  get escapes(): readonly Escape[] {
    return this.#allEscapes.escapes
  }

  get #allEscapes(): Escapes {
    this.#escapes ??= escapesOf(this.route, this.claims, { ...this.walk, lanes: this.servedLanes }, this.allowance)
    return this.#escapes
  }

  /** Whether some gateway it is judged under merges parents and children into one table. */
  get isFlattened(): boolean {
    return this.dialects.has('kgateway') || this.dialects.has('gloo')
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
    const { view, policy, policies, allowance, change } = this
    return new Subject({ route, view, policy, policies, allowance, change, isIncumbent: this.#isIncumbent })
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

function worstOf(parts: readonly { readonly incomplete: Lanes['incomplete'] }[]): Lanes['incomplete'] {
  const all = parts.map(({ incomplete }) => incomplete)
  return all.includes('trusted') ? 'trusted' : all.includes('untrusted') ? 'untrusted' : 'no'
}

export function placeOf(lane: Lane): GrantPlace {
  return { namespace: lane.parent.namespace, name: lane.parent.name, rule: lane.rule, match: lane.match }
}

/** `kgateway-system/parent spec.rules[2]`, as messages name a grant. */
export function describePlace(lane: Lane): string {
  return `${nameOf(lane.parent)} spec.rules[${lane.rule}]`
}

/** Where the path of a match is written: a GRPCRoute says it as service and method. */
export function pathField({ kind }: HttpRoute, at: { rule: number; match: number }): string {
  return `${matchField(at)}.${kind === 'HTTPRoute' ? 'path.value' : 'method'}`
}

export function matchField(at: { rule: number; match: number }): string {
  return `spec.rules[${at.rule}].matches[${at.match}]`
}
