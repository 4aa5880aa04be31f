import type { Filter, HttpRoute } from '../delegation/route.ts'
import type { Finding } from './check.ts'

/** A filter and where it stands. */
export interface PlacedFilter {
  /** `spec.rules[0].backendRefs[1].filters[2]` */
  readonly field: string
  readonly rule: number
  readonly filter: Filter
}

/** The filters of a route, on rules and on backendRefs alike: gateways run both, those of a backendRef last. */
export function filtersOf(route: HttpRoute): PlacedFilter[] {
  return route.rules.flatMap(({ filters, backendRefs }, rule) => [
    ...placed(filters, `spec.rules[${rule}]`, rule),
    ...backendRefs.flatMap((ref, index) => placed(ref.filters, `spec.rules[${rule}].backendRefs[${index}]`, rule)),
  ])
}

function placed(filters: readonly Filter[], parent: string, rule: number): PlacedFilter[] {
  return filters.map((filter, index) => ({ field: `${parent}.filters[${index}]`, rule, filter }))
}

/** Filters of a type newer than this program, where the policy forbids something (`does`) that they might do. */
export function undecidedFilters(route: HttpRoute, does: string): Finding[] {
  return filtersOf(route).flatMap(({ field, rule, filter }) =>
    filter.type === 'Unknown'
      ? [
          {
            field: `${field}.type`,
            value: filter.written,
            message: `what a filter of type ${JSON.stringify(filter.written)} does is not known here, so it can't be ruled out that it ${does}, which the policy restricts. Remove it, or ask the cluster admin for an exception.`,
            rule,
          },
        ]
      : [],
  )
}
