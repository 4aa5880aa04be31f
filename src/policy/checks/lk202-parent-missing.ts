import { nameOf } from '../../delegation/route.ts'
import type { Check } from '../check.ts'
import { namedRoutes } from '../named-parents.ts'

export const parentMissing: Check = {
  code: 'LK202',
  effect: 'dead',
  rule: 'The parent that the route names is not known (yet).',
  action: 'Warn',
  patches: false,
  *find({ route, view }) {
    for (const { field, parent } of namedRoutes(route)) {
      const itself = parent.namespace === route.namespace && parent.name === route.name
      if (itself || view.route(parent.namespace, parent.name) !== undefined) continue
      yield {
        field,
        value: nameOf(parent),
        message: `HTTPRoute ${nameOf(parent)} is not known here, so nothing is delegated to this route until it is created. Check the name and the namespace.`,
      }
    }
  },
}
