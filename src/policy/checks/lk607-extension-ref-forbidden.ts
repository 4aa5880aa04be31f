import { describeAllowed } from '../allowed-hosts.ts'
import { describeKind } from '../backends.ts'
import { type Check, EVERY_KIND } from '../check.ts'
import { filtersOf, undecidedFilters } from '../filters.ts'
import { matchesPattern } from '../namespaces.ts'

export const extensionRefForbidden: Check = {
  code: 'LK607',
  effect: 'risk',
  rule: 'An ExtensionRef filter refers to something that the policy (`filters.extensionRefs`) does not allow: it can switch off what the parent enforces.',
  action: 'Deny',
  patches: false,
  kinds: EVERY_KIND,
  *find({ route, policy, isPlatform }) {
    const allowed = policy.filters.extensionRefs
    if (allowed === undefined || isPlatform) return
    for (const { field, rule, filter } of filtersOf(route)) {
      if (filter.type !== 'ExtensionRef') continue
      const { group, kind, name } = filter
      if (allowed.some((ref) => ref.group === group && ref.kind === kind && matchesPattern(ref.name, name))) continue
      yield {
        field: `${field}.extensionRef`,
        value: `${describeKind(filter)}: ${name}`,
        message: `ExtensionRef ${describeKind(filter)} named ${name} is not allowed here: ${describeAllowed(allowed)}. Remove the filter, or ask the cluster admin to allow it.`,
        rule,
      }
    }
    yield* undecidedFilters(route, 'extends the gateway')
  },
}
