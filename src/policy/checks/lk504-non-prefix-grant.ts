import { delegates } from '../../delegation/selection.ts'
import type { Check } from '../check.ts'
import { matchField } from '../subject.ts'

export const nonPrefixGrant: Check = {
  code: 'LK504',
  effect: 'dead',
  rule: 'A route delegates from a match that is no PathPrefix: flattening gateways then program only children that inherit.',
  action: 'Warn',
  patches: false,
  *find(subject) {
    const { route } = subject
    if (!subject.isFlattened) return
    for (const [rule, delegating] of route.rules.entries()) {
      if (!delegates(delegating, route.namespace)) continue
      for (const [match, { path }] of delegating.matches.entries()) {
        if (path.type !== 'Exact' && path.type !== 'RegularExpression') continue
        yield {
          field: `${matchField({ rule, match })}.path.type`,
          value: path.type,
          message: `under a match of type ${path.type} the gateway drops every child that does not inherit, and the path of one that does may reach beyond ${JSON.stringify(path.value)}. Delegate a PathPrefix.`,
        }
      }
    }
  },
}
