import type { Check } from '../check.ts'
import { describePlace, placeOf } from '../subject.ts'

export const delegationTooDeep: Check = {
  code: 'LK502',
  effect: 'risk',
  rule: 'More delegations lead from a root to the route than the policy allows.',
  action: 'Deny',
  patches: false,
  *find({ lanes, policy }) {
    const tooDeep = lanes.filter((lane) => lane.depth > policy.limits.depth)
    const lane = tooDeep.find((candidate) => candidate.trusted) ?? tooDeep[0]
    if (lane === undefined) return
    yield {
      field: 'spec.parentRefs',
      message: `${lane.depth} delegations lead from a root through ${describePlace(lane)} to this route; the policy allows ${policy.limits.depth}. Delegate to it from further up.`,
      grant: placeOf(lane),
      untrusted: !lane.trusted,
    }
  },
}
