import { type Alphabet, isWordRune, otherExample, wordExample } from './alphabet.ts'
import type { Budget } from './budget.ts'
import {
  AFTER_OTHER,
  AFTER_WORD,
  AT_START,
  type Instruction,
  NEXT_END,
  NEXT_OTHER,
  NEXT_WORD,
  nextAfterAssertion,
  type Program,
  type Ranges,
  rangesContain,
} from './regex-program.ts'
import { EXHAUSTED, type Found, NONE, Trail } from './regex-walk.ts'

export interface TextClasses {
  /** A shortest text of each class, and the programs that match it, by index; shortest first. */
  readonly classes: readonly { readonly text: string; readonly matching: readonly number[] }[]
  /** False = the budget ended before every class was seen. */
  readonly complete: boolean
}

const NOTHING_EXCLUDED: ReadonlyMap<number, unknown> = new Map()

/**
 * One text for every combination of programs that match the whole of some text over `alphabet`: whatever the programs say of any
 * text, they say of one of these. Texts start with the character `first` if one is given, and are not empty.
 */
export function textClasses(programs: readonly Program[], alphabet: Alphabet, first: number | undefined, budget: Budget): TextClasses {
  const classes = new Map<string, TextClasses['classes'][number]>()
  const end = walk(new Programs(programs), { alphabet, first, needed: 0 }, budget, (matching, text) => {
    const key = matching.join()
    if (!classes.has(key)) classes.set(key, { text: text(), matching })
    return false
  })
  return { classes: [...classes.values()], complete: end === 'complete' }
}

/**
 * A shortest text over `alphabet`, starting with the character `first`, that every program of `all` matches, and of which `isWanted`
 * says so given the indexes of the `others` that match it, too. `none` is exact.
 */
export function findTextWhere(
  all: readonly Program[],
  others: readonly Program[],
  isWanted: (matching: ReadonlySet<number>) => boolean,
  { alphabet, first }: { readonly alphabet: Alphabet; readonly first: number },
  budget: Budget,
): Found {
  let found: string | undefined
  const needed = all.length
  const end = walk(new Programs([...all, ...others]), { alphabet, first, needed }, budget, (matching, text) => {
    const isMatched = matching.filter((index) => index < needed).length === needed
    if (!isMatched || !isWanted(new Set(matching.filter((index) => index >= needed).map((index) => index - needed)))) return false
    found = text()
    return true
  })
  if (found !== undefined) return { kind: 'found', text: found }
  return end === 'complete' ? NONE : EXHAUSTED
}

interface Texts {
  readonly alphabet: Alphabet
  readonly first: number | undefined
  /** Texts on which one of so many first programs can't match any more are of no interest. */
  readonly needed: number
}

/**
 * Shows each text that leads to another set of places, with the programs that match it, shortest first, until `see` returns true.
 *
 * Breadth-first over the sets of instructions that all programs together can be at (the subset construction, only as far as
 * it is reached). Cost: for literals their total length; exponential in the worst case, hence the budget.
 */
function walk(
  all: Programs,
  { alphabet, first, needed }: Texts,
  budget: Budget,
  see: (matching: readonly number[], text: () => string) => boolean,
): 'complete' | 'stopped' | 'exhausted' {
  const trail = new Trail()
  const visited = new Set<string>()
  let current: { readonly places: readonly number[]; readonly last: number; readonly text: number }[] = []
  let following: typeof current = []

  function consume(places: readonly number[], last: number, rune: number, text: number): void {
    const next = isWordRune(rune) ? NEXT_WORD : NEXT_OTHER
    const reached = all.step(all.closure(places, last, next), rune)
    if (!all.mayMatch(reached, needed)) return
    const kind = all.hasWordBoundary && next === NEXT_OTHER ? AFTER_OTHER : AFTER_WORD
    const key = `${kind} ${reached.join()}`
    if (visited.has(key)) return
    visited.add(key)
    following.push({ places: reached, last: kind, text: trail.add(text, rune) })
  }

  function expand(places: readonly number[], last: number, text: number): void {
    for (const next of all.hasWordBoundary ? [NEXT_WORD, NEXT_OTHER] : [NEXT_WORD | NEXT_OTHER]) {
      const ranges = all.rangesAt(all.closure(places, last, next))
      for (const cell of cellsOf(ranges)) {
        const word = (next & NEXT_WORD) === 0 ? -1 : wordExample(alphabet, cell, NOTHING_EXCLUDED)
        const rune = word >= 0 || (next & NEXT_OTHER) === 0 ? word : otherExample(alphabet, cell, NOTHING_EXCLUDED)
        if (rune >= 0) consume(places, last, rune, text)
      }
    }
  }

  if (first === undefined) expand(all.starts, AT_START, -1)
  else consume(all.starts, AT_START, first, -1)
  while (following.length > 0) {
    current = following
    following = []
    for (const { places, last, text } of current) {
      if (!budget.spend(2 + places.length)) return 'exhausted'
      if (see(all.matching(all.closure(places, last, NEXT_END)), () => trail.textOf(text))) return 'stopped'
      expand(places, last, text)
    }
  }
  return 'complete'
}

interface Placed {
  readonly of: number
  readonly offset: number
  readonly instruction: Instruction
}

/** Several programs as one: an instruction's place is its index behind all instructions of the programs before. */
class Programs {
  readonly starts: readonly number[]
  readonly hasWordBoundary: boolean
  readonly #instructions: Placed[] = []

  constructor(programs: readonly Program[]) {
    this.starts = programs.map(({ instructions, start }, of) => {
      const offset = this.#instructions.length
      for (const instruction of instructions) this.#instructions.push({ of, offset, instruction })
      return offset + start
    })
    this.hasWordBoundary = programs.some(({ hasWordBoundary }) => hasWordBoundary)
  }

  /** Whether each of so many first programs is somewhere. */
  mayMatch(places: readonly number[], first: number): boolean {
    const alive = new Set<number>()
    for (const place of places) {
      const { of } = this.#at(place)
      if (of < first) alive.add(of)
    }
    return alive.size === first
  }

  /** Everywhere the programs can be without consuming a character, given what comes next. */
  closure(places: readonly number[], last: number, next: number): ReadonlySet<number> {
    const reached = new Set(places)
    // A Set's loop visits what is added during it.
    for (const place of reached) {
      const { offset, instruction } = this.#at(place)
      if (instruction.op === 'jump' || instruction.op === 'split') reached.add(offset + instruction.out)
      if (instruction.op === 'split') reached.add(offset + instruction.other)
      if (instruction.op === 'assert' && nextAfterAssertion(instruction.flags, last, next) !== 0) reached.add(offset + instruction.out)
    }
    return reached
  }

  /** Ascending, each once. */
  step(places: ReadonlySet<number>, rune: number): number[] {
    const reached = new Set<number>()
    for (const place of places) {
      const { offset, instruction } = this.#at(place)
      if (instruction.op === 'runes' && rangesContain(instruction.ranges, rune)) reached.add(offset + instruction.out)
    }
    return [...reached].sort((a, b) => a - b)
  }

  rangesAt(places: ReadonlySet<number>): Ranges[] {
    return [...places].flatMap((place) => {
      const { instruction } = this.#at(place)
      return instruction.op === 'runes' ? [instruction.ranges] : []
    })
  }

  /** The programs that match where these places are the end. */
  matching(places: ReadonlySet<number>): number[] {
    const found = new Set<number>()
    for (const place of places) {
      const { of, instruction } = this.#at(place)
      if (instruction.op === 'match') found.add(of)
    }
    return [...found].sort((a, b) => a - b)
  }

  #at(place: number): Placed {
    // In bounds: places come from starts and from the instructions themselves.
    return this.#instructions[place]!
  }
}

const LAST_RUNE = 0x10ffff

/** Characters by which of `ranges` contain them, as ranges themselves; those that none contains too. */
function cellsOf(ranges: readonly Ranges[]): Ranges[] {
  const distinct = [...new Map(ranges.map((each) => [each.join(), each])).values()]
  const cuts = new Set([0])
  for (const each of distinct) {
    for (const [index, edge] of each.entries()) cuts.add(index % 2 === 0 ? edge : edge + 1)
  }
  const sorted = [...cuts].filter((cut) => cut <= LAST_RUNE).sort((a, b) => a - b)
  const cells = new Map<string, number[]>()
  for (const [index, from] of sorted.entries()) {
    const to = (sorted[index + 1] ?? LAST_RUNE + 1) - 1
    const key = distinct.map((each) => Number(rangesContain(each, from))).join('')
    const cell = cells.get(key)
    if (cell === undefined) cells.set(key, [from, to])
    else cell.push(from, to)
  }
  return [...cells.values()].map((cell) => Int32Array.from(cell))
}
