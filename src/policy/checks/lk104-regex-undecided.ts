import { describePath } from '../../delegation/matcher.ts'
import type { Check } from '../check.ts'
import { isShown } from '../escapes.ts'
import { describePlace, matchField, placeOf } from '../subject.ts'

export const regexUndecided: Check = {
  code: 'LK104',
  effect: 'escape',
  rule: 'A match is programmed and it cannot be decided whether it stays inside the grant.',
  action: 'Deny',
  patches: false,
  *find(subject) {
    for (const escape of subject.escapes) {
      if (isShown(escape)) continue
      const { claim, lane, containment, effective } = escape
      const why = containment.verdict === 'undecided' ? containment.reason : 'the grant is itself a regular expression'
      yield {
        field: `${matchField(claim)}.path.value`,
        value: claim.own?.path.value,
        message: `${describePath(effective.path)} cannot be shown to stay inside ${describePath(lane.granted.path)}, which ${describePlace(lane)} grants: ${why}. Write a path prefix, or a simpler expression that starts with the granted path.`,
        grant: placeOf(lane),
        at: { rule: claim.rule, match: claim.match },
        untrusted: !claim.lane.trusted,
        requests: effective,
        hosts: lane.hosts,
      }
    }
  },
}
