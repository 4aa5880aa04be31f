import type { Claim } from '../../delegation/claim.ts'
import { describeMatch, describePath, describeValue } from '../../delegation/matcher.ts'
import type { HttpMatch, HttpRoute, ValueMatch } from '../../delegation/route.ts'
import type { Check, Finding, Patch } from '../check.ts'
import { deadMatches } from '../dead-matches.ts'
import { describePlace, matchField, placeOf, type Subject } from '../subject.ts'

export const matcherSpelling: Check = {
  code: 'LK110',
  effect: 'dead',
  rule: 'A match is inside the grant, but spells it differently than the parent, and the gateway compares texts.',
  action: 'Warn',
  patches: true,
  *find(subject) {
    for (const { at, own, claim, reason, untrusted } of deadMatches(subject)) {
      if (reason !== 'spelling') continue
      const header = respelled(own, claim.lane.granted)[0]
      const index = header === undefined ? -1 : own.headers.indexOf(header.own)
      const found =
        header === undefined
          ? `${describePath(own.path)} is inside what ${describePlace(claim.lane)} grants (${describeMatch(claim.lane.granted)}), but the gateway compares texts and drops it. Start it with the parent's exact text.`
          : `header ${header.own.name} is the one ${describePlace(claim.lane)} requires, but the gateway compares the spelling and drops the match. Write ${header.parent.name}.`
      yield {
        field: header === undefined ? `${matchField(at)}.path.value` : `${matchField(at)}.headers[${index}].name`,
        value: header === undefined ? own.path.value : header.own.name,
        message: found,
        grant: placeOf(claim.lane),
        at,
        untrusted,
        requests: own,
        patch: header === undefined ? undefined : spellingPatch(at, own, claim.lane.granted),
      }
    }
    yield* doubled(subject)
  },
}

/** By inheritance the same condition stands twice in two spellings: harmless, and not what anybody meant. */
function* doubled(subject: Subject): Iterable<Finding> {
  for (const claim of subject.claims) {
    if (claim.effective.status !== 'programmed' || claim.own === undefined) continue
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
    operations: renames.map(({ index, name }) => ({
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
