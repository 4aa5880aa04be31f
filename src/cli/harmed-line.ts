import { nameOf } from '../delegation/route.ts'
import type { HarmedRoute } from '../policy/decision.ts'
import { matchField } from '../policy/subject.ts'

/** `exposed: HTTPRoute shop/cart spec.rules[0].matches[0], for example GET /shopping`: one route that a change harms, in any output. */
export function harmedLine(harmed: HarmedRoute): string {
  const { harm, witness } = harmed
  const example = witness === undefined ? '' : `, for example ${witness.method} ${witness.path}`
  return `${harm}: ${harmedPlace(harmed)}${example}`
}

/** `HTTPRoute shop/cart spec.rules[0].matches[0]`, without the field where all of it is concerned. */
export function harmedPlace({ at, ...route }: HarmedRoute): string {
  return `HTTPRoute ${nameOf(route)}${at === undefined ? '' : ` ${matchField(at)}`}`
}
