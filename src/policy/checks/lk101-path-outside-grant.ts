import { INHERIT_KEY } from '../../delegation/annotations.ts'
import { pathContainedIn } from '../../delegation/claim.ts'
import { effectiveMatch } from '../../delegation/effective.ts'
import type { Lane } from '../../delegation/lane.ts'
import { describePath } from '../../delegation/matcher.ts'
import { nameOf } from '../../delegation/route.ts'
import type { Check, Finding, Patch } from '../check.ts'
import { deadFinding, warnIfAttached } from '../dead-findings.ts'
import { setAnnotation } from '../patches.ts'
import { describePlace, placeOf, type Subject } from '../subject.ts'

export const pathOutsideGrant: Check = {
  code: 'LK101',
  effect: 'dead',
  rule: 'No grant that selects the route contains the path of a match, so the gateway drops the match.',
  action: 'Deny',
  patches: true,
  *find(subject) {
    const patch = subject.deadMatches.length > 0 ? inheritPatch(subject) : undefined
    for (const dead of subject.deadMatches) {
      const { own, lane } = dead
      if (dead.reason !== 'path') continue
      const message = `${describePath(own.path)} is dropped by the gateway: ${describePlace(lane)} grants ${describePath(lane.granted.path)}. ${advice(lane)}`
      yield { ...deadFinding(subject, dead, { place: 'path.value', value: own.path.value, message }), patch }
    }
    yield* emptyRules(subject)
    yield* otherHosts(subject)
  },
}

function advice({ granted, parent, root }: Lane): string {
  const owner = `the owner of ${nameOf(parent)}`
  if (granted.path.type === 'PathPrefix') return `Move the path below it, or ask ${owner} for more.`
  if (root.dialect === 'agentgateway') return `Write a path that it contains, or ask ${owner} for more.`
  return `Only a PathPrefix can be shared out: ask ${owner} for one.`
}

/** In the nested dialect hostnames narrow; where no lane has one of them, nothing is left of the route. */
function* otherHosts(subject: Subject): Iterable<Finding> {
  const { route, servedLanes } = subject
  const refusing = subject.lanes.filter((lane) => lane.root.dialect === 'agentgateway')
  const lane = refusing[0]
  if (lane === undefined || servedLanes.length > 0) return
  yield {
    field: 'spec.hostnames',
    value: route.hostnames.join(', '),
    message: `the gateway sends this route no requests: none of its hostnames is a host of what ${describePlace(lane)} grants. Remove them, or write hosts of its root.`,
    grant: placeOf(lane),
    untrusted: refusing.every((other) => !other.trusted),
    ...warnIfAttached(subject),
  }
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
      ...warnIfAttached(subject),
    }
  }
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
  return setAnnotation(key, 'true')
}
