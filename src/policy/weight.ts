import { ROUTE_WEIGHT_KEY, routeWeight } from '../delegation/annotations.ts'
import { identityOf } from '../delegation/route.ts'
import type { ContenderConflict } from './contenders.ts'
import type { Subject } from './subject.ts'

/** Whether the object's weight makes it take requests that it would not take without. Never where the policy says that weights don't count. */
export function takesByWeight(subject: Subject): boolean {
  const { route, policy } = subject
  if (policy.routeWeight === 'Disabled' || routeWeight(route) === 0) return false
  const annotations = new Map(route.annotations)
  annotations.delete(ROUTE_WEIGHT_KEY)
  const without = new Set(subject.changedTo({ ...route, annotations }).conflicts.map(keyOf))
  return subject.conflicts.some((conflict) => !without.has(keyOf(conflict)))
}

function keyOf({ conflict: { kind, claimant, other } }: ContenderConflict): string {
  const place = ({ route, rule, match }: typeof other) => [identityOf(route), rule, match]
  return JSON.stringify([kind, place(claimant), place(other)])
}
