import { type Claimant, sameObject } from '../../delegation/claimant.ts'
import { describeMatch } from '../../delegation/matcher.ts'
import { nameOf } from '../../delegation/route.ts'
import type { Check } from '../check.ts'
import { type Shadow, shadowsOf } from '../shadows.ts'
import { matchField, placeOf, type Subject } from '../subject.ts'

export const shadowed: Check = {
  code: 'LK404',
  effect: 'shadowed',
  rule: 'A match is never reached, or only partly: another one, which comes first, takes its requests.',
  action: 'Warn',
  patches: false,
  *find(subject) {
    for (const { contender, by, whole } of shadowsOf(subject)) {
      const { claimant, claim } = contender
      yield {
        field: `${matchField(claimant)}.path.value`,
        value: claim?.own?.path.value ?? claimant.effective.path.value,
        message: `${describeMatch(claimant.effective)} ${whole ? 'is never reached' : 'loses some of its requests'}: ${describeWinner(by, subject)} comes first and takes ${whole ? 'all' : 'some'} of its requests. ${adviceOn({ by, whole }, subject)}`,
        grant: claim && placeOf(claim.lane),
        confidential: { route: nameOf(by.route), field: matchField(by), witness: undefined },
        at: { rule: claimant.rule, match: claimant.match },
        untrusted: claim !== undefined && !claim.lane.trusted,
        requests: claimant.effective,
        hosts: claimant.attachment.hosts,
      }
    }
  },
}

/** Only what the requester may know: its own namespace. */
function describeWinner({ route, rule }: Claimant, subject: Subject): string {
  if (sameObject(route, subject.route)) return `rule ${rule} of this route`
  if (route.namespace === subject.route.namespace) return `${route.kind} ${route.name} of this namespace`
  return 'a route in another namespace'
}

function adviceOn({ by, whole }: Pick<Shadow, 'by' | 'whole'>, { route }: Subject): string {
  if (!whole || by.route.namespace !== route.namespace) return 'Choose a path that is still free.'
  return 'Drop one of the two, or make this match more exact.'
}
