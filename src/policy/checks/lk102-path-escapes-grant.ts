import { describePath } from '../../delegation/matcher.ts'
import type { Check } from '../check.ts'
import { escapeFinding } from '../escapes.ts'

export const pathEscapesGrant: Check = {
  code: 'LK102',
  effect: 'escape',
  rule: 'An Exact or PathPrefix match is programmed and reaches requests outside the grant.',
  action: 'Deny',
  patches: false,
  *find(subject) {
    for (const escape of subject.escapes) {
      if (escape.effective.path.type === 'RegularExpression' || escape.containment.verdict !== 'not-contained') continue
      if (escape.lane.granted.path.type === 'RegularExpression') continue
      const own = escape.claim.own
      const joined = own !== undefined && own.path.value !== escape.effective.path.value
      const what = joined
        ? `${describePath(own.path)} becomes ${describePath(escape.effective.path)} under its parent and takes`
        : `${describePath(escape.effective.path)} takes`
      yield escapeFinding(escape, what)
    }
  },
}
