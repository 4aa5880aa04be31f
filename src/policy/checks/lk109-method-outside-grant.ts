import { nameOf } from '../../delegation/route.ts'
import type { Check } from '../check.ts'
import { deadFinding } from '../dead-findings.ts'
import { describePlace, matchField, placeOf } from '../subject.ts'

export const methodOutsideGrant: Check = {
  code: 'LK109',
  effect: 'dead',
  rule: 'The method of a match differs from the one its parent grants: the match is dropped, or its method silently overwritten.',
  action: 'Deny',
  patches: false,
  *find(subject) {
    for (const dead of subject.deadMatches) {
      const { own, lane } = dead
      if (dead.reason !== 'method') continue
      yield deadFinding(subject, dead, {
        place: 'method',
        value: own.method,
        message: `${own.method === undefined ? 'a match for every method' : `method ${own.method}`} is dropped by the gateway: ${describePlace(lane)} grants only ${lane.granted.method}. Write method: ${lane.granted.method}.`,
      })
    }
    for (const { lane, rule, match, own, effective } of subject.claims) {
      const granted = lane.granted.method
      if (own?.method === undefined || granted === undefined || effective.match.method === own.method) continue
      yield {
        field: `${matchField({ rule, match })}.method`,
        value: own.method,
        message: `method ${own.method} is silently overwritten: ${describePlace(lane)} grants only ${granted}, so this inheriting match takes ${granted} requests. Write method: ${granted}, or ask the owner of ${nameOf(lane.parent)} for ${own.method}.`,
        effect: 'escape',
        grant: placeOf(lane),
        untrusted: !lane.trusted,
        requests: effective.match,
      }
    }
  },
}
