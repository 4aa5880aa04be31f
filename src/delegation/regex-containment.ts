import { PATH_ALPHABET } from './alphabet.ts'
import type { Budget } from './budget.ts'
import { CONTAINED, type Containment } from './containment.ts'
import { isRequestPath, pathAutomaton, takesPath } from './path-automaton.ts'
import { fullMatches, type Regex } from './re2.ts'
import { onlyRune, rangesContain } from './regex-program.ts'
import { findText } from './regex-walk.ts'
import type { PathMatch } from './route.ts'

/**
 * Whether every request path the regex matches is taken by one of the Exact and PathPrefix matches of `allowed`; other types
 * count for nothing. A witness is a shortest one. `contained` is exact; so is a regex that matches no request path at all.
 */
export function regexContainedIn(regex: Regex, allowed: readonly PathMatch[], budget: Budget): Containment {
  if (!budget.spend(sizeOf(allowed))) return tooCostly(regex)
  const found = findText(regex.program, pathAutomaton(allowed), false, budget)
  if (found.kind === 'none') return CONTAINED
  if (found.kind === 'exhausted') return tooCostly(regex)
  const witness = found.text
  if (!isRequestPath(witness) || !fullMatches(regex, witness) || allowed.some((match) => takesPath(match, witness))) {
    return { verdict: 'undecided', reason: `the example ${JSON.stringify(witness)} for the ${described(regex)} could not be confirmed` }
  }
  return { verdict: 'not-contained', witness }
}

/** A shortest request path the regex matches; undefined = there is none, or finding it costs more than the budget has. */
export function samplePath(regex: Regex, budget: Budget): string | undefined {
  const containment = regexContainedIn(regex, [], budget)
  return containment.verdict === 'not-contained' ? containment.witness : undefined
}

const SLASH = 0x2f
/** Longer prefixes tell an index nothing more, and a loop that never matches would go on for ever. */
const MAX_PREFIX_LENGTH = 1_024
const prefixes = new WeakMap<Regex, string>()

/**
 * A string every request path that the regex matches starts with, character by character; `''` = not even `/` is known
 * (never, as paths start with it). Not always the longest one: assertions are taken to hold. Remembered for each regex.
 * Cost: at most some ten times its instructions.
 */
export function literalPrefix(regex: Regex): string {
  const known = prefixes.get(regex)
  if (known !== undefined) return known
  const prefix = findLiteralPrefix(regex)
  prefixes.set(regex, prefix)
  return prefix
}

function findLiteralPrefix(regex: Regex): string {
  const { instructions, start } = regex.program
  let steps = 10 * instructions.length
  let prefix = ''
  let reached = new Set([start])
  while (prefix.length < MAX_PREFIX_LENGTH) {
    const following = new Set<number>()
    let common = prefix === '' ? SLASH : -1
    // A Set's loop visits what is added during it.
    for (const pc of reached) {
      if (--steps < 0) return prefix
      const instruction = instructions[pc]
      if (instruction === undefined || instruction.op === 'fail') continue
      if (instruction.op === 'match') {
        // The empty text is no path.
        if (prefix !== '') return prefix
      } else if (instruction.op === 'runes') {
        if (prefix === '') {
          if (rangesContain(instruction.ranges, SLASH)) following.add(instruction.out)
          continue
        }
        const only = onlyRune(instruction.ranges)
        if (only < 0 || (common >= 0 && only !== common)) return prefix
        if (!PATH_ALPHABET.has(only)) continue
        common = only
        following.add(instruction.out)
      } else {
        reached.add(instruction.out)
        if (instruction.op === 'split') reached.add(instruction.other)
      }
    }
    if (common < 0) return prefix
    prefix += String.fromCodePoint(common)
    if (following.size === 0) return prefix
    reached = following
  }
  return prefix
}

/** The reason of an undecided verdict, in words that fit after "undecided:". */
export function tooCostly(regex: Regex): { readonly verdict: 'undecided'; readonly reason: string } {
  return {
    verdict: 'undecided',
    reason: `the ${described(regex)} (${regex.size} RE2 instructions) costs more steps to decide than one object may spend`,
  }
}

const LONGEST_SHOWN = 80

function described(regex: Regex): string {
  const shown = regex.source.length > LONGEST_SHOWN ? `${regex.source.slice(0, LONGEST_SHOWN)}…` : regex.source
  return `regular expression ${JSON.stringify(shown)}`
}

/** Building the automaton costs a state per character. */
function sizeOf(matches: readonly PathMatch[]): number {
  let size = 1
  for (const match of matches) size += match.value.length
  return size
}
