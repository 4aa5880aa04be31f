import { LABEL_KEY, LABEL_SCOPES_KEY } from '../../delegation/annotations.ts'
import type { Check } from '../check.ts'
import { delegatingRefs } from '../delegating-refs.ts'
import { parentScope, policyScopes } from '../label-scopes.ts'

export const labelUnscoped: Check = {
  code: 'LK204',
  effect: 'risk',
  rule: 'A parent selects a label in every namespace, and no scope says which namespaces may wear it.',
  action: 'Warn',
  patches: false,
  *find({ route, policies }) {
    const reported = new Set<string>()
    for (const { field, selector } of delegatingRefs(route)) {
      if (selector.by !== 'label' || selector.namespace !== undefined) continue
      const { value } = selector
      const label = `${LABEL_KEY[selector.dialect]}=${value}`
      // The children may be governed by another policy than their parent.
      if (reported.has(label) || policies.some((policy) => policyScopes(policy, value).length > 0)) continue
      if (parentScope(route, value) !== undefined) continue
      reported.add(label)
      yield {
        field: `${field}.name`,
        value,
        message: `label ${label} is selected in every namespace and no scope says who may wear it: any route of any namespace can join this lane. Select in one namespace, scope the label by the annotation ${LABEL_SCOPES_KEY}, or ask the cluster admin for an entry in labelScopes.`,
      }
    }
  },
}
