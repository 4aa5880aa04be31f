import { type LoadedManifests, loadSource, withoutDuplicates } from '../cluster/manifests.ts'
import { readSources } from './check-sources.ts'
import type { Io } from './io.ts'
import { problemLine } from './printable.ts'

/** What the paths of a command line hold, and everything of it that could not be read, as lines. */
export async function readManifests(
  paths: readonly string[],
  defaultNamespace: string,
  io: Io,
): Promise<{ manifests: LoadedManifests; problems: string[] }> {
  const { sources, problems } = await readSources(paths, io.readInput)
  const manifests = withoutDuplicates(sources.map((source) => loadSource(source, { defaultNamespace, allowNonObjects: source.found })))
  return { manifests, problems: [...problems, ...manifests.problems.map(problemLine)] }
}
