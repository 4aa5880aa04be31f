import { expect, it } from 'vitest'
import {
  childObject,
  exact,
  httpRoute,
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
  return { parent: false, judged: parentObject(changes) }
}

function notPrefix(type: string, value: string, match = 0): Seen {
  return {
    effect: 'dead',
    action: 'Warn',
    field: `spec.rules[0].matches[${match}].path.type`,
    value: type,
    message: `under a match of type ${type} the gateway drops every child that does not inherit, and the path of one that does may reach beyond "${value}". Delegate a PathPrefix.`,
  }
}

it.each<Row>([
  { name: 'Exact', scene: parent({ matches: [exact('/login')] }), want: [notPrefix('Exact', '/login')] },
  { name: 'RegularExpression', scene: parent({ matches: [regex('/v[0-9]+')] }), want: [notPrefix('RegularExpression', '/v[0-9]+')] },
  { name: 'one of two', scene: parent({ matches: [prefix('/a'), exact('/b')] }), want: [notPrefix('Exact', '/b', 1)] },
  { name: 'on gloo', scene: { ...parent({ matches: [exact('/login')] }), dialect: 'gloo' }, want: [notPrefix('Exact', '/login')] },
  {
    name: 'on agentgateway, which matches the parent first',
    scene: { ...parent({ matches: [exact('/login')] }), dialect: 'agentgateway' },
    want: [],
  },
  {
    name: 'a delegatee',
    scene: { child: { matches: [exact('/shop/a')], backendRefs: [httpRoute('shop', 'x')] } },
    want: [notPrefix('Exact', '/shop/a')],
  },
  { name: 'PathPrefix', scene: parent({}), want: [] },
  { name: 'a rule that does not delegate', scene: { parent: false, judged: childObject({ matches: [exact('/login')] }) }, want: [] },
])('LK504: $name', ({ scene, want }) => {
  expect(seen('LK504', scene)).toEqual(want)
})
