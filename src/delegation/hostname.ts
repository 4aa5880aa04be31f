/** Hostnames as Gateway API compares them: lower-cased, an optional `*.` in front that stands for one or more labels. */

/** What both patterns match, as a pattern (`*` = every host); undefined when nothing. `undefined` as an argument = every host. */
export function intersectHostnames(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined) return b ?? '*'
  if (b === undefined || a === b) return a
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

/** Whether some host matches both patterns, `*` being every host. */
export function hostsMeet(a: string, b: string): boolean {
  return a === '*' || b === '*' || intersectHostnames(a, b) !== undefined
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
