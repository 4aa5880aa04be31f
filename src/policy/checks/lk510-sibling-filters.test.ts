import { expect, it } from 'vitest'
import {
  childObject,
  httpRoute,
  label,
  parentObject,
  prefix,
  type RawMatch,
  type RawObject,
  type RawRef,
  type RawRule,
  type Scene,
  type Seen,
  seen,
} from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

function header(value: string): RawObject {
  return { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-auth', value }] } }
}

function rule(match: RawMatch, ref: RawRef, ...filters: readonly RawObject[]): RawRule {
  return { matches: [match], backendRefs: [ref], filters }
}

function parent(rules: readonly RawRule[], more: Scene = {}): Scene {
  return { parent: false, judged: parentObject({ rules }), ...more }
}

function differ(first: number, second: number): Seen {
  return {
    effect: 'risk',
    action: 'Warn',
    field: `spec.rules[${second}].filters`,
    message: `this rule and spec.rules[${first}] hand overlapping requests to the same children with different filters: the gateway programs a child under both, and for a request of both only the filters of the one that wins run. Give both the same filters, or delegate to different children.`,
  }
}

const ALL = httpRoute('shop', '*')
const CART = httpRoute('shop', 'cart')
const WEB = label('all', 'web')
const LABELLED = { labels: { 'delegation.kgateway.dev/label': 'web' } }

it.each<Row>([
  {
    name: 'a longer prefix without the filter',
    scene: parent([rule(prefix('/shop'), ALL, header('a')), rule(prefix('/shop/open'), ALL)]),
    want: [differ(0, 1)],
  },
  {
    name: 'on gloo',
    scene: parent([rule(prefix('/shop'), ALL, header('a')), rule(prefix('/shop/open'), ALL)], { dialect: 'gloo' }),
    want: [differ(0, 1)],
  },
  {
    name: 'on agentgateway',
    scene: parent([rule(prefix('/shop'), ALL, header('a')), rule(prefix('/shop/open'), ALL)], { dialect: 'agentgateway' }),
    want: [],
  },
  {
    name: 'the same filters',
    scene: parent([rule(prefix('/shop'), ALL, header('a')), rule(prefix('/shop/open'), ALL, header('a'))]),
    want: [],
  },
  {
    name: 'the same filters with their keys in another order',
    scene: parent([
      rule(prefix('/shop'), ALL, header('a')),
      rule(prefix('/shop/open'), ALL, { requestHeaderModifier: { set: [{ value: 'a', name: 'x-auth' }] }, type: 'RequestHeaderModifier' }),
    ]),
    want: [],
  },
  {
    name: 'the same filters in another order run in another order',
    scene: parent([rule(prefix('/shop'), ALL, header('a'), header('b')), rule(prefix('/shop/open'), ALL, header('b'), header('a'))]),
    want: [differ(0, 1)],
  },
  { name: 'disjoint prefixes', scene: parent([rule(prefix('/shop'), ALL, header('a')), rule(prefix('/shopping'), ALL)]), want: [] },
  {
    name: 'disjoint methods',
    scene: parent([rule(prefix('/shop', { method: 'GET' }), ALL, header('a')), rule(prefix('/shop', { method: 'POST' }), ALL)]),
    want: [],
  },
  {
    name: 'different children',
    scene: parent([rule(prefix('/shop'), CART, header('a')), rule(prefix('/shop/open'), httpRoute('shop', 'open'))]),
    want: [],
  },
  {
    name: 'a name and a wildcard, while the child is missing',
    scene: parent([rule(prefix('/shop'), ALL, header('a')), rule(prefix('/shop/open'), CART)]),
    want: [],
  },
  {
    name: 'a name and a wildcard',
    scene: parent([rule(prefix('/shop'), ALL, header('a')), rule(prefix('/shop/open'), CART)], { also: [childObject()] }),
    want: [differ(0, 1)],
  },
  {
    name: 'a label and a wildcard',
    scene: parent([rule(prefix('/shop'), WEB, header('a')), rule(prefix('/shop/open'), ALL)], { also: [childObject(LABELLED)] }),
    want: [differ(0, 1)],
  },
  {
    name: 'a label and a wildcard that no route has in common',
    scene: parent([rule(prefix('/shop'), WEB, header('a')), rule(prefix('/shop/open'), ALL)], {
      also: [childObject(), childObject({ ...LABELLED, namespace: 'bank' })],
    }),
    want: [],
  },
  {
    name: 'the only child in common names another parent',
    scene: parent([rule(prefix('/shop'), ALL, header('a')), rule(prefix('/shop/open'), CART)], {
      also: [childObject({ parentRefs: [httpRoute('infra', 'other')] })],
    }),
    want: [],
  },
  {
    name: 'a third rule is held against the first it differs from',
    scene: parent([rule(prefix('/shop'), ALL, header('a')), rule(prefix('/shop/a'), ALL, header('a')), rule(prefix('/shop/a/b'), ALL)]),
    want: [differ(0, 2)],
  },
  {
    name: 'a rule that does not delegate',
    scene: parent([rule(prefix('/shop'), ALL, header('a')), rule(prefix('/shop/open'), { name: 'web', port: 80 })]),
    want: [],
  },
])('LK510: $name', ({ scene, want }) => {
  expect(seen('LK510', scene)).toEqual(want)
})
