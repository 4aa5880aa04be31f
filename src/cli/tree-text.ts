import { describeMatch } from '../delegation/matcher.ts'
import { type HttpRoute, nameOf } from '../delegation/route.ts'
import { describeEntry, describeOutcome } from './describe-row.ts'
import { type Paint, painter, type Style } from './paint.ts'
import { printable } from './printable.ts'
import type { MatchNode, RouteNode, RouteTree, UnreachedRoute } from './route-tree.ts'
import type { Codes } from './tree-json.ts'

const STATE_STYLES: Readonly<Record<MatchNode['state'], Style>> = { serves: 'green', error: 'red', delegates: 'gray', dead: 'yellow' }

const WHY_UNREACHED: Readonly<Record<UnreachedRoute['state'], string>> = {
  'not-attached': 'not attached: no listener of its Gateways takes it',
  dead: 'dead: selected by a parent, and nothing of it is programmed',
  orphan: 'orphan: nobody that is reached selects it',
}

/** For people: one line a route, below it one a match, then its children. */
export function treeText({ entries, unreached }: RouteTree, codes: Codes, colour: boolean): string {
  const paint = painter(colour)
  const lines = entries.flatMap(({ entry, roots }) => [
    paint('bold', printable(describeEntry(entry))),
    ...(roots.length === 0 ? ['  no route'] : roots.flatMap((root) => nodeLines(root, undefined, 1, codes, paint))),
    '',
  ])
  if (unreached.length > 0) {
    lines.push(paint('bold', 'Reached by nobody'))
    for (const { route, state } of unreached) {
      lines.push(`  ${routeHead(route, codes, paint)}`, `    ${paint('yellow', WHY_UNREACHED[state])}`)
    }
    lines.push('')
  }
  if (lines.length === 0) return 'no route and no Gateway found\n'
  return lines.join('\n')
}

function nodeLines(node: RouteNode, above: readonly string[] | undefined, depth: number, codes: Codes, paint: Paint): string[] {
  const { route, hosts, matches, children } = node
  const indent = '  '.repeat(depth)
  const on = hosts.join() === above?.join() ? '' : ` on ${printable(hosts.join(', '))}`
  return [
    `${indent}${routeHead(route, codes, paint)}${on}`,
    ...matches.map((match) => `${indent}  ${matchLine(match, paint)}`),
    ...children.flatMap((child) => nodeLines(child, hosts, depth + 1, codes, paint)),
  ]
}

function routeHead(route: HttpRoute, codes: Codes, paint: Paint): string {
  const own = codes.get(nameOf(route)) ?? []
  return `HTTPRoute ${printable(nameOf(route))}${own.length === 0 ? '' : ` ${paint('yellow', `[${own.join(' ')}]`)}`}`
}

function matchLine({ rule, match, effective, row, state }: MatchNode, paint: Paint): string {
  const outcome = row === undefined ? state : describeOutcome(row)
  return `rules[${rule}].matches[${match}] ${printable(describeMatch(effective))}: ${paint(STATE_STYLES[state], printable(outcome))}`
}
