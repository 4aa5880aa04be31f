import type { ManifestProblem } from '../cluster/manifest-documents.ts'
import { listManifestFiles, messageOf, readManifestText } from '../cluster/manifest-files.ts'
import type { ManifestSource } from '../cluster/manifests.ts'
import { shortPath } from './package-info.ts'

export interface Sources {
  readonly sources: readonly CheckSource[]
  /** What could not be read. */
  readonly problems: readonly ManifestProblem[]
}

export interface CheckSource extends ManifestSource {
  /** Found in a directory rather than named: other tools' files (Helm values, say) may lie beside the manifests. */
  readonly found: boolean
  /** The argument that it was named by or found below. */
  readonly given: string
}

/** How messages call standard input. */
export const STDIN_NAME = '<stdin>'

/** The manifests under the paths (`-` = standard input), in the order given, files of a directory sorted; each file once. */
export async function readSources(paths: readonly string[], readInput: () => Promise<string>): Promise<Sources> {
  const sources = new Map<string, CheckSource>()
  const problems: ManifestProblem[] = []
  for (const path of paths) {
    if (path === '-') {
      if (sources.has(STDIN_NAME)) continue
      try {
        sources.set(STDIN_NAME, { file: STDIN_NAME, text: await readInput(), found: false, given: path })
      } catch (cause) {
        problems.push({ file: STDIN_NAME, line: 0, field: '', message: messageOf(cause) })
      }
      continue
    }
    const listed = await listManifestFiles([path])
    problems.push(...listed.problems.map((problem) => unreadable(problem.path, problem.message)))
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
  return { sources: [...sources.values()], problems }
}

function unreadable(path: string, message: string): ManifestProblem {
  return { file: shortPath(path), line: 0, field: '', message }
}
