import { type Claimant, grantsAbove } from '../delegation/claimant.ts'
import { compareHosts, intersectHostnames } from '../delegation/hostname.ts'
import { type HttpMatch, type HttpRoute, nameOf } from '../delegation/route.ts'
import { attachesDirectly, consents } from '../delegation/selection.ts'
import { type Entry, entriesOf, type Row, type TableRules } from '../delegation/table.ts'
import type { View } from '../delegation/view.ts'

/** Who delegates to whom, from the Gateways down. Every route of the view is in it. */
export interface RouteTree {
  /** Every place where requests come in, with the roots attached there. */
  readonly entries: readonly { readonly entry: Entry; readonly roots: readonly RouteNode[] }[]
  /** Routes that no request comes to. */
  readonly unreached: readonly UnreachedRoute[]
  /** False = some rows were left out. */
  readonly complete: boolean
}

/** A route on one way from its root. */
export interface RouteNode {
  readonly route: HttpRoute
  readonly hosts: readonly string[]
  readonly matches: readonly MatchNode[]
  readonly children: readonly RouteNode[]
}

export interface MatchNode {
  readonly rule: number
  readonly match: number
  /** As written where nothing is programmed. */
  readonly effective: HttpMatch
  /** The row that answers; undefined where it only delegates, or is dead. */
  readonly row: Row | undefined
  readonly state: 'serves' | 'error' | 'delegates' | 'dead'
}

export interface UnreachedRoute {
  readonly route: HttpRoute
  /** `not-attached`: it names a Gateway, and no listener takes it. `dead`: it is selected, and nothing of it is programmed. */
  readonly state: 'not-attached' | 'dead' | 'orphan'
}

interface Growing {
  readonly route: HttpRoute
  readonly matches: Map<string, MatchNode>
  readonly children: Map<string, Growing>
}

export function routeTreeOf(view: View, rules: TableRules): RouteTree {
  const { entries, complete } = entriesOf(view, rules)
  const reached = new Set<string>()
  const trees = entries.map((entry) => ({ entry, roots: rootsOf(entry, reached) }))
  const unreached = [...view.routes()].filter((route) => !reached.has(nameOf(route)))
  return { entries: trees, unreached: unreached.map((route) => ({ route, state: stateOf(route, view, reached) })).sort(byName), complete }
}

function stateOf(route: HttpRoute, view: View, reached: ReadonlySet<string>): UnreachedRoute['state'] {
  const selected = [...view.delegationsTo(route)].some(({ parent }) => reached.has(nameOf(parent)) && consents(route, parent))
  if (selected) return 'dead'
  return attachesDirectly(route) ? 'not-attached' : 'orphan'
}

function rootsOf(entry: Entry, reached: Set<string>): RouteNode[] {
  const roots = new Map<string, { readonly node: Growing; readonly hosts: Set<string> }>()
  for (const { host, rows } of entry.tables) {
    for (const [name, own] of Map.groupBy(rows, ({ claimant }) => nameOf(claimant.root))) {
      const [first] = own
      if (first === undefined) continue
      const known = roots.get(name)
      if (known !== undefined) {
        known.hosts.add(host)
        continue
      }
      const node = growing(first.claimant.root)
      // The rows of a root are the same on each of its hosts.
      for (const row of own) grow(node, row)
      roots.set(name, { node, hosts: new Set([host]) })
    }
  }
  const grown = [...roots.values()].map(({ node, hosts }) => finished(node, [...hosts].sort(compareHosts), reached))
  return grown.sort(byName)
}

function growing(route: HttpRoute): Growing {
  return { route, matches: new Map(), children: new Map() }
}

/** Adds a row, the grants above it, and the group below it. */
function grow(root: Growing, row: Row): void {
  let node = root
  for (const claimant of [...[...grantsAbove(row.claimant)].reverse(), row.claimant]) {
    if (claimant.depth > 0) {
      const name = nameOf(claimant.route)
      const child = node.children.get(name) ?? growing(claimant.route)
      node.children.set(name, child)
      node = child
    }
    const key = `${claimant.rule}.${claimant.match} ${JSON.stringify(claimant.effective)}`
    const answers = claimant === row.claimant && (row.group === undefined || row.group.length === 0)
    if (answers) node.matches.set(key, { ...placeOf(claimant), row, state: row.outcome.kind === 'error' ? 'error' : 'serves' })
    else if (!node.matches.has(key)) node.matches.set(key, { ...placeOf(claimant), row: undefined, state: 'delegates' })
  }
  for (const below of row.group ?? []) grow(root, below)
}

function placeOf({ rule, match, effective }: Claimant): Pick<MatchNode, 'rule' | 'match' | 'effective'> {
  return { rule, match, effective }
}

function finished({ route, matches, children }: Growing, hosts: readonly string[], reached: Set<string>): RouteNode {
  reached.add(nameOf(route))
  const alive = [...matches.values()]
  const dead = route.rules.flatMap((rule, index) =>
    rule.matches.flatMap((effective, match): MatchNode[] =>
      alive.some((own) => own.rule === index && own.match === match)
        ? []
        : [{ rule: index, match, effective, row: undefined, state: 'dead' }],
    ),
  )
  return {
    route,
    hosts,
    matches: [...alive, ...dead].sort((a, b) => a.rule - b.rule || a.match - b.match),
    children: [...children.values()].map((child) => finished(child, narrowed(hosts, child.route.hostnames), reached)).sort(byName),
  }
}

/** A nested child's hostnames narrow those of its root. */
function narrowed(hosts: readonly string[], own: readonly string[]): readonly string[] {
  if (own.length === 0) return hosts
  return [
    ...new Set(hosts.flatMap((host) => own.flatMap((hostname) => intersectHostnames(host === '*' ? undefined : host, hostname) ?? []))),
  ]
}

function byName(a: { readonly route: HttpRoute }, b: { readonly route: HttpRoute }): number {
  const [x, y] = [nameOf(a.route), nameOf(b.route)]
  return x < y ? -1 : Number(x > y)
}
