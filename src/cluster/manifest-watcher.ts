import { type FSWatcher, watch } from 'node:fs'
import { sep } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { ViewObject } from '../delegation/route.ts'
import type { Policy } from '../policy/policy.ts'
import { type ManifestProblem, problemLine } from './manifest-documents.ts'
import { ManifestFile, SETTLE_MS } from './manifest-file.ts'
import { listManifestFiles } from './manifest-files.ts'
import { objectKey, placeOf, withoutDuplicates } from './manifests.ts'
import type { ViewSink, ViewSource } from './view-source.ts'

export interface ManifestsSourceOptions {
  /** Directories, or files. */
  readonly paths: readonly string[]
  readonly view: ViewSink
  readonly defaultNamespace?: string
  /** Called once for each problem that appears. */
  readonly onProblem?: (problem: ManifestProblem) => void
  /** Called once for each problem that is gone. */
  readonly onRecovered?: (problem: ManifestProblem) => void
  /** Called after something that is served has changed. */
  readonly onChange?: () => void
  /** Milliseconds between two looks at every file; a change that the system reports is looked at at once. */
  readonly pollInterval?: number
}

const DEFAULT_POLL_INTERVAL = 500

/**
 * Keeps a view and the policies like the manifests on disk. A file with a problem keeps its last good content; a deleted one takes its objects along.
 * Of several objects with one name the first is used, and the next when that goes. Notifications of the system only make it quicker: what they
 * miss (links swapped elsewhere, network disks) the next look finds.
 */
export class ManifestsSource implements ViewSource {
  readonly name = 'manifests'
  readonly #options: ManifestsSourceOptions
  #files: ReadonlyMap<string, ManifestFile> = new Map()
  readonly #watchers = new Map<string, FSWatcher>()
  readonly #served = new Map<string, ViewObject>()
  #policies: readonly Policy[] = []
  #policyInDoubt = false
  #problems: readonly ManifestProblem[] = []
  #loaded = false
  #closed = false
  #timer: NodeJS.Timeout | undefined
  #due = Number.POSITIVE_INFINITY
  #running: Promise<void> = Promise.resolve()

  constructor(options: ManifestsSourceOptions) {
    this.#options = options
  }

  /** Loads everything once and goes on watching. Broken files are problems, not rejections. */
  async start(): Promise<void> {
    this.#run()
    await this.#running
  }

  /** Stops watching; nothing is called or changed afterwards. The view keeps what it has. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#running
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }

  policies(): readonly Policy[] {
    return this.#policies
  }

  problems(): readonly ManifestProblem[] {
    return this.#problems
  }

  problemLines(): readonly string[] {
    return this.#problems.map(problemLine)
  }

  loaded(): boolean {
    return this.#loaded
  }

  missing(): string | undefined {
    if (this.ready()) return undefined
    const [first, ...rest] = this.problemLines()
    if (first === undefined) return 'not loaded yet'
    return `a policy can't be read: ${first}${rest.length === 0 ? '' : ` (+${rest.length} more problems)`}`
  }

  /** Everything was loaded once, and no policy is in doubt: neither in a file with a problem nor below a path that can't be listed. */
  ready(): boolean {
    return this.#loaded && !this.#policyInDoubt
  }

  #run(): void {
    this.#timer = undefined
    this.#due = Number.POSITIVE_INFINITY
    this.#running = this.#scan().then((settling) =>
      this.#schedule(settling ? SETTLE_MS : (this.#options.pollInterval ?? DEFAULT_POLL_INTERVAL)),
    )
  }

  /** A look after so many milliseconds, unless one is due before. */
  #schedule(delay: number): void {
    const due = Date.now() + delay
    if (this.#closed || due >= this.#due) return
    clearTimeout(this.#timer)
    this.#due = due
    this.#timer = setTimeout(() => {
      // A look that is still under way is not overtaken.
      void this.#running.then(() => this.#closed || this.#run())
    }, delay)
  }

  /** Looks at everything; whether some file is being written at this moment. */
  async #scan(): Promise<boolean> {
    const { paths, defaultNamespace = 'default' } = this.#options
    const listed = await listManifestFiles(paths)
    this.#watch(listed.directories)
    const files = new Map<string, ManifestFile>()
    // Nobody knows what became of the files below a path that can't be listed: they stay.
    for (const [path, file] of this.#files) if (listed.problems.some((problem) => isWithin(problem.path, path))) files.set(path, file)
    let settling = false
    for (const path of listed.files) {
      const file = this.#files.get(path) ?? new ManifestFile(path, { defaultNamespace })
      const state = await file.refresh(this.#loaded)
      if (state === 'settling') settling = true
      if (state !== 'gone') files.set(path, file)
    }
    if (this.#closed) return false
    this.#files = files
    const pathProblems = listed.problems.map(({ path, message }): ManifestProblem => ({ file: path, line: 1, field: '', message }))
    this.#policyInDoubt = pathProblems.length > 0 || [...files.values()].some((file) => file.policyInDoubt)
    this.#serve(pathProblems)
    return settling
  }

  #serve(pathProblems: readonly ManifestProblem[]): void {
    const joined = withoutDuplicates([...this.#files.values()].map((file) => file.loaded))
    const wanted = new Map<string, ViewObject>()
    for (const { object } of joined.objects) {
      const key = objectKey(object)
      if (key !== undefined) wanted.set(key, object)
    }
    let changed = !this.#loaded
    for (const [key, object] of this.#served) {
      if (wanted.has(key)) continue
      const { namespace, name } = placeOf(object)
      this.#options.view.remove(object.kind, namespace, name)
      this.#served.delete(key)
      changed = true
    }
    for (const [key, object] of wanted) {
      if (isDeepStrictEqual(this.#served.get(key), object)) continue
      this.#options.view.put(object)
      this.#served.set(key, object)
      changed = true
    }
    const policies = joined.policies.map(({ policy }) => policy)
    if (!isDeepStrictEqual(policies, this.#policies)) {
      this.#policies = policies
      changed = true
    }
    this.#loaded = true
    this.#report([...pathProblems, ...joined.problems])
    if (changed) this.#options.onChange?.()
  }

  #report(problems: readonly ManifestProblem[]): void {
    const before = new Set(this.#problems.map(problemKey))
    const after = new Set(problems.map(problemKey))
    const gone = this.#problems.filter((problem) => !after.has(problemKey(problem)))
    this.#problems = problems
    for (const problem of gone) this.#options.onRecovered?.(problem)
    for (const problem of problems) if (!before.has(problemKey(problem))) this.#options.onProblem?.(problem)
  }

  #watch(directories: readonly string[]): void {
    if (this.#closed) return
    for (const [path, watcher] of this.#watchers) {
      if (directories.includes(path)) continue
      watcher.close()
      this.#watchers.delete(path)
    }
    for (const path of directories) {
      if (this.#watchers.has(path)) continue
      try {
        const watcher = watch(path, () => this.#schedule(SETTLE_MS))
        // Without a watcher (too many, or its directory replaced) the next look finds the change, and tries again.
        watcher.on('error', () => this.#unwatch(path, watcher))
        this.#watchers.set(path, watcher)
      } catch {
        // Looking every half second is enough where the system offers no watcher.
      }
    }
  }

  #unwatch(path: string, watcher: FSWatcher): void {
    watcher.close()
    if (this.#watchers.get(path) === watcher) this.#watchers.delete(path)
  }
}

function isWithin(directory: string, path: string): boolean {
  return path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep)
}

function problemKey({ file, line, field, message }: ManifestProblem): string {
  return JSON.stringify([file, line, field, message])
}
