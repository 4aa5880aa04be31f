/**
 * A regular expression as a program: instructions that consume one character, branch, or look at the position. All
 * decisions about regular expressions are walks over such programs; nothing here knows which library compiled them.
 */

/** Pairs of first and last code point, both included, ascending and disjoint. */
export type Ranges = Int32Array

export type Instruction =
  /** Consumes one character of `ranges`. */
  | { readonly op: 'runes'; readonly out: number; readonly ranges: Ranges }
  | { readonly op: 'split'; readonly out: number; readonly other: number }
  | { readonly op: 'jump'; readonly out: number }
  /** Goes on only where the position has every property of `flags`. */
  | { readonly op: 'assert'; readonly out: number; readonly flags: number }
  | { readonly op: 'match' }
  | { readonly op: 'fail' }

export interface Program {
  readonly start: number
  readonly instructions: readonly Instruction[]
  /** Whether any assertion asks for a word boundary: only then does it matter what kind of character came last. */
  readonly hasWordBoundary: boolean
}

/** The flags of an assertion, as RE2 numbers them. */
const BEGIN_LINE = 1
const END_LINE = 2
const BEGIN_TEXT = 4
const END_TEXT = 8
export const WORD_BOUNDARY = 16
export const NO_WORD_BOUNDARY = 32

/** What came before a position: nothing, or a character of one of two kinds. */
export const AT_START = 0
export const AFTER_WORD = 1
export const AFTER_OTHER = 2

/** A set of what may come after a position, as bits. */
export const NEXT_WORD = 1
export const NEXT_OTHER = 2
export const NEXT_END = 4
export const NEXT_ANY = NEXT_WORD | NEXT_OTHER | NEXT_END

/**
 * What may still come next once an assertion with `flags` holds after `last`; 0 = it can't hold.
 * Exact for texts without a newline, where a line begins and ends with the text. No text of a walk has one.
 */
export function nextAfterAssertion(flags: number, last: number, next: number): number {
  let allowed = next
  if ((flags & (BEGIN_LINE | BEGIN_TEXT)) !== 0 && last !== AT_START) return 0
  if ((flags & (END_LINE | END_TEXT)) !== 0) allowed &= NEXT_END
  if ((flags & WORD_BOUNDARY) !== 0) allowed &= last === AFTER_WORD ? NEXT_OTHER | NEXT_END : NEXT_WORD
  if ((flags & NO_WORD_BOUNDARY) !== 0) allowed &= last === AFTER_WORD ? NEXT_WORD : NEXT_OTHER | NEXT_END
  return allowed
}

/** Cost: logarithmic in the number of ranges. */
export function rangesContain(ranges: Ranges, rune: number): boolean {
  let low = 0
  let high = ranges.length >> 1
  while (low < high) {
    const middle = (low + high) >> 1
    // In bounds: 2 * middle + 1 < ranges.length.
    if (rune < ranges[2 * middle]!) high = middle
    else if (rune > ranges[2 * middle + 1]!) low = middle + 1
    else return true
  }
  return false
}

/** The one code point of `ranges`, or -1 when there are more. */
export function onlyRune(ranges: Ranges): number {
  return ranges.length === 2 && ranges[0] === ranges[1] ? (ranges[0] ?? -1) : -1
}

/** Cost: linear in both. */
export function intersectRanges(a: Ranges, b: Ranges): Ranges {
  const common: number[] = []
  let i = 0
  let j = 0
  while (i < a.length && j < b.length) {
    // In bounds by the loop's condition; ranges come in pairs.
    const low = Math.max(a[i]!, b[j]!)
    const high = Math.min(a[i + 1]!, b[j + 1]!)
    if (low <= high) common.push(low, high)
    if (a[i + 1]! < b[j + 1]!) i += 2
    else j += 2
  }
  return Int32Array.from(common)
}
