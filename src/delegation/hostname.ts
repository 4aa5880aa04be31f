import type { Dialect } from './route.ts'

/** Hostnames as Gateway API compares them: lower-cased, an optional `*.` in front that stands for one or more labels. */

/** What both patterns match, as a pattern; undefined when nothing. `*` is every host, and so is `undefined` as an argument. */
export function intersectHostnames(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || a === '*') return b ?? '*'
  if (b === undefined || b === '*' || a === b) return a
  if (a.startsWith('*.') && isBelow(a, b)) return b
  if (b.startsWith('*.') && isBelow(b, a)) return a
  return undefined
}

/** Whether `host` (exact or wildcard) is strictly below the wildcard: `*.x` is above `a.x` and `*.a.x`, not above `x`. */
function isBelow(wildcard: string, host: string): boolean {
  const suffix = wildcard.slice(1)
  const name = host.startsWith('*.') ? host.slice(2) : host
  return name.length > suffix.length && name.endsWith(suffix)
}

/** Whether some host matches both patterns. */
export function hostsMeet(a: string, b: string): boolean {
  return intersectHostnames(a, b) !== undefined
}

/** Whether every host that `host` matches is matched by `pattern` too, `*` being every host. */
export function isHostWithin(host: string, pattern: string): boolean {
  return pattern === '*' || (host !== '*' && intersectHostnames(host, pattern) === host)
}

/** Every pattern that is strictly wider than this one, `*` first. */
export function patternsAbove(pattern: string): string[] {
  if (pattern === '*') return []
  const labels = (pattern.startsWith('*.') ? pattern.slice(2) : pattern).split('.')
  return ['*', ...labels.slice(1).map((_, index) => `*.${labels.slice(index + 1).join('.')}`)]
}

/** A host that the pattern matches, for an example request. */
export function exampleHost(pattern: string): string {
  if (pattern === '*') return 'example.com'
  return pattern.startsWith('*.') ? `x${pattern.slice(1)}` : pattern
}

/** The hosts of a route on a listener: `*` = every host. Empty = they share none. */
export function hostsOn(listenerHostname: string | undefined, routeHostnames: readonly string[]): string[] {
  if (routeHostnames.length === 0) return [listenerHostname ?? '*']
  const hosts = new Set<string>()
  for (const hostname of routeHostnames) {
    const host = intersectHostnames(listenerHostname, hostname)
    if (host !== undefined) hosts.add(host)
  }
  return [...hosts]
}

/**
 * The hosts on which a delegatee is served through a parent that is served on `above`; undefined = it is not. Flattening
 * gateways refuse one with hostnames of its own, in the nested dialect they narrow. What is on no host at all, its listener
 * being another's, stays so without being refused.
 */
export function hostsBelow(above: readonly string[], hostnames: readonly string[], dialect: Dialect): readonly string[] | undefined {
  if (hostnames.length === 0) return above
  if (dialect !== 'agentgateway') return undefined
  const shared = new Set(above.flatMap((host) => hostsOn(host, hostnames)))
  return shared.size === 0 && above.length > 0 ? undefined : [...shared]
}

/** The more specific one first: exact before wildcard, longer before shorter, `*` last. */
export function compareHosts(a: string, b: string): number {
  return Number(a.startsWith('*')) - Number(b.startsWith('*')) || b.length - a.length || (a < b ? -1 : Number(a > b))
}
