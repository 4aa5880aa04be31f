import { compileWithin } from '../../delegation/re2.ts'
import type { HttpMatch, HttpRoute } from '../../delegation/route.ts'
import { type Check, EVERY_KIND } from '../check.ts'
import { matchField, pathField } from '../subject.ts'

export const regexInvalid: Check = {
  code: 'LK105',
  effect: 'risk',
  rule: 'A regular expression is not RE2, which can stall a whole listener, or is larger than the policy allows.',
  action: 'Deny',
  patches: false,
  kinds: EVERY_KIND,
  *find({ route, policy, budget }) {
    for (const [rule, { matches }] of route.rules.entries()) {
      for (const [match, own] of matches.entries()) {
        const at = { rule, match }
        for (const { field, source } of regexesOf(route, at, own)) {
          const compiled = compileWithin(source, budget)
          if (!compiled.ok) {
            yield {
              field,
              value: source,
              message: compiled.tooLarge
                ? `${JSON.stringify(source)} cannot be examined: ${compiled.error}. Write a shorter expression, or split the route.`
                : `${JSON.stringify(source)} is no RE2 expression: ${compiled.error}. Gateways run RE2: no look-around, no back-references, repeats up to 1000.`,
              at,
              requests: own,
            }
          } else if (compiled.regex.size > policy.limits.regexProgram) {
            yield {
              field,
              value: source,
              message: `${JSON.stringify(source)} compiles to ${compiled.regex.size} RE2 instructions, more than the ${policy.limits.regexProgram} the policy allows; the proxy may refuse it. Split it into several matches.`,
              action: 'Warn',
              requests: own,
            }
          }
        }
      }
    }
  },
}

/** `source` of a GRPCRoute's method match is the path expression that the gateway makes of it. */
function* regexesOf(route: HttpRoute, at: { rule: number; match: number }, match: HttpMatch): Iterable<{ field: string; source: string }> {
  if (match.path.type === 'RegularExpression') yield { field: pathField(route, at), source: match.path.value }
  for (const list of ['headers', 'queryParams'] as const) {
    for (const [index, { type, value }] of match[list].entries()) {
      if (type === 'RegularExpression') yield { field: `${matchField(at)}.${list}[${index}].value`, source: value }
    }
  }
}
