import type { HttpRoute, ObjectName, ParentRef } from '../delegation/route.ts'
import { GATEWAY_GROUP, isGatewayRef } from '../delegation/selection.ts'
import type { View } from '../delegation/view.ts'

/** The parentRefs that name an HTTPRoute, with their fields. */
export function namedRoutes(route: HttpRoute): { field: string; parent: ObjectName }[] {
  return route.parentRefs.flatMap((ref, index) =>
    ref.group === GATEWAY_GROUP && ref.kind === 'HTTPRoute'
      ? [{ field: `spec.parentRefs[${index}]`, parent: { namespace: ref.namespace ?? route.namespace, name: ref.name } }]
      : [],
  )
}

/** Whether a parentRef is read as a Gateway that isn't known, while an HTTPRoute of that name is. */
export function probablyMeansRoute(ref: ParentRef, { namespace: own }: HttpRoute, view: View): boolean {
  const namespace = ref.namespace ?? own
  return isGatewayRef(ref) && view.gateway(namespace, ref.name) === undefined && view.route(namespace, ref.name) !== undefined
}
