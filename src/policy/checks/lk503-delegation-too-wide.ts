import { nameOf } from '../../delegation/route.ts'
import { consents, describeSelector } from '../../delegation/selection.ts'
import type { Check, Finding } from '../check.ts'
import { delegatingRefs } from '../delegating-refs.ts'
import type { Subject } from '../subject.ts'

export const delegationTooWide: Check = {
  code: 'LK503',
  effect: 'risk',
  rule: 'Delegation fans out so far that a gateway explores it for ever: mutual wildcards in one namespace, too many children, too many ways here.',
  action: 'Deny',
  patches: false,
  *find(subject) {
    yield* mutualWildcards(subject)
    yield* tooManyChildren(subject)
    const { incomplete } = subject
    if (incomplete !== 'no') {
      yield {
        field: 'spec',
        message:
          'more ways lead through other routes to this one than can be examined, so it cannot be shown to stay inside its grants. Name its parents in parentRefs.',
        untrusted: incomplete === 'untrusted',
      }
    }
  },
}

/** Parentless routes of one namespace that each delegate to `*` of it are explored in every order: N! ways. */
function* mutualWildcards({ route, view }: Subject): Iterable<Finding> {
  const own = delegatingRefs(route).find(({ selector }) => selector.by === 'wildcard' && selector.namespace === route.namespace)
  if (own === undefined || route.parentRefs.length > 0 || route.usesDefaultGateways) return
  for (const { parent, selector } of view.delegationsTo(route)) {
    if (selector.by !== 'wildcard' || parent.namespace !== route.namespace || nameOf(parent) === nameOf(route)) continue
    if (!consents(parent, route)) continue
    yield {
      field: own.field,
      message: `another route of namespace ${route.namespace} delegates to every route of it too, and neither names its parents: gateways explore such routes in every order. Name the children, or give the routes parentRefs.`,
    }
    return
  }
}

/** On the parent, and never a denial: a tenant must not be able to lock others out by adding children. */
function* tooManyChildren({ route, view, policy }: Subject): Iterable<Finding> {
  for (const { field, selector } of delegatingRefs(route)) {
    if (view.countSelectedBy(selector) <= policy.limits.children) continue
    yield {
      field,
      message: `this reference selects more routes than the ${policy.limits.children} the policy allows (${describeSelector(selector)}). Select by name or by label.`,
      action: 'Warn',
    }
  }
}
