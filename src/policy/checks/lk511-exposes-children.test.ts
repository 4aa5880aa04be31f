import { expect, it } from 'vitest'
import {
  childObject,
  exact,
  httpRoute,
  INHERIT,
  judge,
  parentObject,
  prefix,
  type RawObject,
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

/** Beside its lane: under /shop the gateway programs it all the same. */
const BAD = childObject({ matches: [prefix('/shopping')] })
const ALL_ANYTHING = regex('/shop|/bank/.*')

function created(parent: RouteChanges, also: readonly RawObject[] = [BAD], more: Scene = {}): Scene {
  return { parent: false, judged: parentObject(parent), also, ...more }
}

function changed(old: RouteChanges, now: RouteChanges, also: readonly RawObject[] = [BAD], more: Scene = {}): Scene {
  return { parent: false, old: parentObject(old), judged: parentObject(now), also, ...more }
}

function warned(message: string): Seen[] {
  return [{ effect: 'escape', action: 'Warn', field: 'spec', message }]
}

const CREATED = warned(
  'creating this route makes escapes below it live: requests that nobody granted it would go to 1 route of namespace shop. Have that repaired first, or grant it.',
)
const CHANGED = warned(
  'this change makes escapes below it live: requests that nobody granted it would go to 1 route of namespace shop. Have that repaired first, or grant it.',
)

it.each<Row>([
  { name: 'a parent after its bad child', scene: created({}), want: CREATED },
  {
    name: 'one that it names',
    scene: created({ backendRefs: [httpRoute('shop', 'cart')] }),
    want: warned(
      'creating this route makes escapes below it live: requests that nobody granted it would go to shop/cart. Have that repaired first, or grant it.',
    ),
  },
  { name: 'an escaping regex', scene: created({}, [childObject({ matches: [ALL_ANYTHING] })]), want: CREATED },
  {
    name: 'on agentgateway it is clipped',
    scene: created({}, [childObject({ matches: [ALL_ANYTHING] })], { dialect: 'agentgateway' }),
    want: [],
  },
  {
    name: 'the child names another parent',
    scene: created({}, [childObject({ matches: [prefix('/shopping')], parentRefs: [httpRoute('infra', 'other')] })]),
    want: [],
  },
  { name: 'the child is inside', scene: created({}, [childObject()]), want: [] },
  { name: 'the child is dead', scene: created({}, [childObject({ matches: [prefix('/bank')] })]), want: [] },
  { name: 'nothing attaches the parent', scene: created({ parentRefs: null }), want: [] },
  { name: 'it escaped before', scene: changed({}, { matches: [prefix('/shop'), prefix('/store')] }), want: [] },
  {
    name: 'it escaped before, with the shorter grant',
    scene: changed({ matches: [prefix('/shop')] }, { matches: [prefix('/shopp')] }),
    want: [],
  },
  {
    name: 'the grant shrinks to a part of an element',
    scene: changed({ matches: [prefix('/shopping')] }, { matches: [prefix('/shop')] }),
    want: CHANGED,
  },
  { name: 'the reference is new', scene: changed({ backendRefs: [httpRoute('bank', '*')] }, {}), want: CHANGED },
  { name: 'on a host more', scene: changed({}, { hostnames: ['example.com', 'example.org'] }), want: CHANGED },
  { name: 'the parent gets its Gateway', scene: changed({ parentRefs: null }, {}), want: CHANGED },
  {
    name: 'an Exact grant under an inheriting child',
    scene: changed({}, { matches: [exact('/shop')] }, [childObject({ annotations: INHERIT.kgateway, matches: [prefix('/x')] })]),
    want: CHANGED,
  },
  {
    name: 'a grant that is a regex: not to be shown',
    scene: changed({}, { matches: [regex('/shop/.*')] }, [childObject({ annotations: INHERIT.kgateway, matches: [regex('/x')] })]),
    want: warned(
      'this change makes escapes below it live: it cannot be shown that only granted requests go to 1 route of namespace shop. Have that repaired first, or grant it.',
    ),
  },
  {
    name: 'a grandchild',
    scene: created({ matches: [prefix('/api')] }, [
      childObject({ matches: [prefix('/api/shop')], backendRefs: [httpRoute('deep', '*')] }),
      childObject({ namespace: 'deep', name: 'leaf', parentRefs: [httpRoute('shop', 'cart')], matches: [prefix('/api/shopping')] }),
    ]),
    want: warned(
      'creating this route makes escapes below it live: requests that nobody granted it would go to 1 route further below. Have that repaired first, or grant it.',
    ),
  },
  {
    name: 'a child that takes from another owner',
    scene: created({ rules: [{ matches: [prefix('/shop')], backendRefs: [httpRoute('shop', '*'), httpRoute('web', '*')] }] }, [
      childObject({ matches: [prefix('/shop/cart')] }),
      childObject({ namespace: 'web', name: 'web', matches: [prefix('/shop/cart', { method: 'GET' })] }),
    ]),
    want: warned(
      "creating this route makes escapes below it live: another owner's requests would go to 1 route of namespace web. Have that repaired first, or grant it.",
    ),
  },
  {
    name: 'a rule that gives to another what a child asks for',
    scene: changed(
      {},
      {
        rules: [
          { matches: [prefix('/shop')], backendRefs: [httpRoute('shop', '*')] },
          { matches: [prefix('/shop/pay')], backendRefs: [httpRoute('pay', '*')] },
        ],
      },
      [childObject({ matches: [prefix('/shop/pay/back')] })],
    ),
    want: warned(
      "this change makes escapes below it live: another owner's requests would go to 1 route of namespace shop. Have that repaired first, or grant it.",
    ),
  },
  {
    name: 'it took them before',
    scene: changed(
      { rules: [{ matches: [prefix('/shop')], backendRefs: [httpRoute('shop', '*'), httpRoute('web', '*')] }] },
      { rules: [{ matches: [prefix('/shop'), prefix('/store')], backendRefs: [httpRoute('shop', '*'), httpRoute('web', '*')] }] },
      [
        childObject({ matches: [prefix('/shop/cart')] }),
        childObject({ namespace: 'web', name: 'web', matches: [prefix('/shop/cart', { method: 'GET' })] }),
      ],
    ),
    want: [],
  },
  {
    name: 'a longer path beside the catch-all of the lane is a refinement',
    scene: created({ rules: [{ matches: [prefix('/shop')], backendRefs: [httpRoute('shop', '*'), httpRoute('web', '*')] }] }, [
      childObject({ matches: [prefix('/shop')] }),
      childObject({ namespace: 'web', name: 'web', matches: [prefix('/shop/web')] }),
    ]),
    want: [],
  },
])('LK511: $name', ({ scene, want }) => {
  expect(seen('LK511', scene)).toEqual(want)
})

it('lists the routes with a request, apart from the message', () => {
  const violation = judge(created({})).violations.find(({ code }) => code === 'LK511')
  expect(violation?.harmed).toEqual([
    {
      namespace: 'shop',
      name: 'cart',
      harm: 'exposed',
      at: { rule: 0, match: 0 },
      witness: { method: 'GET', host: 'example.com', path: '/shopping', headers: {}, query: {} },
    },
  ])
})

it('denies by policy alone, and never for what cannot be shown', () => {
  const policies = [{ actions: { LK511: 'Deny', LK504: 'Ignore' } }]
  expect(judge({ ...created({}), policies }).allowed).toBe(false)
  const undecided = changed({}, { matches: [regex('/shop/.*')] }, [childObject({ annotations: INHERIT.kgateway, matches: [regex('/x')] })])
  expect(judge({ ...undecided, policies }).allowed).toBe(true)
})
