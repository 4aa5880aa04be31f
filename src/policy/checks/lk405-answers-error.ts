import type { Claimant } from '../../delegation/claimant.ts'
import type { HttpRoute, Rule } from '../../delegation/route.ts'
import { consents, selectorOf } from '../../delegation/selection.ts'
import type { View } from '../../delegation/view.ts'
import type { Check } from '../check.ts'
import { conflictFinding } from '../conflict-findings.ts'
import type { Action } from '../policy.ts'

/** Filters that leave the answer to a backend; any other, a newer one too, may answer itself. */
const LEAVES_ANSWER: ReadonlySet<string> = new Set([
  'RequestHeaderModifier',
  'ResponseHeaderModifier',
  'RequestMirror',
  'URLRewrite',
  'CORS',
  'ExternalAuth',
])

/** Gateways answer 500 for such a rule, and it takes its requests all the same. Deny only for what the object itself lacks. */
export const answersError: Check = {
  code: 'LK405',
  effect: 'escape',
  rule: "A rule that has nothing to serve takes requests that another owner's route would have served.",
  action: 'Deny',
  patches: false,
  *find(subject) {
    for (const contender of subject.contenders) {
      const { rule } = contender.claimant
      const written = subject.route.rules[rule]
      const empty = written && nothingToServe(written, subject.route, subject.view)
      if (empty === undefined) continue
      const serves = ({ route, rule: index }: Claimant) => {
        const theirs = route.rules[index]
        return theirs === undefined || nothingToServe(theirs, route, subject.view) === undefined
      }
      for (const conflict of subject.contest.lossesTo(contender.claimant, contender.met, serves)) {
        const finding = conflictFinding(
          subject,
          { contender, conflict },
          (own, example) =>
            `rule ${rule} ${empty.why}, so ${own} answers 500 to requests${example} that a route in another namespace would serve. ${empty.advice}`,
        )
        yield { ...finding, action: empty.action }
      }
    }
  },
}

/** Why a rule can only answer with an error; undefined where it may serve. */
function nothingToServe(rule: Rule, route: HttpRoute, view: View): { why: string; advice: string; action: Action } | undefined {
  if (rule.filters.some(({ type }) => !LEAVES_ANSWER.has(type))) return undefined
  if (rule.backendRefs.length === 0) {
    return { why: 'has no backendRefs and no filter that answers', advice: 'Name a backend, or drop the match.', action: 'Deny' }
  }
  const selectsNobody = rule.backendRefs.every((ref) => {
    const selector = selectorOf(ref, route.namespace)
    if (selector === undefined) return false
    for (const child of view.selectedBy(selector)) if (consents(child, route)) return false
    return true
  })
  if (!selectsNobody) return undefined
  return {
    why: 'delegates to routes that are not there (yet)',
    advice: 'Create them first, or drop the match until they are.',
    action: 'Warn',
  }
}
