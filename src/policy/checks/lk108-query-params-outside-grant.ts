import { describeValue } from '../../delegation/matcher.ts'
import type { Check } from '../check.ts'
import { describePlace, matchField, placeOf } from '../subject.ts'

export const queryParamsOutsideGrant: Check = {
  code: 'LK108',
  effect: 'dead',
  rule: 'A query parameter that the parent requires is missing from a match or differs there, so the gateway drops the match.',
  action: 'Deny',
  patches: false,
  *find(subject) {
    for (const { at, own, lane, untrusted, reason } of subject.deadMatches) {
      if (reason !== 'queryParams') continue
      const needed = lane.granted.queryParams.map(describeValue).join(', ')
      yield {
        field: `${matchField(at)}.queryParams`,
        value: own.queryParams.map(describeValue).join(', '),
        message: `the gateway drops this match: ${describePlace(lane)} grants only requests with query parameter ${needed}. Repeat it in the match, with the same name, type and value.`,
        grant: placeOf(lane),
        at,
        untrusted,
        requests: own,
        ...(subject.attachesDirectly ? { action: 'Warn' as const } : {}),
      }
    }
  },
}
