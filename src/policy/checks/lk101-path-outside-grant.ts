import { INHERIT_KEY } from '../../delegation/annotations.ts'
import { pathContainedIn } from '../../delegation/claim.ts'
import { effectiveMatch } from '../../delegation/effective.ts'
import { describePath } from '../../delegation/matcher.ts'
import type { Check, Finding, Patch } from '../check.ts'
import { setAnnotation } from '../patches.ts'
import { describePlace, matchField, placeOf, type Subject } from '../subject.ts'

export const pathOutsideGrant: Check = {
  code: 'LK101',
  effect: 'dead',
  rule: 'No grant that selects the route contains the path of a match, so the gateway drops the match.',
  action: 'Deny',
  patches: true,
  *find(subject) {
    const patch = subject.deadMatches.length > 0 ? inheritPatch(subject) : undefined
    for (const { at, own, lane, untrusted, reason } of subject.deadMatches) {
      if (reason !== 'path') continue
      const granted = describePath(lane.granted.path)
      const advice = lane.granted.path.type === 'PathPrefix' ? 'Move the path below it, or ask' : 'Only a PathPrefix can be shared out: ask'
      yield {
        field: `${matchField(at)}.path.value`,
        value: own.path.value,
        message: `${describePath(own.path)} is dropped by the gateway: ${describePlace(lane)} grants ${granted}. ${advice} the owner of ${lane.parent.namespace}/${lane.parent.name} for ${lane.granted.path.type === 'PathPrefix' ? 'more' : 'one'}.`,
        grant: placeOf(lane),
        at,
        untrusted,
        requests: own,
        patch,
        ...alsoDirect(subject),
      }
    }
    yield* emptyRules(subject)
  },
}

/** A rule whose explicit empty `matches` gives the gateway nothing to program under a grant. */
function* emptyRules(subject: Subject): Iterable<Finding> {
  const lane = subject.servedLanes[0]
  if (lane === undefined) return
  for (const [rule, { matches }] of subject.route.rules.entries()) {
    if (matches.length > 0 || subject.claims.some((claim) => claim.rule === rule)) continue
    yield {
      field: `spec.rules[${rule}].matches`,
      value: '[]',
      message: `an empty list of matches claims nothing, so the gateway drops the rule: ${describePlace(lane)} grants ${describePath(lane.granted.path)}. Write a match below it.`,
      grant: placeOf(lane),
      untrusted: subject.servedLanes.every((other) => !other.trusted),
      ...alsoDirect(subject),
    }
  }
}

/** Served by a Gateway all the same: the match is not lost, so nothing to deny. */
function alsoDirect(subject: Subject): { action?: 'Warn' } {
  return subject.attachesDirectly ? { action: 'Warn' } : {}
}

/** The inherit annotation repairs the object when nothing is programmed today and every match then fits every grant. */
function inheritPatch(subject: Subject): Patch | undefined {
  const dialect = subject.servedLanes[0]?.root.dialect
  const key = dialect === undefined ? undefined : INHERIT_KEY[dialect]
  if (dialect === undefined || key === undefined) return undefined
  if (subject.claims.length > 0) return undefined
  for (const lane of subject.servedLanes) {
    for (const { own } of subject.deadMatches) {
      const joined = effectiveMatch(lane, own, dialect, true, subject.budget)
      if (lane.root.dialect !== dialect || joined.status !== 'programmed' || !subject.budget.spend(1)) return undefined
      if (pathContainedIn(joined.match.path, [lane.granted.path], subject.budget).verdict !== 'contained') return undefined
    }
  }
  return setAnnotation(subject.route, key, 'true')
}
