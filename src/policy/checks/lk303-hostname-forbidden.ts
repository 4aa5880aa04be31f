import { allowedHosts } from '../allowed-hosts.ts'
import { type Check, EVERY_KIND } from '../check.ts'
import { type DirectHost, directHosts, hostVerdict } from '../direct-hosts.ts'
import { isRootNamespace } from '../namespaces.ts'

/**
 * Free: root namespaces, and on a Gateway of its own a namespace that no entry names. On other Gateways such a namespace
 * may use no host at all.
 */
export const hostnameForbidden: Check = {
  code: 'LK303',
  effect: 'escape',
  rule: 'A route that attaches to a Gateway takes hosts that the policy does not let its namespace use.',
  action: 'Deny',
  patches: false,
  kinds: EVERY_KIND,
  *find(subject) {
    const { route, view, policy } = subject
    if (policy.hostnames.length === 0 || isRootNamespace(policy, view, route.namespace)) return
    const allowed = allowedHosts(policy, route.namespace)
    const judged = directHosts(subject).filter(({ onOwnGateway }) => allowed !== undefined || !onOwnGateway)
    for (const hosts of byField(judged)) {
      const beyond = hosts.filter((host) => hostVerdict(host, allowed ?? []) !== 'inside')
      const [first] = beyond
      if (first === undefined) continue
      const outside = beyond.some((host) => hostVerdict(host, allowed ?? []) === 'outside')
      yield {
        field: first.field,
        value: first.hostname,
        message: `${subjectOf(first)} namespace ${route.namespace} use: ${allowed === undefined || allowed.length === 0 ? 'none' : allowed.join(', ')}. Use hostnames inside them, or ask the cluster admin to allow more.`,
        hosts: beyond.map(({ host }) => host),
        untrusted: !outside,
      }
    }
  },
}

/** Never the hosts of a listener: they may be somebody else's. */
function subjectOf({ hostname }: DirectHost): string {
  return hostname === undefined
    ? 'without hostnames the route takes every host of its listeners, which is more than the policy lets'
    : `host ${hostname} goes beyond those that the policy lets`
}

function byField(hosts: readonly DirectHost[]): Iterable<DirectHost[]> {
  const groups = new Map<string, DirectHost[]>()
  for (const host of hosts) groups.set(host.field, [...(groups.get(host.field) ?? []), host])
  return groups.values()
}
