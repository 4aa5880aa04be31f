import { isWordRune } from './alphabet.ts'
import {
  AFTER_OTHER,
  AFTER_WORD,
  AT_START,
  NEXT_END,
  NEXT_OTHER,
  NEXT_WORD,
  nextAfterAssertion,
  type Program,
  rangesContain,
} from './regex-program.ts'

/**
 * Whether the program matches the whole of `text`, which has no newline beside a `^` or `$`. The plain definition that the walks
 * rely on, for checking what a compiler made. Cost: instructions times characters.
 */
export function runsTo(program: Program, text: string): boolean {
  const runes = Array.from(text, (character) => character.codePointAt(0) ?? 0)
  let reached = new Set([program.start])
  for (let i = 0; i <= runes.length; i++) {
    const [before, rune] = [runes[i - 1], runes[i]]
    const last = before === undefined ? AT_START : isWordRune(before) ? AFTER_WORD : AFTER_OTHER
    const next = rune === undefined ? NEXT_END : isWordRune(rune) ? NEXT_WORD : NEXT_OTHER
    const following = new Set<number>()
    // A Set's loop visits what is added during it.
    for (const pc of reached) {
      const instruction = program.instructions[pc]
      if (instruction === undefined) continue
      if (instruction.op === 'match' && rune === undefined) return true
      if (instruction.op === 'jump' || instruction.op === 'split') reached.add(instruction.out)
      if (instruction.op === 'split') reached.add(instruction.other)
      if (instruction.op === 'assert' && nextAfterAssertion(instruction.flags, last, next) !== 0) reached.add(instruction.out)
      if (instruction.op === 'runes' && rune !== undefined && rangesContain(instruction.ranges, rune)) following.add(instruction.out)
    }
    reached = following
  }
  return false
}
