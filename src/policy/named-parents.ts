import type { HttpRoute, ObjectName } from '../delegation/route.ts'
import { GATEWAY_GROUP } from '../delegation/selection.ts'

/** The parentRefs that name an HTTPRoute, with their fields. */
export function namedRoutes(route: HttpRoute): { field: string; parent: ObjectName }[] {
  return route.parentRefs.flatMap((ref, index) =>
    ref.group === GATEWAY_GROUP && ref.kind === 'HTTPRoute'
      ? [{ field: `spec.parentRefs[${index}]`, parent: { namespace: ref.namespace ?? route.namespace, name: ref.name } }]
      : [],
  )
}
