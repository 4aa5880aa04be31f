import type { Dialect, HttpRoute } from './route.ts'

/** Keys that change what a gateway programs, by dialect. agentgateway has none of them. */
export const INHERIT_KEY: {
  readonly kgateway: string
  readonly gloo: string
  readonly agentgateway: undefined
} = {
  kgateway: 'delegation.kgateway.dev/inherit-parent-matcher',
  gloo: 'delegation.gateway.solo.io/inherit-parent-matcher',
  agentgateway: undefined,
}

/** Label that a label reference selects by, by dialect. */
export const LABEL_KEY: Readonly<Record<'kgateway' | 'gloo', string>> = {
  kgateway: 'delegation.kgateway.dev/label',
  gloo: 'delegation.gateway.solo.io/label',
}

/** A parent's own limits on who may wear the labels it selects: `label=ns1,ns2; other=ns3`. */
export const LABEL_SCOPES_KEY = 'lanekeeper.dev/label-scopes'

/** Whether the child asks for its matches to be joined with its parent's. Values as the controllers read them. */
export function inheritsMatcher(route: HttpRoute, dialect: Dialect): boolean {
  const key = INHERIT_KEY[dialect]
  if (key === undefined) return false
  const value = route.annotations.get(key)?.toLowerCase()
  return value === 'true' || value === 'yes' || value === 'enabled'
}

/** Sorts a route before everything else on its host where the controller reads it; unset or no integer = 0. */
export const ROUTE_WEIGHT_KEY = 'kgateway.dev/route-weight'

/** 0 for a GRPCRoute: no controller reads the annotation there (kgateway, pkg/krtcollections/grpc_route.go). */
export function routeWeight(route: HttpRoute): number {
  if (route.kind !== 'HTTPRoute') return 0
  const value = route.annotations.get(ROUTE_WEIGHT_KEY) ?? '0'
  return isRouteWeight(value) ? Number(value) : 0
}

export function isRouteWeight(value: string): boolean {
  return /^[+-]?\d+$/.test(value)
}

/** kgateway, on a parent: whose policies win, the parent's or the child's. */
export const INHERITED_POLICY_PRIORITY_KEY = 'kgateway.dev/inherited-policy-priority'
export const POLICY_PRIORITIES = ['ShallowMergePreferChild', 'ShallowMergePreferParent', 'DeepMergePreferChild', 'DeepMergePreferParent']
/** What an absent value is read as, and any that is none of those. */
export const DEFAULT_POLICY_PRIORITY = 'ShallowMergePreferChild'

export function isPolicyPriority(value: string): boolean {
  return POLICY_PRIORITIES.includes(value)
}

/** gloo, on a parent: the fields of its policies that children may override, or `*`. */
export const ENABLE_POLICY_OVERRIDES_KEY = 'delegation.gateway.solo.io/enable-policy-overrides'
