import { isDeepStrictEqual } from 'node:util'
import type { JsonPatchOperation } from '../policy/decision.ts'
import { type ManifestDocument, type ManifestProblem, readDocuments } from './manifest-documents.ts'
import { applyEdits, EditError, editsFor } from './manifest-edits.ts'
import type { ManifestSource } from './manifests.ts'
import { patchedValue } from './patched-value.ts'

/** Operations by the index of the object in its file. */
export type FilePatches = ReadonlyMap<number, readonly JsonPatchOperation[]>

export interface FixedManifest {
  /** As before where nothing could be done. */
  readonly text: string
  /** Objects that were changed. */
  readonly fixed: number
  /** Why an object was left as it is. */
  readonly refusals: readonly ManifestProblem[]
}

/**
 * Does to the objects of a file what the patches do to them at admission. INVARIANT: read again, every object is exactly the
 * patched one, or exactly the old one where it has no patch or was refused; each is patched as a whole or not at all.
 */
export function fixManifest(source: ManifestSource, patches: FilePatches): FixedManifest {
  const bom = source.text.startsWith('\uFEFF') ? '\uFEFF' : ''
  const refusals = new Map<number, ManifestProblem>()
  for (;;) {
    const wanted = new Map([...patches].filter(([index]) => !refusals.has(index)))
    if (wanted.size === 0) return { text: source.text, fixed: 0, refusals: [...refusals.values()] }
    const attempt = edited(source, wanted)
    if (attempt.refused.size === 0) return { text: bom + attempt.text, fixed: wanted.size, refusals: [...refusals.values()] }
    for (const [index, problem] of attempt.refused) refusals.set(index, problem)
  }
}

interface Attempt {
  readonly text: string
  readonly refused: ReadonlyMap<number, ManifestProblem>
}

function edited({ file, text: original }: ManifestSource, patches: FilePatches): Attempt {
  const read = (text: string) => readDocuments(text, file, { allowNonObjects: true }).documents
  const before = read(original)
  const refused = new Map<number, ManifestProblem>()
  const refuse = (index: number, reason: string, line?: number) =>
    refused.set(index, { file, line: line ?? before[index]?.line ?? 1, field: '', message: `not fixed: ${reason}` })

  // One operation of every object at a time, since an edit moves what is below it.
  let [text, documents] = [before[0]?.source.text ?? original, before]
  const longest = Math.max(...[...patches.values()].map((operations) => operations.length))
  for (let step = 0; step < longest; step++) {
    const edits = [...patches].flatMap(([index, operations]) => {
      const [document, operation] = [documents[index], operations[step]]
      if (document === undefined || operation === undefined || refused.has(index)) return []
      try {
        return editsFor(document.source, operation)
      } catch (error) {
        if (!(error instanceof EditError)) throw error
        // Later on, lines have moved: the object's own is still right.
        refuse(index, `${operation.path} ${error.message}`, step === 0 ? lineAt(text, error.offset) : undefined)
        return []
      }
    })
    text = applyEdits(text, edits)
    documents = read(text)
  }
  if (refused.size > 0) return { text, refused }

  for (const index of differing(before, documents, patches)) refuse(index, 'its text is written in a way that would change its meaning')
  return { text, refused }
}

/** The patched objects that read differently than they should; all of them if it can't be told which one went wrong. */
function differing(before: readonly ManifestDocument[], after: readonly ManifestDocument[], patches: FilePatches): number[] {
  const wrong = before.flatMap(({ raw }, index) =>
    isDeepStrictEqual(after[index]?.raw, patchedValue(raw, patches.get(index) ?? [])) ? [] : [index],
  )
  if (wrong.length === 0 && before.length === after.length) return []
  const patched = wrong.filter((index) => patches.has(index))
  return before.length === after.length && patched.length > 0 ? patched : [...patches.keys()]
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
