import { isRouteReferenceGranted } from '../../delegation/reference-grant.ts'
import { nameOf } from '../../delegation/route.ts'
import { consents, describeSelector, namedParents, type Selector } from '../../delegation/selection.ts'
import type { Check } from '../check.ts'
import { delegatingRefs } from '../delegating-refs.ts'
import { isRootNamespace, sameOwner } from '../namespaces.ts'
import type { Subject } from '../subject.ts'

/**
 * Judged on the reference, whether or not it selects anything yet. Root namespaces may delegate anywhere; as long as none
 * are configured, so may a namespace on Gateways of its own, and everybody else is only warned.
 */
export const foreignDelegation: Check = {
  code: 'LK207',
  effect: 'escape',
  rule: "A route delegates to another owner's routes without their consent, without a ReferenceGrant, and from no root namespace.",
  action: 'Warn',
  patches: false,
  *find(subject) {
    const { route, policy } = subject
    if (mayDelegateAnywhere(subject)) return
    for (const { field, selector } of delegatingRefs(route)) {
      if (!isForeign(selector, subject) || isAgreed(selector, subject)) continue
      yield {
        field,
        value: describeSelector(selector),
        message: `this reference delegates to ${describeSelector(selector)}, beyond the namespaces of this route's owner and without their consent. ${waysOut(selector, route.namespace)}`,
        ...(policy.rootNamespaces === undefined ? {} : { action: 'Deny' as const }),
      }
    }
  },
}

function mayDelegateAnywhere({ route, view, policy, attachments }: Subject): boolean {
  if (policy.rootNamespaces !== undefined) return isRootNamespace(policy, view, route.namespace)
  return attachments.length > 0 && attachments.every(({ gateway, known }) => isOwn(gateway.namespace, known !== undefined))

  /** Of files, the Gateway may be kept elsewhere: then the route is believed. */
  function isOwn(namespace: string, isKnown: boolean): boolean {
    return namespace === route.namespace || (!isKnown && view.completeness === 'files')
  }
}

function isForeign({ namespace }: Selector, { route, view, policy }: Subject): boolean {
  return namespace === undefined || !sameOwner(policy, view, route.namespace, namespace)
}

/**
 * Every namespace at once can't agree. One agrees by a ReferenceGrant for whatever is selected, or once every route that
 * lets itself be adopted names its parent or has a grant of its own.
 */
function isAgreed(selector: Selector, { route, view, allowance }: Subject): boolean {
  const { namespace } = selector
  if (namespace === undefined) return false
  if (isRouteReferenceGranted(view, route.namespace, selector.by === 'name' ? selector : { namespace })) return true
  let agreed = false
  for (const child of view.selectedBy(selector)) {
    if (!allowance.strangers.spend(STEPS_PER_CHILD)) return false
    if (!consents(child, route)) continue
    const named = namedParents(child).some((parent) => nameOf(parent) === nameOf(route))
    if (!named && !isRouteReferenceGranted(view, route.namespace, child)) return false
    agreed = true
  }
  return agreed
}

/** Its parentRefs, and the ReferenceGrants of its namespace. */
const STEPS_PER_CHILD = 5

function waysOut({ namespace }: Selector, own: string): string {
  const asRoot = `ask the cluster admin to make ${own} a root namespace`
  if (namespace === undefined) return `Name the namespaces one by one, or ${asRoot}.`
  return `Have the children name this route in their parentRefs, have namespace ${namespace} give HTTPRoutes of namespace ${own} a ReferenceGrant, or ${asRoot}.`
}
