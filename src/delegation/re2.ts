import { RE2JS, RE2JSException } from 're2js'
import type { Budget } from './budget.ts'
import { NONEMPTY_VALUES } from './path-automaton.ts'
import { runsTo } from './program-run.ts'
import { type Instruction, NO_WORD_BOUNDARY, type Program, type Ranges, WORD_BOUNDARY } from './regex-program.ts'
import { findText } from './regex-walk.ts'

/** A regular expression in RE2's syntax, compiled. Two of the same source are usually the same object. */
export interface Regex {
  readonly source: string
  /** In RE2 instructions. */
  readonly size: number
  readonly program: Program
  /** The library's own full match: independent of `program`, so that one confirms the other. */
  readonly matcher: (text: string) => boolean
}

export type CompiledRegex =
  | { readonly ok: true; readonly regex: Regex }
  /** `tooLarge`: valid perhaps, but beyond what this program is willing to compile. */
  | { readonly ok: false; readonly error: string; readonly tooLarge: boolean }

export const MAX_INSTRUCTIONS = 20_000
/** Twice what Gateway API allows a header's value, eight times what it allows a path. */
export const MAX_SOURCE_LENGTH = 8_192
/** Each may cost as much as two hundred other characters. */
const MAX_UNICODE_CLASSES = 100

const MAX_CACHED = 10_000
/** Instructions and code point ranges of all cached programs: some 4 bytes each, some hundred with the library's share. */
const MAX_CACHED_WEIGHT = 1_000_000

interface Compiled {
  readonly result: CompiledRegex
  readonly weight: number
}

/** Two generations: what is used moves to the younger, and when that has half of what is allowed, the older one is forgotten. */
let young = new Map<string, Compiled>()
let old: ReadonlyMap<string, Compiled> = new Map()
let youngWeight = 0

/** Compiling takes a microsecond or two an instruction, and up to 200 more for a class of Unicode. */
const STEPS_PER_CHARACTER = 3
const STEPS_PER_INSTRUCTION = 16
const STEPS_PER_UNICODE_CLASS = 1_000

/**
 * compileRegex, paid for: what it takes doesn't depend on what happens to be compiled already. `tooLarge` also where the
 * budget doesn't reach.
 */
export function compileWithin(source: string, budget: Budget): CompiledRegex {
  const tooLong: CompiledRegex = { ok: false, error: 'too much to decide together with the rest of the object', tooLarge: true }
  if (!budget.spendOnce(source, source.length * STEPS_PER_CHARACTER + unicodeClasses(source) * STEPS_PER_UNICODE_CLASS)) return tooLong
  const compiled = compileRegex(source)
  if (compiled.ok && !budget.spendOnce(`compiled ${source}`, compiled.regex.size * STEPS_PER_INSTRUCTION)) return tooLong
  return compiled
}

function unicodeClasses(source: string): number {
  return source.split(/\\[pP]/).length - 1
}

/** RE2 syntax exactly: no lookaround, no backreferences, repeats up to 1000. Never throws. */
export function compileRegex(source: string): CompiledRegex {
  const cached = young.get(source) ?? remember(source, old.get(source))
  if (cached !== undefined) return cached.result
  if (source.length > MAX_SOURCE_LENGTH) {
    return { ok: false, error: `longer than ${MAX_SOURCE_LENGTH} characters`, tooLarge: true }
  }
  if (unicodeClasses(source) > MAX_UNICODE_CLASSES) {
    return { ok: false, error: `more than ${MAX_UNICODE_CLASSES} classes of Unicode`, tooLarge: true }
  }
  const result = compileUncached(source)
  const weight = source.length + (result.ok ? weightOf(result.regex.program) : 0)
  remember(source, { result, weight })
  return result
}

function remember(source: string, compiled: Compiled | undefined): Compiled | undefined {
  if (compiled === undefined) return undefined
  if (young.size >= MAX_CACHED / 2 || (young.size > 0 && youngWeight + compiled.weight > MAX_CACHED_WEIGHT / 2)) {
    old = young
    young = new Map()
    youngWeight = 0
  }
  young.set(source, compiled)
  youngWeight += compiled.weight
  return compiled
}

/** A literal text as an RE2 expression that matches just it. */
export function quoteRegex(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** Whether the regex matches the whole of the text, as Envoy's safe_regex does; `.` matches no newline. */
export function fullMatches(regex: Regex, text: string): boolean {
  return regex.matcher(text)
}

/**
 * A shortest text without control characters that the regex matches as a whole: a header's or query parameter's value.
 * The empty text only when there is no other. undefined = there is none, or finding it costs more than the budget has.
 */
export function shortestMatch(regex: Regex, budget: Budget): string | undefined {
  const notEmpty = findText(regex.program, NONEMPTY_VALUES, true, budget)
  if (notEmpty.kind === 'found') return confirmed(regex, notEmpty.text)
  return notEmpty.kind === 'none' ? confirmed(regex, '') : undefined
}

function confirmed(regex: Regex, text: string): string | undefined {
  return fullMatches(regex, text) ? text : undefined
}

function compileUncached(source: string): CompiledRegex {
  if (!source.isWellFormed()) return { ok: false, error: 'not well-formed Unicode', tooLarge: false }
  try {
    const compiled = RE2JS.compile(source)
    const size = compiled.re2().numberOfInstructions()
    if (size > MAX_INSTRUCTIONS) return { ok: false, error: `larger than ${MAX_INSTRUCTIONS} instructions`, tooLarge: true }
    return { ok: true, regex: { source, size, program: readProgram(compiled), matcher: matcherOf(compiled) } }
  } catch (error) {
    // Whatever the library throws, this source can't be judged; its caller denies.
    const message = (error instanceof Error ? error.message : String(error)).replace(/^error parsing regexp: /, '')
    const tooLarge = !(error instanceof RE2JSException) || /^expression (too large|nests too deeply)/.test(message)
    return { ok: false, error: message, tooLarge }
  }
}

/** Matchers remember states, up to 8 MB for each regex; this many characters may pass before one forgets them. */
const FORGET_AFTER = 4_096

function matcherOf(compiled: RE2JS): (text: string) => boolean {
  let characters = 0
  return (text) => {
    characters += text.length
    const matches = compiled.testExact(text)
    if (characters > FORGET_AFTER) {
      // The declared type leaves out that it begins as null, which selfTest checks; reset() keeps it.
      ;(compiled.re2() as { lazyDFA: unknown }).lazyDFA = null
      compiled.reset()
      characters = 0
    }
    return matches
  }
}

function weightOf(program: Program): number {
  const ranges = new Set<Ranges>()
  let weight = program.instructions.length
  for (const instruction of program.instructions) {
    if (instruction.op !== 'runes' || ranges.has(instruction.ranges)) continue
    ranges.add(instruction.ranges)
    weight += instruction.ranges.length
  }
  return weight
}

const FOLD_CASE = 1

/** The library's instruction, of which its types say nothing. `selfTest` holds these assumptions. */
interface LibraryInstruction {
  readonly op: number
  readonly out: number
  readonly arg: number
  readonly runes: Int32Array
}

interface LibraryProgram {
  readonly start: number
  readonly numLb: number
  readonly inst: readonly LibraryInstruction[]
}

function readProgram(compiled: RE2JS): Program {
  // Untyped in the library; an unexpected shape throws below and in selfTest.
  const program = compiled.re2().prog as LibraryProgram
  if (program.numLb !== 0) throw new Error('the program has lookbehinds')
  const instructions: Instruction[] = []
  const rangesOf = new Map<Int32Array, Ranges>()
  let hasWordBoundary = false
  for (const instruction of program.inst) {
    const read = readInstruction(instruction, rangesOf)
    if (read.op === 'assert' && (read.flags & (WORD_BOUNDARY | NO_WORD_BOUNDARY)) !== 0) hasWordBoundary = true
    instructions.push(read)
  }
  return { start: program.start, instructions, hasWordBoundary }
}

/** Alternatives, captures and the like, as re2js 2.10 numbers its opcodes. */
function readInstruction(instruction: LibraryInstruction, rangesOf: Map<Int32Array, Ranges>): Instruction {
  const { op, out, arg, runes } = instruction
  switch (op) {
    case 1:
    case 2:
      return { op: 'split', out, other: arg }
    case 3:
    case 7:
      return { op: 'jump', out }
    case 4:
      return { op: 'assert', out, flags: arg }
    case 5:
      return { op: 'fail' }
    case 6:
      return { op: 'match' }
    case 8:
    case 9:
    case 10:
    case 11:
      return {
        op: 'runes',
        out,
        ranges: runes.length === 1 ? rangesOfRune(runes[0] ?? -1, (arg & FOLD_CASE) !== 0) : sameRanges(runes, rangesOf),
      }
    default:
      throw new Error(`unknown opcode ${op}`)
  }
}

/** Equal classes as one object: the library keeps one for each time a class is written. */
function sameRanges(runes: Int32Array, rangesOf: Map<Int32Array, Ranges>): Ranges {
  const known = rangesOf.get(runes)
  if (known !== undefined) return known
  if (runes.length % 2 !== 0) throw new Error('a character class with an odd number of ends')
  rangesOf.set(runes, runes)
  return runes
}

const runeRanges = new Map<number, Ranges>()
const foldedRanges = new Map<number, Ranges>()
/** Never part of what folds: the last code point, which has no case. */
const LAST_RUNE = 0x10ffff

/** One code point, or with `fold` all that differ from it in case only. Bounded by Unicode. */
function rangesOfRune(rune: number, fold: boolean): Ranges {
  const known = (fold ? foldedRanges : runeRanges).get(rune)
  if (known !== undefined) return known
  const ranges = fold ? foldedClass(rune) : Int32Array.of(rune, rune)
  ;(fold ? foldedRanges : runeRanges).set(rune, ranges)
  return ranges
}

/** The library spells folding out in character classes of more than one letter, so ask it for one. */
function foldedClass(rune: number): Ranges {
  const program = RE2JS.compile(`(?i)[\\x{${rune.toString(16)}}\\x{10FFFF}]`).re2().prog as LibraryProgram
  const consuming = program.inst.find((instruction) => instruction.op === 8)
  const runes = consuming?.runes
  if (runes === undefined || runes.at(-1) !== LAST_RUNE || runes.at(-2) !== LAST_RUNE) throw new Error('a folded class is not as expected')
  return runes.slice(0, -2)
}

const OWN_EXAMPLES: readonly (readonly [source: string, matching: readonly string[], other: readonly string[]])[] = [
  ['/a|/b(?:c)?', ['/a', '/b', '/bc'], ['', '/', '/ac', 'x/a', '/ax']],
  ['(?i)/k[x-z].', ['/KxA', '/\u212aYb', '/kz\u{1f600}'], ['/jxa', '/kx\n']],
  ['(?s:/.)+?', ['/x', '/\n/y'], ['/', '/xx']],
  ['^/a\\b.\\B.$', ['/a-.'], ['/aab', '/a-b']],
  ['/[^/]+/\\d+', ['/a/1', '/é-/42'], ['//1', '/a/']],
]

/**
 * Throws unless the library compiles to programs as this file reads them: walking them must say what the library's own matcher
 * says. To be called once before the first decision; takes some milliseconds.
 */
export function selfTest(): void {
  for (const [source, matching, other] of OWN_EXAMPLES) {
    const compiled = compileUncached(source)
    if (!compiled.ok) throw new Error(`re2js self-test: ${source} does not compile: ${compiled.error}`)
    for (const text of [...matching, ...other]) {
      const expected = matching.includes(text)
      if (fullMatches(compiled.regex, text) !== expected || runsTo(compiled.regex.program, text) !== expected) {
        throw new Error(`re2js self-test: ${source} matching ${JSON.stringify(text)} is not ${expected}`)
      }
    }
  }
  // What forgetting a matcher's states relies on.
  if (RE2JS.compile('a').re2().lazyDFA !== null) throw new Error('re2js self-test: no lazyDFA')
  for (const source of ['(?=a)a', '(?<=a)a', '(a)\\1', 'a{1001}', 'a(']) {
    if (compileUncached(source).ok) throw new Error(`re2js self-test: ${source} compiles`)
  }
}
