import { nameOf } from '../delegation/route.ts'
import type { Finding } from './check.ts'
import { conflictFinding, gatewayInWords } from './conflict-findings.ts'
import { hiddenRoots } from './hidden-roots.ts'
import type { Subject } from './subject.ts'

/**
 * What a route attached directly takes of a root that delegates. Judged as if the listener accepted the route: what it
 * refuses today it may accept tomorrow. Root namespaces are trusted, and a host of its own below a wider one is the
 * namespace's where the policy allows it.
 */
export function* takenGrants(subject: Subject): Iterable<Finding> {
  for (const found of subject.conflicts) {
    const { kind } = found.conflict
    if (kind !== 'grant' && kind !== 'bypass') continue
    const { attachment } = found.contender.claimant
    const { named } = attachment
    const drop = `Drop the ${named.slice(0, named.indexOf(' '))} from spec.parentRefs`
    if (kind === 'grant') {
      yield conflictFinding(
        subject,
        found,
        (own, example) =>
          `attached to ${named} directly, ${own} takes requests${example} that a route of the platform delegates or serves. ${drop} and ask the owner of ${gatewayInWords(attachment)} for a lane.`,
      )
    } else {
      const finding = conflictFinding(
        subject,
        found,
        (own, example) =>
          `attached to ${named} directly, ${own} takes requests${example} of its own lane past the parent that grants it, whose filters and policies do not apply to them. ${drop}.`,
      )
      yield { ...finding, effect: 'risk', action: 'Warn' }
    }
  }
  for (const { field, host, named, root, isOwn, witness } of hiddenRoots(subject)) {
    yield {
      field,
      value: host,
      message: isOwn
        ? `attached to ${named} directly, host ${host} hides the lane that a route on a wider host grants: its filters and policies do not apply to this host. Drop the hostname.`
        : `attached to ${named} directly, host ${host} takes every request for it from a route of the platform that delegates on a wider host. Drop the hostname, or ask the cluster admin to allow it in the policy's hostnames.`,
      ...(isOwn && ({ effect: 'risk', action: 'Warn' } as const)),
      confidential: { route: nameOf(root), witness },
      hosts: [host],
    }
  }
}
