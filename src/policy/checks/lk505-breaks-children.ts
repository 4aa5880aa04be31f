import type { Check } from '../check.ts'
import { countBelow, SUBJECT_OF, sayHarmed } from '../harmed-routes.ts'

/** What a routing change would do, before it does it: a warning by default, for a parent may have to change all the same. */
export const breaksChildren: Check = {
  code: 'LK505',
  effect: 'dead',
  rule: 'Creating, changing or deleting this parent leaves routes below it without a grant, dead, or hidden behind its own rules.',
  action: 'Warn',
  patches: false,
  onDelete: true,
  *find(subject) {
    const { broken, complete } = subject.impact
    const what = SUBJECT_OF[subject.change?.operation ?? 'UPDATE']
    if (broken.length > 0) {
      const parts = [
        sayHarmed('no grant is left for', broken, 'orphaned', subject),
        sayHarmed('no grant lets through some match of', broken, 'dead', subject),
        sayHarmed('rules of this route now come before some match of', broken, 'hidden', subject),
      ]
      const rest = complete ? '' : ` ${UNKNOWN}`
      yield {
        field: 'spec',
        message: `${what} breaks ${complete ? '' : 'at least '}${countBelow(broken)}: ${parts.filter((part) => part !== undefined).join('; ')}.${rest} Move them first, or tell their owners.`,
        harmed: broken,
      }
    } else if (!complete) {
      yield { field: 'spec', message: `what ${what} does to the routes below it is not known. ${UNKNOWN}`, untrusted: true }
    }
  },
}

const UNKNOWN = 'There are more of them than can be examined.'
