import type { Duration, Rule } from '../../delegation/route.ts'
import { allowsHost, describeAllowed } from '../allowed-hosts.ts'
import { type Check, EVERY_KIND, type Finding } from '../check.ts'
import { filtersOf, type PlacedFilter } from '../filters.ts'
import type { Limits } from '../policy.ts'

export const limitExceeded: Check = {
  code: 'LK608',
  effect: 'risk',
  rule: 'Timeouts, retries, a session or CORS origins go beyond what the policy (`limits`, `filters.corsHosts`) allows.',
  action: 'Deny',
  patches: false,
  kinds: EVERY_KIND,
  *find({ route, policy, isPlatform }) {
    if (isPlatform) return
    const { limits, filters } = policy
    for (const [index, rule] of route.rules.entries()) {
      const found = [...timeouts(rule, limits), ...retries(rule, limits), ...sessions(rule, limits)]
      for (const finding of found) yield { ...finding, field: `spec.rules[${index}].${finding.field}`, rule: index }
    }
    if (filters.corsHosts !== undefined) for (const placed of filtersOf(route)) yield* origins(placed, filters.corsHosts)
  },
}

/** Zero switches a timeout off, which is longer than any limit. */
function timeouts({ timeouts: { request, backendRequest } }: Rule, { requestTimeout }: Limits): Finding[] {
  if (requestTimeout === undefined) return []
  return [...longer('timeouts.request', request, requestTimeout), ...longer('timeouts.backendRequest', backendRequest, requestTimeout)]
}

function longer(field: string, duration: Duration | undefined, limit: number): Finding[] {
  if (duration === undefined) return []
  const { written, milliseconds } = duration
  if (milliseconds !== undefined && milliseconds > 0 && milliseconds <= limit) return []
  return [{ field, value: written, message: `${tooLong(duration)}: the policy allows at most ${inUnits(limit)}. ${SHORTER}` }]
}

function tooLong({ written, milliseconds }: Duration): string {
  if (milliseconds === undefined) return `${JSON.stringify(written)} is no duration`
  return milliseconds === 0 ? `${written} means no limit` : `${written} is too long`
}

const SHORTER = 'Write a shorter one, or ask the cluster admin to raise the limit.'

function retries({ retry }: Rule, limits: Limits): Finding[] {
  // A retry that doesn't say how often is tried again at least once.
  const attempts = retry === undefined ? 0 : (retry.attempts ?? 1)
  if (limits.retries === undefined || attempts <= limits.retries) return []
  return [
    {
      field: retry?.attempts === undefined ? 'retry' : 'retry.attempts',
      value: String(attempts),
      message: `retry attempts: ${attempts}, and the policy allows at most ${limits.retries}. Write fewer, or ask the cluster admin to raise the limit.`,
    },
  ]
}

function sessions({ sessionPersistence }: Rule, { sessionTimeout }: Limits): Finding[] {
  if (sessionPersistence === undefined || sessionTimeout === undefined) return []
  const { absoluteTimeout, idleTimeout } = sessionPersistence
  if (absoluteTimeout === undefined) {
    return [
      {
        field: 'sessionPersistence',
        message: `a session without absoluteTimeout never ends, and the policy allows at most ${inUnits(sessionTimeout)}. Write an absoluteTimeout, or ask the cluster admin to raise the limit.`,
      },
    ]
  }
  return [
    ...longer('sessionPersistence.absoluteTimeout', absoluteTimeout, sessionTimeout),
    ...(idleTimeout === undefined ? [] : longer('sessionPersistence.idleTimeout', idleTimeout, sessionTimeout)),
  ]
}

function* origins({ field, rule, filter }: PlacedFilter, hosts: readonly string[]): Iterable<Finding> {
  if (filter.type !== 'CORS') return
  for (const [index, origin] of filter.allowOrigins.entries()) {
    if (allowsHost(hosts, hostOf(origin))) continue
    yield {
      field: `${field}.cors.allowOrigins[${index}]`,
      value: origin,
      message: `pages of origin ${origin} may not be let in here: ${describeAllowed(hosts)}. Name narrower origins, or ask the cluster admin to allow this one.`,
      rule,
    }
  }
}

/** `https://*.example.com:8443` → `*.example.com`; what has no scheme is itself, `*` being every host. */
function hostOf(origin: string): string {
  return origin
    .toLowerCase()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//, '')
    .replace(/:(?:\d+|\*)$/, '')
}

/** Milliseconds as Gateway API writes them: 90000 → `1m30s`. */
function inUnits(milliseconds: number): string {
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(milliseconds / 3_600_000), 'h'],
    [Math.floor(milliseconds / 60_000) % 60, 'm'],
    [Math.floor(milliseconds / 1000) % 60, 's'],
    [milliseconds % 1000, 'ms'],
  ]
  return parts.map(([count, unit]) => (count === 0 ? '' : `${count}${unit}`)).join('')
}
