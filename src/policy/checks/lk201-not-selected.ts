import { isFollowed } from '../../delegation/reference.ts'
import { nameOf } from '../../delegation/route.ts'
import { selects } from '../../delegation/selection.ts'
import type { Check } from '../check.ts'
import { delegatingRefs } from '../delegating-refs.ts'
import { namedRoutes } from '../named-parents.ts'

export const notSelected: Check = {
  code: 'LK201',
  effect: 'dead',
  rule: 'The route names a parent that exists and does not select it.',
  action: 'Warn',
  patches: false,
  *find({ route, view, dialects }) {
    const selecting = new Set<string>()
    for (const delegation of view.delegationsTo(route)) {
      if ([...dialects].some((dialect) => isFollowed(delegation, dialect, view))) selecting.add(nameOf(delegation.parent))
    }
    // The view may hold an older version of the route, or none.
    const selectsItself = delegatingRefs(route).some(({ selector }) => selects(selector, route))
    for (const { field, parent } of namedRoutes(route)) {
      const itself = nameOf(parent) === nameOf(route)
      if (itself ? selectsItself : view.route(parent.namespace, parent.name) === undefined || selecting.has(nameOf(parent))) continue
      yield {
        field,
        value: nameOf(parent),
        message: `HTTPRoute ${nameOf(parent)} delegates nothing to this route, so it gets no requests through it. Check its name, namespace and labels against the parent's backendRefs, or ask the owner of ${nameOf(parent)}.`,
      }
    }
  },
}
