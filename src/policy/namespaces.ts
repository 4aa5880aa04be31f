import { selectsLabels } from '../delegation/label-selector.ts'
import type { View } from '../delegation/view.ts'
import type { Policy } from './policy.ts'

/** Whether a pattern of a policy (a whole value, or one that ends in `*`) matches. */
export function matchesPattern(pattern: string, value: string): boolean {
  return pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : pattern === value
}

/** Whether a namespace may attach to Gateways and delegate anywhere. Without any configured, none is. */
export function isRootNamespace(policy: Policy, view: View, namespace: string): boolean {
  const roots = policy.rootNamespaces
  if (roots === undefined) return false
  return roots.names.includes(namespace) || (roots.selector !== undefined && selectsLabels(roots.selector, view.namespaceLabels(namespace)))
}

/** One owner = one namespace, or all namespaces with the same non-empty value of the policy's ownerLabel. */
export function sameOwner(policy: Policy, view: View, a: string, b: string): boolean {
  if (a === b) return true
  if (policy.ownerLabel === undefined) return false
  const owner = view.namespaceLabels(a).get(policy.ownerLabel)
  return owner !== undefined && owner !== '' && owner === view.namespaceLabels(b).get(policy.ownerLabel)
}
