import { intersectHostnames } from '../delegation/hostname.ts'

/** Whether every host that `host` (exact or wildcard, lower-cased) stands for is inside one of a policy's patterns. */
export function allowsHost(patterns: readonly string[], host: string): boolean {
  return patterns.some((pattern) => pattern === '*' || intersectHostnames(pattern, host) === host)
}

/** How a message says what a list of hosts allows: without naming them, for they may be those of other teams. */
export function describeAllowed(patterns: readonly string[]): string {
  return patterns.length === 0 ? 'the policy allows none' : 'it is not among those the policy allows'
}
