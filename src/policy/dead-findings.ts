import type { Finding } from './check.ts'
import type { DeadMatch } from './dead-matches.ts'
import { matchField, placeOf, type Subject } from './subject.ts'

/** The finding for a match that no lane lets through; `place` is what is wrong in it: `path.value`. */
export function deadFinding(
  subject: Subject,
  { at, own, lane, untrusted }: DeadMatch,
  { place, value, message }: { readonly place: string; readonly value: string | undefined; readonly message: string },
): Finding {
  return {
    field: `${matchField(at)}.${place}`,
    value,
    message,
    grant: placeOf(lane),
    at,
    untrusted,
    requests: own,
    ...warnIfAttached(subject),
  }
}

/** Served by a Gateway all the same, what no lane lets through is not lost: nothing to deny. */
export function warnIfAttached({ attachesDirectly }: Subject): Pick<Finding, 'action'> {
  return attachesDirectly ? { action: 'Warn' } : {}
}
