import type { ManifestProblem } from '../cluster/manifest-documents.ts'
import { listManifestFiles, messageOf, readManifestText } from '../cluster/manifest-files.ts'
import type { ManifestSource } from '../cluster/manifests.ts'
import { shortPath } from './package-info.ts'

export interface Sources {
  readonly sources: readonly CheckSource[]
  /** The arguments that could be looked into. */
  readonly places: readonly SourcePlace[]
  /** What could not be read. */
  readonly problems: readonly ManifestProblem[]
}

export interface CheckSource extends ManifestSource {
  /** Found in a directory rather than named: other tools' files (Helm values, say) may lie beside the manifests. */
  readonly found: boolean
  /** The argument that it was named by or found below. */
  readonly given: string
}

export interface SourcePlace {
  readonly given: string
  readonly isDirectory: boolean
  /** What it stands for, whichever other argument names it, too. */
  readonly files: readonly string[]
}

/** How messages call standard input. */
export const STDIN_NAME = '<stdin>'

/** The manifests under the paths (`-` = standard input), in the order given, files of a directory sorted; each file once. */
export async function readSources(paths: readonly string[], readInput: () => Promise<string>): Promise<Sources> {
  const sources = new Map<string, CheckSource>()
  const places: SourcePlace[] = []
  const problems: ManifestProblem[] = []
  for (const path of paths) {
    if (path === '-') {
      if (sources.has(STDIN_NAME)) continue
      try {
        sources.set(STDIN_NAME, { file: STDIN_NAME, text: await readInput(), found: false, given: path })
        places.push({ given: STDIN_NAME, isDirectory: false, files: [STDIN_NAME] })
      } catch (cause) {
        problems.push({ file: STDIN_NAME, line: 0, field: '', message: messageOf(cause) })
      }
      continue
    }
    const listed = await listManifestFiles([path])
    problems.push(...listed.problems.map((problem) => unreadable(problem.path, problem.message)))
    if (listed.problems.length === 0) {
      places.push({ given: shortPath(path), isDirectory: listed.directories.length > 0, files: listed.files.map(shortPath) })
    }
    for (const found of listed.files) {
      const file = shortPath(found)
      if (sources.has(file)) continue
      try {
        sources.set(file, { file, text: await readManifestText(found), found: found !== path, given: path })
      } catch (cause) {
        problems.push(unreadable(found, messageOf(cause)))
      }
    }
  }
  return { sources: [...sources.values()], places, problems }
}

function unreadable(path: string, message: string): ManifestProblem {
  return { file: shortPath(path), line: 0, field: '', message }
}
