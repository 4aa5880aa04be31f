import type { Allowance, Budget } from '../delegation/budget.ts'
import { type DeadClaim, matchContainedIn } from '../delegation/claim.ts'
import type { DeadReason } from '../delegation/effective.ts'
import type { Lane } from '../delegation/lane.ts'
import { normalizePrefix } from '../delegation/path.ts'
import { compileWithin } from '../delegation/re2.ts'
import { literalPrefix } from '../delegation/regex-containment.ts'
import type { HttpMatch } from '../delegation/route.ts'

/** A match of the object that no selecting grant lets through, and the most telling reason. */
export interface DeadMatch {
  readonly at: { readonly rule: number; readonly match: number }
  readonly own: DeadClaim['own']
  /** `spelling`: the grant contains it, only the gateway's comparison of texts fails. */
  readonly reason: Exclude<DeadReason, 'parent-not-prefix'> | 'spelling'
  /** The grant that contains it, or the one it came closest to. */
  readonly lane: Lane
  /** No grant that may deny is among those that refuse it. */
  readonly untrusted: boolean
}

/** What to say of each match that no lane lets through. */
export function deadMatchesOf(dead: readonly DeadClaim[], lanes: readonly Lane[], allowance: Allowance): DeadMatch[] {
  const untrusted = lanes.every((lane) => !lane.trusted)
  return dead.map(({ rule, match, own, lane, reason }) => {
    const start = literalStart(own, allowance.trusted)
    // The nested dialect compares no texts: what it drops shares no request with a grant on the way.
    const mayContain = ({ granted, root }: Lane) =>
      root.dialect !== 'agentgateway' && sameMethod(granted, own) && startsAlike(granted, start)
    const inside = lanes.find((other) => {
      const budget = other.trusted ? allowance.trusted : allowance.strangers
      return budget.spend(1) && mayContain(other) && matchContainedIn(own, [other.granted], budget).verdict === 'contained'
    })
    const at = { rule, match }
    if (inside !== undefined) return { at, own, reason: 'spelling', lane: inside, untrusted }
    return { at, own, reason: reason === 'parent-not-prefix' ? 'path' : reason, lane, untrusted }
  })
}

function sameMethod(granted: HttpMatch, own: HttpMatch): boolean {
  return granted.method === undefined || granted.method === own.method
}

/** What every path of the match starts with; '' when that isn't known. */
function literalStart({ path }: HttpMatch, budget: Budget): string {
  if (path.type !== 'RegularExpression') return path.value
  const compiled = compileWithin(path.value, budget)
  return compiled.ok ? literalPrefix(compiled.regex) : ''
}

/** Cheap and never wrong about "no": of many grants few need the real test. */
function startsAlike({ path }: HttpMatch, start: string): boolean {
  if (path.type !== 'PathPrefix') return true
  const prefix = normalizePrefix(path.value)
  return start.startsWith(prefix) || prefix.startsWith(start)
}
