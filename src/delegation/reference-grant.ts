import { GATEWAY_GROUP } from './selection.ts'
import type { View } from './view.ts'

/**
 * Whether a ReferenceGrant of `target.namespace` lets HTTPRoutes of namespace `from` refer to HTTPRoutes there: to this
 * one, or with `name` undefined to every one of them.
 */
export function routeReferenceGranted(view: View, from: string, target: { readonly namespace: string; readonly name?: string }): boolean {
  for (const grant of view.referenceGrantsIn(target.namespace)) {
    const comes = grant.from.some((entry) => entry.group === GATEWAY_GROUP && entry.kind === 'HTTPRoute' && entry.namespace === from)
    const goes = grant.to.some(
      (entry) => entry.group === GATEWAY_GROUP && entry.kind === 'HTTPRoute' && (entry.name === undefined || entry.name === target.name),
    )
    if (comes && goes) return true
  }
  return false
}
