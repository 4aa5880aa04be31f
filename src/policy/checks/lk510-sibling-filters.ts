import { matchesAreDisjoint } from '../../delegation/disjoint.ts'
import type { Rule } from '../../delegation/route.ts'
import { consents, type Selector, selects } from '../../delegation/selection.ts'
import type { Check } from '../check.ts'
import { delegatingRefs } from '../delegating-refs.ts'
import type { Subject } from '../subject.ts'

export const siblingFilters: Check = {
  code: 'LK510',
  effect: 'risk',
  rule: 'Two rules hand overlapping requests to the same children with different filters, and the filters of only one of them run.',
  action: 'Warn',
  patches: false,
  *find(subject) {
    if (!subject.isFlattened) return
    const delegating = delegatingRules(subject)
    for (const [index, later] of delegating.entries()) {
      const earlier = delegating
        .slice(0, index)
        .find((other) => overlap(other.rule, later.rule) && !sameFilters(other.rule, later.rule) && shareChildren(other, later, subject))
      if (earlier === undefined) continue
      yield {
        field: `spec.rules[${later.index}].filters`,
        message: `this rule and spec.rules[${earlier.index}] hand overlapping requests to the same children with different filters: the gateway programs a child under both, and for a request of both only the filters of the one that wins run. Give both the same filters, or delegate to different children.`,
      }
    }
  },
}

interface DelegatingRule {
  readonly index: number
  readonly rule: Rule
  readonly selectors: readonly Selector[]
}

function delegatingRules({ route }: Subject): DelegatingRule[] {
  const refs = delegatingRefs(route)
  return route.rules.flatMap((rule, index) => {
    const selectors = refs.filter((ref) => ref.rule === index).map(({ selector }) => selector)
    return selectors.length === 0 ? [] : [{ index, rule, selectors }]
  })
}

function overlap(a: Rule, b: Rule): boolean {
  return a.matches.some((match) => b.matches.some((other) => matchesAreDisjoint(match, other) === undefined))
}

/** The same reference, or two that select a route that is there and lets itself be adopted. */
function shareChildren(a: DelegatingRule, b: DelegatingRule, subject: Subject): boolean {
  return a.selectors.some((one) => b.selectors.some((other) => sameValue(one, other) || selectOneChild(one, other, subject)))
}

function selectOneChild(one: Selector, other: Selector, { route, view, allowance }: Subject): boolean {
  if (one.namespace !== undefined && other.namespace !== undefined && one.namespace !== other.namespace) return false
  const [fewer, more] = view.countSelectedBy(one) <= view.countSelectedBy(other) ? [one, other] : [other, one]
  for (const child of view.selectedBy(fewer)) {
    // Anybody may add children: what can't be looked at within the strangers' budget is left unsaid.
    if (!allowance.strangers.spend(1)) return false
    if (selects(more, child) && consents(child, route)) return true
  }
  return false
}

function sameFilters(a: Rule, b: Rule): boolean {
  return sameValue(a.filters, b.filters)
}

/** Equal as JSON values: the order of keys means nothing. */
function sameValue(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  const [x, y] = [new Map<string, unknown>(Object.entries(a)), new Map<string, unknown>(Object.entries(b))]
  return (
    Array.isArray(a) === Array.isArray(b) && x.size === y.size && [...x].every(([key, value]) => y.has(key) && sameValue(value, y.get(key)))
  )
}
