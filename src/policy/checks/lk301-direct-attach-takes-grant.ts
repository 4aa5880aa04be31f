import { nameOf } from '../../delegation/route.ts'
import type { Check } from '../check.ts'
import { conflictFinding } from '../conflict-findings.ts'
import { hiddenRoots } from '../hidden-roots.ts'

/**
 * Judged as if the listener accepted the route: what it refuses today it may accept tomorrow. Root namespaces are trusted,
 * and a host of its own below a wider one is the namespace's where the policy allows it.
 */
export const directAttachTakesGrant: Check = {
  code: 'LK301',
  effect: 'escape',
  rule: 'A route attached to a Gateway of another namespace takes requests that a root delegates, or serves beside its delegations.',
  action: 'Deny',
  patches: false,
  *find(subject) {
    for (const found of subject.conflicts) {
      const { kind } = found.conflict
      if (kind !== 'grant' && kind !== 'bypass') continue
      const gateway = nameOf(found.contender.claimant.attachment.gateway)
      if (kind === 'grant') {
        yield conflictFinding(
          subject,
          found,
          (own, example) =>
            `attached to Gateway ${gateway} directly, ${own} takes requests${example} that a route of the platform delegates or serves. Drop the Gateway from spec.parentRefs and ask the owner of Gateway ${gateway} for a lane.`,
        )
      } else {
        const finding = conflictFinding(
          subject,
          found,
          (own, example) =>
            `attached to Gateway ${gateway} directly, ${own} takes requests${example} of its own lane past the parent that grants it, whose filters and policies do not apply to them. Drop the Gateway from spec.parentRefs.`,
        )
        yield { ...finding, effect: 'risk', action: 'Warn' }
      }
    }
    for (const { field, host, gateway, root, isOwn, witness } of hiddenRoots(subject)) {
      yield {
        field,
        value: host,
        message: isOwn
          ? `attached to Gateway ${nameOf(gateway)} directly, host ${host} hides the lane that a route on a wider host grants: its filters and policies do not apply to this host. Drop the hostname.`
          : `attached to Gateway ${nameOf(gateway)} directly, host ${host} takes every request for it from a route of the platform that delegates on a wider host. Drop the hostname, or ask the cluster admin to allow it in the policy's hostnames.`,
        ...(isOwn && ({ effect: 'risk', action: 'Warn' } as const)),
        confidential: { route: nameOf(root), witness },
        hosts: [host],
      }
    }
  },
}
