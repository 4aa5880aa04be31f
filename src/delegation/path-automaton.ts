import { type Alphabet, PATH_ALPHABET, VALUE_ALPHABET } from './alphabet.ts'
import { isWithin, normalizePrefix } from './path.ts'
import type { PathMatch } from './route.ts'

/** A state of a deterministic automaton that reads a text one character at a time. */
export interface TextState {
  /** Where a character leads, by code point. */
  readonly next: ReadonlyMap<number, number>
  /** Where every character not in `next` leads; -1 = no text goes on so. */
  readonly otherwise: number
  /** Whether the text read so far is in the set; undefined = it is not a text at all (the empty path). */
  readonly inside: boolean | undefined
  /** No further character changes `inside`. */
  readonly settled: boolean
}

export interface TextAutomaton {
  readonly alphabet: Alphabet
  /** The first one is where reading starts. */
  readonly states: readonly TextState[]
}

const SLASH = 0x2f
const START = 0
const OUTSIDE = 1
const EVERYTHING = 2
const NOWHERE: ReadonlyMap<number, number> = new Map()

/** Every text a header or query parameter can have as its value, except the empty one. */
export const NONEMPTY_VALUES: TextAutomaton = {
  alphabet: VALUE_ALPHABET,
  states: [
    { next: NOWHERE, otherwise: 1, inside: undefined, settled: false },
    { next: NOWHERE, otherwise: 1, inside: true, settled: true },
  ],
}

/** Whether `text` is a request path: `/`, then any characters but controls, space, `?` and `#`. */
export function isRequestPath(text: string): boolean {
  if (!text.startsWith('/')) return false
  for (const character of text) {
    if (!PATH_ALPHABET.has(character.codePointAt(0) ?? 0)) return false
  }
  return true
}

/** Whether an Exact or PathPrefix match takes the request path; other types take nothing. */
export function takesPath(match: PathMatch, path: string): boolean {
  if (match.type === 'Exact') return path === match.value
  if (match.type !== 'PathPrefix') return false
  return isWithin(normalizePrefix(match.value), path)
}

/**
 * The automaton that reads request paths and tells whether some Exact or PathPrefix match of `matches` takes them; other types
 * take nothing. Law: the state after reading a path p has `inside` = matches.some(m => takesPath(m, p)).
 * Cost: the total length of the values.
 */
export function pathAutomaton(matches: readonly PathMatch[]): TextAutomaton {
  const states: { next: Map<number, number>; otherwise: number; inside: boolean | undefined; settled: boolean }[] = [
    { next: new Map(), otherwise: -1, inside: undefined, settled: false },
    { next: new Map(), otherwise: OUTSIDE, inside: false, settled: true },
    { next: new Map(), otherwise: EVERYTHING, inside: true, settled: true },
  ]
  // INVARIANT: beside the three above, the states are a tree.
  function advance(from: number, rune: number): number {
    const state = states[from]
    if (state === undefined || from === EVERYTHING) return from
    const known = state.next.get(rune)
    if (known !== undefined) return known
    const added = states.push({ next: new Map(), otherwise: OUTSIDE, inside: false, settled: false }) - 1
    state.next.set(rune, added)
    return added
  }
  states[START]?.next.set(SLASH, states.push({ next: new Map(), otherwise: OUTSIDE, inside: false, settled: false }) - 1)
  for (const match of matches) {
    if (match.type !== 'Exact' && match.type !== 'PathPrefix') continue
    const value = match.type === 'Exact' ? match.value : normalizePrefix(match.value)
    if (!isRequestPath(value)) continue
    if (match.type === 'PathPrefix' && value === '/') states[START]?.next.set(SLASH, EVERYTHING)
    let at = START
    for (const character of value) at = advance(at, character.codePointAt(0) ?? 0)
    const last = states[at]
    if (last === undefined || at === EVERYTHING) continue
    last.inside = true
    if (match.type === 'PathPrefix') last.next.set(SLASH, EVERYTHING)
  }
  return { alphabet: PATH_ALPHABET, states }
}
