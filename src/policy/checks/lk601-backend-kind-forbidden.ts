import { backendsOf, describeKind } from '../backends.ts'
import { type Check, EVERY_KIND } from '../check.ts'

export const backendKindForbidden: Check = {
  code: 'LK601',
  effect: 'risk',
  rule: 'A route sends requests to a kind of backend that the policy (`backends.kinds`) does not allow.',
  action: 'Deny',
  patches: false,
  kinds: EVERY_KIND,
  *find({ route, policy, isPlatform }) {
    const { kinds } = policy.backends
    if (kinds === undefined || isPlatform) return
    for (const { field, rule, backend } of backendsOf(route)) {
      if (kinds.some(({ group, kind }) => group === backend.group && kind === backend.kind)) continue
      yield {
        field: `${field}.kind`,
        value: describeKind(backend),
        message: `a backend of kind ${describeKind(backend)} is not allowed here: the policy allows ${kinds.length === 0 ? 'none' : kinds.map(describeKind).join(', ')}. Use one of those, or ask the cluster admin to allow the kind.`,
        rule,
      }
    }
  },
}
