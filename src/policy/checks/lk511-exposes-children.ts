import type { Check } from '../check.ts'
import { describeHarmed, SUBJECT_OF } from '../harmed-routes.ts'

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
    const [shown, unshown] = [describeHarmed(exposed, 'exposed', subject), describeHarmed(exposed, 'undecided', subject)]
    const parts = [
      ...(shown === undefined ? [] : [`requests that nobody granted it would go to ${shown}`]),
      ...(unshown === undefined ? [] : [`it cannot be shown that only granted requests go to ${unshown}`]),
    ]
    yield {
      field: 'spec',
      message: `${SUBJECT_OF[subject.change?.operation ?? 'UPDATE']} makes escapes below it live: ${parts.join('; ')}. Have that repaired first, or grant it.`,
      harmed: exposed,
      untrusted: shown === undefined,
    }
  },
}
