import { problemLine } from '../cluster/manifest-documents.ts'
import { nameOf } from '../delegation/route.ts'
import type { View } from '../delegation/view.ts'
import { evaluate } from '../policy/evaluate.ts'
import type { Policy } from '../policy/policy.ts'
import { defaultNamespace, oneOf, parseCommandLine } from './arguments.ts'
import { progressOn } from './check-progress.ts'
import { helpText } from './help.ts'
import { EXIT, type Io } from './io.ts'
import { packagePath } from './package-info.ts'
import { printable } from './printable.ts'
import { readWhole } from './read-manifests.ts'
import { type RouteTree, routeTreeOf } from './route-tree.ts'
import { EXAMPLE } from './serve-options.ts'
import { INCOMPLETE, tableRulesOf, viewOf } from './table-view.ts'
import { treeDot, treeMermaid } from './tree-graph.ts'
import { type Codes, treeJson } from './tree-json.ts'
import { treeText } from './tree-text.ts'

const OPTIONS = {
  namespace: { type: 'string', short: 'n', default: 'default' },
  output: { type: 'string', default: 'text' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const OUTPUTS = ['text', 'json', 'dot', 'mermaid'] as const

/** `lanekeeper tree`: who delegates to whom, and returns the exit code. */
export async function tree(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseCommandLine(args, OPTIONS)
  if (values.help) {
    io.out(helpText('tree'))
    return EXIT.fine
  }
  const output = oneOf('--output', values.output, OUTPUTS)
  const namespace = defaultNamespace(values.namespace)
  const paths = positionals.length > 0 ? positionals : [packagePath(EXAMPLE.cluster)]
  const { manifests, problems } = await readWhole(paths, namespace, io)
  for (const problem of problems) io.err(`${printable(problemLine(problem))}\n`)
  const policies = manifests.policies.map(({ policy }) => policy)
  const view = viewOf(manifests)
  const found = routeTreeOf(view, tableRulesOf(policies))
  if (!found.complete) io.err(INCOMPLETE)
  io.out(rendered(found, codesOf(view, policies, io), output, io.colour))
  return problems.length > 0 ? EXIT.usage : EXIT.fine
}

function rendered(found: RouteTree, codes: Codes, output: (typeof OUTPUTS)[number], colour: boolean): string {
  switch (output) {
    case 'text':
      return treeText(found, codes, colour)
    case 'json':
      return `${JSON.stringify(treeJson(found, codes), null, 2)}\n`
    case 'dot':
      return treeDot(found, codes)
    case 'mermaid':
      return treeMermaid(found, codes)
  }
}

/** The codes that each route would get if it were submitted now; what is only reported is left out. */
function codesOf(view: View, policies: readonly Policy[], io: Io): Codes {
  const now = Date.now()
  const onProgress = progressOn(io)
  const routes = [...view.routes()]
  return new Map(
    routes.map((route, index) => {
      const { violations } = evaluate({ operation: 'CREATE', route, oldRoute: undefined, now, isExisting: () => false }, view, policies)
      onProgress({ done: index + 1, of: routes.length })
      return [nameOf(route), [...new Set(violations.filter(({ action }) => action !== 'Audit').map(({ code }) => code))].sort()]
    }),
  )
}
