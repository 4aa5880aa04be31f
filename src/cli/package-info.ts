import { existsSync, readFileSync } from 'node:fs'
import { isAbsolute, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where this program is installed: its examples and its default certificate directory are beside its source. */
const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** A file or folder of the package, from the working directory if that is shorter to type. */
export function packagePath(path: string): string {
  return shortPath(`${ROOT}${path}`)
}

export function shortPath(path: string): string {
  const short = relative('', path)
  return short === '' || short.startsWith('..') || isAbsolute(short) ? path : short
}

export function version(): string {
  const content: unknown = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'))
  const found = typeof content === 'object' && content !== null && 'version' in content ? content.version : undefined
  return typeof found === 'string' ? found : 'unknown'
}

/** The documentation of a check; undefined where the package came without it. */
export function checkPage(code: string): string | undefined {
  const file = `${ROOT}docs/checks/${code}.md`
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}
