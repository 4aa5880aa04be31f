import type { BackendObjectReference, RouteName } from '../../delegation/route.ts'
import { GATEWAY_GROUP } from '../../delegation/selection.ts'
import type { View } from '../../delegation/view.ts'
import { backendsOf } from '../backends.ts'
import { type Check, EVERY_KIND } from '../check.ts'

export const backendNamespaceForbidden: Check = {
  code: 'LK602',
  effect: 'risk',
  rule: 'A route sends requests to a backend, mirror or authorization service of another namespace that granted nothing, or where the policy forbids it.',
  action: 'Warn',
  patches: false,
  kinds: EVERY_KIND,
  *find({ route, policy, view, isPlatform }) {
    const { crossNamespace } = policy.backends
    if (crossNamespace === 'Allow') return
    const forbidden = crossNamespace === 'Deny' && !isPlatform
    for (const { field, rule, backend } of backendsOf(route)) {
      const namespace = backend.namespace ?? route.namespace
      if (namespace === route.namespace) continue
      if (!forbidden && isGranted(view, route, namespace, backend)) continue
      const name = `${namespace}/${backend.name}`
      yield {
        field: `${field}.namespace`,
        value: namespace,
        message: forbidden
          ? `${backend.kind} ${name} is in another namespace, and the policy allows backends of namespace ${route.namespace} only. Use one of those, or ask the cluster admin.`
          : `${backend.kind} ${name} is in another namespace, and no ReferenceGrant there lets ${route.kind}s of ${route.namespace} use it, so the gateway refuses it. Ask the owner of namespace ${namespace} for a ReferenceGrant.`,
        rule,
        unshown: `${backend.group} ${backend.kind} ${backend.name}`,
        ...(forbidden ? { action: 'Deny' as const } : {}),
      }
    }
  },
}

/** Whether the namespace of the backend lets routes of this one's kind and namespace refer to it. */
function isGranted(view: View, from: RouteName, namespace: string, backend: BackendObjectReference): boolean {
  for (const grant of view.referenceGrantsIn(namespace)) {
    const givesFrom = grant.from.some(
      ({ group, kind, namespace: of }) => group === GATEWAY_GROUP && kind === from.kind && of === from.namespace,
    )
    const givesTo = grant.to.some(
      ({ group, kind, name }) => group === backend.group && kind === backend.kind && (name === undefined || name === backend.name),
    )
    if (givesFrom && givesTo) return true
  }
  return false
}
