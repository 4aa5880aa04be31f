import { nameOf } from '../../delegation/route.ts'
import type { Check } from '../check.ts'
import { conflictFinding } from '../conflict-findings.ts'

export const carveOutTaken: Check = {
  code: 'LK401',
  effect: 'escape',
  rule: 'A match is inside its grant, but takes what a more exact rule beside the grant gives to somebody else.',
  action: 'Deny',
  patches: false,
  *find(subject) {
    for (const found of subject.conflicts) {
      const { claim } = found.contender
      if (found.conflict.kind !== 'carve-out' || claim === undefined) continue
      const parent = nameOf(claim.lane.parent)
      const finding = conflictFinding(
        subject,
        found,
        (own, example) =>
          `${own} takes requests${example} that a more exact rule beside the grant of ${parent} gives to somebody else. Match only what is yours, or ask the owner of ${parent} who holds them.`,
      )
      yield { ...finding, untrusted: finding.untrusted === true || !found.conflict.trusted }
    }
  },
}
