import { inheritsMatcher } from './annotations.ts'
import type { Area } from './area.ts'
import type { Allowance } from './budget.ts'
import type { Claimant } from './claimant.ts'
import { matchesAreDisjoint } from './disjoint.ts'
import { effectiveMatch, inheritedMatch } from './effective.ts'
import { hostsMeet } from './hostname.ts'
import type { LaneRules, Lanes } from './lane.ts'
import { RootRows } from './root-rows.ts'
import type { HttpMatch } from './route.ts'
import { consents, isReadBy, type Selector, selectorOf, selects } from './selection.ts'
import type { View } from './view.ts'

/** Ways deeper than this are left out and said to be. */
const MAX_DEPTH = 12

/** A row costs a merge and what every question about it starts with; a selector a look into an index. */
const STEPS_PER_ROW = 4
const STEPS_PER_SELECTOR = 16

export interface Meeting {
  readonly claimants: readonly Claimant[]
  /** The budget ended the walk, or a way was cut: `trusted` = below a root that may deny somebody else's object. */
  readonly incomplete: Lanes['incomplete']
}

/**
 * Everything on one of `hosts` that may meet `match`, through grants that may meet it too: whoever holds one of its
 * requests by right is among them. A regex is taken to meet whatever shares its literal beginning. `area` narrows the
 * question to those that lie there. Top-down from the roots, each level looked up by path: it costs what is found, never
 * what the view holds. Strangers' roots have a budget of their own.
 */
export function intersecting(
  match: HttpMatch,
  area: Area,
  hosts: readonly string[],
  view: View,
  rules: LaneRules,
  allowance: Allowance,
  roots: RootRows = new RootRows(view, rules),
): Meeting {
  const claimants: Claimant[] = []
  let incomplete: Lanes['incomplete'] = 'no'

  function descend(parent: Claimant, trusted: boolean): void {
    const { attachment, effective, route } = parent
    for (const selector of delegationsOf(parent, view)) {
      if (!spend(trusted, STEPS_PER_SELECTOR)) return leaveOut(trusted)
      for (const { route: child, rule, match: index } of view.matchesNear(selector, area, effective.path, attachment.dialect)) {
        if (parent.depth >= MAX_DEPTH || !spend(trusted, STEPS_PER_ROW)) return leaveOut(trusted)
        if (!consents(child, route) || (attachment.dialect !== 'agentgateway' && child.hostnames.length > 0)) continue
        const own = child.rules[rule]?.matches[index]
        const inherits = inheritsMatcher(child, attachment.dialect)
        const made = own === undefined ? inheritedMatch(effective) : effectiveMatch(effective, own, attachment.dialect, inherits)
        if (made.status === 'dead' || matchesAreDisjoint(made.match, match) !== undefined) continue
        const claimant = { ...parent, route: child, rule, match: index, effective: made.match, up: parent, depth: parent.depth + 1 }
        claimants.push(claimant)
        descend(claimant, trusted)
      }
    }
  }

  function spend(trusted: boolean, steps: number): boolean {
    return (trusted ? allowance.trusted : allowance.strangers).spend(steps)
  }

  function leaveOut(trusted: boolean): void {
    if (incomplete !== 'trusted') incomplete = trusted ? 'trusted' : 'untrusted'
  }

  const found = roots.near(hosts, area)
  if (!allowance.trusted.spend(found.length >> 3)) return { claimants, incomplete: found.length === 0 ? 'no' : 'trusted' }
  for (const { route: root, rule, match: index, attachments, mayBind } of found) {
    // Those that can't bind come last.
    if (!mayBind && !allowance.strangers.spend(0)) return { claimants, incomplete: incomplete === 'no' ? 'untrusted' : incomplete }
    const effective = root.rules[rule]?.matches[index]
    if (effective === undefined || matchesAreDisjoint(effective, match) !== undefined) continue
    for (const { attachment, trusted } of attachments) {
      if (!attachment.hosts.some((own) => hosts.some((host) => hostsMeet(own, host)))) continue
      if (!spend(trusted, STEPS_PER_ROW)) leaveOut(trusted)
      else {
        const claimant = { route: root, rule, match: index, effective, root, attachment, up: undefined, depth: 0 }
        claimants.push(claimant)
        descend(claimant, trusted)
      }
    }
  }
  return { claimants, incomplete }
}

/** The references of a claimant's rule that its gateway follows: read by the dialect, and not back into the way. */
function delegationsOf(parent: Claimant, view: View): Selector[] {
  const { route, attachment } = parent
  const refs = route.rules[parent.rule]?.backendRefs ?? []
  const selectors = refs.flatMap((ref) => selectorOf(ref, route.namespace) ?? [])
  return selectors.filter((selector) => {
    if (!isReadBy(selector, attachment.dialect)) return false
    // gloo refuses a reference to all namespaces while one is called so.
    if (attachment.dialect === 'gloo' && selector.namespace === undefined && view.hasNamespace('all')) return false
    for (let above: Claimant | undefined = parent; above !== undefined; above = above.up) {
      if (selects(selector, above.route) && consents(above.route, route)) return false
    }
    return true
  })
}
