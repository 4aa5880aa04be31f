import { isBareCatchAll } from '../../delegation/conflict.ts'
import { describeSelector } from '../../delegation/selection.ts'
import type { Check } from '../check.ts'
import { delegatingRefs } from '../delegating-refs.ts'

export const wholeHostDelegated: Check = {
  code: 'LK506',
  effect: 'risk',
  rule: 'Every path of a host is delegated to whatever routes a namespace holds, or to a label in every namespace.',
  action: 'Warn',
  patches: false,
  *find(subject) {
    const { route } = subject
    for (const { field, rule, selector } of delegatingRefs(route)) {
      if (selector.by !== 'wildcard' && selector.namespace !== undefined) continue
      if (!route.rules[rule]?.matches.some(isBareCatchAll)) continue
      // A delegatee hands on no more than it was granted itself.
      if (!subject.attachesDirectly && !subject.lanes.some((lane) => isBareCatchAll(lane.granted))) continue
      yield {
        field,
        value: describeSelector(selector),
        message: `this rule hands every path of its hosts to ${describeSelector(selector)}: whoever may create a route there can take any of them. Delegate longer prefixes, or name the children.`,
      }
    }
  },
}
