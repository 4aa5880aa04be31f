import { type HttpRoute, nameOf } from '../delegation/route.ts'
import type { View } from '../delegation/view.ts'
import type { Violation } from '../policy/decision.ts'
import { evaluate } from '../policy/evaluate.ts'
import type { Policy } from '../policy/policy.ts'

/** Every route that is judged, of either kind. */
export function standingRoutes(view: View): readonly HttpRoute[] {
  return [...view.routes(), ...view.grpcRoutes()]
}

/** What the view has of the route by now; undefined = it is gone. */
export function nowStanding({ kind, namespace, name }: HttpRoute, view: View): HttpRoute | undefined {
  return view.routeOf(kind, namespace, name)
}

/**
 * What is wrong with a route of the view, as if it were created now beside everything else there: without the ratchet, which
 * speaks for whoever edits, and without the harm that an edit would do below. Of two that want the same requests, the one
 * that came later is to blame. Throws only for bugs.
 */
export function judgeStanding(route: HttpRoute, view: View, policies: readonly Policy[], now: number): readonly Violation[] {
  const isIncumbent = (other: HttpRoute) => cameBefore(other, route)
  const request = { operation: 'CREATE', route, oldRoute: undefined, now, isIncumbent, isExisting: () => false } as const
  return evaluate(request, view, policies).violations
}

/** Older first, then by name, as gateways settle it; what has no timestamp is the youngest. */
export function cameBefore(a: HttpRoute, b: HttpRoute): boolean {
  const [first, second] = [a.created ?? Number.POSITIVE_INFINITY, b.created ?? Number.POSITIVE_INFINITY]
  return first === second ? `${nameOf(a)} ${a.kind}` < `${nameOf(b)} ${b.kind}` : first < second
}

/** The policies as they would act if each of them were in mode Enforce. */
export function asEnforced(policies: readonly Policy[]): readonly Policy[] {
  return policies.map((policy) => ({ ...policy, mode: 'Enforce' }))
}
