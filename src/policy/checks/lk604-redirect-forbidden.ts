import { allowsHost, describeAllowed } from '../allowed-hosts.ts'
import { type Check, EVERY_KIND, type Finding } from '../check.ts'
import { filtersOf, undecidedFilters } from '../filters.ts'
import type { Subject } from '../subject.ts'

export const redirectForbidden: Check = {
  code: 'LK604',
  effect: 'risk',
  rule: 'A redirect sends clients to a host that the policy does not allow, or from https to http.',
  action: 'Warn',
  patches: false,
  kinds: EVERY_KIND,
  *find(subject) {
    const { route, policy, isPlatform } = subject
    if (isPlatform) return
    const hosts = policy.filters.redirectHosts
    const found = [...forbiddenRedirects(subject, hosts)]
    if (hosts === undefined) yield* found
    else for (const finding of [...found, ...undecidedFilters(route, 'redirects to another host')]) yield { ...finding, action: 'Deny' }
  },
}

function* forbiddenRedirects(subject: Subject, hosts: readonly string[] | undefined): Iterable<Finding> {
  for (const { field, rule, filter } of filtersOf(subject.route)) {
    if (filter.type !== 'RequestRedirect') continue
    const { hostname, scheme } = filter
    if (hostname !== undefined && hosts !== undefined && !allowsHost(hosts, hostname)) {
      yield {
        field: `${field}.requestRedirect.hostname`,
        value: hostname,
        message: `a redirect to host ${hostname} is not allowed here: ${describeAllowed(hosts)}. Keep the request's host, or ask the cluster admin to allow this one.`,
        rule,
      }
    }
    if (scheme === 'http' && mayBeEncrypted(subject)) {
      yield {
        field: `${field}.requestRedirect.scheme`,
        value: scheme,
        message: 'this redirect sends clients that came by https on without encryption. Leave the scheme out, or write https.',
        rule,
      }
    }
  }
}

/** Whether requests may reach the route by https: unless every Gateway it hangs on is known to speak plain http alone. */
function mayBeEncrypted({ attachments, lanes }: Subject): boolean {
  const gateways = [...attachments, ...lanes.map(({ root }) => root.attachment)]
  return (
    gateways.length === 0 || gateways.some((gateway) => gateway?.known?.listeners.every(({ protocol }) => protocol === 'HTTP') !== true)
  )
}
