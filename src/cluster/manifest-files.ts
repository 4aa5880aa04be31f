import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'

/** A path that could not be read. */
export interface PathProblem {
  readonly path: string
  readonly message: string
}

export interface ManifestFiles {
  readonly files: readonly string[]
  /** The directories looked into. */
  readonly directories: readonly string[]
  readonly problems: readonly PathProblem[]
}

const EXTENSIONS = new Set(['.yaml', '.yml', '.json'])

/**
 * The manifest files below the given paths, each once, sorted within each path; a path that names a file is taken whatever its extension. Links are
 * followed, a directory is entered once. Dot directories (a ConfigMap's `..data` among them) and node_modules are left out.
 */
export async function listManifestFiles(paths: readonly string[]): Promise<ManifestFiles> {
  const files = new Set<string>()
  const directories: string[] = []
  const problems: PathProblem[] = []
  const entered = new Set<string>()

  const visit = async (path: string, given: boolean): Promise<void> => {
    try {
      const stats = await stat(path)
      if (stats.isDirectory()) {
        const real = await realpath(path)
        if (entered.has(real)) return
        entered.add(real)
        directories.push(path)
        const names = (await readdir(path)).sort()
        for (const name of names) if (!name.startsWith('.') && name !== 'node_modules') await visit(join(path, name), false)
      } else if (given || (stats.isFile() && EXTENSIONS.has(extname(path).toLowerCase()))) files.add(path)
    } catch (error) {
      // A file that went away between the listing and the look is simply not there; a given path must be.
      if (!given && codeOf(error) === 'ENOENT') return
      problems.push({ path, message: messageOf(error) })
    }
  }

  for (const path of paths) await visit(path, true)
  return { files: [...files], directories, problems }
}

export async function readManifestText(path: string): Promise<string> {
  return manifestText(await readFile(path))
}

/** Throws for what is not UTF-8: read as such it would say something else. A byte order mark stays. */
export function manifestText(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

const MESSAGES: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'does not exist'],
  ['EISDIR', 'is a directory'],
  ['EACCES', 'may not be read'],
  ['EPERM', 'may not be read'],
  ['ELOOP', 'is a link to itself'],
  ['ERR_ENCODING_INVALID_ENCODED_DATA', 'is not UTF-8 text'],
])

/** What the system says, in a sentence without the path that stands beside it. */
export function messageOf(error: unknown): string {
  const known = MESSAGES.get(codeOf(error) ?? '')
  return known ?? `can't be read: ${error instanceof Error ? error.message : String(error)}`
}
