import { type Check, EVERY_KIND } from '../check.ts'
import { filtersOf, undecidedFilters } from '../filters.ts'

export const mirrorForbidden: Check = {
  code: 'LK605',
  effect: 'risk',
  rule: 'A route copies requests to another backend, where the policy (`filters.mirror: false`) forbids it.',
  action: 'Deny',
  patches: false,
  kinds: EVERY_KIND,
  *find({ route, policy, isPlatform }) {
    if (policy.filters.mirror !== false || isPlatform) return
    for (const { field, rule, filter } of filtersOf(route)) {
      if (filter.type !== 'RequestMirror') continue
      yield {
        field: `${field}.type`,
        value: filter.type,
        message:
          'this filter sends a copy of each request to another backend, which the policy forbids. Remove the filter, or ask the cluster admin to allow mirrors.',
        rule,
        unshown: JSON.stringify(filter.backend),
      }
    }
    yield* undecidedFilters(route, 'copies requests to another backend')
  },
}
