import type { Claim } from '../../delegation/claim.ts'
import type { Lane } from '../../delegation/lane.ts'
import { describeMatch, describePath, describeValue, sameValueMatch } from '../../delegation/matcher.ts'
import { type HttpMatch, type HttpRoute, nameOf, type ValueMatch } from '../../delegation/route.ts'
import type { Check, Finding, Patch } from '../check.ts'
import { deadFinding } from '../dead-findings.ts'
import { describePlace, matchField, placeOf, type Subject } from '../subject.ts'

export const matcherSpelling: Check = {
  code: 'LK110',
  effect: 'dead',
  rule: 'A match is inside the grant, but spells it differently than the parent, and the gateway compares texts.',
  action: 'Warn',
  patches: true,
  *find(subject) {
    for (const dead of subject.deadMatches) {
      const { at, own, lane } = dead
      if (dead.reason !== 'spelling') continue
      const header = respelled(own, lane.granted)[0]
      const index = header === undefined ? -1 : own.headers.indexOf(header.own)
      const found =
        header === undefined
          ? comparedAsText(own, lane)
          : {
              place: `headers[${index}].name`,
              value: header.own.name,
              message: `header ${header.own.name} is the one ${describePlace(lane)} requires, but the gateway compares the spelling and drops the match. Write ${header.parent.name}.`,
            }
      const patch = header === undefined ? undefined : spellingPatch(at, own, lane.granted)
      yield { ...deadFinding(subject, dead, found), patch }
    }
    yield* doubled(subject)
  },
}

/** What of a match, spelled otherwise than the grant that contains it, makes the gateway drop it; and what passes instead. */
function comparedAsText(own: HttpMatch, lane: Lane): { place: string; value: string; message: string } {
  const { granted, parent } = lane
  const grants = `${describePlace(lane)} grants (${describeMatch(granted)})`
  if (granted.path.type !== 'PathPrefix') {
    return {
      place: 'path.value',
      value: own.path.value,
      message: `${describePath(own.path)} is inside what ${grants}, but below anything other than a PathPrefix the gateway drops every match that is not inherited. Ask the owner of ${nameOf(parent)} to grant a PathPrefix.`,
    }
  }
  if (!own.path.value.startsWith(granted.path.value)) {
    // A regular expression that starts with the parent's text unescaped would escape it: LK103.
    const instead = own.path.type === 'RegularExpression' ? 'Write a PathPrefix or Exact path.' : "Start it with the parent's exact text."
    return {
      place: 'path.value',
      value: own.path.value,
      message: `${describePath(own.path)} is inside what ${grants}, but the gateway compares texts and drops it. ${instead}`,
    }
  }
  const list = granted.headers.every((header) => own.headers.some((other) => sameValueMatch(header, other))) ? 'queryParams' : 'headers'
  return {
    place: list,
    value: own[list].map(describeValue).join(', '),
    message: `the conditions of this match are inside what ${grants}, but the gateway compares texts and drops it. Repeat the parent's, with the same name, type and value.`,
  }
}

/** By inheritance the same condition stands twice in two spellings: harmless, and not what anybody meant. */
function* doubled(subject: Subject): Iterable<Finding> {
  for (const claim of subject.claims) {
    // The nested dialect compares names as HTTP does, and merges nothing.
    if (claim.effective.status !== 'programmed' || claim.own === undefined || claim.lane.root.dialect === 'agentgateway') continue
    for (const { own, parent } of respelled(claim.own, claim.lane.granted)) {
      yield {
        field: `${matchField(claim)}.headers[${claim.own.headers.indexOf(own)}].name`,
        value: own.name,
        message: `header ${describeValue(own)} is inherited from ${describePlace(claim.lane)} as ${parent.name} already, so it stands in the match twice. Write ${parent.name}, or leave it out.`,
        effect: 'risk',
        grant: placeOf(claim.lane),
        untrusted: !claim.lane.trusted,
        requests: claim.effective.match,
        patch: spellingPatch(atOf(claim), claim.own, claim.lane.granted),
      }
    }
  }
}

function atOf(claim: Claim): { rule: number; match: number } {
  return { rule: claim.rule, match: claim.match }
}

/** Headers that are the parent's in all but the case of their names. */
function respelled(own: HttpMatch, granted: HttpMatch): { own: ValueMatch; parent: ValueMatch }[] {
  return granted.headers.flatMap((parent) => {
    const same = own.headers.find((header) => header.key === parent.key && header.type === parent.type && header.value === parent.value)
    return same === undefined || same.name === parent.name ? [] : [{ own: same, parent }]
  })
}

function spellingPatch(at: { rule: number; match: number }, own: HttpMatch, granted: HttpMatch): Patch {
  const renames = respelled(own, granted).map((pair) => ({ index: own.headers.indexOf(pair.own), name: pair.parent.name }))
  return {
    operationsOn: () =>
      renames.map(({ index, name }) => ({
        op: 'replace',
        path: `/spec/rules/${at.rule}/matches/${at.match}/headers/${index}/name`,
        value: name,
      })),
    apply: (route: HttpRoute) => ({
      ...route,
      rules: route.rules.map((rule, r) =>
        r !== at.rule
          ? rule
          : {
              ...rule,
              matches: rule.matches.map((match, m) =>
                m !== at.match
                  ? match
                  : {
                      ...match,
                      headers: match.headers.map((header, h) => {
                        const rename = renames.find((entry) => entry.index === h)
                        return rename === undefined ? header : { ...header, name: rename.name }
                      }),
                    },
              ),
            },
      ),
    }),
  }
}
