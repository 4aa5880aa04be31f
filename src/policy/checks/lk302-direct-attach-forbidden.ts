import { attachableName, entranceAt, isGatewayOf } from '../../delegation/attachment.ts'
import { nameOf } from '../../delegation/route.ts'
import { allowedHosts } from '../allowed-hosts.ts'
import { type Check, EVERY_KIND } from '../check.ts'
import { directHosts, hostVerdict } from '../direct-hosts.ts'
import { probablyMeansRoute } from '../named-parents.ts'
import { isRootNamespace } from '../namespaces.ts'
import type { Subject } from '../subject.ts'

/**
 * Judged on the reference, whether or not the Gateway is there. Free: root namespaces, Gateways of the route's own
 * namespace, and a namespace whose hosts all lie inside what the policy's `hostnames` allows it.
 */
export const directAttachForbidden: Check = {
  code: 'LK302',
  effect: 'escape',
  rule: "A route attaches to another namespace's Gateway though its own is no root namespace.",
  action: 'Deny',
  patches: false,
  kinds: EVERY_KIND,
  *find(subject) {
    const { route, view, policy } = subject
    if (policy.rootNamespaces === undefined || isRootNamespace(policy, view, route.namespace)) return
    const places = foreignGateways(subject)
    if (places.length === 0) return
    const hosts = hostsOnForeignGateways(subject)
    if (hosts === 'inside') return
    for (const { field, value, gateway, uncertain } of places) {
      yield {
        field,
        value,
        message: `routes of namespace ${route.namespace} may not attach to ${gateway}: the policy leaves that to root namespaces${hosts === 'unlisted' ? '' : `, and not all hosts of this route are among those it allows namespace ${route.namespace}`}. Name a parent HTTPRoute in parentRefs instead, or ask the cluster admin.`,
        untrusted: hosts === 'undecided' || uncertain,
      }
    }
  },
}

/**
 * `uncertain`: LK206 tells what was probably meant, or nobody knows where a ListenerSet of the route's own namespace leads
 * while it isn't there.
 */
function foreignGateways({ route, view }: Subject): { field: string; value: string; gateway: string; uncertain: boolean }[] {
  const places = route.parentRefs.flatMap((ref, index) => {
    const entrance = entranceAt(ref, route, view)
    if (entrance === undefined || isGatewayOf(entrance.gateway, route.namespace)) return []
    const { named, gateway } = entrance
    const nowhere = gateway.kind !== 'Gateway' && gateway.namespace === route.namespace
    const uncertain = nowhere || probablyMeansRoute(ref, route, view)
    return [{ field: `spec.parentRefs[${index}]`, value: nameOf(named), gateway: attachableName(named), uncertain }]
  })
  if (route.usesDefaultGateways)
    places.push({ field: 'spec.useDefaultGateways', value: 'true', gateway: 'the default Gateways', uncertain: false })
  return places
}

/** How the route's hosts stand to the policy's entries for its namespace, the worst of them. */
function hostsOnForeignGateways(subject: Subject): 'unlisted' | 'outside' | 'undecided' | 'inside' {
  const allowed = allowedHosts(subject.policy, subject.route.namespace)
  if (allowed === undefined) return 'unlisted'
  const verdicts = directHosts(subject)
    .filter(({ onOwnGateway }) => !onOwnGateway)
    .map((host) => hostVerdict(host, allowed))
  return verdicts.includes('outside') ? 'outside' : verdicts.includes('undecided') ? 'undecided' : 'inside'
}
