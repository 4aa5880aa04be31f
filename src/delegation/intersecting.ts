import { inheritsMatcher } from './annotations.ts'
import type { Area } from './area.ts'
import type { Allowance } from './budget.ts'
import type { Claimant } from './claimant.ts'
import { matchesAreDisjoint } from './disjoint.ts'
import { effectiveMatch, type Grant, inheritedMatch } from './effective.ts'
import { hostsBelow, hostsMeet } from './hostname.ts'
import type { LaneRules, Lanes } from './lane.ts'
import { isFollowed, mayReach } from './reference.ts'
import { RootRows } from './root-rows.ts'
import type { HttpMatch } from './route.ts'
import { consents, type Selector, selectorOf, selects } from './selection.ts'
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
 * what the view holds. Strangers' roots have a budget of their own. Routes deleted a short while ago are among them, in
 * the lanes that today's parents give them.
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

  function descend(parent: Claimant, grant: Grant, trusted: boolean): void {
    const { attachment, effective, route } = parent
    const { dialect } = attachment
    const budget = trusted ? allowance.trusted : allowance.strangers
    for (const selector of delegationsOf(parent, view)) {
      if (!budget.spend(STEPS_PER_SELECTOR)) return leaveOut(trusted)
      for (const from of view.withDeparted) {
        for (const { route: child, rule, match: index } of from.matchesNear(selector, area, effective.path, dialect)) {
          if (parent.depth >= MAX_DEPTH || !budget.spend(STEPS_PER_ROW)) return leaveOut(trusted)
          if (!consents(child, route) || !mayReach(route, child, dialect, view)) continue
          const below = hostsBelow(parent.hosts, child.hostnames, dialect)
          if (below === undefined || !onAskedHosts(below)) continue
          const own = child.rules[rule]?.matches[index]
          const inherits = inheritsMatcher(child, dialect)
          const made = own === undefined ? inheritedMatch(effective) : effectiveMatch(grant, own, dialect, inherits, budget)
          if (made.status === 'dead' || matchesAreDisjoint(made.match, match) !== undefined) continue
          const at = { route: child, rule, match: index, effective: made.match, hosts: below, departed: from !== view }
          take({ ...parent, ...at, up: parent, depth: parent.depth + 1 }, grant, trusted)
        }
      }
    }
  }

  function take(claimant: Claimant, up: Grant | undefined, trusted: boolean): void {
    claimants.push(claimant)
    if (claimant.departed !== true) descend(claimant, { granted: claimant.effective, up }, trusted)
  }

  function onAskedHosts(own: readonly string[]): boolean {
    return own.some((one) => hosts.some((host) => hostsMeet(one, host)))
  }

  function leaveOut(trusted: boolean): void {
    if (incomplete !== 'trusted') incomplete = trusted ? 'trusted' : 'untrusted'
  }

  const found = roots.near(hosts, area)
  if (!allowance.trusted.spend(found.length >> 3)) return { claimants, incomplete: found.length === 0 ? 'no' : 'trusted' }
  for (const { route: root, rule, match: index, attachments, mayBind, departed } of found) {
    // Those that can't bind come last.
    if (!mayBind && !allowance.strangers.spend(0)) return { claimants, incomplete: incomplete === 'no' ? 'untrusted' : incomplete }
    const effective = root.rules[rule]?.matches[index]
    if (effective === undefined || matchesAreDisjoint(effective, match) !== undefined) continue
    for (const { attachment, trusted } of attachments) {
      if (!onAskedHosts(attachment.hosts)) continue
      const at = { route: root, rule, match: index, effective, root, attachment, hosts: attachment.hosts, departed }
      if ((trusted ? allowance.trusted : allowance.strangers).spend(STEPS_PER_ROW))
        take({ ...at, up: undefined, depth: 0 }, undefined, trusted)
      else leaveOut(trusted)
    }
  }
  return { claimants, incomplete }
}

/** What the references of a claimant's rule select that its gateway follows, those back into the way left out. */
export function delegationsOf(parent: Claimant, view: View): Selector[] {
  const { route, attachment } = parent
  const refs = route.rules[parent.rule]?.backendRefs ?? []
  return refs.flatMap((ref) => {
    const selector = selectorOf(ref, route.namespace)
    if (selector === undefined || !isFollowed({ selector, weight: ref.weight }, attachment.dialect, view)) return []
    for (let above: Claimant | undefined = parent; above !== undefined; above = above.up) {
      if (selects(selector, above.route) && consents(above.route, route)) return []
    }
    return [selector]
  })
}
