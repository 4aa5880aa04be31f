import type { Check } from '../check.ts'
import { SUBJECT_OF, sayHarmed } from '../harmed-routes.ts'

/** Never a denial by default, even with a bad child there first: a tenant must not be able to block the platform's parents. */
export const exposesChildren: Check = {
  code: 'LK511',
  effect: 'escape',
  rule: 'Creating or changing this parent makes an escape of a route below it live.',
  action: 'Warn',
  patches: false,
  *find(subject) {
    const { exposed } = subject.impact
    if (exposed.length === 0) return
    const parts = [
      sayHarmed('requests that nobody granted it would go to', exposed, 'exposed', subject),
      sayHarmed("another owner's requests would go to", exposed, 'taking', subject),
      sayHarmed('it cannot be shown that only granted requests go to', exposed, 'undecided', subject),
    ]
    yield {
      field: 'spec',
      message: `${SUBJECT_OF[subject.change?.operation ?? 'UPDATE']} makes escapes below it live: ${parts.filter((part) => part !== undefined).join('; ')}. Have that repaired first, or grant it.`,
      harmed: exposed,
      untrusted: exposed.every(({ harm }) => harm === 'undecided'),
    }
  },
}
