import { ROUTE_WEIGHT_KEY, routeWeight } from '../../delegation/annotations.ts'
import type { Check } from '../check.ts'
import { removeAnnotation } from '../patches.ts'
import type { Action } from '../policy.ts'
import type { Subject } from '../subject.ts'
import { takesByWeight } from '../weight.ts'

export const routeWeightGiven: Check = {
  code: 'LK701',
  effect: 'escape',
  rule: 'A route outside the root namespaces gives itself a weight, which sorts it before everything else on its host.',
  action: 'Warn',
  patches: true,
  *find(subject) {
    const { route, isPlatform } = subject
    // No weight, or none that a controller can read (LK703).
    if (isPlatform || routeWeight(route) === 0) return
    const value = route.annotations.get(ROUTE_WEIGHT_KEY)
    yield {
      field: `metadata.annotations[${ROUTE_WEIGHT_KEY}]`,
      value,
      message: `route weight ${value} sorts this route before or after all others on its host, however specific their matches are, and only root namespaces may do that. Remove the annotation, or ask the platform team.`,
      action: weightAction(subject),
      patch: removeAnnotation(ROUTE_WEIGHT_KEY),
    }
  },
}

/** Deny what takes anything by it, and all of it once the policy says who the platform is: then others have no business with weights. */
function weightAction(subject: Subject): Action {
  return subject.policy.rootNamespaces !== undefined || takesByWeight(subject) ? 'Deny' : 'Warn'
}
