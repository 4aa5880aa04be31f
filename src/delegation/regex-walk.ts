import { type Alphabet, isWordRune, otherExample, wordExample } from './alphabet.ts'
import type { Budget } from './budget.ts'
import type { TextAutomaton } from './path-automaton.ts'
import {
  AFTER_OTHER,
  AFTER_WORD,
  AT_START,
  intersectRanges,
  NEXT_ANY,
  NEXT_END,
  NEXT_OTHER,
  NEXT_WORD,
  nextAfterAssertion,
  onlyRune,
  type Program,
  type Ranges,
  rangesContain,
} from './regex-program.ts'

export type Found =
  | { readonly kind: 'found'; readonly text: string }
  | { readonly kind: 'none' }
  /** The budget did not last. */
  | { readonly kind: 'exhausted' }

export const NONE: Found = { kind: 'none' }
export const EXHAUSTED: Found = { kind: 'exhausted' }

/** The texts a walk has built, each as its last character and the text before it. */
export class Trail {
  private readonly before: number[] = []
  private readonly runes: number[] = []

  /** `before` = -1 for the empty text. */
  add(before: number, rune: number): number {
    this.runes.push(rune)
    return this.before.push(before) - 1
  }

  textOf(index: number): string {
    const characters: string[] = []
    for (let at = index; at >= 0; at = this.before[at] ?? -1) characters.push(String.fromCodePoint(this.runes[at] ?? 0))
    return characters.reverse().join('')
  }
}

const NO_EXCLUSIONS: ReadonlyMap<number, unknown> = new Map()

/**
 * A shortest text the whole of which the program matches, and which the automaton puts inside (or outside, when `inside` is
 * false). `none` is exact, assertions included.
 *
 * Breadth-first over (instruction, last character's kind, what may come next, automaton state): the automaton is
 * deterministic, so the program need not be. Cost: at most 14 steps per instruction and automaton state, characters
 * the automaton tells apart counting extra.
 */
export function findText(program: Program, automaton: TextAutomaton, inside: boolean, budget: Budget): Found {
  const { alphabet, states } = automaton
  const size = program.instructions.length
  // Per automaton state and instruction one bit for each (last, next): 3 * 8 of them.
  const visited: (Uint32Array | undefined)[] = []
  const trail = new Trail()
  const examples = new Map<Ranges, Example>()
  let current: number[] = []
  let following: number[] = []

  /** Whether this is the first visit. INVARIANT: asked only of the current length, or the first visit might not be by a shortest text. */
  function isNew(pc: number, position: number, state: number): boolean {
    let row = visited[state]
    if (row === undefined) {
      row = new Uint32Array(size)
      visited[state] = row
    }
    const seen = row[pc] ?? 0
    row[pc] = seen | (1 << position)
    return (seen & (1 << position)) === 0
  }

  /** Queues hold quadruples: instruction, last * 8 + next, automaton state, trail. */
  function visit(pc: number, position: number, state: number, text: number): void {
    current.push(pc, position, state, text)
  }

  function consume(out: number, rune: number, state: number, text: number): void {
    const target = states[state]
    if (target === undefined || (target.settled && target.inside !== inside)) return
    const last = program.hasWordBoundary && !isWordRune(rune) ? AFTER_OTHER : AFTER_WORD
    const seen = visited[state]?.[out] ?? 0
    if ((seen & (1 << (last * 8 + NEXT_ANY))) !== 0) return
    following.push(out, last * 8 + NEXT_ANY, state, trail.add(text, rune))
  }

  function permits(next: number, rune: number): boolean {
    return !program.hasWordBoundary || (next & (isWordRune(rune) ? NEXT_WORD : NEXT_OTHER)) !== 0
  }

  visit(program.start, AT_START * 8 + NEXT_ANY, 0, -1)
  while (current.length > 0) {
    while (current.length > 0) {
      // Four were pushed together.
      const text = current.pop()!
      const state = current.pop()!
      const position = current.pop()!
      const pc = current.pop()!
      // The first visit to a state takes memory, 4 bytes per instruction: a cost too.
      if (!budget.spend(visited[state] === undefined ? 1 + (size >> 3) : 1)) return EXHAUSTED
      if (!isNew(pc, position, state)) continue
      const instruction = program.instructions[pc]
      const here = states[state]
      if (instruction === undefined || here === undefined) continue
      const next = position & 7
      switch (instruction.op) {
        case 'fail':
          break
        case 'match':
          if ((next & NEXT_END) !== 0 && here.inside === inside) return { kind: 'found', text: trail.textOf(text) }
          break
        case 'jump':
          visit(instruction.out, position, state, text)
          break
        case 'split':
          visit(instruction.other, position, state, text)
          visit(instruction.out, position, state, text)
          break
        case 'assert': {
          const allowed = nextAfterAssertion(instruction.flags, position >> 3, next)
          if (allowed !== 0) visit(instruction.out, position - next + allowed, state, text)
          break
        }
        case 'runes': {
          if ((next & (NEXT_WORD | NEXT_OTHER)) === 0) break
          const { out, ranges } = instruction
          const only = onlyRune(ranges)
          if (only >= 0) {
            if (alphabet.has(only) && permits(next, only)) consume(out, only, here.next.get(only) ?? here.otherwise, text)
            break
          }
          if (here.next.size > 0 && !budget.spend(here.next.size)) return EXHAUSTED
          for (const [rune, target] of here.next) {
            if (rangesContain(ranges, rune) && alphabet.has(rune) && permits(next, rune)) consume(out, rune, target, text)
          }
          const target = states[here.otherwise]
          if (target === undefined || (target.settled && target.inside !== inside)) break
          const example = exampleOf(alphabet, ranges, here.next, examples)
          if (!program.hasWordBoundary) {
            const rune = example.word >= 0 ? example.word : example.other
            if (rune >= 0) consume(out, rune, here.otherwise, text)
            break
          }
          if (example.word >= 0 && (next & NEXT_WORD) !== 0) consume(out, example.word, here.otherwise, text)
          if (example.other >= 0 && (next & NEXT_OTHER) !== 0) consume(out, example.other, here.otherwise, text)
          break
        }
      }
    }
    const emptied = current
    current = following
    following = emptied
  }
  return NONE
}

interface Example {
  readonly word: number
  readonly other: number
}

function exampleOf(alphabet: Alphabet, ranges: Ranges, excluded: ReadonlyMap<number, unknown>, known: Map<Ranges, Example>): Example {
  if (excluded.size > 0) return { word: wordExample(alphabet, ranges, excluded), other: otherExample(alphabet, ranges, excluded) }
  const before = known.get(ranges)
  if (before !== undefined) return before
  const example = { word: wordExample(alphabet, ranges, NO_EXCLUSIONS), other: otherExample(alphabet, ranges, NO_EXCLUSIONS) }
  known.set(ranges, example)
  return example
}

/**
 * A shortest text over `alphabet` that both programs match as a whole, and which starts with the character `first`.
 * `none` is exact. Breadth-first over pairs of instructions. Cost: at most some 28 steps per pair.
 */
export function findCommonText(a: Program, b: Program, alphabet: Alphabet, first: number, budget: Budget): Found {
  const tellWords = a.hasWordBoundary || b.hasWordBoundary
  // Instruction of a, instruction of b, last * 8 + next. At most 20,000 * 20,000 * 24, well below 2 ** 53.
  const visited = new Set<number>()
  const trail = new Trail()
  let current: number[] = []
  let following: number[] = []

  function keyOf(pcA: number, pcB: number, position: number): number {
    return (pcA * b.instructions.length + pcB) * 24 + position
  }

  /** Queues hold quadruples: instruction of a, instruction of b, last * 8 + next, trail. */
  function visit(pcA: number, pcB: number, position: number, text: number): void {
    current.push(pcA, pcB, position, text)
  }

  function consume(outA: number, outB: number, rune: number, text: number): void {
    const last = tellWords && !isWordRune(rune) ? AFTER_OTHER : AFTER_WORD
    const position = last * 8 + NEXT_ANY
    if (!visited.has(keyOf(outA, outB, position))) following.push(outA, outB, position, trail.add(text, rune))
  }

  function permits(next: number, rune: number): boolean {
    return !tellWords || (next & (isWordRune(rune) ? NEXT_WORD : NEXT_OTHER)) !== 0
  }

  visit(a.start, b.start, AT_START * 8 + NEXT_ANY, -1)
  while (current.length > 0) {
    while (current.length > 0) {
      // Four were pushed together.
      const text = current.pop()!
      const position = current.pop()!
      const pcB = current.pop()!
      const pcA = current.pop()!
      // Remembering a pair costs several times what an instruction does.
      if (!budget.spend(2)) return EXHAUSTED
      // As in findText, marked when visited: a text of this length may yet come by here when a longer one is already queued.
      const key = keyOf(pcA, pcB, position)
      if (visited.has(key)) continue
      visited.add(key)
      const inA = a.instructions[pcA]
      const inB = b.instructions[pcB]
      if (inA === undefined || inB === undefined || inA.op === 'fail' || inB.op === 'fail') continue
      const next = position & 7
      const last = position >> 3
      // a runs ahead to an instruction that consumes or matches, then b does: one order instead of all.
      if (inA.op === 'jump') visit(inA.out, pcB, position, text)
      else if (inA.op === 'split') {
        visit(inA.other, pcB, position, text)
        visit(inA.out, pcB, position, text)
      } else if (inA.op === 'assert') {
        const allowed = nextAfterAssertion(inA.flags, last, next)
        if (allowed !== 0) visit(inA.out, pcB, position - next + allowed, text)
      } else if (inB.op === 'jump') visit(pcA, inB.out, position, text)
      else if (inB.op === 'split') {
        visit(pcA, inB.other, position, text)
        visit(pcA, inB.out, position, text)
      } else if (inB.op === 'assert') {
        const allowed = nextAfterAssertion(inB.flags, last, next)
        if (allowed !== 0) visit(pcA, inB.out, position - next + allowed, text)
      } else if (inA.op === 'match' || inB.op === 'match') {
        // The empty text does not start with `first`.
        const ended = inA.op === 'match' && inB.op === 'match' && (next & NEXT_END) !== 0 && last !== AT_START
        if (ended) return { kind: 'found', text: trail.textOf(text) }
      } else if ((next & (NEXT_WORD | NEXT_OTHER)) === 0) {
        // An assertion wants the end here.
      } else if (last === AT_START) {
        if (rangesContain(inA.ranges, first) && rangesContain(inB.ranges, first) && permits(next, first)) {
          consume(inA.out, inB.out, first, text)
        }
      } else {
        const only = onlyRune(inA.ranges) >= 0 ? onlyRune(inA.ranges) : onlyRune(inB.ranges)
        if (only >= 0) {
          const both = rangesContain(inA.ranges, only) && rangesContain(inB.ranges, only) && alphabet.has(only)
          if (both && permits(next, only)) consume(inA.out, inB.out, only, text)
          continue
        }
        if (!budget.spend((inA.ranges.length + inB.ranges.length) >> 2)) return EXHAUSTED
        const common = inA.ranges === inB.ranges ? inA.ranges : intersectRanges(inA.ranges, inB.ranges)
        const word = (next & NEXT_WORD) !== 0 || !tellWords ? wordExample(alphabet, common, NO_EXCLUSIONS) : -1
        if (word >= 0) consume(inA.out, inB.out, word, text)
        if (word >= 0 && !tellWords) continue
        const other = (next & NEXT_OTHER) !== 0 || !tellWords ? otherExample(alphabet, common, NO_EXCLUSIONS) : -1
        if (other >= 0) consume(inA.out, inB.out, other, text)
      }
    }
    const emptied = current
    current = following
    following = emptied
  }
  return NONE
}
