import { describeValue } from '../../delegation/matcher.ts'
import type { Check } from '../check.ts'
import { deadFinding } from '../dead-findings.ts'
import { describePlace } from '../subject.ts'

export const queryParamsOutsideGrant: Check = {
  code: 'LK108',
  effect: 'dead',
  rule: 'A query parameter that the parent requires is missing from a match or differs there, so the gateway drops the match.',
  action: 'Deny',
  patches: false,
  *find(subject) {
    for (const dead of subject.deadMatches) {
      const { own, lane } = dead
      if (dead.reason !== 'queryParams') continue
      yield deadFinding(subject, dead, {
        place: 'queryParams',
        value: own.queryParams.map(describeValue).join(', '),
        message: `the gateway drops this match: ${describePlace(lane)} grants only requests with query parameter ${lane.granted.queryParams.map(describeValue).join(', ')}. Repeat it in the match, with the same name, type and value.`,
      })
    }
  },
}
