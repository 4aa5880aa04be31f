import { LABEL_SCOPES_KEY } from '../delegation/annotations.ts'
import type { HttpRoute } from '../delegation/route.ts'
import { matchesPattern } from './namespaces.ts'
import type { LabelScope, Policy } from './policy.ts'

/** The policy's entries for a label (agentgateway: `key=value`); none = whoever likes may wear it. */
export function policyScopes(policy: Policy, label: string): readonly LabelScope[] {
  return policy.labelScopes.filter((scope) => scope.labels.some((pattern) => matchesPattern(pattern, label)))
}

/**
 * The namespaces that a parent's annotation `label=ns1,ns2; other=ns3` gives for a label (agentgateway: `key=value=ns1`);
 * undefined = it says nothing of it.
 */
export function parentScope(parent: HttpRoute, label: string): string[] | undefined {
  for (const entry of parent.annotations.get(LABEL_SCOPES_KEY)?.split(';') ?? []) {
    const equals = entry.lastIndexOf('=')
    if (equals < 0 || !matchesPattern(entry.slice(0, equals).trim(), label)) continue
    return entry
      .slice(equals + 1)
      .split(',')
      .map((namespace) => namespace.trim())
  }
  return undefined
}
