import { inheritsMatcher } from '../../delegation/annotations.ts'
import { describePath } from '../../delegation/matcher.ts'
import { hasClimbingElement } from '../../delegation/path.ts'
import type { Witness } from '../../delegation/route.ts'
import type { Check } from '../check.ts'
import { matchField, type Subject } from '../subject.ts'

export const inheritedPathClimbs: Check = {
  code: 'LK106',
  effect: 'escape',
  rule: "An inheriting route writes `.`, `..` or `//` in a path, which the gateway resolves when it joins the path with its parent's.",
  action: 'Deny',
  patches: false,
  *find(subject) {
    const { route, dialects, attachesDirectly, isDelegatee } = subject
    // A root is joined with nothing.
    if (attachesDirectly && !isDelegatee) return
    if (![...dialects].some((dialect) => inheritsMatcher(route, dialect))) return
    for (const [rule, { matches }] of route.rules.entries()) {
      for (const [match, own] of matches.entries()) {
        if (!hasClimbingElement(own.path.value)) continue
        const at = { rule, match }
        const witness = witnessAt(subject, at)
        yield {
          field: `${matchField(at)}.path.value`,
          value: own.path.value,
          message: `${describePath(own.path)} holds ".", ".." or "//" as a path element, and the gateway resolves those when it joins the path with the parent's: the match leaves the lane or loses a part${witness === undefined ? '' : `, and takes ${witness.method} ${witness.path}`}. Write the path out (in a regex "[^/]+" for any one element).`,
          at,
          witness,
          requests: own,
        }
      }
    }
  },
}

/** A request that the match takes outside its grant, where joining led out of the lane. */
function witnessAt(subject: Subject, at: { rule: number; match: number }): Witness | undefined {
  return subject.escapes.find(({ claim, witness }) => claim.rule === at.rule && claim.match === at.match && witness !== undefined)?.witness
}
