import type { HttpRoute } from '../delegation/route.ts'
import { nameOf } from '../delegation/route.ts'
import { matchJson, outcomeJson } from './describe-row.ts'
import type { MatchNode, RouteNode, RouteTree } from './route-tree.ts'

/** Codes of findings, by the route's `namespace/name`. */
export type Codes = ReadonlyMap<string, readonly string[]>

/** The JSON that `tree --output json` prints. Every key is always there. */
export function treeJson({ entries, unreached, complete }: RouteTree, codes: Codes) {
  const head = ({ namespace, name }: HttpRoute) => ({ namespace, name, codes: codes.get(nameOf({ namespace, name })) ?? [] })
  const matchNode = (node: MatchNode, { namespace }: HttpRoute) => ({
    rule: node.rule,
    match: node.match,
    state: node.state,
    effective: matchJson(node.effective),
    outcome: node.row === undefined ? null : outcomeJson(node.row.outcome, namespace),
  })
  const routeNode = ({ route, hosts, matches, children }: RouteNode): object => ({
    ...head(route),
    hosts,
    matches: matches.map((node) => matchNode(node, route)),
    children: children.map(routeNode),
  })
  return {
    apiVersion: 'lanekeeper.dev/v1',
    kind: 'RouteTree',
    complete,
    entries: entries.map(({ entry, roots }) => ({
      gateway: { namespace: entry.gateway.namespace, name: entry.gateway.name, known: entry.known !== undefined },
      listeners: entry.listeners,
      port: entry.port ?? null,
      dialect: entry.dialect,
      roots: roots.map(routeNode),
    })),
    unreached: unreached.map(({ route, state }) => ({ ...head(route), state })),
  }
}
