import { isReferenceGranted } from '../../delegation/reference-grant.ts'
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
      if (!forbidden && isReferenceGranted(view, route, { ...backend, namespace })) continue
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
