import { describeValue } from '../../delegation/matcher.ts'
import type { ValueMatch } from '../../delegation/route.ts'
import type { Check } from '../check.ts'
import { describePlace, matchField, placeOf } from '../subject.ts'

export const duplicateMatcherName: Check = {
  code: 'LK111',
  effect: 'risk',
  rule: 'Two header conditions of one match have names that are equal but for case: Gateway API reads the first, proxies require both.',
  action: 'Deny',
  patches: false,
  *find({ route, claims }) {
    for (const [rule, { matches }] of route.rules.entries()) {
      for (const [match, own] of matches.entries()) {
        const twice = duplicates(own.headers)[0]
        if (twice === undefined) continue
        yield {
          field: `${matchField({ rule, match })}.headers`,
          value: `${describeValue(twice[0])}, ${describeValue(twice[1])}`,
          message: `headers ${twice[0].name} and ${twice[1].name} are the same header: Gateway API reads only the first, proxies require both. Keep one.`,
          requests: own,
        }
      }
    }
    for (const { lane, rule, match, own, effective } of claims) {
      if (own === undefined || duplicates(own.headers).length > 0) continue
      const twice = duplicates(effective.match.headers).find(([a, b]) => a.type !== b.type || a.value !== b.value)
      if (twice === undefined) continue
      yield {
        field: `${matchField({ rule, match })}.headers`,
        value: describeValue(twice[0]),
        message: `header ${describeValue(twice[0])} stands in the programmed match beside ${describeValue(twice[1])}, inherited from ${describePlace(lane)}: which of the two decides depends on the proxy. Leave it out.`,
        grant: placeOf(lane),
        untrusted: !lane.trusted,
        requests: effective.match,
      }
    }
  },
}

function duplicates(headers: readonly ValueMatch[]): [ValueMatch, ValueMatch][] {
  const pairs: [ValueMatch, ValueMatch][] = []
  const seen = new Map<string, ValueMatch>()
  for (const header of headers) {
    const first = seen.get(header.key)
    if (first === undefined) seen.set(header.key, header)
    else pairs.push([first, header])
  }
  return pairs
}
