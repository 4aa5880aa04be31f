import { stat } from 'node:fs/promises'
import type { ManifestProblem } from './manifest-documents.ts'
import { codeOf, messageOf, readManifestText } from './manifest-files.ts'
import { type LoadedManifests, type LoadOptions, loadSource } from './manifests.ts'

/** How long a file must have been left alone before it is read: an editor truncates first and writes then. */
export const SETTLE_MS = 50
// File systems stamp times as coarsely as 2 s: a younger file may change again without a new stamp, so it is read again each time.
const STAMP_GRANULARITY_MS = 2500
// A file that never rests is read after this many postponements all the same: 5 × 50 ms stays within a second.
const MAX_POSTPONED = 5

const NOTHING: LoadedManifests = { objects: [], policies: [], problems: [], hasObjects: false }

/** One watched file: what it says now, and the content in use, which is the last that had no problem. */
export class ManifestFile {
  readonly path: string
  readonly #options: LoadOptions
  #fingerprint: string | undefined
  #text: string | undefined
  #content = NOTHING
  #contentIsGood = false
  #postponed = 0
  problems: readonly ManifestProblem[] = []

  constructor(path: string, options: LoadOptions) {
    this.path = path
    this.#options = options
  }

  /** The content in use, with the problems of what the file says now. A file that was never good gives what could be read of it. */
  get loaded(): LoadedManifests {
    return { ...this.#content, problems: [...this.problems] }
  }

  /** Whether a policy is, was or may be in a file that can't be read entirely now. */
  get policyInDoubt(): boolean {
    return (
      this.problems.length > 0 && (this.#text === undefined || this.#text.includes('DelegationPolicy') || this.#content.policies.length > 0)
    )
  }

  /** Looks at the file again. `settling` = it changes at this moment, ask again soon; `gone` = it is no longer there. */
  async refresh(patient: boolean): Promise<'read' | 'settling' | 'gone'> {
    try {
      const { dev, ino, size, mtimeMs, mtimeNs, ctimeNs } = await stat(this.path, { bigint: true })
      const fingerprint = [dev, ino, size, mtimeNs, ctimeNs].join(':')
      if (fingerprint === this.#fingerprint) return 'read'
      const age = Math.abs(Date.now() - Number(mtimeMs))
      if (patient && age < SETTLE_MS && this.#postponed < MAX_POSTPONED) {
        this.#postponed++
        return 'settling'
      }
      this.#postponed = 0
      const text = await readManifestText(this.path)
      this.#fingerprint = age < STAMP_GRANULARITY_MS ? undefined : fingerprint
      this.#take(text)
      return 'read'
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return 'gone'
      this.#fingerprint = undefined
      this.#text = undefined
      this.problems = [{ file: this.path, line: 1, field: '', message: messageOf(error) }]
      return 'read'
    }
  }

  #take(text: string): void {
    if (text === this.#text) return
    const loaded = loadSource({ file: this.path, text }, this.#options)
    this.#text = text
    this.problems = loaded.problems
    if (loaded.problems.length > 0 && this.#contentIsGood) return
    this.#content = loaded
    this.#contentIsGood = loaded.problems.length === 0
  }
}
