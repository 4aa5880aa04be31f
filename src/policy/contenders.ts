import { routeWeight } from '../delegation/annotations.ts'
import { type Area, areaOfPath, EVERYWHERE } from '../delegation/area.ts'
import type { Claim } from '../delegation/claim.ts'
import { type Claimant, claimantOf, directClaimants, sameObject } from '../delegation/claimant.ts'
import type { Conflict } from '../delegation/conflict.ts'
import { intersecting, type Meeting } from '../delegation/intersecting.ts'
import { compileWithin } from '../delegation/re2.ts'
import { RootRows } from '../delegation/root-rows.ts'
import type { Subject } from './subject.ts'

/**
 * One match of the object as its gateway sees it, and everything else there that may meet it, the object's old self left
 * out; if it was deleted a short while ago, that is among it: to recreate an object takes nothing from anybody.
 */
export interface Contender {
  readonly claimant: Claimant
  /** Undefined where the object is attached directly. */
  readonly claim: Claim | undefined
  readonly met: readonly Claimant[]
}

export interface Contenders {
  readonly contenders: readonly Contender[]
  readonly incomplete: Meeting['incomplete']
}

export interface ContenderConflict {
  readonly contender: Contender
  readonly conflict: Conflict
}

export function contendersOf(subject: Subject): Contenders {
  const { route, view, rules, allowance } = subject
  const contenders: Contender[] = []
  const roots = new RootRows(view, rules)
  let incomplete: Meeting['incomplete'] = 'no'
  for (const { claimant, claim } of claimantsOf(subject)) {
    const { effective, attachment } = claimant
    const meeting = intersecting(effective, nearOrAbove(claimant, subject), attachment.hosts, view, rules, allowance, roots)
    if (meeting.incomplete === 'trusted' || incomplete === 'no') incomplete = meeting.incomplete
    contenders.push({
      claimant,
      claim,
      met: meeting.claimants.filter((other) => other.departed === true || !sameObject(other.route, route)),
    })
  }
  return { contenders, incomplete }
}

function claimantsOf(subject: Subject): { claimant: Claimant; claim: Claim | undefined }[] {
  const delegated = subject.claims.flatMap((claim) => {
    const claimant = claimantOf(subject.route, claim)
    return claimant === undefined ? [] : [{ claimant, claim }]
  })
  return [...delegated, ...directClaimants(subject.route, subject.attachments).map((claimant) => ({ claimant, claim: undefined }))]
}

/**
 * Where to look for whom a match may outrank, or be outranked by. In a flattening gateway a longer path comes before a
 * prefix, whatever else it asks for, unless weights are in play: nothing below a prefix need be looked at.
 */
function nearOrAbove({ effective, attachment, route }: Claimant, { view, budget }: Subject): Area {
  if (effective.path.type === 'RegularExpression' && !compileWithin(effective.path.value, budget).ok) return EVERYWHERE
  const area = areaOfPath(effective.path)
  const byLength = effective.path.type === 'PathPrefix' && attachment.dialect !== 'agentgateway'
  return byLength && !view.hasWeights && routeWeight(route) === 0 ? { ...area, extent: 'here' } : area
}

/** What the object does to others, match by match. */
export function conflictsOf(subject: Subject): ContenderConflict[] {
  return subject.contenders.flatMap((contender) =>
    subject.contest.conflictsOf(contender.claimant, contender.met).map((conflict) => ({ contender, conflict })),
  )
}
