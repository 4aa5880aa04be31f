import { LABEL_SCOPES_KEY } from '../delegation/annotations.ts'
import type { HttpRoute } from '../delegation/route.ts'
import { matchesPattern } from './namespaces.ts'
import type { LabelScope, Policy } from './policy.ts'

/**
 * The policy's entries for a label (agentgateway: `key=value`); none = whoever likes may wear it. A pattern without `=` is
 * of values: a label is not meant by it because its key happens to start alike.
 */
export function policyScopes(policy: Policy, label: string): readonly LabelScope[] {
  const isPair = label.includes('=')
  return policy.labelScopes.filter(({ labels }) =>
    labels.some((pattern) => pattern.includes('=') === isPair && matchesPattern(pattern, label)),
  )
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
