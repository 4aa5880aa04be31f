import { type Ranges, rangesContain } from './regex-program.ts'

/** The characters a text may be made of, and the ones examples should be made of. */
export interface Alphabet {
  has(rune: number): boolean
  /** Characters that are not word characters, the most readable first. All of them `has` contains. */
  readonly readableOthers: readonly number[]
}

/** RE2's word characters, all of them, the ones that read best in an example first. */
const WORD_RUNES = runesOf('xabcdefghijklmnopqrstuvwyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_')
const FIRST_SURROGATE = 0xd800
const LAST_SURROGATE = 0xdfff
const DELETE = 0x7f

/**
 * What a request path consists of: anything but controls, space, `?` and `#`. No newline, so `.` and `(?s).` agree.
 * Characters beyond ASCII are included: gateways pass them on.
 */
export const PATH_ALPHABET: Alphabet = {
  has: (rune) => isPrintable(rune) && rune !== 0x20 && rune !== 0x3f && rune !== 0x23,
  readableOthers: runesOf("/-.~:@!$&'()*+,;=%"),
}

/** What the value of a header or query parameter consists of: anything but controls. */
export const VALUE_ALPHABET: Alphabet = {
  has: isPrintable,
  readableOthers: runesOf("-.~/:@!$&'()*+,;=%?# "),
}

export function isWordRune(rune: number): boolean {
  return (rune >= 0x30 && rune <= 0x39) || (rune >= 0x41 && rune <= 0x5a) || rune === 0x5f || (rune >= 0x61 && rune <= 0x7a)
}

/**
 * A word character of both `ranges` and the alphabet that `excluded` does not list, the most readable one; -1 = there is none.
 */
export function wordExample(alphabet: Alphabet, ranges: Ranges, excluded: ReadonlyMap<number, unknown>): number {
  for (const rune of WORD_RUNES) {
    if (rangesContain(ranges, rune) && alphabet.has(rune) && !excluded.has(rune)) return rune
  }
  return -1
}

/** Like `wordExample`, of the characters that are not word characters. Cost: the ranges it skips, at most some thousand steps. */
export function otherExample(alphabet: Alphabet, ranges: Ranges, excluded: ReadonlyMap<number, unknown>): number {
  for (const rune of alphabet.readableOthers) {
    if (rangesContain(ranges, rune) && !excluded.has(rune)) return rune
  }
  for (let i = 0; i + 1 < ranges.length; i += 2) {
    // In bounds by the loop's condition.
    const last = ranges[i + 1]!
    for (let rune = ranges[i]!; rune <= last; rune++) {
      if (rune >= FIRST_SURROGATE && rune <= LAST_SURROGATE) rune = LAST_SURROGATE
      else if (alphabet.has(rune) && !isWordRune(rune) && !excluded.has(rune)) return rune
    }
  }
  return -1
}

function isPrintable(rune: number): boolean {
  return rune >= 0x20 && rune !== DELETE && (rune < FIRST_SURROGATE || rune > LAST_SURROGATE)
}

function runesOf(text: string): readonly number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0)
}
