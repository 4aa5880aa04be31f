import type { BackendObjectReference, HttpRoute } from '../delegation/route.ts'
import { selectorOf } from '../delegation/selection.ts'
import { filtersOf, type PlacedFilter } from './filters.ts'

/** Something requests are sent to, and where it is named. */
export interface PlacedBackend {
  /** `spec.rules[0].backendRefs[0]`, `spec.rules[0].filters[1].requestMirror.backendRef` */
  readonly field: string
  readonly rule: number
  readonly backend: BackendObjectReference
}

/** Whatever a route sends requests to: backends, mirrors and authorization services; not the routes it delegates to. */
export function backendsOf(route: HttpRoute): PlacedBackend[] {
  return [
    ...route.rules.flatMap(({ backendRefs }, rule) =>
      backendRefs.flatMap((backend, index) =>
        selectorOf(backend, route.namespace) === undefined ? [{ field: `spec.rules[${rule}].backendRefs[${index}]`, rule, backend }] : [],
      ),
    ),
    ...filtersOf(route).flatMap(backendOf),
  ]
}

function backendOf({ field, rule, filter }: PlacedFilter): PlacedBackend[] {
  if (filter.type === 'RequestMirror') return [{ field: `${field}.requestMirror.backendRef`, rule, backend: filter.backend }]
  if (filter.type !== 'ExternalAuth' || filter.backend === undefined) return []
  return [{ field: `${field}.externalAuth.backendRef`, rule, backend: filter.backend }]
}

/** `Service`, `Backend of gateway.kgateway.dev`: how messages name a kind. */
export function describeKind({ group, kind }: { readonly group: string; readonly kind: string }): string {
  return group === '' ? kind : `${kind} of ${group}`
}
