import { selectorOf } from '../../delegation/selection.ts'
import type { Check } from '../check.ts'

export const mixedDelegation: Check = {
  code: 'LK508',
  effect: 'dead',
  rule: 'A rule mixes delegating references and backends: kgateway never serves the backends.',
  action: 'Warn',
  patches: false,
  *find({ route, dialects }) {
    if (!dialects.has('kgateway')) return
    for (const [index, { backendRefs }] of route.rules.entries()) {
      const served = backendRefs.findIndex((ref) => selectorOf(ref, route.namespace) === undefined)
      if (served < 0 || backendRefs.every((ref) => selectorOf(ref, route.namespace) === undefined)) continue
      yield {
        field: `spec.rules[${index}].backendRefs[${served}]`,
        value: backendRefs[served]?.name,
        message:
          'this backend gets no requests: kgateway serves only the delegated part of a rule that mixes both. Put the backend into a rule of its own.',
      }
    }
  },
}
