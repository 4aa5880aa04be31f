import { describe, expect, it } from 'vitest'
import {
  childObject,
  httpRoute,
  INHERIT,
  judge,
  NOW,
  namespaceObject,
  outcome,
  parentObject,
  policyOf,
  prefix,
  regex,
  routeOf,
  type Scene,
  viewOf,
} from '../../test/fixture.ts'
import { evaluate } from './evaluate.ts'
import { DEFAULT_POLICY, type Policy } from './policy.ts'

const ESCAPE = { matches: [prefix('/shopping')] }
const DEAD = { matches: [prefix('/cart')] }
const EXCEPTION = { namespace: 'shop', name: '*', checks: ['LK102'], reason: 'migration', expires: '2027-06-01T00:00:00Z' }

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly string[]
  readonly allowed: boolean
}

describe('a decision', () => {
  it.each<Row>([
    { name: 'nothing to say of the minimal parent and child', scene: {}, want: [], allowed: true },
    { name: 'an audit of the parent', scene: { parent: false, judged: parentObject() }, want: ['LK704 Audit'], allowed: true },
    { name: 'a denial', scene: { child: ESCAPE }, want: ['LK102 Deny'], allowed: false },
    { name: 'mode Warn', scene: { child: ESCAPE, policies: [{ mode: 'Warn' }] }, want: ['LK102 Warn'], allowed: true },
    { name: 'mode Audit', scene: { child: ESCAPE, policies: [{ mode: 'Audit' }] }, want: ['LK102 Audit'], allowed: true },
    { name: 'ignored', scene: { child: ESCAPE, policies: [{ actions: { LK102: 'Ignore' } }] }, want: [], allowed: true },
    {
      name: 'the strictest policy wins',
      scene: {
        child: ESCAPE,
        policies: [{ actions: { LK102: 'Warn' } }, { actions: { LK102: 'Deny' } }, { actions: { LK102: 'Ignore' } }],
      },
      want: ['LK102 Deny'],
      allowed: false,
    },
    {
      name: 'a policy without an entry means its default',
      scene: { child: ESCAPE, policies: [{ actions: { LK102: 'Ignore' } }, {}] },
      want: ['LK102 Deny'],
      allowed: false,
    },
    {
      name: 'a policy that selects another namespace',
      scene: { child: ESCAPE, policies: [{ mode: 'Audit', namespaceSelector: { matchLabels: { vertical: 'bank' } } }] },
      want: ['LK102 Deny'],
      allowed: false,
    },
    {
      name: 'a policy that selects this namespace alone',
      scene: {
        child: ESCAPE,
        also: [namespaceObject('shop', { vertical: 'shop' })],
        policies: [{ mode: 'Audit', namespaceSelector: { matchLabels: { vertical: 'shop' } } }],
      },
      want: ['LK102 Audit'],
      allowed: true,
    },
    {
      name: 'an exception of one policy holds under another',
      scene: { child: ESCAPE, policies: [{}, { exceptions: [EXCEPTION] }] },
      want: ['LK102 Audit'],
      allowed: true,
    },
    {
      name: 'an exception of a policy for other namespaces',
      scene: { child: ESCAPE, policies: [{ namespaceSelector: { matchLabels: { a: 'b' } }, exceptions: [EXCEPTION] }] },
      want: ['LK102 Audit'],
      allowed: true,
    },
    {
      name: 'an exception that is over',
      scene: { child: ESCAPE, policies: [{ exceptions: [{ ...EXCEPTION, expires: '2026-12-31T23:59:59Z' }] }] },
      want: ['LK102 Deny'],
      allowed: false,
    },
    {
      name: 'an excepted code silences no other',
      scene: {
        child: { matches: [regex('/../x|/bank')], annotations: INHERIT.kgateway },
        policies: [{ exceptions: [{ ...EXCEPTION, checks: ['LK106'] }] }],
      },
      want: ['LK103 Deny', 'LK106 Audit'],
      allowed: false,
    },
    {
      name: 'an ignored code silences no other',
      scene: { child: { matches: [regex('/../x|/bank')], annotations: INHERIT.kgateway }, policies: [{ actions: { LK106: 'Ignore' } }] },
      want: ['LK103 Deny'],
      allowed: false,
    },
    {
      name: 'one code per match',
      scene: { child: { matches: [regex('/../x|/bank')], annotations: INHERIT.kgateway } },
      want: ['LK106 Deny'],
      allowed: false,
    },
    {
      name: 'Patch where there is none denies',
      scene: { child: ESCAPE, policies: [{ actions: { LK102: 'Patch' } }] },
      want: ['LK102 Deny'],
      allowed: false,
    },
    {
      name: 'Patch that would not help denies',
      scene: { child: { matches: [prefix('/shopping'), ...DEAD.matches] }, policies: [{ actions: { LK101: 'Patch' } }] },
      want: ['LK102 Deny', 'LK101 Deny'],
      allowed: false,
    },
    {
      name: 'a patch is no denial',
      scene: { child: DEAD, policies: [{ actions: { LK101: 'Patch' } }] },
      want: ['LK101 Patch'],
      allowed: true,
    },
    {
      name: 'one policy patches, a stricter one denies',
      scene: { child: DEAD, policies: [{ actions: { LK101: 'Patch' } }, {}] },
      want: ['LK101 Deny'],
      allowed: false,
    },
    {
      name: 'mode Warn patches nothing',
      scene: { child: DEAD, policies: [{ mode: 'Warn', actions: { LK101: 'Patch' } }] },
      want: ['LK101 Warn'],
      allowed: true,
    },
    { name: 'a child before its parent', scene: { parent: false }, want: ['LK202 Warn'], allowed: true },
    {
      name: 'a name to be generated',
      scene: { child: { ...ESCAPE, metadata: { name: undefined, generateName: 'cart-' } } },
      want: ['LK102 Deny'],
      allowed: false,
    },
    {
      name: 'a root whose Gateway is missing from files',
      scene: { parent: { parentRefs: [{ name: 'other' }] }, child: { ...ESCAPE, parentRefs: null } },
      want: ['LK102 Deny', 'LK205 Audit'],
      allowed: false,
    },
    {
      name: 'a root whose Gateway is not in the cluster',
      scene: { cluster: true, parent: { parentRefs: [{ name: 'other' }] }, child: { ...ESCAPE, parentRefs: null } },
      want: ['LK102 Warn', 'LK205 Audit'],
      allowed: true,
    },
    {
      name: 'a root in a root namespace',
      scene: {
        cluster: true,
        parent: { parentRefs: [{ name: 'other' }] },
        child: { ...ESCAPE, parentRefs: null },
        policies: [{ rootNamespaces: { names: ['infra'] } }],
      },
      want: ['LK102 Deny', 'LK205 Audit'],
      allowed: false,
    },
  ])('$name', ({ scene, want, allowed }) => {
    const decision = judge(scene)
    expect({ want: outcome(decision), allowed: decision.allowed }).toEqual({ want, allowed })
    expect(decision.patches.length > 0).toBe(decision.violations.some(({ action }) => action === 'Patch'))
  })

  it('says which exception spoke for the object', () => {
    const [violation] = judge({ child: ESCAPE, policies: [{ exceptions: [EXCEPTION] }] }).violations
    expect(violation?.exception).toBe('migration')
  })
})

describe('patches', () => {
  const ENV = [{ name: 'X-Env', value: 'dev' }]
  const lower = prefix('/shop/a', { headers: [{ name: 'x-env', value: 'dev' }] })

  it('are one list, each operation once', () => {
    const scene: Scene = {
      parent: { matches: [prefix('/shop', { headers: ENV })] },
      child: { parentRefs: null, matches: [lower, { ...lower, method: 'GET' }] },
      policies: [{ actions: { LK110: 'Patch', LK205: 'Patch' } }],
    }
    expect(judge(scene).patches).toEqual([
      {
        op: 'add',
        path: '/spec/parentRefs',
        value: [httpRoute('infra', 'parent')].map(({ group, kind, namespace, name }) => ({ group, kind, namespace, name })),
      },
      { op: 'replace', path: '/spec/rules/0/matches/0/headers/0/name', value: 'X-Env' },
      { op: 'replace', path: '/spec/rules/0/matches/1/headers/0/name', value: 'X-Env' },
    ])
  })

  it('of one kind are not sent where another violation denies', () => {
    const scene: Scene = { child: { ...ESCAPE, parentRefs: null }, policies: [{ actions: { LK205: 'Patch' } }] }
    expect(judge(scene)).toMatchObject({ allowed: false, patches: [] })
    expect(outcome(judge(scene))).toEqual(['LK205 Deny', 'LK102 Deny'])
  })
})

it('names the policies that it is by: those that select the namespace, by name', () => {
  const policies = [{ name: 'b', generation: 3 }, { name: 'a' }, { name: 'c', namespaceSelector: matching('vertical', 'bank') }].map(
    (changes) => ({ ...DEFAULT_POLICY, ...changes }),
  )
  const request = { operation: 'CREATE' as const, route: routeOf(childObject(ESCAPE)), oldRoute: undefined, now: NOW }
  expect(evaluate(request, viewOf({}), policies).policies).toEqual([
    { name: 'a', generation: undefined },
    { name: 'b', generation: 3 },
  ])
  expect(evaluate(request, viewOf({}), []).policies).toEqual([])
})

function matching(key: string, value: string): Policy['namespaceSelector'] {
  return { matchLabels: new Map([[key, value]]), matchExpressions: [] }
}

describe('requests', () => {
  const bad = childObject(ESCAPE)

  it.each([
    { name: 'a DELETE', operation: 'DELETE' as const, route: undefined, oldRoute: routeOf(bad) },
    { name: 'an UPDATE without a change', operation: 'UPDATE' as const, route: routeOf(bad), oldRoute: routeOf(bad) },
    {
      name: 'an UPDATE of what no check reads',
      operation: 'UPDATE' as const,
      route: routeOf(childObject({ ...ESCAPE, annotations: { 'example.com/a': 'b' }, metadata: { finalizers: ['a/b'] } })),
      oldRoute: routeOf(bad),
    },
  ])('$name passes unjudged', ({ operation, route, oldRoute }) => {
    expect(evaluate({ operation, route, oldRoute, now: NOW }, viewOf({}), [])).toEqual({
      allowed: true,
      violations: [],
      patches: [],
      policies: [],
    })
  })

  it('an object that is being deleted is judged like any other', () => {
    const metadata = { deletionTimestamp: '2027-01-01T00:00:00Z', finalizers: ['a/b'] }
    const scene: Scene = { child: { ...ESCAPE, metadata }, old: childObject({ metadata }) }
    expect(outcome(judge(scene))).toEqual(['LK102 Deny'])
  })
})

describe('order', () => {
  const rules = Array.from({ length: 12 }, (_, index) => ({ matches: [prefix(index % 5 === 0 ? `/shop${index}` : `/shop/${index};a`)] }))
  const scene: Scene = { child: { rules } }

  it('is by action, then field with its numbers as numbers', () => {
    expect(judge(scene).violations.map(({ action, field }) => `${action} ${field.split('.')[1]}`)).toEqual([
      ...[0, 5, 10].map((rule) => `Deny rules[${rule}]`),
      ...[1, 2, 3, 4, 6, 7, 8, 9, 11].map((rule) => `Warn rules[${rule}]`),
    ])
  })

  it('does not depend on the order of policies or of the view', () => {
    const policies = [policyOf({ actions: { LK102: 'Warn' } }, 'a'), policyOf({ actions: { LK113: 'Deny' } }, 'b')]
    const route = routeOf(childObject({ rules, parentRefs: null }))
    const others = ['a', 'b', 'c'].map((name) => parentObject({ name, matches: [prefix('/shop'), prefix('/sho')] }))
    const decide = (also: typeof others, order: typeof policies) =>
      evaluate({ operation: 'CREATE', route, oldRoute: undefined, now: NOW }, viewOf({ also }), order)
    const decision = decide(others, policies)
    expect(decide(others.toReversed(), policies.toReversed())).toEqual(decision)
    expect(decision.violations.length).toBeGreaterThan(0)
  })
})
