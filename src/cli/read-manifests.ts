import type { ManifestProblem } from '../cluster/manifest-documents.ts'
import { type LoadedManifests, loadSource, withoutDuplicates } from '../cluster/manifests.ts'
import { type CheckSource, readSources } from './check-sources.ts'
import type { Io } from './io.ts'

/** Manifests as they were read, file by file, so that one of them can be read anew. */
export interface ReadManifests {
  readonly files: readonly ReadFile[]
  /** All files together. */
  readonly manifests: LoadedManifests
  readonly problems: readonly ManifestProblem[]
}

export interface ReadFile {
  readonly source: CheckSource
  readonly loaded: LoadedManifests
}

export async function readManifests(paths: readonly string[], defaultNamespace: string, io: Io): Promise<ReadManifests> {
  const { sources, problems } = await readSources(paths, io.readInput)
  return together(
    sources.map((source) => readFile(source, defaultNamespace)),
    problems,
  )
}

/** The same manifests with other texts in some files. */
export function withTexts(read: ReadManifests, texts: ReadonlyMap<string, string>, defaultNamespace: string): ReadManifests {
  const files = read.files.map((file) => {
    const text = texts.get(file.source.file)
    return text === undefined ? file : readFile({ ...file.source, text }, defaultNamespace)
  })
  return together(
    files,
    read.problems.filter(({ line }) => line === 0),
  )
}

function readFile(source: CheckSource, defaultNamespace: string): ReadFile {
  return { source, loaded: loadSource(source, { defaultNamespace, allowNonObjects: source.found }) }
}

function together(files: readonly ReadFile[], unreadable: readonly ManifestProblem[]): ReadManifests {
  const manifests = withoutDuplicates(files.map(({ loaded }) => loaded))
  return { files, manifests, problems: [...unreadable, ...manifests.problems] }
}
