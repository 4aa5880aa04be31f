import { type HttpRoute, nameOf, type ParentRef } from '../../delegation/route.ts'
import { GATEWAY_GROUP } from '../../delegation/selection.ts'
import type { Check, Patch } from '../check.ts'

export const consentMissing: Check = {
  code: 'LK205',
  effect: 'risk',
  rule: 'A route without parentRefs may be adopted by any parent anywhere.',
  action: 'Audit',
  patches: true,
  *find({ route, lanes, attachesDirectly }) {
    if (route.parentRefs.length > 0 || attachesDirectly) return
    // To name a parent is to trust it, so one that merely adopts the route is no advice.
    const parents = new Map(lanes.filter((lane) => lane.trusted).map((lane) => [nameOf(lane.parent), lane.parent]))
    const only = parents.size === 1 ? [...parents.values()][0] : undefined
    yield {
      field: 'spec.parentRefs',
      message: `the route names no parent, so any HTTPRoute of any namespace may adopt it. Name ${only === undefined ? 'the parents it is meant for' : `HTTPRoute ${nameOf(only)}`} in parentRefs.`,
      patch: only === undefined ? undefined : namingPatch(only),
    }
  },
}

function namingPatch(parent: HttpRoute): Patch {
  const { namespace, name } = parent
  const ref: ParentRef = {
    group: GATEWAY_GROUP,
    kind: 'HTTPRoute',
    namespace,
    name,
    sectionName: undefined,
    port: undefined,
    kindWritten: true,
  }
  return {
    operationsOn: () => [{ op: 'add', path: '/spec/parentRefs', value: [{ group: GATEWAY_GROUP, kind: 'HTTPRoute', namespace, name }] }],
    apply: (route) => ({ ...route, parentRefs: [ref] }),
  }
}
