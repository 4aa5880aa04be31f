import { readFile } from 'node:fs/promises'
import { listManifestFiles, messageOf } from '../cluster/manifest-files.ts'
import type { ManifestSource } from '../cluster/manifests.ts'
import { shortPath } from './package-info.ts'

export interface Sources {
  readonly sources: readonly CheckSource[]
  /** What could not be read, as printable lines. */
  readonly problems: readonly string[]
}

export interface CheckSource extends ManifestSource {
  /** Found in a directory rather than named: other tools' files (Helm values, say) may lie beside the manifests. */
  readonly found: boolean
}

/** How messages call standard input. */
export const STDIN_NAME = '<stdin>'

/** The manifests under the paths (`-` = standard input), in the order given, files of a directory sorted; each file once. */
export async function readSources(paths: readonly string[], readInput: () => Promise<string>): Promise<Sources> {
  const sources = new Map<string, CheckSource>()
  const problems: string[] = []
  for (const path of paths) {
    if (path === '-') {
      if (!sources.has(STDIN_NAME)) sources.set(STDIN_NAME, { file: STDIN_NAME, text: await readInput(), found: false })
      continue
    }
    const listed = await listManifestFiles([path])
    problems.push(...listed.problems.map((problem) => `${shortPath(problem.path)}: ${problem.message}`))
    for (const found of listed.files) {
      const file = shortPath(found)
      if (sources.has(file)) continue
      try {
        sources.set(file, { file, text: await readFile(found, 'utf8'), found: found !== path })
      } catch (cause) {
        problems.push(`${file}: ${messageOf(cause)}`)
      }
    }
  }
  return { sources: [...sources.values()], problems }
}
