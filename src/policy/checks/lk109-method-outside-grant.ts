import type { Check } from '../check.ts'
import { describePlace, matchField, placeOf } from '../subject.ts'

export const methodOutsideGrant: Check = {
  code: 'LK109',
  effect: 'dead',
  rule: 'The method of a match differs from the one its parent grants: the match is dropped, or its method silently overwritten.',
  action: 'Deny',
  patches: false,
  *find(subject) {
    for (const { at, own, lane, untrusted, reason } of subject.deadMatches) {
      if (reason !== 'method') continue
      yield {
        field: `${matchField(at)}.method`,
        value: own.method,
        message: `${own.method === undefined ? 'a match for every method' : `method ${own.method}`} is dropped by the gateway: ${describePlace(lane)} grants only ${lane.granted.method}. Write method: ${lane.granted.method}.`,
        grant: placeOf(lane),
        at,
        untrusted,
        requests: own,
        ...(subject.attachesDirectly ? { action: 'Warn' as const } : {}),
      }
    }
    for (const { lane, rule, match, own, effective } of subject.claims) {
      const granted = lane.granted.method
      if (own?.method === undefined || granted === undefined || effective.match.method === own.method) continue
      yield {
        field: `${matchField({ rule, match })}.method`,
        value: own.method,
        message: `method ${own.method} is silently overwritten: ${describePlace(lane)} grants only ${granted}, so this inheriting match takes ${granted} requests. Write method: ${granted}, or ask the owner of ${lane.parent.namespace}/${lane.parent.name} for ${own.method}.`,
        effect: 'escape',
        grant: placeOf(lane),
        untrusted: !lane.trusted,
        requests: effective.match,
      }
    }
  },
}
