import { delegates } from '../../delegation/selection.ts'
import type { Check } from '../check.ts'

export const emptyMatchesDelegated: Check = {
  code: 'LK507',
  effect: 'risk',
  rule: 'A delegating rule has an explicit empty list of matches, which controllers cannot translate.',
  action: 'Deny',
  patches: false,
  *find({ route }) {
    for (const [index, rule] of route.rules.entries()) {
      if (rule.matches.length > 0 || !delegates(rule, route.namespace)) continue
      yield {
        field: `spec.rules[${index}].matches`,
        value: '[]',
        message:
          'a rule that delegates with an empty list of matches cannot be translated by the controllers. Write the matches it grants, or leave the key out to grant PathPrefix /.',
      }
    }
  },
}
