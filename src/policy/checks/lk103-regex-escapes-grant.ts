import type { Check } from '../check.ts'
import { escapeFinding, isShown } from '../escapes.ts'

export const regexEscapesGrant: Check = {
  code: 'LK103',
  effect: 'escape',
  rule: 'A regular expression also matches paths outside the grant.',
  action: 'Deny',
  patches: false,
  *find(subject) {
    for (const escape of subject.escapes) {
      if (isShown(escape) && escape.effective.path.type === 'RegularExpression') yield escapeFinding(escape, 'also matches')
    }
  },
}
