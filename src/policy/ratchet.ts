import { routeWeight } from '../delegation/annotations.ts'
import { budgetOf, STEPS_PER_OBJECT } from '../delegation/budget.ts'
import { conditionsImply, pathContainedIn } from '../delegation/claim.ts'
import { isHostWithin } from '../delegation/hostname.ts'
import { compareMatches } from '../delegation/rank.ts'
import type { HttpMatch, HttpRoute, ParentRef } from '../delegation/route.ts'
import { isGatewayRef } from '../delegation/selection.ts'
import type { Finding, RatedFinding } from './check.ts'
import type { CheckCode } from './codes.ts'

/** Codes that say one thing of two shapes of a match, so that an edit that does no more harm turns one into the other. */
const ALIKE: readonly (readonly CheckCode[])[] = [['LK402', 'LK403']]

/** The codes under which the old object may have had a violation of `code` already. */
export function knownAs(code: CheckCode): readonly CheckCode[] {
  return ALIKE.find((codes) => codes.includes(code)) ?? [code]
}

/**
 * Whether `finding` says nothing that one of `before` (the old object's findings of codes that it may be known as, judged
 * against today's view) did not say already: the same grant, no worse an effect, and requests that were all concerned
 * before, ranking no higher, or taken from a match of the same victim that came later already. Order and indices don't
 * count, so that rules may move.
 */
export function wasThereBefore(finding: RatedFinding, before: readonly RatedFinding[], edit: Edit): boolean {
  if (finding.requests !== undefined && edit.weights && routeWeight(edit.route) > routeWeight(edit.old)) return false
  return before.some((known) => sameGrant(finding, known) && sameConcern(finding, known, edit))
}

/** The two versions of the object, and how they rank. */
export interface Edit {
  readonly route: HttpRoute
  readonly old: HttpRoute
  /** Whether route-weight annotations count. */
  readonly weights: boolean
}

function sameGrant(a: Finding, b: Finding): boolean {
  if (a.grant === undefined || b.grant === undefined) return a.grant === b.grant
  return a.grant.namespace === b.grant.namespace && a.grant.name === b.grant.name
}

function sameConcern(finding: RatedFinding, old: RatedFinding, edit: Edit): boolean {
  if (finding.confidential?.route !== old.confidential?.route || isWorse(finding, old)) return false
  if (!staysOnHosts(finding, old, edit)) return false
  if (finding.requests !== undefined && old.requests !== undefined) {
    // Under a grant the Gateways are the parent's.
    if (finding.grant === undefined && asksForGateways(edit)) return false
    return isWithinMatch(finding.requests, old.requests) && (wasSettled(finding, old) || ranksNoHigher(finding.requests, old.requests))
  }
  // What is wrong with the whole route, or a rule, is wrong with every request it newly asks for; with a host, with those on it.
  if (finding.requests !== old.requests || asksForGateways(edit)) return false
  if (finding.hosts !== undefined) return !asksForMatches(edit)
  const same = finding.value === old.value && finding.unshown === old.unshown && withoutIndices(finding.field) === withoutIndices(old.field)
  return same && !asksForMatches(edit, finding.rule, old.rule)
}

/** What only was a risk, or dead, takes from somebody now. */
function isWorse(now: RatedFinding, before: RatedFinding): boolean {
  return now.effect === 'escape' && before.effect !== 'escape'
}

/** Who comes first at this very match was settled before: whatever the rank, less of it is not more. */
function wasSettled({ confidential: now }: Finding, { confidential: before, mayLose }: Finding): boolean {
  return now?.field !== undefined && now.field === before?.field && mayLose !== true
}

function staysOnHosts({ hosts }: Finding, old: Finding, edit: Edit): boolean {
  return hosts === undefined ? !asksForHosts(edit) : hostsWithin(hosts, old.hosts)
}

function asksForHosts({ route, old }: Edit): boolean {
  if (old.hostnames.length === 0) return false
  return route.hostnames.length === 0 || route.hostnames.some((host) => !old.hostnames.some((other) => isHostWithin(host, other)))
}

/** Whether some match of the new version (of one rule of each, where given) is inside none of the old one's. */
function asksForMatches({ route, old }: Edit, rule?: number, oldRule?: number): boolean {
  const before = matchesOf(old, oldRule)
  return matchesOf(route, rule).some((match) => !before.some((other) => isWithinMatch(match, other)))
}

function matchesOf({ rules }: HttpRoute, rule: number | undefined): readonly HttpMatch[] {
  return rule === undefined ? rules.flatMap(({ matches }) => matches) : (rules[rule]?.matches ?? [])
}

/** Whether the new version attaches to a Gateway or listener that the old one left alone. */
function asksForGateways({ route, old }: Edit): boolean {
  if (route.usesDefaultGateways && !old.usesDefaultGateways) return true
  const before = old.parentRefs.filter(isGatewayRef)
  return route.parentRefs.filter(isGatewayRef).some((ref) => !before.some((other) => isListenerWithin(ref, other)))
}

function isListenerWithin(now: ParentRef, before: ParentRef): boolean {
  return (
    now.name === before.name &&
    now.namespace === before.namespace &&
    (before.sectionName === undefined || before.sectionName === now.sectionName) &&
    (before.port === undefined || before.port === now.port)
  )
}

function withoutIndices(field: string): string {
  return field.replace(/\[\d+\]/g, '[]')
}

function hostsWithin(now: readonly string[], before: readonly string[] | undefined): boolean {
  return before === undefined || now.every((host) => before.some((other) => isHostWithin(host, other)))
}

function isWithinMatch(now: HttpMatch, before: HttpMatch): boolean {
  const samePath = now.path.type === before.path.type && now.path.value === before.path.value
  return (
    conditionsImply(now, before) &&
    (samePath || pathContainedIn(now.path, [before.path], budgetOf(STEPS_PER_OBJECT)).verdict === 'contained')
  )
}

/**
 * A match that moved up in the gateway's order may take requests it lost before. The order of flattening gateways serves
 * for all: where the nested one differs for two that are one within the other, a regex in a prefix, it is the stricter.
 */
function ranksNoHigher(now: HttpMatch, before: HttpMatch): boolean {
  return compareMatches(now, before, false) >= 0
}

/** Whether two versions of a route differ in anything that a check reads. Labels all count: any may be selected by. */
export function differsForChecks(a: HttpRoute, b: HttpRoute): boolean {
  return (
    !sameMap(a.labels, b.labels) ||
    !sameMap(readAnnotations(a), readAnnotations(b)) ||
    JSON.stringify([a.parentRefs, a.hostnames, a.rules, a.usesDefaultGateways]) !==
      JSON.stringify([b.parentRefs, b.hostnames, b.rules, b.usesDefaultGateways])
  )
}

/** Annotations that change what a gateway or a check makes of the route: those of the products and of ourselves. */
function readAnnotations(route: HttpRoute): ReadonlyMap<string, string> {
  return new Map([...route.annotations].filter(([key]) => /^(?:[^/]*\.)?(?:kgateway\.dev|solo\.io|lanekeeper\.dev)\//.test(key)))
}

function sameMap(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value)
}
