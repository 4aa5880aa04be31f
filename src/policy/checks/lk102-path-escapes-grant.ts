import type { Check } from '../check.ts'
import { escapeFinding, isShown } from '../escapes.ts'

export const pathEscapesGrant: Check = {
  code: 'LK102',
  effect: 'escape',
  rule: 'An Exact or PathPrefix match is programmed and reaches requests outside the grant.',
  action: 'Deny',
  patches: false,
  *find(subject) {
    for (const escape of subject.escapes) {
      if (isShown(escape) && escape.effective.path.type !== 'RegularExpression') yield escapeFinding(escape, 'takes')
    }
  },
}
