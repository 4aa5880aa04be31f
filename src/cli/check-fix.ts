import { access, constants, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative } from 'node:path'
import type { ManifestProblem } from '../cluster/manifest-documents.ts'
import { messageOf } from '../cluster/manifest-files.ts'
import { fixManifest } from '../cluster/manifest-fix.ts'
import type { JsonPatchOperation } from '../policy/decision.ts'
import type { JudgedRoute } from './check-judge.ts'
import type { CheckSource } from './check-sources.ts'
import { type ReadManifests, withTexts } from './read-manifests.ts'

export interface Fixed {
  /** Of the manifests as they are after the fixes. */
  readonly judged: readonly JudgedRoute[]
  readonly changes: readonly FileChange[]
  /** Why patches are left; places are those of the repaired text. */
  readonly refusals: readonly ManifestProblem[]
}

export interface FileChange {
  readonly source: CheckSource
  readonly text: string
  /** Routes that were repaired. */
  readonly fixed: number
}

// A repaired parent may be what its children's patches waited for: no tree that is served is deeper.
const MAX_ROUNDS = 16

/** Does what the webhook would do to each route, again until nothing is left that it would do. Writes nothing. */
export function fixManifests(read: ReadManifests, defaultNamespace: string, judge: (read: ReadManifests) => readonly JudgedRoute[]): Fixed {
  const changes = new Map<string, FileChange>()
  let current = read
  for (let round = 0; ; round++) {
    const judged = judge(current)
    const { fixes, refusals } = fixesOf(current, judged)
    if (fixes.size === 0 || round === MAX_ROUNDS) return { judged, changes: [...changes.values()], refusals }
    for (const [file, { source, text, fixed }] of fixes) {
      const earlier = changes.get(file)
      changes.set(file, { source: earlier?.source ?? source, text, fixed: fixed + (earlier?.fixed ?? 0) })
    }
    current = withTexts(current, new Map([...fixes].map(([file, { text }]) => [file, text])), defaultNamespace)
  }
}

interface Fixes {
  /** By file. */
  readonly fixes: ReadonlyMap<string, FileChange>
  readonly refusals: readonly ManifestProblem[]
}

function fixesOf(read: ReadManifests, judged: readonly JudgedRoute[]): Fixes {
  const wanted = new Map<string, Map<number, readonly JsonPatchOperation[]>>()
  for (const { file, index, patches } of judged) {
    if (patches.length > 0) wanted.set(file, (wanted.get(file) ?? new Map()).set(index, patches))
  }
  const fixes = new Map<string, FileChange>()
  const refusals: ManifestProblem[] = []
  for (const { source } of read.files) {
    const patches = wanted.get(source.file)
    if (patches === undefined) continue
    const { text, fixed, refusals: refused } = fixManifest(source, patches)
    refusals.push(...refused)
    if (text !== source.text) fixes.set(source.file, { source, text, fixed })
  }
  return { fixes, refusals }
}

/** Replaces the file in one step, its mode kept. What stands in the way is returned; then the file is as it was. */
export async function writeChange({ source, text }: FileChange): Promise<string | undefined> {
  let temporary: string | undefined
  try {
    const path = await realpath(source.file)
    if (!isWithin(await realpath(source.given), path)) return `is a link to ${path}, outside of what was named`
    if (!(await readFile(path)).equals(Buffer.from(source.text))) return 'changed meanwhile'
    const { mode } = await stat(path)
    // The folder would let it be replaced all the same.
    if ((mode & 0o222) === 0) return 'is read-only'
    await access(path, constants.W_OK)
    temporary = join(dirname(path), `.lanekeeper-${process.pid}-${crypto.randomUUID()}.tmp`)
    await writeFile(temporary, text, { mode: mode & 0o7777, flag: 'wx', flush: true })
    await rename(temporary, path)
    return undefined
  } catch (cause) {
    if (temporary !== undefined) await rm(temporary, { force: true })
    return messageOf(cause).replace(/(can't|may not) be read/, '$1 be written')
  }
}

function isWithin(given: string, path: string): boolean {
  const way = relative(given, path)
  return way === '' || (!way.startsWith('..') && !isAbsolute(way))
}
