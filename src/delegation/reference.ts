import { isRouteReferenceGranted } from './reference-grant.ts'
import type { Dialect, HttpRoute } from './route.ts'
import { isReadBy, type Selector } from './selection.ts'
import type { View } from './view.ts'

/** A delegating backendRef: what it selects, and its share of the requests. */
export interface Reference {
  readonly selector: Selector
  readonly weight: number
}

/** Whether a gateway of `dialect` hands requests on through the reference, whatever it selects. */
export function isFollowed({ selector, weight }: Reference, dialect: Dialect, view: View): boolean {
  if (!isReadBy(selector, dialect)) return false
  // gloo refuses a reference to all namespaces while one is called so.
  if (dialect === 'gloo' && selector.namespace === undefined) return !view.hasNamespace('all')
  // The flattening gateways ignore weights: 0 delegates as well.
  return dialect !== 'agentgateway' || weight > 0
}

/** Whether a gateway of `dialect` lets a reference of `parent` cross into the namespace of `child`, consent aside. */
export function mayReach(parent: HttpRoute, child: HttpRoute, dialect: Dialect, view: View): boolean {
  // agentgateway: a parentless child in another namespace needs a ReferenceGrant there.
  if (dialect !== 'agentgateway' || child.namespace === parent.namespace || child.parentRefs.length > 0) return true
  return isRouteReferenceGranted(view, parent.namespace, child)
}
