import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'

/** A command line nobody can act on. Printed with a hint at the help; exit code 2. */
export class UsageError extends Error {
  readonly code = 'ERR_USAGE'
}

/** parseArgs, with mistakes as UsageErrors that name the flag probably meant. */
export function parseCommandLine<const T extends ParseArgsOptionsConfig>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (cause) {
    if (!(cause instanceof TypeError && 'code' in cause)) throw cause
    const unknown = cause.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' ? /^Unknown option '([^']*)'/.exec(cause.message)?.[1] : undefined
    if (unknown === undefined) throw new UsageError(firstSentence(cause.message), { cause })
    const near = nearest(
      unknown,
      Object.keys(options).map((name) => `--${name}`),
    )
    throw new UsageError(`unknown option ${unknown}${near === undefined ? '' : `; did you mean ${near}?`}`, { cause })
  }
}

/** The value if it is one of `allowed`. */
export function oneOf<const T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value)
  if (found === undefined) throw new UsageError(`${flag} must be one of ${allowed.join(', ')}, not "${value}"`)
  return found
}

/** The namespace of objects that don't say theirs: `-n ""`, from a variable that isn't set, would be none. */
export function defaultNamespace(text: string): string {
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) throw new UsageError(`--namespace: "${text}" is no name of a namespace`)
  return text
}

/** The candidate a few keystrokes away from `text`, if one is. */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates.map((candidate) => ({ candidate, distance: editDistance(text, candidate) }))
  ranked.sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  return best !== undefined && best.distance <= Math.max(2, Math.floor(text.length / 3)) ? best.candidate : undefined
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

function firstSentence(message: string): string {
  return message.split(/\.\s|\n/, 1)[0] ?? message
}
