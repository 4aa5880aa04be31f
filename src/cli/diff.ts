import { problemLine } from '../cluster/manifest-documents.ts'
import type { LoadedManifests } from '../cluster/manifests.ts'
import { type HandOver, type HandOvers, handOvers } from '../delegation/hand-over.ts'
import { type Entries, entriesOf } from '../delegation/table.ts'
import type { Answer } from '../delegation/winner.ts'
import { defaultNamespace, oneOf, parseCommandLine, UsageError } from './arguments.ts'
import { matchJson, outcomeJson, placeOf } from './describe-row.ts'
import { diffText } from './diff-text.ts'
import { helpText } from './help.ts'
import { EXIT, type Io } from './io.ts'
import { printable } from './printable.ts'
import { readWhole } from './read-manifests.ts'
import { Ages, tableRulesOf, viewOf } from './table-view.ts'

const OPTIONS = {
  against: { type: 'string', multiple: true },
  namespace: { type: 'string', short: 'n', default: 'default' },
  output: { type: 'string', default: 'text' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** `lanekeeper diff`: which requests change hands, and returns the exit code. */
export async function diff(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseCommandLine(args, OPTIONS)
  if (values.help) {
    io.out(helpText('diff'))
    return EXIT.fine
  }
  const [before, after, ...more] = positionals
  if (before === undefined || after === undefined || more.length > 0) {
    throw new UsageError('name two sets of manifests: the one before and the one after')
  }
  const known = values.against ?? []
  if ([before, after, ...known].filter((path) => path === '-').length > 1) throw new UsageError('standard input can be read only once')
  const output = oneOf('--output', values.output, ['text', 'json'])
  const namespace = defaultNamespace(values.namespace)
  const old = await readWhole([before], namespace, io, { mayBeEmpty: true })
  const young = await readWhole([after], namespace, io, { mayBeEmpty: true })
  const rest = await readWhole(known, namespace, io, { flag: '--against ' })
  const problems = [...rest.problems, ...old.problems, ...young.problems]
  for (const problem of problems) io.err(`${printable(problemLine(problem))}\n`)
  const found = compareManifests(rest.manifests, old.manifests, young.manifests)
  io.out(output === 'json' ? `${JSON.stringify(diffJson(found), null, 2)}\n` : diffText(found, io.colour))
  if (problems.length > 0) return EXIT.usage
  return found.changes.length > 0 || !found.complete ? EXIT.finding : EXIT.fine
}

/**
 * What `rest` holds is there before and after, but for objects that the two bring themselves. What was there before keeps
 * its age.
 */
export function compareManifests(rest: LoadedManifests, before: LoadedManifests, after: LoadedManifests): HandOvers {
  const ages = new Ages()
  const entries = (own: LoadedManifests): Entries => {
    const policies = new Map([...rest.policies, ...own.policies].map(({ policy }) => [policy.name, policy]))
    return entriesOf(viewOf({ objects: [...rest.objects, ...own.objects] }, ages), tableRulesOf([...policies.values()]))
  }
  const old = entries(before)
  return handOvers(old, entries(after))
}

/** The JSON that `diff --output json` prints. Every key is always there. */
function diffJson({ changes, complete }: HandOvers) {
  return { apiVersion: 'lanekeeper.dev/v1', kind: 'RequestDiff', complete, changes: changes.map(changeJson) }
}

function changeJson({ entry, before, after, example, regions }: HandOver) {
  const { gateway, listeners, port, dialect } = entry
  return {
    gateway: { namespace: gateway.namespace, name: gateway.name },
    listeners,
    port: port ?? null,
    dialect,
    example,
    before: answerJson(before),
    after: answerJson(after),
    regions: regions.map((region) => ({
      host: region.host,
      before: region.before === undefined ? null : matchJson(region.before),
      after: region.after === undefined ? null : matchJson(region.after),
    })),
  }
}

function answerJson({ winner }: Answer) {
  return winner === undefined ? null : { ...placeOf(winner), outcome: outcomeJson(winner.outcome, winner.claimant.route.namespace) }
}
