import { INHERIT_KEY, inheritsMatcher } from '../../delegation/annotations.ts'
import { nameOf } from '../../delegation/route.ts'
import type { Check } from '../check.ts'

export const severalParentsInherit: Check = {
  code: 'LK509',
  effect: 'dead',
  rule: 'On gloo an inheriting route with several parents gets its paths joined once for each, one after the other.',
  action: 'Warn',
  patches: false,
  *find({ route, lanes }) {
    if (!inheritsMatcher(route, 'gloo')) return
    const parents = new Set(lanes.filter((lane) => lane.root.dialect === 'gloo').map((lane) => nameOf(lane.parent)))
    if (parents.size < 2) return
    yield {
      field: `metadata.annotations[${INHERIT_KEY.gloo}]`,
      value: route.annotations.get(INHERIT_KEY.gloo ?? ''),
      message: `${parents.size} parents select this route, and gloo joins its paths with each in turn: under /a and /b the path /x becomes /a/x and then /b/a/x. Name one parent in parentRefs, or write whole paths without the annotation.`,
    }
  },
}
