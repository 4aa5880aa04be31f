import { type ManifestProblem, problemLine } from '../cluster/manifest-documents.ts'
import { changedSince } from './changed-files.ts'
import { readAgainst } from './check-against.ts'
import { isFailure } from './check-failure.ts'
import { type FileChange, fixManifests, writeChange } from './check-fix.ts'
import { type JudgedRoute, judgeManifests } from './check-judge.ts'
import { checkJunit } from './check-junit.ts'
import { type CheckOptions, parseCheckOptions } from './check-options.ts'
import { progressOn } from './check-progress.ts'
import { checkResult } from './check-result.ts'
import { checkSarif } from './check-sarif.ts'
import { checkText } from './check-text.ts'
import { helpText } from './help.ts'
import { EXIT, type Io } from './io.ts'
import { count, NO_ROUTE, printable } from './printable.ts'
import { type ReadManifests, readManifests, withTexts } from './read-manifests.ts'
import { unifiedDiffText } from './unified-diff-text.ts'

/** `lanekeeper check`: judges manifests, repairs them if asked to, and returns the exit code. */
export async function check(args: readonly string[], io: Io): Promise<number> {
  const options = parseCheckOptions(args)
  if (options === undefined) {
    io.out(helpText('check'))
    return EXIT.fine
  }
  const { known, problems: unread } = await readAgainst(options, io)
  const submitted = await readManifests(options.paths, options.namespace, io)
  const problems = [...unread, ...submitted.problems]
  for (const problem of problems) io.err(`${printable(problemLine(problem))}\n`)

  const changed = options.changedSince === undefined ? undefined : await changedAmong(submitted, options.changedSince)
  const now = Date.now()
  const judge = (read: ReadManifests) =>
    judgeManifests(known, read.manifests, { now, includes: (file) => changed?.has(file) ?? true, onProgress: progressOn(io) })
  const judged = options.fix === 'no' ? judge(submitted) : await fix(submitted, judge, options, io)
  if (judged.length === 0 && problems.length === 0) {
    io.err(changed === undefined ? NO_ROUTE : `no route changed since ${options.changedSince}\n`)
  }
  // What a diff goes into must not get anything else.
  const print = options.fix === 'diff' ? io.err : io.out
  print(report(judged, problems, options, options.fix !== 'diff' && io.colour))
  if (problems.length > 0) return EXIT.usage
  return judged.some(({ findings }) => findings.some(({ violation }) => isFailure(violation, options.failOn))) ? EXIT.finding : EXIT.fine
}

function report(judged: readonly JudgedRoute[], problems: readonly ManifestProblem[], options: CheckOptions, colour: boolean): string {
  switch (options.output) {
    case 'text':
      return checkText(judged, options, colour)
    case 'json':
      return `${JSON.stringify(checkResult(judged), null, 2)}\n`
    case 'sarif':
      return `${JSON.stringify(checkSarif(judged, problems, options), null, 2)}\n`
    case 'junit':
      return checkJunit(judged, problems, { failOn: options.failOn, messages: options })
  }
}

/** The files of `read` that differ from the revision. */
async function changedAmong({ files }: ReadManifests, revision: string): Promise<ReadonlySet<string>> {
  const isChanged = await changedSince(revision)
  const changed = new Set<string>()
  for (const { source } of files) if (await isChanged(source.file)) changed.add(source.file)
  return changed
}

/** Repairs what can be, says what was done and what was not, and returns what is then to be judged. */
async function fix(
  submitted: ReadManifests,
  judge: (read: ReadManifests) => JudgedRoute[],
  options: CheckOptions,
  io: Io,
): Promise<readonly JudgedRoute[]> {
  const fixed = fixManifests(submitted, options.namespace, judge)
  for (const problem of fixed.refusals) io.err(`${printable(problemLine(problem))}\n`)
  if (options.fix === 'diff') {
    for (const change of fixed.changes) io.out(unifiedDiffText(change.source.file, change.source.text, change.text, io.colour))
    return fixed.judged
  }
  const written: FileChange[] = []
  for (const change of fixed.changes) {
    const { file } = change.source
    const hindrance = await writeChange(change)
    if (hindrance === undefined) written.push(change)
    io.err(printable(hindrance === undefined ? `${file}: ${count(change.fixed, 'route')} fixed` : `${file}: not fixed: ${hindrance}`))
    io.err('\n')
  }
  return written.length === fixed.changes.length
    ? fixed.judged
    : judge(withTexts(submitted, new Map(written.map(({ source, text }) => [source.file, text])), options.namespace))
}
