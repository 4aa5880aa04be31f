import { describeValue } from '../../delegation/matcher.ts'
import type { Check } from '../check.ts'
import { describePlace, matchField, placeOf } from '../subject.ts'

export const headersOutsideGrant: Check = {
  code: 'LK107',
  effect: 'dead',
  rule: 'A header that the parent requires is missing from a match or differs there, so the gateway drops the match.',
  action: 'Deny',
  patches: false,
  *find(subject) {
    for (const { at, own, lane, untrusted, reason } of subject.deadMatches) {
      if (reason !== 'headers') continue
      const needed = lane.granted.headers.map(describeValue).join(', ')
      yield {
        field: `${matchField(at)}.headers`,
        value: own.headers.map(describeValue).join(', '),
        message: `the gateway drops this match: ${describePlace(lane)} grants only requests with header ${needed}. Repeat it in the match, with the same name, type and value.`,
        grant: placeOf(lane),
        at,
        untrusted,
        requests: own,
        ...(subject.attachesDirectly ? { action: 'Warn' as const } : {}),
      }
    }
  },
}
