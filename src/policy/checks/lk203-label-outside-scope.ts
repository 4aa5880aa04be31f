import { LABEL_KEY, LABEL_SCOPES_KEY } from '../../delegation/annotations.ts'
import { selectsLabels } from '../../delegation/label-selector.ts'
import { nameOf } from '../../delegation/route.ts'
import type { Check, Finding } from '../check.ts'
import { parentScope, policyScopes } from '../label-scopes.ts'
import { matchesPattern } from '../namespaces.ts'
import type { LabelScope } from '../policy.ts'
import { placeOf, type Subject } from '../subject.ts'

export const labelOutsideScope: Check = {
  code: 'LK203',
  effect: 'escape',
  rule: "A route wears a delegation label that its namespace may not claim, by the policy's labelScopes or by a parent's own.",
  action: 'Deny',
  patches: false,
  *find(subject) {
    yield* outsidePolicyScopes(subject)
    yield* outsideParentScopes(subject)
  },
}

/** Judged on the label alone, before any parent exists. */
function* outsidePolicyScopes({ route, policy, view }: Subject): Iterable<Finding> {
  for (const { key, label } of delegationLabels(route.labels)) {
    const scopes = policyScopes(policy, label)
    if (scopes.length === 0 || scopes.some((scope) => admits(scope, route.namespace, view.namespaceLabels(route.namespace)))) continue
    yield {
      field: `metadata.labels[${key}]`,
      value: route.labels.get(key),
      message: `label ${key}=${route.labels.get(key)} may not be worn in namespace ${route.namespace}: the policy reserves it for other namespaces. Remove the label, or ask the cluster admin to add the namespace to the label's scope.`,
    }
  }
}

/** Labels that delegation may select by: the dialects' own keys by value, and any as `key=value` (agentgateway). */
function* delegationLabels(labels: ReadonlyMap<string, string>): Iterable<{ key: string; label: string }> {
  const own: readonly string[] = [LABEL_KEY.kgateway, LABEL_KEY.gloo]
  for (const [key, value] of labels) yield { key, label: own.includes(key) ? value : `${key}=${value}` }
}

function admits(scope: LabelScope, namespace: string, labels: ReadonlyMap<string, string>): boolean {
  if (scope.namespaces.some((pattern) => matchesPattern(pattern, namespace))) return true
  return scope.namespaceSelector !== undefined && selectsLabels(scope.namespaceSelector, labels)
}

/** A parent narrows its own label references by annotation; only its writers can change that. */
function* outsideParentScopes({ route, lanes }: Subject): Iterable<Finding> {
  const reported = new Set<string>()
  for (const lane of lanes) {
    const { selector, parent } = lane
    if (selector.by !== 'label' && selector.by !== 'key-value') continue
    const key = selector.by === 'label' ? LABEL_KEY[selector.dialect] : selector.key
    const place = `${nameOf(parent)} ${key}`
    if (reported.has(place)) continue
    const label = selector.by === 'label' ? selector.value : `${key}=${selector.value}`
    const allowed = parentScope(parent, label)
    if (allowed === undefined || allowed.some((pattern) => matchesPattern(pattern, route.namespace))) continue
    reported.add(place)
    yield {
      field: `metadata.labels[${key}]`,
      value: selector.value,
      message: `label ${key}=${selector.value} may not be worn in namespace ${route.namespace}: ${nameOf(parent)} keeps it for other namespaces in its annotation ${LABEL_SCOPES_KEY}. Remove the label, or ask the owner of ${nameOf(parent)}.`,
      grant: placeOf(lane),
      untrusted: !lane.trusted,
    }
  }
}
