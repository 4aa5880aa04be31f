import type { Escape } from '../delegation/claim.ts'
import { describePath } from '../delegation/matcher.ts'
import { normalizePrefix } from '../delegation/path.ts'
import { quoteRegex } from '../delegation/re2.ts'
import { nameOf } from '../delegation/route.ts'
import type { Finding } from './check.ts'
import { describePlace, matchField, placeOf } from './subject.ts'

/** Whether it is shown to leave its grant; under one that is a regular expression nothing is (LK104). */
export function isShown({ containment, lane }: Escape): boolean {
  return containment.verdict === 'not-contained' && lane.granted.path.type !== 'RegularExpression'
}

/** The finding for requests that leave a lane, with one of them as the witness. `takes` is what the match does to it. */
export function escapeFinding(escape: Escape, takes: 'takes' | 'also matches'): Finding {
  const { claim, lane, effective, witness } = escape
  return {
    field: `${matchField(claim)}.path.value`,
    value: claim.own?.path.value,
    message: `${describeOwn(escape)} ${takes} ${witness?.method} ${witness?.path} but ${describePlace(lane)} grants ${describePath(lane.granted.path)}. ${advice(escape)}ask the owner of ${nameOf(lane.parent)} for more.`,
    grant: placeOf(lane),
    witness,
    at: { rule: claim.rule, match: claim.match },
    untrusted: !claim.lane.trusted,
    requests: effective,
    hosts: lane.hosts,
  }
}

function describeOwn({ claim: { own }, effective }: Escape): string {
  const programmed = describePath(effective.path)
  if (own === undefined || own.path.value === effective.path.value) return programmed
  return `${describePath(own.path)} becomes ${programmed} under its parent and`
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
