import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { runOk } from './run-program.ts'

const TOOLS = resolve(import.meta.dirname, '../tools')

/** A folder of test/tools/: a Go module of its own, so that the versions of one tool don't meet those of another. */
export type ToolModule = 'apiserver' | 'apiserver-1.34' | 'etcd' | 'helm' | 'gateway-api-1.4' | 'gateway-api-1.6'

export function moduleFolder(module: ToolModule): string {
  return join(TOOLS, module)
}

/** The version that the module requires of this path, from its go.mod. Throws if it requires none. */
export function requiredVersion(module: ToolModule, path: string): string {
  const lines = readFileSync(join(moduleFolder(module), 'go.mod'), 'utf8').split('\n')
  const required = lines.map((line) => line.trim().replace(/^require /, '')).find((line) => line.startsWith(`${path} v`))
  if (required === undefined) throw new Error(`test/tools/${module}/go.mod does not require ${path}`)
  return required.split(' ')[1] ?? ''
}

/**
 * Where the products of this module are kept: LANEKEEPER_TEST_TOOLS, else the user's cache folder. The name carries the
 * module's go.mod and go.sum, so that another version never finds what an older one left.
 */
function cached(module: ToolModule, product: string): string {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  const base = process.env['LANEKEEPER_TEST_TOOLS'] || join(cache, 'lanekeeper', 'test-tools')
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`)
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(moduleFolder(module), file)))
  return join(base, `${module}-${hash.digest('hex').slice(0, 16)}`, product)
}

export function isCached(module: ToolModule, product: string): boolean {
  return existsSync(cached(module, product))
}

/**
 * The path of a product of this module: a file that `make` writes to the path it is given, unless it is there already.
 * It appears at once and whole, also if several processes make it at the same time.
 */
export async function fromCache(module: ToolModule, product: string, make: (path: string) => Promise<void>): Promise<string> {
  const path = cached(module, product)
  if (existsSync(path)) return path
  await mkdir(dirname(path), { recursive: true })
  const drafts = await mkdtemp(`${path}-`)
  try {
    const draft = join(drafts, product)
    await make(draft)
    await rename(draft, path)
  } finally {
    await rm(drafts, { recursive: true, force: true })
  }
  return path
}

/** Runs go in the module's folder, which it never changes. Takes up to 20 minutes. */
export function go(module: ToolModule, args: readonly string[]): Promise<string> {
  // Without cgo no C compiler is needed.
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' }
  return runOk('go', args, { cwd: moduleFolder(module), env, timeoutMilliseconds: 20 * 60_000 })
}

export async function hasGo(): Promise<boolean> {
  return runOk('go', ['version']).then(
    () => true,
    () => false,
  )
}
