import { ENABLE_POLICY_OVERRIDES_KEY, INHERITED_POLICY_PRIORITY_KEY } from '../../delegation/annotations.ts'
import type { HttpRoute } from '../../delegation/route.ts'
import { delegates } from '../../delegation/selection.ts'
import type { Check, Finding } from '../check.ts'

export const policyInheritanceOpen: Check = {
  code: 'LK704',
  effect: 'risk',
  rule: 'A root lets its children override the policies they inherit from it, authentication included.',
  action: 'Audit',
  patches: false,
  *find({ route, dialects, attachesDirectly }) {
    if (!attachesDirectly || !route.rules.some((rule) => delegates(rule, route.namespace))) return
    if (dialects.has('kgateway')) yield* openByDefault(route)
    if (dialects.has('gloo')) yield* openedByAnnotation(route)
  },
}

/** kgateway: the child wins unless the parent says otherwise; an unknown value says nothing (LK703). */
function* openByDefault({ annotations }: HttpRoute): Iterable<Finding> {
  const value = annotations.get(INHERITED_POLICY_PRIORITY_KEY)
  if (value === 'ShallowMergePreferParent' || value === 'DeepMergePreferParent') return
  yield {
    field: `metadata.annotations[${INHERITED_POLICY_PRIORITY_KEY}]`,
    value,
    message: `children of this route may override the timeouts, filters and policies they inherit from it, authentication included. To let this route's own win, set ${INHERITED_POLICY_PRIORITY_KEY}: DeepMergePreferParent.`,
  }
}

/** gloo: the parent wins unless it hands fields over by name, or all of them by `*`. */
function* openedByAnnotation({ annotations }: HttpRoute): Iterable<Finding> {
  const value = annotations.get(ENABLE_POLICY_OVERRIDES_KEY)
  if (value === undefined || value.trim() === '') return
  yield {
    field: `metadata.annotations[${ENABLE_POLICY_OVERRIDES_KEY}]`,
    value,
    message: `children of this route may override ${value.trim() === '*' ? 'everything' : value} in the policies they inherit from it. Remove the annotation to let this route's own win.`,
  }
}
