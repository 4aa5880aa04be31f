import { type Attachment, sharedHosts } from '../delegation/attachment.ts'
import type { Budget } from '../delegation/budget.ts'
import { matchContainedIn, pathContainedIn } from '../delegation/claim.ts'
import { type Claimant, grantsAbove, samePlace } from '../delegation/claimant.ts'
import { isGrant } from '../delegation/conflict.ts'
import { isTrustedRoot } from '../delegation/lane.ts'
import { intersectMatches } from '../delegation/match-intersection.ts'
import { outranks } from '../delegation/rank.ts'
import type { Contender } from './contenders.ts'
import type { Subject } from './subject.ts'

/** A match of the object that another one is asked before, wherever it is served. */
export interface Shadow {
  readonly contender: Contender
  readonly by: Claimant
  /** Every request is the other's; else another owner's match takes some. */
  readonly whole: boolean
}

/** Only what is certain: an order that ages decide which aren't known, or a containment that can't be decided, says nothing. */
export function shadowsOf(subject: Subject): Shadow[] {
  const rows = subject.contenders.map(({ claimant }) => claimant)
  const byPlace = new Map<string, { contender: Contender; shadow: Shadow | undefined }[]>()
  for (const contender of subject.contenders) {
    if (isGrant(contender.claimant)) continue
    const key = `${contender.claimant.rule}.${contender.claimant.match}`
    const list = byPlace.get(key) ?? []
    list.push({ contender, shadow: shadowOn(contender, [...rows, ...contender.met], subject) })
    byPlace.set(key, list)
  }
  // A match that is reached in one lane is not lost in the others.
  return [...byPlace.values()].flatMap((ways) => {
    const shadows = ways.flatMap(({ shadow }) => shadow ?? [])
    const [first] = shadows
    if (first === undefined || shadows.length < ways.length) return []
    return [shadows.find(({ whole }) => !whole) ?? first]
  })
}

function shadowOn(contender: Contender, rows: readonly Claimant[], subject: Subject): Shadow | undefined {
  const { claimant } = contender
  const { rules, allowance, view } = subject
  let partly: Shadow | undefined
  for (const by of rows) {
    if (samePlace(by, claimant) || isGrant(by) || !outranks(by, claimant, rules) || !isEverywhere(claimant, by.attachment)) continue
    const budget = isTrustedRoot(by.root, by.attachment, view, rules) ? allowance.trusted : allowance.strangers
    if (containedIn(claimant, by, budget)) return { contender, by, whole: true }
    if (partly !== undefined || rules.sameOwner(by.route.namespace, claimant.route.namespace)) continue
    if (cross(claimant, by, budget)) partly = { contender, by, whole: false }
  }
  return partly
}

/** On every host and port of the claimant the other is asked too. */
function isEverywhere({ attachment }: Claimant, other: Attachment): boolean {
  const shared = sharedHosts(attachment, other).filter(({ closer }) => closer === 'same')
  if (shared.length === 0) return false
  const all = sharedHosts(attachment, attachment).filter(({ closer }) => closer === 'same')
  return all.every(({ host, door }) => shared.some((there) => there.host === host && there.door === door))
}

/** Whether every request of the claimant is the other's as well; grants that both hang under clip both alike. */
function containedIn(claimant: Claimant, other: Claimant, budget: Budget): boolean {
  const above = [...grantsAbove(claimant)]
  const outer = [other, ...grantsAbove(other)].filter((row) => !above.some((grant) => samePlace(grant, row)))
  return outer.every(({ effective }) => matchContainedIn(claimant.effective, [effective], budget).verdict === 'contained')
}

/** They share requests and neither is inside the other; a path below the claimant's own is how lanes are refined. */
function cross(claimant: Claimant, other: Claimant, budget: Budget): boolean {
  const [own, its] = [claimant.effective, other.effective]
  if (pathContainedIn(its.path, [own.path], budget).verdict !== 'not-contained') return false
  if (matchContainedIn(own, [its], budget).verdict === 'contained') return false
  return intersectMatches([own, its, ...[...grantsAbove(other)].map(({ effective }) => effective)], budget).verdict === 'intersecting'
}
