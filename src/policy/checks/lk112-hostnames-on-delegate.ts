import type { Check } from '../check.ts'
import { warnIfAttached } from '../dead-findings.ts'
import { describePlace, placeOf } from '../subject.ts'

export const hostnamesOnDelegate: Check = {
  code: 'LK112',
  effect: 'dead',
  rule: 'A delegatee writes hostnames of its own: flattening gateways then refuse it, since children have the hosts of their root.',
  action: 'Deny',
  patches: true,
  *find(subject) {
    const { route } = subject
    if (route.hostnames.length === 0 || !subject.isDelegatee) return
    const flattening = subject.lanes.filter((lane) => lane.root.dialect !== 'agentgateway')
    const lane = flattening[0]
    if (lane === undefined && (subject.lanes.length > 0 || subject.dialect === 'agentgateway')) return
    // A parent that is not there yet may hang on agentgateway, where hostnames narrow.
    const certain = lane !== undefined || subject.dialect !== undefined
    yield {
      field: 'spec.hostnames',
      value: route.hostnames.join(', '),
      message:
        lane === undefined
          ? 'a route that is delegated to has the hosts of its root; with hostnames of its own the gateway drops it. Remove them.'
          : `the gateway drops this route as a child of ${describePlace(lane)}: a child has the hosts of its root and may not name any. Remove them.`,
      grant: lane === undefined ? undefined : placeOf(lane),
      untrusted: !certain || lane?.trusted === false,
      ...warnIfAttached(subject),
      patch:
        subject.attachesDirectly || !certain
          ? undefined
          : { operationsOn: () => [{ op: 'remove', path: '/spec/hostnames' }], apply: (object) => ({ ...object, hostnames: [] }) },
    }
  },
}
