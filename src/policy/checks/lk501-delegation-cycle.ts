import type { Lane } from '../../delegation/lane.ts'
import { type HttpRoute, nameOf } from '../../delegation/route.ts'
import { consents, selects } from '../../delegation/selection.ts'
import type { Check } from '../check.ts'
import { delegatingRefs } from '../delegating-refs.ts'
import type { Subject } from '../subject.ts'

export const delegationCycle: Check = {
  code: 'LK501',
  effect: 'dead',
  rule: 'A route delegates to itself or to one of its ancestors: the gateway cuts the cycle and answers 500 for that reference.',
  action: 'Deny',
  patches: false,
  *find(subject) {
    const { route } = subject
    const refs = delegatingRefs(route)
    if (refs.length === 0) return
    const above = ancestorsOf(subject)
    const trusted = trustedAncestors(subject)
    for (const { field, selector } of refs) {
      const byName = selector.by === 'name'
      const met = above.find((object) => selects(selector, object) && (byName || consents(object, route)))
      if (met === undefined) continue
      const itself = nameOf(met) === nameOf(route)
      yield {
        field,
        value: byName ? nameOf(met) : undefined,
        message: `this reference ${byName ? 'names' : 'also selects'} ${itself ? 'the route itself' : 'a route that delegates to this one'}, so the gateway cuts the cycle and answers 500 for everything the reference selects. ${byName ? 'Name another route.' : 'Give the route parentRefs, or select less.'}`,
        ...(byName ? {} : { action: 'Warn' as const }),
        untrusted: !itself && !trusted.has(nameOf(met)),
      }
    }
  },
}

/** The route and everything from which a way leads down to it. Cost: the graph above it, bounded by the budget. */
function ancestorsOf({ route, view, budget }: Subject): HttpRoute[] {
  const found = new Map<string, HttpRoute>([[nameOf(route), route]])
  const queue: HttpRoute[] = [route]
  for (let child = queue.pop(); child !== undefined; child = queue.pop()) {
    for (const { parent } of view.delegationsTo(child)) {
      if (!budget.spend(1)) return [...found.values()]
      if (found.has(nameOf(parent)) || !consents(child, parent)) continue
      found.set(nameOf(parent), parent)
      queue.push(parent)
    }
  }
  return [...found.values()]
}

/** Those on a way here that may deny the object: anybody can adopt a parentless route and close a cycle over it. */
function trustedAncestors({ lanes }: Subject): Set<string> {
  const names = new Set<string>()
  for (const leaf of lanes) {
    for (let lane: Lane | undefined = leaf.trusted ? leaf : undefined; lane !== undefined; lane = lane.up) names.add(nameOf(lane.parent))
  }
  return names
}
