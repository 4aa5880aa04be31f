import type { RouteKind } from '../../delegation/route.ts'
import { allowsHost, describeAllowed } from '../allowed-hosts.ts'
import { type Check, EVERY_KIND, type Finding } from '../check.ts'
import { filtersOf, type PlacedFilter, undecidedFilters } from '../filters.ts'
import { changedHeaders } from '../header-changes.ts'

export const rewriteForbidden: Check = {
  code: 'LK603',
  effect: 'risk',
  rule: 'A rewrite goes to a host that the policy does not allow, hides in a header modifier, or has `..` or `//` in its path.',
  action: 'Warn',
  patches: false,
  kinds: EVERY_KIND,
  *find({ route, policy, isPlatform }) {
    if (isPlatform) return
    const hosts = policy.filters.rewriteHosts
    const found = filtersOf(route).flatMap((placed) => [
      ...hostRewrites(placed, hosts),
      ...hiddenRewrites(placed, route.kind),
      ...climbingPaths(placed),
    ])
    if (hosts === undefined) yield* found
    else for (const finding of [...found, ...undecidedFilters(route, 'rewrites the host')]) yield { ...finding, action: 'Deny' }
  },
}

function* hostRewrites({ field, rule, filter }: PlacedFilter, hosts: readonly string[] | undefined): Iterable<Finding> {
  if (filter.type !== 'URLRewrite' || filter.hostname === undefined || hosts === undefined) return
  if (allowsHost(hosts, filter.hostname)) return
  yield {
    field: `${field}.urlRewrite.hostname`,
    value: filter.hostname,
    message: `a rewrite to host ${filter.hostname} is not allowed here: ${describeAllowed(hosts)}. Keep the request's host, or ask the cluster admin to allow this one.`,
    rule,
  }
}

/** Headers by which a gateway of Envoy chooses host, path or upstream: to change one is to rewrite without a URLRewrite. */
function isRoutingHeader(key: string): boolean {
  return key === 'host' || key.startsWith(':') || key.startsWith('x-envoy-')
}

function* hiddenRewrites({ field, rule, filter }: PlacedFilter, kind: RouteKind): Iterable<Finding> {
  if (filter.type !== 'RequestHeaderModifier') return
  for (const { place, name, verb, value } of changedHeaders(filter)) {
    if (!isRoutingHeader(name.toLowerCase())) continue
    yield {
      field: `${field}.${place}`,
      value: name,
      message: `this filter ${verb} header ${name}, which decides where the gateway sends a request: a hidden rewrite. ${kind === 'HTTPRoute' ? 'Use a URLRewrite filter' : 'Remove it'}, or ask the cluster admin.`,
      rule,
      ...(value === undefined ? {} : { unshown: value }),
    }
  }
}

function* climbingPaths({ field, rule, filter }: PlacedFilter): Iterable<Finding> {
  if (filter.type !== 'URLRewrite' || filter.path === undefined) return
  const { key, value } = filter.path
  const what = climb(value)
  if (what === undefined) return
  yield {
    field: `${field}.urlRewrite.path.${key}`,
    value,
    message: `${JSON.stringify(what)} in a replacement path is resolved by the backend, which then serves a path that is written nowhere. Write the path without it.`,
    rule,
  }
}

/** An empty element or one that means the element above, percent-encoded or not; a slash at the end is none. */
function climb(path: string): '..' | '//' | undefined {
  const decoded = path.replace(/%2e/gi, '.').replace(/%2f/gi, '/')
  if (decoded.split('/').includes('..')) return '..'
  return decoded.includes('//') ? '//' : undefined
}
