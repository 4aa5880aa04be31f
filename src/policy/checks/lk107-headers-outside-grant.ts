import { describeValue } from '../../delegation/matcher.ts'
import type { Check } from '../check.ts'
import { deadFinding } from '../dead-findings.ts'
import { describePlace } from '../subject.ts'

export const headersOutsideGrant: Check = {
  code: 'LK107',
  effect: 'dead',
  rule: 'A header that the parent requires is missing from a match or differs there, so the gateway drops the match.',
  action: 'Deny',
  patches: false,
  *find(subject) {
    for (const dead of subject.deadMatches) {
      const { own, lane } = dead
      if (dead.reason !== 'headers') continue
      yield deadFinding(subject, dead, {
        place: 'headers',
        value: own.headers.map(describeValue).join(', '),
        message: `the gateway drops this match: ${describePlace(lane)} grants only requests with header ${lane.granted.headers.map(describeValue).join(', ')}. Repeat it in the match, with the same name, type and value.`,
      })
    }
  },
}
