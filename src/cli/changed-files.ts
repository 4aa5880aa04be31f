import { execFile } from 'node:child_process'
import { realpath } from 'node:fs/promises'
import { isAbsolute, relative } from 'node:path'
import { promisify } from 'node:util'
import { UsageError } from './arguments.ts'

const run = promisify(execFile)

const TIMEOUT_MILLISECONDS = 60_000
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024

/**
 * Which files differ from a git revision, in the working tree as it is now; files that git doesn't know yet differ too. The
 * repository is the one of the working directory: a file outside of it has no history to compare with. Throws UsageError.
 */
export async function changedSince(revision: string): Promise<(file: string) => Promise<boolean>> {
  const root = (await git(['rev-parse', '--show-toplevel'], 'this is no git repository')).trim()
  const commit = await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`], `git knows no ${revision}`)
  const changed = await git(['-C', root, 'diff', '--name-only', '--no-ext-diff', '-z', commit.trim(), '--'], 'git diff failed')
  const untracked = await git(['-C', root, 'ls-files', '--others', '--exclude-standard', '-z'], 'git ls-files failed')
  const names = new Set(`${changed}${untracked}`.split('\0'))
  const realRoot = await realpath(root)
  return async (file) => {
    const name = relative(realRoot, await realpath(file))
    if (name.startsWith('..') || isAbsolute(name)) throw new UsageError(`--changed-since: ${file} is not in the git repository ${root}`)
    return names.has(process.platform === 'win32' ? name.replaceAll('\\', '/') : name)
  }
}

async function git(args: readonly string[], failure: string): Promise<string> {
  try {
    const { stdout } = await run('git', [...args], { timeout: TIMEOUT_MILLISECONDS, maxBuffer: MAX_OUTPUT_BYTES })
    return stdout
  } catch (cause) {
    throw new UsageError(`--changed-since: ${reasonOf(cause) ?? failure}`, { cause })
  }
}

function reasonOf(cause: unknown): string | undefined {
  if (typeof cause !== 'object' || cause === null) return undefined
  if ('code' in cause && cause.code === 'ENOENT') return 'git is not installed'
  if ('killed' in cause && cause.killed === true) return 'git takes too long'
  return undefined
}
