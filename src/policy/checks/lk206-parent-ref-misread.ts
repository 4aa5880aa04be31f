import { GATEWAY_GROUP } from '../../delegation/selection.ts'
import type { Check } from '../check.ts'
import { probablyMeansRoute } from '../named-parents.ts'

export const parentRefMisread: Check = {
  code: 'LK206',
  effect: 'dead',
  rule: 'A parentRef probably means an HTTPRoute but is not read as one, or carries a sectionName or port that no gateway honours there.',
  action: 'Warn',
  patches: false,
  *find({ route, view }) {
    for (const [index, ref] of route.parentRefs.entries()) {
      const namespace = ref.namespace ?? route.namespace
      const field = `spec.parentRefs[${index}]`
      const name = `${namespace}/${ref.name}`
      if (probablyMeansRoute(ref, route, view)) {
        yield {
          field: `${field}.kind`,
          value: ref.kindWritten ? ref.kind : undefined,
          message: `this parentRef is read as Gateway ${name}, which is not known, while an HTTPRoute of that name is. To be its child write group: ${GATEWAY_GROUP} and kind: HTTPRoute.`,
        }
      } else if (ref.kind === 'HTTPRoute' && ref.group !== GATEWAY_GROUP) {
        yield {
          field: `${field}.group`,
          value: ref.group,
          message: `a parentRef to an HTTPRoute is read only with group: ${GATEWAY_GROUP}; with ${JSON.stringify(ref.group)} the gateway ignores it.`,
        }
      } else if (ref.kind === 'HTTPRoute' && (ref.sectionName !== undefined || ref.port !== undefined)) {
        const key = ref.sectionName !== undefined ? 'sectionName' : 'port'
        yield {
          field: `${field}.${key}`,
          value: String(ref.sectionName ?? ref.port),
          message: `${key} in a parentRef to an HTTPRoute is ignored by every gateway: the route is a child of all of ${name}. Remove it, so that nobody relies on it.`,
        }
      }
    }
  },
}
