import { nameOf } from '../../delegation/route.ts'
import { isReadBy } from '../../delegation/selection.ts'
import type { Check } from '../check.ts'
import { namedRoutes } from '../named-parents.ts'

export const notSelected: Check = {
  code: 'LK201',
  effect: 'dead',
  rule: 'The route names a parent that exists and does not select it.',
  action: 'Warn',
  patches: false,
  *find({ route, view, dialects }) {
    const selecting = new Set<string>()
    for (const { parent, selector } of view.delegationsTo(route)) {
      if ([...dialects].some((dialect) => isReadBy(selector, dialect))) selecting.add(nameOf(parent))
    }
    for (const { field, parent } of namedRoutes(route)) {
      const known = view.route(parent.namespace, parent.name)
      if (known === undefined || selecting.has(nameOf(parent))) continue
      yield {
        field,
        value: nameOf(parent),
        message: `HTTPRoute ${nameOf(parent)} delegates nothing to this route, so it gets no requests through it. Check its name, namespace and labels against the parent's backendRefs, or ask the owner of ${nameOf(parent)}.`,
      }
    }
  },
}
