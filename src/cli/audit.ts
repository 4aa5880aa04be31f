import { asEnforced, judgeStanding, standingRoutes } from '../audit/standing-route.ts'
import { type ManifestProblem, problemLine } from '../cluster/manifest-documents.ts'
import { View } from '../delegation/view.ts'
import type { Policy } from '../policy/policy.ts'
import { type AuditOptions, parseAuditOptions } from './audit-options.ts'
import { type AuditedRoute, auditResult, byName } from './audit-result.ts'
import { auditText } from './audit-text.ts'
import { readCluster } from './check-against.ts'
import { isFailure } from './check-failure.ts'
import { progressOn } from './check-progress.ts'
import { helpText } from './help.ts'
import { EXIT, type Io } from './io.ts'
import { NO_ROUTE, printable } from './printable.ts'
import { readWhole } from './read-manifests.ts'
import { viewOf } from './table-view.ts'

/** `lanekeeper audit`: lists what is wrong with everything that is there, and returns the exit code. */
export async function audit(args: readonly string[], io: Io): Promise<number> {
  const options = parseAuditOptions(args)
  if (options === undefined) {
    io.out(helpText('audit'))
    return EXIT.fine
  }
  const { standing, problems } = await readStanding(options.what, io)
  for (const problem of problems) io.err(`${printable(problemLine(problem))}\n`)
  const audited = auditAll(standing, options, io)
  if (audited.length === 0 && problems.length === 0) io.err(NO_ROUTE)
  io.out(options.output === 'json' ? `${JSON.stringify(auditResult(audited), null, 2)}\n` : auditText(audited, options, io.colour))
  if (problems.length > 0) return EXIT.usage
  const fails = audited.some(({ violations }) => violations.some((violation) => isFailure(violation, options.failOn)))
  return fails ? EXIT.finding : EXIT.fine
}

/** What there is to audit. */
interface Standing {
  readonly view: View
  readonly policies: readonly Policy[]
}

/** Throws InputError. */
async function readStanding(what: AuditOptions['what'], io: Io): Promise<{ standing: Standing; problems: readonly ManifestProblem[] }> {
  if (what.from === 'manifests') {
    const { manifests, problems } = await readWhole(what.paths, what.namespace, io)
    const policies = manifests.policies.map(({ policy }) => policy)
    return { standing: { view: viewOf(manifests), policies }, problems }
  }
  const { known, problems } = await readCluster(what)
  const view = new View('cluster')
  for (const { object } of known.objects) view.put(object)
  return { standing: { view, policies: known.policies.map(({ policy }) => policy) }, problems }
}

function auditAll({ view, policies }: Standing, options: AuditOptions, io: Io): readonly AuditedRoute[] {
  const applied = options.asEnforced ? asEnforced(policies) : policies
  const now = Date.now()
  const onProgress = progressOn(io)
  const routes = standingRoutes(view)
  const audited = routes.map((route, index) => {
    const violations = judgeStanding(route, view, applied, now)
    onProgress({ done: index + 1, of: routes.length })
    return { route, violations }
  })
  return audited.sort(byName)
}
