import { type Attachment, sharedHosts } from '../delegation/attachment.ts'
import { type Budget, budgetOf } from '../delegation/budget.ts'
import { matchContainedIn, pathContainedIn } from '../delegation/claim.ts'
import { type Claimant, grantsAbove, isGrant, matchesPassed, samePlace } from '../delegation/claimant.ts'
import { matchesAreDisjoint } from '../delegation/disjoint.ts'
import { intersectMatches } from '../delegation/match-intersection.ts'
import { compareRank, outranks } from '../delegation/rank.ts'
import { nameOf } from '../delegation/route.ts'
import type { Contender } from './contenders.ts'
import type { Subject } from './subject.ts'

/** A match of the object that another one is asked before, wherever it is served. */
export interface Shadow {
  readonly contender: Contender
  readonly by: Claimant
  /** Every request is the other's; else another owner's match takes some. */
  readonly whole: boolean
}

/** What looking for shadows may cost, in the steps of a budget: they are only told, so that beyond it there are none. */
const STEPS_FOR_SHADOWS = 50_000
const STEPS_PER_COMPARISON = 8

/** Only what is certain: an order that ages decide which aren't known, or a containment that can't be decided, says nothing. */
export function shadowsOf(subject: Subject): Shadow[] {
  const budget = budgetOf(STEPS_FOR_SHADOWS)
  const own = Map.groupBy(
    subject.contenders.map(({ claimant }) => claimant),
    rootOf,
  )
  const byPlace = new Map<string, (Shadow | undefined)[]>()
  for (const contender of subject.contenders) {
    const { claimant, met } = contender
    if (isGrant(claimant)) continue
    const key = `${claimant.rule}.${claimant.match}`
    const ways = byPlace.get(key) ?? []
    byPlace.set(key, ways)
    // A match that is reached in one lane is not lost in the others.
    if (ways.includes(undefined)) continue
    ways.push(shadowOn(contender, own.get(rootOf(claimant)) ?? [], subject, budget) ?? shadowOn(contender, met, subject, budget))
  }
  return [...byPlace.values()].flatMap((ways) => {
    if (ways.includes(undefined)) return []
    return ways.find((shadow) => shadow?.whole === false) ?? ways[0] ?? []
  })
}

/** Rows of other roots share no table, or are met there. */
function rootOf({ root, attachment }: Claimant): string {
  return `${nameOf(root)} ${nameOf(attachment.gateway)}`
}

/** Of several the one that comes first, in whatever order the view knows them. */
function shadowOn(contender: Contender, rows: readonly Claimant[], { rules }: Subject, budget: Budget): Shadow | undefined {
  const { claimant } = contender
  let whole: Claimant | undefined
  let partly: Claimant | undefined
  const isFirst = (by: Claimant, known: Claimant | undefined) => known === undefined || compareRank(by, known, rules) < 0
  for (const by of rows) {
    if (!budget.spend(1)) return undefined
    if (by.departed === true || samePlace(by, claimant) || matchesAreDisjoint(by.effective, claimant.effective) !== undefined) continue
    if (!budget.spend(STEPS_PER_COMPARISON)) return undefined
    if (isGrant(by) || !outranks(by, claimant, rules) || !isEverywhere(claimant, by.attachment)) continue
    if (isFirst(by, whole) && containedIn(claimant, by, budget)) whole = by
    if (whole !== undefined || !isFirst(by, partly) || rules.sameOwner(by.route.namespace, claimant.route.namespace)) continue
    if (cross(claimant, by, budget)) partly = by
  }
  const by = whole ?? partly
  return by && { contender, by, whole: whole !== undefined }
}

/** On every host and port of the claimant the other is asked too. */
function isEverywhere({ attachment }: Claimant, other: Attachment): boolean {
  const shared = sharedHosts(attachment, other).filter(({ closer }) => closer === 'same')
  if (shared.length === 0) return false
  const all = sharedHosts(attachment, attachment).filter(({ closer }) => closer === 'same')
  return all.every(({ host, door }) => shared.some((there) => there.host === host && there.door === door))
}

/** Whether every request of the claimant is the other's as well; nested grants that both hang under clip both alike. */
function containedIn(claimant: Claimant, other: Claimant, budget: Budget): boolean {
  const above = [...grantsAbove(claimant)]
  const clipping = other.attachment.dialect === 'agentgateway' ? grantsAbove(other) : []
  const outer = [other, ...clipping].filter((row) => !above.some((grant) => samePlace(grant, row)))
  return outer.every(({ effective }) => matchContainedIn(claimant.effective, [effective], budget).verdict === 'contained')
}

/** They share requests and neither is inside the other; a path below the claimant's own is how lanes are refined. */
function cross(claimant: Claimant, other: Claimant, budget: Budget): boolean {
  const [own, its] = [claimant.effective, other.effective]
  if (pathContainedIn(its.path, [own.path], budget).verdict !== 'not-contained') return false
  if (matchContainedIn(own, [its], budget).verdict === 'contained') return false
  return intersectMatches([own, ...matchesPassed(other)], budget).verdict === 'intersecting'
}
