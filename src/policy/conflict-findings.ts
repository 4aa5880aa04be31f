import type { Attachment } from '../delegation/attachment.ts'
import { type Claimant, isGrant } from '../delegation/claimant.ts'
import { exampleHost } from '../delegation/hostname.ts'
import type { Loss } from '../delegation/loss.ts'
import { describeMatch } from '../delegation/matcher.ts'
import { examplePath } from '../delegation/path.ts'
import { outranks } from '../delegation/rank.ts'
import { compileWithin, shortestMatch } from '../delegation/re2.ts'
import { exampleValues } from '../delegation/request.ts'
import { nameOf, type PathMatch, type Witness } from '../delegation/route.ts'
import type { Finding } from './check.ts'
import type { Contender } from './contenders.ts'
import { matchField, pathField, placeOf, type Subject } from './subject.ts'

/** The finding for requests taken from somebody else. `text` gets the own match in words and ` (for example GET /x)`, or nothing. */
export function conflictFinding(
  subject: Subject,
  { contender, conflict }: { readonly contender: Contender; readonly conflict: Loss },
  text: (own: string, example: string) => string,
): Finding {
  const { claimant, claim } = contender
  const { other } = conflict
  const host = exampleHost(conflict.host)
  const witness = ownExample(subject, contender, conflict, host)
  return {
    field: pathField(subject.route, claimant),
    value: claim?.own?.path.value ?? claimant.effective.path.value,
    message: text(describeMatch(claimant.effective), witness === undefined ? '' : ` (for example ${witness.method} ${witness.path})`),
    grant: claim && placeOf(claim.lane),
    witness,
    confidential: { route: nameOf(other.route), field: matchField(other), witness: conflict.witness && { ...conflict.witness, host } },
    mayLose: mayLose(subject, claimant, conflict),
    at: { rule: claimant.rule, match: claimant.match },
    untrusted: claim !== undefined && !claim.lane.trusted,
    requests: claimant.effective,
    hosts: claimant.attachment.hosts,
  }
}

/** Who can hand out requests there: a ListenerSet may be anybody's, even the requester's. */
export function gatewayInWords({ named }: Attachment): string {
  return named.startsWith('Gateway ') ? named : `the Gateway behind ${named}`
}

/** Equal requests are the older one's, and ages may be unknown. What a grant hands on is asked for by its rows, each for itself. */
function mayLose({ rules }: Subject, claimant: Claimant, { other, onCloserHost }: Loss): boolean {
  return !onCloserHost && !isGrant(other) && !outranks(claimant, other, rules)
}

/**
 * A request made of the requester's own match and hosts alone that the other one loses, if it happens to: it tells nothing about
 * the other one's path or hostnames that those don't say.
 */
function ownExample(subject: Subject, { claimant }: Contender, { isLost, host: pattern }: Loss, host: string): Witness | undefined {
  const { path, method, headers, queryParams } = claimant.effective
  const own = samplePath(path, subject)
  if (own === undefined || !claimant.hosts.includes(pattern)) return undefined
  const request = {
    method: method ?? 'GET',
    host,
    path: own,
    headers: exampleValues(headers, subject.budget),
    query: exampleValues(queryParams, subject.budget),
  }
  return isLost(request) ? request : undefined
}

function samplePath(path: PathMatch, subject: Subject): string | undefined {
  if (path.type === 'Exact') return path.value
  if (path.type === 'PathPrefix') return examplePath(path.value)
  if (path.type === 'Unknown') return undefined
  const compiled = compileWithin(path.value, subject.budget)
  return compiled.ok ? shortestMatch(compiled.regex, subject.budget) : undefined
}
