import type { Attachment } from './attachment.ts'
import type { Claim } from './claim.ts'
import { hostsBelow } from './hostname.ts'
import type { Lane } from './lane.ts'
import type { HttpMatch, HttpRoute } from './route.ts'
import { delegates } from './selection.ts'

/** A match on a host, as the gateway sees it: of a root, or of a delegatee at any depth under one way from its root. */
export interface Claimant {
  readonly route: HttpRoute
  readonly rule: number
  /** Match 0 where an empty list inherits. */
  readonly match: number
  readonly effective: HttpMatch
  readonly root: HttpRoute
  readonly attachment: Attachment
  /** Host patterns on which requests come here. */
  readonly hosts: readonly string[]
  /** The grant this one hangs under; undefined for a root. */
  readonly up: Claimant | undefined
  /** Delegations from the root: 0 = the root itself. */
  readonly depth: number
  /** The object was deleted a short while ago: its requests are still its owner's, but it serves and grants nothing. */
  readonly departed?: boolean
}

/** The matches of a route on the Gateways it attaches to itself. */
export function directClaimants(route: HttpRoute, attachments: readonly Attachment[]): Claimant[] {
  return attachments.flatMap((attachment) =>
    route.rules.flatMap(({ matches }, rule) =>
      matches.map((effective, match) => {
        const at = { route, rule, match, effective, root: route, attachment, hosts: attachment.hosts }
        return { ...at, up: undefined, depth: 0 }
      }),
    ),
  )
}

/** A claim as a claimant; undefined while nothing attaches its root to a Gateway, or no host is left: then it meets nobody. */
export function claimantOf(route: HttpRoute, { lane, rule, match, effective }: Claim): Claimant | undefined {
  const up = grantOf(lane)
  const hosts = hostsBelow(lane.hosts, route.hostnames, lane.root.dialect)
  return up && hosts && { ...up, route, rule, match, effective: effective.match, hosts, up, depth: up.depth + 1 }
}

/** The parent's side of a lane. */
function grantOf({ parent, rule, match, granted, root, hosts, up }: Lane): Claimant | undefined {
  if (root.attachment === undefined) return undefined
  const above = up && grantOf(up)
  if (up !== undefined && above === undefined) return undefined
  const depth = above === undefined ? 0 : above.depth + 1
  return { route: parent, rule, match, effective: granted, root: root.route, attachment: root.attachment, hosts, up: above, depth }
}

/** The rule hands its requests on. */
export function isGrant({ route, rule }: Claimant): boolean {
  const written = route.rules[rule]
  return written !== undefined && delegates(written, route.namespace)
}

/** The grants a claimant hangs under, the nearest first. */
export function* grantsAbove(claimant: Claimant): Iterable<Claimant> {
  for (let at = claimant.up; at !== undefined; at = at.up) yield at
}

/** What a request has to meet to come to the claimant: in the nested dialect the grants on the way, too. */
export function matchesPassed(claimant: Claimant): readonly HttpMatch[] {
  const { effective, attachment } = claimant
  if (attachment.dialect !== 'agentgateway') return [effective]
  return [effective, ...[...grantsAbove(claimant)].map((grant) => grant.effective)]
}

export function sameObject(a: HttpRoute, b: HttpRoute): boolean {
  return a === b || (a.name === b.name && a.namespace === b.namespace && a.kind === b.kind)
}

/** Whether both stand for the same match of the same object, on whatever way. */
export function samePlace(a: Claimant, b: Claimant): boolean {
  return sameObject(a.route, b.route) && a.rule === b.rule && a.match === b.match
}
