import type { RouteName } from './route.ts'
import { GATEWAY_GROUP } from './selection.ts'
import type { View } from './view.ts'

/** What routes of another namespace refer to; without a name: everything of the kind. */
export interface ReferenceTarget {
  readonly group: string
  readonly kind: string
  readonly namespace: string
  readonly name?: string
}

/** Whether a ReferenceGrant of the target's namespace lets routes of this one's kind and namespace refer to it. */
export function isReferenceGranted(view: View, from: Pick<RouteName, 'kind' | 'namespace'>, target: ReferenceTarget): boolean {
  for (const grant of view.referenceGrantsIn(target.namespace)) {
    const comes = grant.from.some(
      ({ group, kind, namespace }) => group === GATEWAY_GROUP && kind === from.kind && namespace === from.namespace,
    )
    const goes = grant.to.some(
      ({ group, kind, name }) => group === target.group && kind === target.kind && (name === undefined || name === target.name),
    )
    if (comes && goes) return true
  }
  return false
}

/** The same of HTTPRoutes, and one or every one of the target's namespace. */
export function isRouteReferenceGranted(
  view: View,
  from: string,
  { namespace, name }: Pick<ReferenceTarget, 'namespace' | 'name'>,
): boolean {
  const target = { group: GATEWAY_GROUP, kind: 'HTTPRoute', namespace }
  return isReferenceGranted(view, { kind: 'HTTPRoute', namespace: from }, name === undefined ? target : { ...target, name })
}
