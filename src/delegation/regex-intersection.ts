import { PATH_ALPHABET } from './alphabet.ts'
import type { Budget } from './budget.ts'
import { DISJOINT, type Intersection } from './containment.ts'
import { isRequestPath, pathAutomaton, takesPath } from './path-automaton.ts'
import { compileRegex, fullMatches, type Regex } from './re2.ts'
import { literalPrefix, tooCostly } from './regex-containment.ts'
import { type Found, findCommonText, findText } from './regex-walk.ts'
import type { PathMatch } from './route.ts'

const SLASH = 0x2f

/**
 * Whether some request path is matched by the regex and taken by `other`; a witness is a shortest one. `disjoint` is exact.
 * Undecided: `other` is of an unknown type or no valid regex, or the question costs more than the budget has.
 */
export function regexIntersects(regex: Regex, other: PathMatch, budget: Budget): Intersection {
  switch (other.type) {
    case 'Exact': {
      const taken = isRequestPath(other.value) && other.value.startsWith(literalPrefix(regex))
      if (!taken) return DISJOINT
      // What matching costs a library that remembers its states.
      if (!budget.spend(other.value.length + (regex.size >> 3))) return tooCostly(regex)
      return fullMatches(regex, other.value) ? { verdict: 'intersecting', witness: other.value } : DISJOINT
    }
    case 'PathPrefix': {
      if (!budget.spend(other.value.length)) return tooCostly(regex)
      const found = findText(regex.program, pathAutomaton([other]), true, budget)
      return intersectionOf(regex, found, (path) => takesPath(other, path))
    }
    case 'RegularExpression': {
      const compiled = compileRegex(other.value)
      if (!compiled.ok)
        return { verdict: 'undecided', reason: `${JSON.stringify(other.value)} can't be compiled as RE2: ${compiled.error}` }
      const second = compiled.regex
      const [p, q] = [literalPrefix(regex), literalPrefix(second)]
      if (!p.startsWith(q) && !q.startsWith(p)) return DISJOINT
      const found =
        second.source === regex.source
          ? findText(regex.program, pathAutomaton([]), false, budget)
          : findCommonText(regex.program, second.program, PATH_ALPHABET, SLASH, budget)
      return intersectionOf(regex, found, (path) => fullMatches(second, path))
    }
    case 'Unknown':
      return { verdict: 'undecided', reason: 'the other path is of an unknown match type' }
  }
}

function intersectionOf(regex: Regex, found: Found, takes: (path: string) => boolean): Intersection {
  if (found.kind === 'none') return DISJOINT
  if (found.kind === 'exhausted') return tooCostly(regex)
  const witness = found.text
  if (isRequestPath(witness) && fullMatches(regex, witness) && takes(witness)) return { verdict: 'intersecting', witness }
  return { verdict: 'undecided', reason: `the example ${JSON.stringify(witness)} could not be confirmed` }
}
