import { expect, it } from 'vitest'
import {
  httpRoute,
  INHERIT,
  label,
  parentObject,
  prefix,
  type RouteChanges,
  regex,
  type Scene,
  type Seen,
  seen,
} from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

function parent(changes: RouteChanges): Scene {
  return { parent: false, judged: parentObject({ matches: [prefix('/')], ...changes }) }
}

function whole(to: string): Seen[] {
  return [
    {
      effect: 'risk',
      action: 'Warn',
      field: 'spec.rules[0].backendRefs[0]',
      value: to,
      message: `this rule hands every path of its hosts to ${to}: whoever may create a route there can take any of them. Delegate longer prefixes, or name the children.`,
    },
  ]
}

const EVERY_OF_SHOP = 'every HTTPRoute in namespace shop'
const HANDS_ON = { matches: [prefix('/')], backendRefs: [httpRoute('shop', '*')] }

it.each<Row>([
  { name: 'to every route of a namespace', scene: parent({}), want: whole(EVERY_OF_SHOP) },
  {
    name: 'by an absent list of matches',
    scene: parent({ rules: [{ backendRefs: [httpRoute('shop', '*')] }] }),
    want: whole(EVERY_OF_SHOP),
  },
  {
    name: 'to a label in every namespace',
    scene: parent({ backendRefs: [label('all', 'x')] }),
    want: whole('HTTPRoutes labelled delegation.kgateway.dev/label=x in every namespace'),
  },
  { name: 'to a label in one namespace', scene: parent({ backendRefs: [label('shop', 'x')] }), want: [] },
  { name: 'by name', scene: parent({ backendRefs: [httpRoute('shop', 'cart')] }), want: [] },
  { name: 'a longer prefix', scene: parent({ matches: [prefix('/shop')] }), want: [] },
  { name: 'only with a header', scene: parent({ matches: [prefix('/', { headers: [{ name: 'x-tenant', value: 'a' }] })] }), want: [] },
  { name: 'only by a method', scene: parent({ matches: [prefix('/', { method: 'GET' })] }), want: [] },
  { name: 'a regular expression, which LK504 reports', scene: parent({ matches: [regex('/.*')] }), want: [] },
  {
    name: 'a delegatee that was granted the whole host',
    scene: { parent: { matches: [prefix('/')] }, child: HANDS_ON },
    want: whole(EVERY_OF_SHOP),
  },
  { name: 'a delegatee that was granted less and inherits', scene: { child: { ...HANDS_ON, annotations: INHERIT.kgateway } }, want: [] },
])('LK506: $name', ({ scene, want }) => {
  expect(seen('LK506', scene)).toEqual(want)
})
