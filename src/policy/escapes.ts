import type { Escape } from '../delegation/claim.ts'
import { describePath } from '../delegation/matcher.ts'
import { normalizePrefix } from '../delegation/path.ts'
import type { Finding } from './check.ts'
import { describePlace, matchField, placeOf } from './subject.ts'

/** The finding for requests that leave a lane, with one of them as the witness. `what` is how the sentence starts. */
export function escapeFinding(escape: Escape, what: string): Finding {
  const { claim, lane, effective, witness } = escape
  const { namespace, name } = lane.parent
  return {
    field: `${matchField(claim)}.path.value`,
    value: claim.own?.path.value,
    message: `${what} ${witness?.method} ${witness?.path} but ${describePlace(lane)} grants ${describePath(lane.granted.path)}. ${advice(escape)}ask the owner of ${namespace}/${name} for more.`,
    grant: placeOf(lane),
    witness,
    at: { rule: claim.rule, match: claim.match },
    untrusted: !claim.lane.trusted,
    requests: effective,
    hosts: lane.hosts,
  }
}

/** What to write instead, where it can be said; ends so that "ask …" may follow. */
function advice({ claim, lane, effective }: Escape): string {
  if (lane.granted.path.type !== 'PathPrefix') return 'Drop the match, or '
  const prefix = normalizePrefix(lane.granted.path.value)
  if (quoteRegex(prefix) !== prefix && effective.path.type === 'RegularExpression') return `Write a PathPrefix at or below ${prefix}, or `
  const asWritten = claim.own?.path.value === effective.path.value
  if (effective.path.type === 'RegularExpression' && asWritten) return `Write ${JSON.stringify(`${quoteRegex(prefix)}(/.*)?`)}, or `
  return `Stay at or below ${prefix}, or `
}

/** A literal text as an RE2 expression that matches just it. */
function quoteRegex(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
