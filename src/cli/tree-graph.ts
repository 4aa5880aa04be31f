import { describeMatch } from '../delegation/matcher.ts'
import { nameOf } from '../delegation/route.ts'
import { describeEntry } from './describe-row.ts'
import { printable } from './printable.ts'
import type { MatchNode, RouteNode, RouteTree } from './route-tree.ts'
import type { Codes } from './tree-json.ts'

interface Graph {
  readonly nodes: readonly { readonly id: string; readonly lines: readonly string[]; readonly bad: boolean }[]
  readonly edges: readonly { readonly from: string; readonly to: string }[]
}

/** The Graphviz language. */
export function treeDot(tree: RouteTree, codes: Codes): string {
  const { nodes, edges } = graphOf(tree, codes)
  const quote = (text: string) => text.replaceAll(/["\\]/g, '\\$&')
  const lines = [
    'digraph lanekeeper {',
    '  rankdir=LR',
    '  node [shape=box]',
    ...nodes.map(({ id, lines: label, bad }) => `  ${id} [label="${label.map(quote).join('\\l')}\\l"${bad ? ', color=red' : ''}]`),
    ...edges.map(({ from, to }) => `  ${from} -> ${to}`),
    '}',
  ]
  return `${lines.join('\n')}\n`
}

/** A Mermaid flowchart. */
export function treeMermaid(tree: RouteTree, codes: Codes): string {
  const { nodes, edges } = graphOf(tree, codes)
  // In Mermaid's strings an entity is written with # for &.
  const quote = (text: string) => text.replaceAll(/[#"&<>`\\]/g, (character) => `#${character.charCodeAt(0)};`)
  const lines = [
    'flowchart LR',
    ...nodes.map(({ id, lines: label, bad }) => `  ${id}["${label.map(quote).join('<br/>')}"]${bad ? ':::bad' : ''}`),
    ...edges.map(({ from, to }) => `  ${from} --> ${to}`),
    '  classDef bad stroke:red',
  ]
  return `${lines.join('\n')}\n`
}

function graphOf({ entries, unreached }: RouteTree, codes: Codes): Graph {
  const nodes: Graph['nodes'][number][] = []
  const edges: Graph['edges'][number][] = []
  const add = (lines: readonly string[], bad: boolean, from: string | undefined): string => {
    const id = `n${nodes.length}`
    nodes.push({ id, lines: lines.map((line) => printable(line).replaceAll('\n', ' ')), bad })
    if (from !== undefined) edges.push({ from, to: id })
    return id
  }
  const addRoute = ({ route, hosts, matches, children }: RouteNode, from: string): void => {
    const lines = [headOf(nameOf(route), codes), hosts.join(', '), ...matches.map(matchText)]
    const id = add(lines, matches.some(isBad), from)
    for (const child of children) addRoute(child, id)
  }
  for (const { entry, roots } of entries) {
    const id = add([describeEntry(entry)], false, undefined)
    for (const root of roots) addRoute(root, id)
  }
  for (const { route, state } of unreached) add([headOf(nameOf(route), codes), state], true, undefined)
  return { nodes, edges }
}

function headOf(name: string, codes: Codes): string {
  return [name, ...(codes.get(name) ?? [])].join(' ')
}

function matchText({ effective, row, state }: MatchNode): string {
  const error = row?.outcome.kind === 'error' ? ` (${row.outcome.status})` : ''
  return `${describeMatch(effective)}${state === 'dead' ? ' (dead)' : error}`
}

function isBad({ state }: MatchNode): boolean {
  return state === 'error' || state === 'dead'
}
