import { describe, expect, it } from 'vitest'
import {
  childObject,
  exact,
  httpRoute,
  INHERIT,
  judge,
  label,
  outcome,
  parentObject,
  prefix,
  type RawObject,
  type RouteChanges,
  type Scene,
  type Seen,
  seen,
} from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

const CHILD = childObject()
const SHOP_RULE = { matches: [prefix('/shop')], backendRefs: [httpRoute('shop', '*')] }
const BY_NAME = { matches: [prefix('/shop')], backendRefs: [httpRoute('shop', 'cart')] }
const SERVICE = [{ name: 'own', port: 80 }]

/** infra/parent is changed; its children are there. */
function changed(old: RouteChanges, now: RouteChanges, also: readonly RawObject[] = [CHILD], more: Scene = {}): Scene {
  return { parent: false, old: parentObject(old), judged: parentObject(now), also, ...more }
}

function created(parent: RouteChanges, also: readonly RawObject[], more: Scene = {}): Scene {
  return { parent: false, judged: parentObject(parent), also, ...more }
}

function deleted(parent: RouteChanges, also: readonly RawObject[] = [CHILD], more: Scene = {}): Scene {
  return { parent: false, judged: parentObject(parent), deletes: true, also, ...more }
}

function warned(message: string): Seen[] {
  return [{ effect: 'dead', action: 'Warn', field: 'spec', message }]
}

function labelled(namespace: string, name: string, value = 'team'): RawObject {
  return childObject({ namespace, name, labels: { 'delegation.kgateway.dev/label': value } })
}

describe('orphaned', () => {
  it.each<Row>([
    {
      name: 'deleted, a child that it names',
      scene: deleted(BY_NAME),
      want: warned('deleting this route breaks 1 route below it: no grant is left for shop/cart. Move them first, or tell their owners.'),
    },
    {
      name: 'deleted, a child that it selects',
      scene: deleted({}),
      want: warned(
        'deleting this route breaks 1 route below it: no grant is left for 1 route of namespace shop. Move them first, or tell their owners.',
      ),
    },
    {
      name: 'deleted while nothing is below it',
      scene: deleted({}, []),
      want: [],
    },
    {
      name: 'deleted, but another parent grants the same',
      scene: deleted({}, [childObject({ parentRefs: null }), parentObject({ name: 'other' })]),
      want: [],
    },
    {
      name: 'deleted, and the other parent grants it on another host only',
      scene: deleted({}, [childObject({ parentRefs: null }), parentObject({ name: 'other', hostnames: ['other.example.com'] })]),
      want: warned(
        'deleting this route breaks 1 route below it: no grant lets through some match of 1 route of namespace shop. Move them first, or tell their owners.',
      ),
    },
    {
      name: 'deleted, not attached to any Gateway',
      scene: deleted({ parentRefs: null }),
      want: [],
    },
    {
      name: 'deleted, a child whose match was dead',
      scene: deleted({}, [childObject({ matches: [prefix('/bank')] })]),
      want: [],
    },
    {
      name: 'deleted, a child that names another parent',
      scene: deleted({}, [childObject({ parentRefs: [httpRoute('infra', 'other')] })]),
      want: [],
    },
    {
      name: 'the rule is removed',
      scene: changed(
        { rules: [SHOP_RULE, { matches: [prefix('/')], backendRefs: SERVICE }] },
        { matches: [prefix('/')], backendRefs: SERVICE },
      ),
      want: warned(
        'this change breaks 1 route below it: no grant is left for 1 route of namespace shop. Move them first, or tell their owners.',
      ),
    },
    {
      name: 'a rule is removed whose children are gone',
      scene: changed({ rules: [SHOP_RULE, { matches: [prefix('/pay')], backendRefs: [httpRoute('pay', '*')] }] }, { rules: [SHOP_RULE] }),
      want: [],
    },
    {
      name: 'the reference selects another label',
      scene: changed({ backendRefs: [label('all', 'team')] }, { backendRefs: [label('all', 'teams')] }, [
        childObject({ labels: { 'delegation.kgateway.dev/label': 'team' } }),
        labelled('pay', 'pay'),
      ]),
      want: warned(
        'this change breaks 2 routes below it: no grant is left for 2 routes labelled delegation.kgateway.dev/label=team. Move them first, or tell their owners.',
      ),
    },
    {
      name: 'taken off its Gateway',
      scene: changed({}, { parentRefs: null }),
      want: warned(
        'this change breaks 1 route below it: no grant is left for 1 route of namespace shop. Move them first, or tell their owners.',
      ),
    },
    {
      name: 'grandchildren are counted, not named',
      scene: deleted({}, [
        childObject({ backendRefs: [httpRoute('deep', 'leaf')] }),
        childObject({ namespace: 'deep', name: 'leaf', parentRefs: [httpRoute('shop', 'cart')] }),
      ]),
      want: warned(
        'deleting this route breaks 2 routes below it: no grant is left for 1 route of namespace shop and 1 route further below. Move them first, or tell their owners.',
      ),
    },
    {
      name: 'a parent in the middle',
      scene: {
        judged: childObject({ backendRefs: [httpRoute('deep', 'leaf')] }),
        deletes: true,
        also: [childObject({ namespace: 'deep', name: 'leaf', parentRefs: [httpRoute('shop', 'cart')] })],
      },
      want: warned('deleting this route breaks 1 route below it: no grant is left for deep/leaf. Move them first, or tell their owners.'),
    },
    {
      name: 'more than a sentence holds',
      scene: deleted(
        { backendRefs: ['a', 'b', 'c', 'd', 'e'].map((name) => httpRoute('shop', name)) },
        ['a', 'b', 'c', 'd', 'e'].map((name) => childObject({ name })),
      ),
      want: warned(
        'deleting this route breaks 5 routes below it: no grant is left for shop/a, shop/b, shop/c and 2 more. Move them first, or tell their owners.',
      ),
    },
    { name: 'a child that is deleted is no parent', scene: { judged: CHILD, deletes: true }, want: [] },
  ])('$name', ({ scene, want }) => {
    expect(seen('LK505', scene)).toEqual(want)
  })
})

describe('dead', () => {
  const DEAD = warned(
    'this change breaks 1 route below it: no grant lets through some match of 1 route of namespace shop. Move them first, or tell their owners.',
  )
  it.each<Row>([
    { name: 'another path', scene: changed({}, { matches: [prefix('/store')] }), want: DEAD },
    { name: 'a longer path', scene: changed({}, { matches: [prefix('/shop/cart/new')] }), want: DEAD },
    { name: 'a header more', scene: changed({}, { matches: [prefix('/shop', { headers: [{ name: 'x', value: 'a' }] })] }), want: DEAD },
    { name: 'a method', scene: changed({}, { matches: [prefix('/shop', { method: 'GET' })] }), want: DEAD },
    { name: 'an Exact match', scene: changed({}, { matches: [exact('/shop/cart')] }), want: DEAD },
    { name: 'another hostname', scene: changed({}, { hostnames: ['example.org'] }), want: DEAD },
    { name: 'one hostname of two', scene: changed({ hostnames: ['example.com', 'example.org'] }, {}), want: DEAD },
    { name: 'a hostname more', scene: changed({}, { hostnames: ['example.com', 'example.org'] }), want: [] },
    { name: 'a wider hostname', scene: changed({}, { hostnames: ['*.com'] }), want: [] },
    { name: 'a shorter path', scene: changed({}, { matches: [prefix('/sho')] }), want: [] },
    { name: 'a match more', scene: changed({}, { matches: [prefix('/shop'), prefix('/store')] }), want: [] },
    {
      name: 'on agentgateway, a path apart',
      scene: changed({}, { matches: [prefix('/store')] }, [CHILD], { dialect: 'agentgateway' }),
      want: DEAD,
    },
    {
      name: 'on agentgateway, a path inside',
      scene: changed({}, { matches: [prefix('/shop/cart/new')] }, [CHILD], { dialect: 'agentgateway' }),
      want: [],
    },
    {
      name: 'an inheriting child moves along',
      scene: changed({}, { matches: [prefix('/store')] }, [childObject({ annotations: INHERIT.kgateway, matches: [prefix('/cart')] })]),
      want: [],
    },
    {
      name: 'it was dead before',
      scene: changed({ matches: [prefix('/bank')] }, { matches: [prefix('/store')] }),
      want: [],
    },
    {
      name: 'the rule moved, as it was',
      scene: changed({ rules: [SHOP_RULE] }, { rules: [{ matches: [prefix('/pay')], backendRefs: SERVICE }, SHOP_RULE] }),
      want: [],
    },
    {
      name: 'the reference turns on itself',
      scene: changed(
        {
          name: 'root',
          namespace: 'shop',
          parentRefs: [{ name: 'gateway', namespace: 'infra' }],
          backendRefs: [httpRoute('shop', 'cart')],
        },
        { name: 'root', namespace: 'shop', parentRefs: [{ name: 'gateway', namespace: 'infra' }, httpRoute('shop', 'root')] },
        [childObject({ parentRefs: [httpRoute('shop', 'root')] })],
      ),
      want: warned('this change breaks 1 route below it: no grant is left for shop/cart. Move them first, or tell their owners.'),
    },
  ])('$name', ({ scene, want }) => {
    expect(seen('LK505', scene)).toEqual(want)
  })
})

describe('hidden', () => {
  const HIDDEN = warned(
    'this change breaks 1 route below it: rules of this route now come before some match of 1 route of namespace shop. Move them first, or tell their owners.',
  )
  const beside = (rule: RouteChanges, also: readonly RawObject[] = [CHILD], more: Scene = {}) =>
    changed({ rules: [SHOP_RULE] }, { rules: [SHOP_RULE, rule] }, also, more)
  const deepChild = [childObject({ matches: [prefix('/shop/cart/new')] })]
  const NESTED: Scene = { dialect: 'agentgateway' }

  it.each<Row>([
    {
      name: 'a regex of the parent itself',
      scene: beside({ matches: [{ path: { type: 'RegularExpression', value: '/shop/.*' } }], backendRefs: SERVICE }, deepChild),
      want: HIDDEN,
    },
    {
      name: 'a regex that takes only some of it',
      scene: beside({ matches: [{ path: { type: 'RegularExpression', value: '/shop/cart/[a-z]*' } }], backendRefs: SERVICE }),
      want: [],
    },
    {
      name: 'its rank is the lower one',
      scene: beside({ matches: [prefix('/shop/cart')], backendRefs: SERVICE }, deepChild),
      want: [],
    },
    {
      name: 'on agentgateway the rule comes first',
      scene: beside({ matches: [prefix('/shop/cart')], backendRefs: SERVICE }, deepChild, NESTED),
      want: HIDDEN,
    },
    {
      name: 'on agentgateway a rule for others comes first too',
      scene: beside({ matches: [prefix('/shop/cart')], backendRefs: [httpRoute('pay', '*')] }, deepChild, NESTED),
      want: HIDDEN,
    },
    {
      name: 'a grant that no child is left under answers 500',
      scene: beside(
        { matches: [{ path: { type: 'RegularExpression', value: '/shop/.*' } }], backendRefs: [httpRoute('pay', '*')] },
        deepChild,
      ),
      want: HIDDEN,
    },
    {
      name: 'an older parent that says the same as its child',
      scene: changed(
        { rules: [SHOP_RULE], metadata: { creationTimestamp: '2026-01-01T00:00:00Z' } },
        {
          rules: [SHOP_RULE, { matches: [prefix('/shop/cart')], backendRefs: [httpRoute('pay', '*')] }],
          metadata: { creationTimestamp: '2026-01-01T00:00:00Z' },
        },
        [childObject({ metadata: { creationTimestamp: '2026-02-01T00:00:00Z' } })],
      ),
      want: HIDDEN,
    },
    {
      name: 'it was hidden before',
      scene: changed(
        { rules: [SHOP_RULE, { matches: [{ path: { type: 'RegularExpression', value: '/shop/.*' } }], backendRefs: SERVICE }] },
        { rules: [SHOP_RULE, { matches: [{ path: { type: 'RegularExpression', value: '/sho.*' } }], backendRefs: SERVICE }] },
        deepChild,
      ),
      want: [],
    },
    { name: 'a new rule beside', scene: beside({ matches: [prefix('/pay')], backendRefs: [httpRoute('pay', '*')] }), want: [] },
    { name: 'a catch-all below', scene: beside({ matches: [prefix('/')], backendRefs: SERVICE }), want: [] },
  ])('$name', ({ scene, want }) => {
    expect(seen('LK505', scene)).toEqual(want)
  })
})

describe('what must pass', () => {
  it.each<{ readonly name: string; readonly scene: Scene }>([
    { name: 'a parent before its children', scene: created({}, []) },
    { name: 'a parent after its children', scene: created({}, [CHILD, labelled('shop', 'b')]) },
    {
      name: 'a new rule for children that wait',
      scene: changed({}, { rules: [SHOP_RULE, { matches: [prefix('/pay')], backendRefs: [label('all', 'pay')] }] }, [
        CHILD,
        labelled('pay', 'p', 'pay'),
      ]),
    },
    { name: 'the same again', scene: changed({}, {}) },
    {
      name: 'other filters',
      scene: changed({}, { filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x', value: 'a' }] } }] }),
    },
  ])('$name', ({ scene }) => {
    expect(outcome(judge(scene)).filter((line) => /LK505|LK511/.test(line))).toEqual([])
  })
})

describe('the decision', () => {
  it('lists every route with what becomes of it, apart from the message', () => {
    const { violations } = judge(
      changed({}, { matches: [prefix('/shop/cart')] }, [
        CHILD,
        childObject({ name: 'a', matches: [prefix('/shop/cart'), prefix('/shop/b')] }),
      ]),
    )
    expect(violations.filter(({ harmed }) => harmed.length > 0).map(({ code, harmed }) => [code, harmed])).toEqual([
      ['LK505', [{ namespace: 'shop', name: 'a', harm: 'dead', at: { rule: 0, match: 1 }, witness: undefined }]],
    ])
  })

  it('says when there are more than can be examined, and never denies for that', () => {
    const also = Array.from({ length: 40 }, (_, index) => childObject({ name: `c${index}` }))
    const policies = [{ actions: { LK505: 'Deny' } }]
    const cut = judge({ ...deleted({}, also), steps: 800, policies })
    expect(cut.allowed).toBe(false)
    expect(cut.violations[0]?.message).toMatch(
      /^deleting this route breaks at least \d+ routes? below it: .*There are more of them than can be examined\. /,
    )
    expect(seen('LK505', { ...deleted({}, also), steps: 30, policies })).toEqual(
      warned('what deleting this route does to the routes below it is not known. There are more of them than can be examined.'),
    )
  })

  it('denies a deletion only where a policy says so', () => {
    expect(judge(deleted({})).allowed).toBe(true)
    expect(judge({ ...deleted({}), policies: [{ actions: { LK505: 'Deny' } }] }).allowed).toBe(false)
    expect(judge({ ...deleted({ matches: [prefix('/shop'), prefix('/')] }), policies: [{ actions: { LK101: 'Deny' } }] }).allowed).toBe(
      true,
    )
  })
})
