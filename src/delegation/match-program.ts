import { normalizePrefix } from './path.ts'
import { compileRegex } from './re2.ts'
import type { Instruction, Program, Ranges } from './regex-program.ts'
import type { PathMatch, ValueMatch } from './route.ts'

const SLASH = 0x2f

/** A program that matches exactly the paths that the match takes; none for an unknown type or what isn't RE2. */
export function programOfPath({ type, value }: PathMatch): Program[] {
  switch (type) {
    case 'Exact':
      return [literalProgram(value, [{ op: 'match' }])]
    case 'PathPrefix':
      return [prefixProgram(normalizePrefix(value))]
    case 'RegularExpression':
      return regexProgram(value)
    case 'Unknown':
      return []
  }
}

/** The same for the values of a header or query parameter. */
export function programOfValue({ type, value }: ValueMatch): Program[] {
  if (type === 'Exact') return [literalProgram(value, [{ op: 'match' }])]
  return type === 'RegularExpression' ? regexProgram(value) : []
}

function regexProgram(source: string): Program[] {
  const compiled = compileRegex(source)
  return compiled.ok ? [compiled.regex.program] : []
}

const ANYTHING: Ranges = Int32Array.from([0, 0x10ffff])

/** `prefix(/.*)?`; below `/`, which takes every path, just `/.*`. */
function prefixProgram(prefix: string): Program {
  const literal = prefix === '/' ? '' : prefix
  const end = Array.from(literal).length
  const [slash, loop, match] = [end + 1, end + 2, end + 4]
  const optional: Instruction = prefix === '/' ? { op: 'jump', out: slash } : { op: 'split', out: slash, other: match }
  return literalProgram(literal, [
    optional,
    { op: 'runes', out: loop, ranges: Int32Array.from([SLASH, SLASH]) },
    { op: 'split', out: loop + 1, other: match },
    { op: 'runes', out: loop, ranges: ANYTHING },
    { op: 'match' },
  ])
}

function literalProgram(literal: string, rest: readonly Instruction[]): Program {
  const characters = Array.from(literal, (character, index): Instruction => {
    const rune = character.codePointAt(0) ?? 0
    return { op: 'runes', out: index + 1, ranges: Int32Array.from([rune, rune]) }
  })
  return { start: 0, instructions: [...characters, ...rest], hasWordBoundary: false }
}
