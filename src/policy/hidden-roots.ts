import { attachmentsOf, sharedHosts } from '../delegation/attachment.ts'
import { type Claimant, directClaimants, isGrant } from '../delegation/claimant.ts'
import { isBareCatchAll } from '../delegation/conflict.ts'
import { HoleFinder } from '../delegation/hole.ts'
import { exampleHost, intersectHostnames } from '../delegation/hostname.ts'
import { isTrustedRoot } from '../delegation/lane.ts'
import { intersectMatches } from '../delegation/match-intersection.ts'
import { type HttpRoute, nameOf, type Witness } from '../delegation/route.ts'
import { mayUseHost } from './allowed-hosts.ts'
import type { Subject } from './subject.ts'

/** A host of a route attached directly that keeps all its requests from a root on a wider one. */
export interface HiddenRoot {
  readonly field: string
  readonly host: string
  /** What the route names to get on the host: `Gateway infra/edge`. */
  readonly named: string
  readonly root: HttpRoute
  /** All that it hides is handed to the route's own owner, and to nobody else. */
  readonly isOwn: boolean
  /** A request that the root handed on before. */
  readonly witness: Witness | undefined
}

/**
 * The trusted roots that delegate on a wider host where this route takes a closer one: a flattening gateway has one table a
 * host, so whatever the paths, the root isn't asked there any more. One a hostname; none where the policy allows the host.
 */
export function hiddenRoots(subject: Subject): HiddenRoot[] {
  const found = new Map<string, HiddenRoot>()
  for (const attachment of subject.attachments) {
    const [own] = directClaimants(subject.route, [attachment])
    if (own === undefined || attachment.dialect === 'agentgateway') continue
    if (isTrustedRoot(subject.route, attachment, subject.view, subject.rules)) continue
    for (const place of attachment.places) {
      const field = fieldOf(place.host, subject.route)
      if (found.get(field)?.isOwn === false || mayUseHost(subject.policy, subject.route.namespace, place.host)) continue
      const hidden = hiddenAt({ ...own, attachment: { ...attachment, places: [place] } }, place.host, subject)
      if (hidden !== undefined) found.set(field, { field, ...hidden })
    }
  }
  return [...found.values()]
}

/** What is hidden in one place: of several roots the first by name, one that delegates to others before the rest. */
function hiddenAt(own: Claimant, host: string, subject: Subject): Omit<HiddenRoot, 'field'> | undefined {
  const { view, rules, allowance } = subject
  const holes = new HoleFinder(view, rules, allowance.trusted)
  let hidden: Claimant | undefined
  let isOwn = true
  for (const row of rowsAbove(own, host, subject)) {
    const handsToOwner = isGrant(row) && holes.handsToOwnerAlone(row, own)
    const isFirst = hidden === undefined || nameOf(row.root) < nameOf(hidden.root)
    if (handsToOwner ? !(isOwn && isFirst) : !(isOwn || isFirst)) continue
    hidden = row
    isOwn = handsToOwner
  }
  if (hidden === undefined) return undefined
  const request = intersectMatches([hidden.effective], allowance.trusted)
  const witness = request.verdict === 'intersecting' ? { ...request.witness, host: exampleHost(host) } : undefined
  return { host, named: own.attachment.named, root: hidden.root, isOwn, witness }
}

/** What other owners' trusted roots delegate where their host contains this one, and what they serve beside it. */
function* rowsAbove(own: Claimant, host: string, { view, rules }: Subject): Iterable<Claimant> {
  for (const root of view.rootsAbove(host)) {
    if (rules.sameOwner(root.namespace, own.route.namespace)) continue
    for (const attachment of attachmentsOf(root, view, rules.dialect)) {
      if (!isTrustedRoot(root, attachment, view, rules)) continue
      if (sharedHosts(own.attachment, attachment).some(({ closer }) => closer === 'first')) {
        const rows = directClaimants(root, [attachment])
        if (rows.some(isGrant)) yield* rows.filter((row) => isGrant(row) || !isBareCatchAll(row.effective))
      }
    }
  }
}

/** Where the host is written: the hostname it is left of, or the list as a whole where the listener alone says it. */
function fieldOf(host: string, { hostnames }: HttpRoute): string {
  const index = hostnames.findIndex((hostname) => intersectHostnames(hostname, host) === host)
  return index < 0 ? 'spec.hostnames' : `spec.hostnames[${index}]`
}
