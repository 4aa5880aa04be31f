import { LABEL_KEY } from '../delegation/annotations.ts'
import { type HttpRoute, nameOf } from '../delegation/route.ts'
import { type Selector, selects } from '../delegation/selection.ts'
import type { Harm, HarmedRoute, Operation } from './decision.ts'
import { delegatingRefs } from './delegating-refs.ts'
import type { Subject } from './subject.ts'

/** How many names, and how many groups without names, one sentence holds. */
const MAX_NAMES = 3
const MAX_GROUPS = 3

/** How the sentence about a change of the parent begins. */
export const SUBJECT_OF: Readonly<Record<Operation, string>> = {
  CREATE: 'creating this route',
  UPDATE: 'this change',
  DELETE: 'deleting this route',
}

/** `1 route below it`, `3 routes below it`. */
export function countBelow(harmed: readonly HarmedRoute[]): string {
  return `${count(harmed.length)} below it`
}

/**
 * `what` and the routes with one harm in words, undefined without any. Only what the parent itself writes is named: routes
 * that one of its references, old or new, names. Others are counted, by the namespace or label that the reference names.
 */
export function sayHarmed(what: string, harmed: readonly HarmedRoute[], harm: Harm, subject: Subject): string | undefined {
  const concerned = harmed.filter((route) => route.harm === harm)
  if (concerned.length === 0) return undefined
  const selectors = [subject.old, subject.route].flatMap((version) => (version === undefined ? [] : delegatingRefs(version)))
  const names: string[] = []
  const groups = new Map<string, number>()
  for (const route of concerned) {
    const known = subject.view.route(route.namespace, route.name)
    const group = groupOf(
      route,
      known,
      selectors.map(({ selector }) => selector),
    )
    if (group === undefined) names.push(nameOf(route))
    else groups.set(group, (groups.get(group) ?? 0) + 1)
  }
  const parts = [...names.slice(0, MAX_NAMES), ...[...groups].slice(0, MAX_GROUPS).map(([group, size]) => `${count(size)} ${group}`)]
  const left = names.slice(MAX_NAMES).length + [...groups.values()].slice(MAX_GROUPS).reduce((sum, size) => sum + size, 0)
  if (left > 0) parts.push(`${left} more`)
  return `${what} ${listed(parts)}`
}

/** How a route is spoken of that may not be named; undefined where it may. */
function groupOf({ namespace, name }: HarmedRoute, route: HttpRoute | undefined, selectors: readonly Selector[]): string | undefined {
  if (selectors.some((selector) => selector.by === 'name' && selector.namespace === namespace && selector.name === name)) return undefined
  const selector = selectors.find((one) => route !== undefined && selects(one, route))
  if (selector === undefined) return 'further below'
  if (selector.by === 'label' && selector.namespace === undefined) return `labelled ${LABEL_KEY[selector.dialect]}=${selector.value}`
  return `of namespace ${selector.namespace}`
}

function count(routes: number): string {
  return `${routes} route${routes === 1 ? '' : 's'}`
}

function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}
