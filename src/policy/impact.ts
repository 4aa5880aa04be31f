import { areaOfPath } from '../delegation/area.ts'
import { sharedHosts } from '../delegation/attachment.ts'
import type { Allowance } from '../delegation/budget.ts'
import { type Claim, type Escape, matchContainedIn } from '../delegation/claim.ts'
import { type Claimant, grantsAbove, samePlace } from '../delegation/claimant.ts'
import type { Conflict } from '../delegation/conflict.ts'
import { exampleHost, hostsBelow, isHostWithin } from '../delegation/hostname.ts'
import type { Lane } from '../delegation/lane.ts'
import { sameMatch } from '../delegation/matcher.ts'
import { normalizePrefix } from '../delegation/path.ts'
import { mayOutrank } from '../delegation/rank.ts'
import { pathMatches } from '../delegation/request.ts'
import { type HttpMatch, type HttpRoute, nameOf } from '../delegation/route.ts'
import { consents } from '../delegation/selection.ts'
import type { Harm, HarmedRoute } from './decision.ts'
import { delegatingRefs } from './delegating-refs.ts'
import { claimantsOf, ParentVersion } from './parent-version.ts'
import type { Change, Subject } from './subject.ts'

/** What a change of a parent does to the routes below it, as far as it was not so before. A route stands at most once in each list. */
export interface Impact {
  /** Left without a grant, dead, or hidden behind rules of the parent itself. */
  readonly broken: readonly HarmedRoute[]
  /** Outside what they are granted from now on, or not to be shown inside; or with requests that are another owner's by right. */
  readonly exposed: readonly HarmedRoute[]
  /** False where more routes hang below than the budget reaches for: of the others nothing is known. */
  readonly complete: boolean
}

export const NO_IMPACT: Impact = { broken: [], exposed: [], complete: true }

/** What a route below costs besides its lanes and claims. */
const STEPS_PER_CHILD = 20

/** A route below, with the parent as it was and as it is to be. */
interface Lives {
  readonly before: Subject
  readonly after: Subject
}

/**
 * The routes that a changed rule selects, those that ask for what one of its matches takes, and all that hang below them,
 * each judged in two views: as it was, and as it is to be. Cost: what the change concerns, bounded by its allowance.
 */
export function impactOf(subject: Subject, { operation, old, isExisting, allowance }: Change): Impact {
  const next = operation === 'DELETE' ? undefined : subject.route
  if (![old, next].some((version) => version !== undefined && delegatingRefs(version).length > 0)) return NO_IMPACT
  const before = new ParentVersion(subject, { of: old, not: next }, allowance)
  const after = new ParentVersion(subject, { of: next, not: old }, allowance)
  const survey = new Survey(subject, before, after, allowance)
  const lives = survey.lives().filter(({ after: { route } }) => isExisting(route))
  const broken = lives.flatMap((child) => lossOf(child) ?? survey.hidingOf(child) ?? [])
  // Whatever a parent leaves behind when it goes, it grants nothing any more.
  const exposed = next === undefined ? [] : lives.flatMap((child) => exposureOf(child) ?? survey.takingOf(child) ?? [])
  return { broken, exposed, complete: survey.complete }
}

class Survey {
  complete = true
  readonly #subject: Subject
  readonly #before: ParentVersion
  readonly #after: ParentVersion
  readonly #allowance: Allowance

  constructor(subject: Subject, before: ParentVersion, after: ParentVersion, allowance: Allowance) {
    this.#subject = subject
    this.#before = before
    this.#after = after
    this.#allowance = allowance
  }

  /** Everything below that the change may concern, level by level, each level by name. */
  lives(): Lives[] {
    const lives: Lives[] = []
    const seen = new Set([nameOf(this.#subject.route)])
    for (let level = this.#near(); level.size > 0; ) {
      const below = new Map<string, HttpRoute>()
      for (const [name, child] of [...level].sort(([a], [b]) => (a < b ? -1 : 1))) {
        if (seen.has(name)) continue
        seen.add(name)
        const one = this.#livesOf(child)
        if (one === undefined) continue
        lives.push(one)
        for (const { selector } of delegatingRefs(child)) this.#gather(below, child, this.#subject.view.selectedBy(selector))
      }
      level = below
    }
    return lives
  }

  /** Whether a row of the parent takes all that one of its matches asks for, and took less before. */
  hidingOf({ before, after }: Lives): HarmedRoute | undefined {
    const hidden = claimantsOf(after).find(
      (claimant) =>
        claimant.depth > 0 &&
        this.#isHidden(claimant, this.#after) &&
        claimantsOf(before).some((old) => samePlace(old, claimant) && !this.#isHidden(old, this.#before)),
    )
    return hidden && harmed(after.route, 'hidden', hidden)
  }

  /** What it takes from another owner from now on, where that would be denied to a newcomer. */
  takingOf({ before, after }: Lives): HarmedRoute | undefined {
    const taken = after.conflicts.find(
      ({ conflict }) => conflict.trusted && !conflict.isRefinement && !before.conflicts.some((old) => isSame(old.conflict, conflict)),
    )
    if (after.incomplete !== 'no' || before.incomplete !== 'no') this.complete = false
    if (taken === undefined) return undefined
    const { claimant, witness, host } = taken.conflict
    return harmed(after.route, 'taking', claimant, witness && { ...witness, host: exampleHost(host) })
  }

  #livesOf(child: HttpRoute): Lives | undefined {
    const [before, after] = [this.#before.child(child), this.#after.child(child)]
    if (!this.#spend(STEPS_PER_CHILD) || before.incompleteAlone !== 'no' || after.incompleteAlone !== 'no') {
      this.complete = false
      return undefined
    }
    this.#before.noteChild(before)
    this.#after.noteChild(after)
    return { before, after }
  }

  /** The children of changed rules, and those of others that ask for what a changed match may take. */
  #near(): Map<string, HttpRoute> {
    const found = new Map<string, HttpRoute>()
    for (const { parent, changed } of [this.#before, this.#after]) {
      if (parent === undefined) continue
      for (const { rule, selector } of delegatingRefs(parent)) {
        if (changed.has(rule)) this.#gather(found, parent, this.#subject.view.selectedBy(selector))
      }
    }
    const { parent, changed, rows, view } = this.#after
    if (parent === undefined) return found
    const refs = delegatingRefs(parent).filter(({ rule }) => !changed.has(rule))
    for (const row of rows.filter(({ rule }) => changed.has(rule))) {
      const area = areaOfPath(row.effective.path)
      for (const { rule, selector } of refs) {
        for (const grant of rows.filter((other) => other.rule === rule)) {
          const near = view.matchesNear(selector, area, grant.effective.path, grant.attachment.dialect)
          this.#gather(
            found,
            parent,
            [...near].map(({ route }) => route),
          )
        }
      }
    }
    return found
  }

  #gather(found: Map<string, HttpRoute>, parent: HttpRoute, routes: Iterable<HttpRoute>): void {
    for (const route of routes) {
      if (!this.#spend(1)) return
      if (consents(route, parent)) found.set(nameOf(route), route)
    }
  }

  #isHidden(claimant: Claimant, version: ParentVersion): boolean {
    return version.rows.some((row) => {
      if (!this.#spend(1) || !version.answers(row, this.complete)) return false
      if ([...grantsAbove(claimant)].some((grant) => samePlace(grant, row))) return false
      if (sharedHosts(row.attachment, claimant.attachment).length === 0) return false
      if (!claimant.hosts.every((host) => row.hosts.includes(host))) return false
      // A tie is not yet a loss: ages may be unknown.
      if (mayOutrank(claimant, row, { weights: this.#subject.policy.routeWeight === 'Enabled' })) return false
      return this.#takesAll(row.effective, claimant.effective)
    })
  }

  /** Whether a prefix lies in a regex is not decided: where no example of it is outside, it is taken to. */
  #takesAll(row: HttpMatch, match: HttpMatch): boolean {
    const { verdict } = matchContainedIn(match, [row], this.#allowance.trusted)
    if (verdict !== 'undecided') return verdict === 'contained'
    return match.path.type === 'PathPrefix' && pathMatches(row.path, normalizePrefix(match.path.value)) === true
  }

  #spend(steps: number): boolean {
    const has = this.#allowance.trusted.spend(steps)
    if (!has) this.complete = false
    return has
  }
}

/** No lane that is served is left, or some match is served on some host no more. */
function lossOf({ before, after }: Lives): HarmedRoute | undefined {
  const { route } = after
  const [served, remaining] = [servedMatches(before), servedMatches(after)]
  if (served.size === 0) return undefined
  if (!after.servedLanes.some(isServed)) return harmed(route, 'orphaned')
  for (const [key, { at, hosts }] of served) {
    const left = remaining.get(key)?.hosts ?? []
    if (hosts.every((host) => left.some((other) => isHostWithin(host, other)))) continue
    return harmed(route, 'dead', at)
  }
  return undefined
}

interface ServedMatch {
  readonly at: Claim
  readonly hosts: string[]
}

/** By `rule.match`: what some gateway programs, and where. */
function servedMatches({ route, claims }: Subject): Map<string, ServedMatch> {
  const served = new Map<string, ServedMatch>()
  for (const claim of claims) {
    const { lane, rule, match, effective } = claim
    if (effective.status !== 'programmed' || !isServed(lane)) continue
    const hosts = hostsBelow(lane.hosts, route.hostnames, lane.root.dialect) ?? []
    const key = `${rule}.${match}`
    const known = served.get(key)
    if (known === undefined) served.set(key, { at: claim, hosts: [...hosts] })
    else known.hosts.push(...hosts)
  }
  return served
}

function isServed({ root, hosts }: Lane): boolean {
  return root.attachment !== undefined && hosts.length > 0
}

/** What was no escape before: on these hosts, with these requests. One that is shown comes before one that isn't. */
function exposureOf({ before, after }: Lives): HarmedRoute | undefined {
  const fresh = after.escapes.filter((escape) => isLive(escape) && !before.escapes.some((old) => isLive(old) && wasSame(escape, old)))
  const shown = fresh.find(({ witness }) => witness !== undefined)
  if (shown !== undefined) return harmed(after.route, 'exposed', shown.claim, shown.witness)
  const [unshown] = fresh
  return unshown && harmed(after.route, 'undecided', unshown.claim)
}

function isLive({ claim }: Escape): boolean {
  return claim.effective.status === 'programmed' && isServed(claim.lane)
}

function wasSame(escape: Escape, old: Escape): boolean {
  return (
    samePlaceInRoute(escape.claim, old.claim) &&
    sameMatch(escape.effective, old.effective) &&
    escape.claim.lane.hosts.every((host) => old.claim.lane.hosts.some((other) => isHostWithin(host, other)))
  )
}

function isSame(a: Conflict, b: Conflict): boolean {
  return samePlace(a.claimant, b.claimant) && samePlace(a.other, b.other)
}

function samePlaceInRoute(a: Claim, b: Claim): boolean {
  return a.rule === b.rule && a.match === b.match
}

function harmed(
  { namespace, name }: HttpRoute,
  harm: Harm,
  at?: { readonly rule: number; readonly match: number },
  witness?: HarmedRoute['witness'],
): HarmedRoute {
  return { namespace, name, harm, at: at && { rule: at.rule, match: at.match }, witness }
}
