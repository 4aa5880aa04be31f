import { type Check, EVERY_KIND, type Finding } from '../check.ts'
import { filtersOf, type PlacedFilter, undecidedFilters } from '../filters.ts'
import { changedHeaders } from '../header-changes.ts'
import { matchesPattern } from '../namespaces.ts'

export const protectedHeader: Check = {
  code: 'LK606',
  effect: 'risk',
  rule: 'A filter, on a rule or on a backendRef, sets, adds or removes a header that the policy (`filters.protectedHeaders`) protects.',
  action: 'Deny',
  patches: false,
  kinds: EVERY_KIND,
  *find({ route, policy, isPlatform }) {
    const { protectedHeaders = [] } = policy.filters
    if (protectedHeaders.length === 0 || isPlatform) return
    for (const placed of filtersOf(route)) {
      yield* changed(placed, protectedHeaders)
      yield* copied(placed, protectedHeaders)
    }
    yield* undecidedFilters(route, 'changes a protected header')
  },
}

/** Patterns are lower-cased; header names compare ignoring case. */
function isProtected(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matchesPattern(pattern, name.toLowerCase()))
}

function* changed({ field, rule, filter }: PlacedFilter, patterns: readonly string[]): Iterable<Finding> {
  if (filter.type !== 'RequestHeaderModifier' && filter.type !== 'ResponseHeaderModifier') return
  for (const { place, name, verb, value } of changedHeaders(filter)) {
    if (!isProtected(name, patterns)) continue
    yield {
      field: `${field}.${place}`,
      value: name,
      message: `this filter ${verb} header ${name}, which the policy protects: only the platform may. Remove it from the filter, or ask the cluster admin.`,
      rule,
      ...(value === undefined ? {} : { unshown: value }),
    }
  }
}

/** An authorization service of the route's own choice writes headers into the request, too. */
function* copied({ field, rule, filter }: PlacedFilter, patterns: readonly string[]): Iterable<Finding> {
  if (filter.type !== 'ExternalAuth') return
  if (filter.copiedHeaders === undefined) {
    yield {
      field: `${field}.externalAuth`,
      message:
        'the authorization service may put any header into the request, those that the policy protects included. Use protocol HTTP and list the headers it needs in http.allowedResponseHeaders, or ask the cluster admin.',
      rule,
      unshown: JSON.stringify(filter.backend),
    }
    return
  }
  for (const [index, name] of filter.copiedHeaders.entries()) {
    if (!isProtected(name, patterns)) continue
    yield {
      field: `${field}.externalAuth.http.allowedResponseHeaders[${index}]`,
      value: name,
      message: `the authorization service may set header ${name}, which the policy protects: only the platform may. Remove it from the list, or ask the cluster admin.`,
      rule,
      unshown: JSON.stringify(filter.backend),
    }
  }
}
