import { inheritsMatcher } from './annotations.ts'
import { type Area, areaOfHost, areaOfPath } from './area.ts'
import { type Attachment, attachmentsOf } from './attachment.ts'
import type { Budget } from './budget.ts'
import { matchesAreDisjoint } from './disjoint.ts'
import { effectiveMatch, type Grant, inheritedMatch } from './effective.ts'
import { hostsBelow, hostsMeet } from './hostname.ts'
import type { IndexedMatch } from './path-index.ts'
import { isFollowed, mayReach } from './reference.ts'
import { type Dialect, type HttpMatch, type HttpRoute, nameOf } from './route.ts'
import { consents, type Selector, selectorOf, selects } from './selection.ts'
import type { View } from './view.ts'

/** A match on a host, as the gateway sees it: of a root, or of a delegatee at any depth under one way from its root. */
export interface Claimant {
  readonly route: HttpRoute
  readonly rule: number
  /** Match 0 where an empty list inherits. */
  readonly match: number
  readonly effective: HttpMatch
  readonly root: HttpRoute
  readonly attachment: Attachment
  /** Host patterns on which requests come here. */
  readonly hosts: readonly string[]
  /** The grant this one hangs under; undefined for a root. */
  readonly up: Claimant | undefined
  /** Delegations from the root: 0 = the root itself. */
  readonly depth: number
}

/** Ways deeper than this are left out and said to be. */
const MAX_DEPTH = 12

/**
 * Everything on one of `hosts` that may meet `match`, through grants that may meet it too: whoever holds one of its
 * requests by right is among them. A regex is taken to meet whatever shares its literal beginning. Top-down from the
 * roots, each level looked up by path: it costs what is found, never what the view holds. `complete` is false when the
 * budget ended the walk or a way was cut.
 */
export function intersecting(
  match: HttpMatch,
  hosts: readonly string[],
  view: View,
  forced: Dialect | undefined,
  budget: Budget,
): { readonly claimants: readonly Claimant[]; readonly complete: boolean } {
  const asked = areaOfPath(match.path)
  const claimants: Claimant[] = []
  let complete = true

  function descend(parent: Claimant, grant: Grant): void {
    const { attachment, effective, route } = parent
    const { dialect } = attachment
    for (const selector of delegationsOf(parent, view)) {
      if (parent.depth >= MAX_DEPTH) complete = false
      else
        for (const { route: child, rule, match: index } of view.matchesNear(selector, asked, effective.path, dialect)) {
          if (!budget.spend(1)) complete = false
          if (!complete) return
          if (!consents(child, route) || !mayReach(route, child, dialect, view)) continue
          const below = hostsBelow(parent.hosts, child.hostnames, dialect)
          if (below === undefined || !onAskedHosts(below)) continue
          const own = child.rules[rule]?.matches[index]
          const programmed =
            own === undefined ? inheritedMatch(effective) : effectiveMatch(grant, own, dialect, inheritsMatcher(child, dialect), budget)
          if (programmed.status === 'dead' || matchesAreDisjoint(programmed.match, match) !== undefined) continue
          const at = { route: child, rule, match: index, effective: programmed.match, hosts: below }
          take({ ...parent, ...at, up: parent, depth: parent.depth + 1 }, grant)
        }
    }
  }

  function take(claimant: Claimant, up: Grant | undefined): void {
    claimants.push(claimant)
    descend(claimant, { granted: claimant.effective, up })
  }

  function onAskedHosts(own: readonly string[]): boolean {
    return own.some((one) => hosts.some((host) => hostsMeet(one, host)))
  }

  for (const { route: root, rule, match: index } of rootMatches(hosts, asked, view)) {
    const effective = root.rules[rule]?.matches[index]
    if (effective === undefined || matchesAreDisjoint(effective, match) !== undefined) continue
    for (const attachment of attachmentsOf(root, view, forced)) {
      if (!budget.spend(1)) return { claimants, complete: false }
      if (!onAskedHosts(attachment.hosts)) continue
      take({ route: root, rule, match: index, effective, root, attachment, hosts: attachment.hosts, up: undefined, depth: 0 }, undefined)
    }
  }
  return { claimants, complete }
}

/** What the references of a claimant's rule select that its gateway follows, those back into the way left out. */
function delegationsOf(parent: Claimant, view: View): Selector[] {
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

/** The matches of roots near one of the hosts, each once, by name and place. */
function rootMatches(hosts: readonly string[], asked: Area, view: View): IndexedMatch[] {
  const found = new Map<string, IndexedMatch>()
  for (const host of hosts) {
    for (const indexed of view.rootMatchesNear(areaOfHost(host), asked)) {
      found.set(`${nameOf(indexed.route)} ${indexed.rule}.${indexed.match}`, indexed)
    }
  }
  return [...found.values()].sort((a, b) => compareText(nameOf(a.route), nameOf(b.route)) || a.rule - b.rule || a.match - b.match)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
