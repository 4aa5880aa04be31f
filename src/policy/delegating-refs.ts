import type { HttpRoute } from '../delegation/route.ts'
import { type Selector, selectorOf } from '../delegation/selection.ts'

/** The backendRefs of a route that delegate, with their fields. */
export function delegatingRefs(route: HttpRoute): { field: string; rule: number; selector: Selector }[] {
  return route.rules.flatMap(({ backendRefs }, rule) =>
    backendRefs.flatMap((ref, index) => {
      const selector = selectorOf(ref, route.namespace)
      return selector === undefined ? [] : [{ field: `spec.rules[${rule}].backendRefs[${index}]`, rule, selector }]
    }),
  )
}
