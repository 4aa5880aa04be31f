import { isHostWithin } from '../delegation/hostname.ts'
import { matchesPattern } from './namespaces.ts'
import type { Policy } from './policy.ts'

/** The hosts that the policy's entries let a namespace use; undefined = no entry names it. */
export function allowedHosts(policy: Policy, namespace: string): readonly string[] | undefined {
  const entries = policy.hostnames.filter(({ namespaces }) => namespaces.some((pattern) => matchesPattern(pattern, namespace)))
  return entries.length === 0 ? undefined : entries.flatMap(({ allow }) => allow)
}

/** Whether every host that `host` (exact or wildcard, lower-cased) stands for is inside one of a policy's patterns. */
export function allowsHost(patterns: readonly string[], host: string): boolean {
  return patterns.some((pattern) => isHostWithin(host, pattern))
}

/** Whether an entry of the policy lets the namespace use the host. */
export function mayUseHost(policy: Policy, namespace: string, host: string): boolean {
  return allowsHost(allowedHosts(policy, namespace) ?? [], host)
}

/** How a message says what a policy's list allows: without naming it, for hosts may be those of other teams. */
export function describeAllowed(list: readonly unknown[]): string {
  return list.length === 0 ? 'the policy allows none' : 'it is not among those the policy allows'
}
