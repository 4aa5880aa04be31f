import fc from 'fast-check'
import { applyPatch } from 'rfc6902'
import { describe, expect, it } from 'vitest'
import type { Dialect } from '../src/delegation/route.ts'
import { View } from '../src/delegation/view.ts'
import type { Decision } from '../src/policy/decision.ts'
import { evaluate } from '../src/policy/evaluate.ts'
import { parsedRoute, worldOf } from './doors.ts'
import {
  delegationPolicy,
  gatewayOf,
  granting,
  INHERIT,
  labelOf,
  parentRef,
  platformRoot,
  type Raw,
  type RawMatch,
  route,
  serving,
  to,
} from './manifest-fixtures.ts'

const PATCHING = ['LK101', 'LK110', 'LK112', 'LK205', 'LK701', 'LK702']
const RUNS = { numRuns: 1_000 }

const dialects = fc.constantFrom<Dialect>('kgateway', 'gloo', 'agentgateway')
const literals = fc.constantFrom('/', '/a', '/a/', '/a/b', '/ab', '/b', '/b/c')
const regexes = fc.constantFrom('/a/.*', '/a|/b/.*', '/a.*', '/[ab]/c', '/a(/.*)?', '../b')
const paths = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constantFrom('PathPrefix', 'Exact'), value: literals }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('RegularExpression'), value: regexes }) },
)
const headers = fc.uniqueArray(fc.record({ name: fc.constantFrom('X-T', 'x-t', 'x-u'), value: fc.constantFrom('1', '2') }), {
  selector: ({ name }) => name,
  maxLength: 2,
})
const methods = fc.constantFrom(undefined, undefined, undefined, 'GET', 'PUT')

const matches: fc.Arbitrary<RawMatch> = fc.record({ path: paths, headers, method: methods }).map(({ path, headers: values, method }) => ({
  path,
  ...(values.length === 0 ? {} : { headers: values }),
  ...(method === undefined ? {} : { method }),
}))

const grants: fc.Arbitrary<RawMatch> = fc
  .record({ value: literals, headers })
  .map(({ value, headers: values }) => ({ path: { type: 'PathPrefix', value }, headers: values }))

/** shop/child as submitted: annotations, hostnames and parentRefs absent, empty or there. */
const children = fc.record({
  rules: fc.array(fc.array(matches, { maxLength: 3 }), { minLength: 1, maxLength: 2 }),
  parentRefs: fc.constantFrom<readonly object[] | undefined>(
    undefined,
    undefined,
    [],
    [parentRef('infra/parent')],
    [parentRef('shop/middle')],
  ),
  hostnames: fc.constantFrom<readonly string[] | undefined>(undefined, undefined, [], ['shop.example.com']),
  annotations: fc.constantFrom<'absent' | 'empty' | 'inherit' | 'foreign' | 'weight' | 'other'>(
    'absent',
    'empty',
    'inherit',
    'foreign',
    'weight',
    'other',
  ),
  labels: fc.constantFrom<Readonly<Record<string, string>> | undefined>(
    undefined,
    undefined,
    labelOf('kgateway', 'a'),
    labelOf('gloo', 'a'),
  ),
})

const actions = fc.subarray(PATCHING, { minLength: 1 })

interface Tree {
  readonly objects: readonly Raw[]
  readonly child: Raw
}

const trees: fc.Arbitrary<Tree> = fc
  .record({
    dialect: dialects,
    granted: fc.array(grants, { minLength: 1, maxLength: 2 }),
    middle: fc.option(grants),
    rogue: fc.option(grants),
    child: children,
    actions,
  })
  .map(({ dialect, granted, middle, rogue, child, actions: patched }) => {
    const lower = middle === null ? 'shop/child' : 'shop/middle'
    const objects = [
      ...gatewayOf(dialect),
      delegationPolicy({ actions: Object.fromEntries(patched.map((code) => [code, 'Patch'])) }),
      platformRoot(granted.map((grant) => granting(grant, to(lower)))),
      ...(middle === null
        ? []
        : [route('shop/middle', { parentRefs: [parentRef('infra/parent')], rules: [granting(middle, to('shop/child'))] })]),
      ...(rogue === null ? [] : [platformRoot([granting(rogue, to('shop/*'))], { place: 'rogue/root', hostnames: ['rogue.example.com'] })]),
    ]
    const annotations = {
      absent: undefined,
      empty: {},
      inherit: { [INHERIT[dialect]]: 'true' },
      foreign: { [INHERIT[dialect === 'gloo' ? 'kgateway' : 'gloo']]: 'yes' },
      weight: { 'kgateway.dev/route-weight': '7' },
      other: { 'a~b/c': 'd' },
    }[child.annotations]
    const { parentRefs, hostnames, labels } = child
    const spec = {
      ...(parentRefs === undefined ? {} : { parentRefs }),
      ...(hostnames === undefined ? {} : { hostnames }),
      rules: child.rules.map((own) => serving(...own)),
    }
    return { objects, child: route('shop/child', spec, { ...(annotations && { annotations }), ...(labels && { labels }) }) }
  })

function judge(objects: readonly Raw[], child: Raw): Decision {
  const { view, policies } = worldOf(objects, 'cluster')
  return evaluate({ operation: 'CREATE', route: parsedRoute(child), oldRoute: undefined, now: 0 }, view, policies)
}

/** The raw object after the decision's patches, as the API server applies them. */
function patched(child: Raw, { patches }: Decision): Raw {
  const copy = structuredClone(child)
  expect(applyPatch(copy, structuredClone([...patches]) as Parameters<typeof applyPatch>[1])).toEqual(patches.map(() => null))
  return copy
}

describe('idempotence', () => {
  it('a patched object passes, and patching it again changes nothing', () => {
    let sent = 0
    fc.assert(
      fc.property(trees, ({ objects, child }) => {
        const first = judge(objects, child)
        if (first.patches.length === 0) return
        sent++
        const second = judge(objects, patched(child, first))
        expect(second.patches).toEqual([])
        expect(second.violations.filter(({ action }) => action === 'Deny' || action === 'Patch')).toEqual([])
        expect(second.allowed).toBe(true)
      }),
      RUNS,
    )
    expect(sent).toBeGreaterThan(5)
  })

  it('a patch repairs the finding it was sent for', () => {
    fc.assert(
      fc.property(trees, ({ objects, child }) => {
        const first = judge(objects, child)
        if (first.patches.length === 0) return
        // A stranger's grant may ask for another spelling: what is only warned of stays.
        const found = ({ violations }: Decision) => violations.map(({ code, grant }) => JSON.stringify([code, grant]))
        const wanted = found({ ...first, violations: first.violations.filter(({ action }) => action === 'Patch') })
        expect(found(judge(objects, patched(child, first))).filter((finding) => wanted.includes(finding))).toEqual([])
      }),
      RUNS,
    )
  })

  it('what can not be patched is denied, never left with action Patch', () => {
    fc.assert(
      fc.property(trees, ({ objects, child }) => {
        const { allowed, patches, violations } = judge(objects, child)
        expect(patches.length === 0 && violations.some(({ action }) => action === 'Patch')).toBe(false)
        expect(allowed).toBe(violations.every(({ action }) => action !== 'Deny'))
      }),
      RUNS,
    )
  })

  it('the same object again gets the same decision, stored or not, and an update by itself passes', () => {
    fc.assert(
      fc.property(trees, ({ objects, child }) => {
        const { view, policies } = worldOf(objects, 'cluster')
        const asked = { operation: 'CREATE', route: parsedRoute(child), oldRoute: undefined, now: 0 } as const
        const first = evaluate(asked, view, policies)
        expect(evaluate(asked, view, policies)).toEqual(first)
        view.put({ kind: 'HTTPRoute', value: asked.route })
        expect(evaluate(asked, view, policies)).toEqual(first)
        const again = evaluate({ operation: 'UPDATE', route: parsedRoute(child), oldRoute: asked.route, now: 0 }, view, policies)
        expect(again).toEqual({ allowed: true, violations: [], patches: [], policies: [] })
      }),
      RUNS,
    )
  })

  it('an update whose spec changes nothing but a backend is never denied', () => {
    fc.assert(
      fc.property(trees, ({ objects, child }) => {
        const { view, policies } = worldOf([...objects.filter(({ kind }) => kind !== 'DelegationPolicy'), child], 'cluster')
        const oldRoute = parsedRoute(child)
        const rules = oldRoute.rules.map((rule) => ({ ...rule, backendRefs: rule.backendRefs.map((ref) => ({ ...ref, name: 'green' })) }))
        const decision = evaluate({ operation: 'UPDATE', route: { ...oldRoute, rules }, oldRoute, now: 0 }, view, policies)
        expect(decision.violations.filter(({ action }) => action === 'Deny')).toEqual([])
      }),
      RUNS,
    )
  })

  it('the order in which the view learnt its objects decides nothing, and judging leaves it as it was', () => {
    const shuffled = trees.chain((tree) =>
      fc.shuffledSubarray([...tree.objects], { minLength: tree.objects.length }).map((order) => ({ ...tree, order })),
    )
    fc.assert(
      fc.property(shuffled, ({ objects, order, child }) => {
        expect(judge(order, child)).toEqual(judge(objects, child))
        const { view, policies } = worldOf(objects, 'cluster')
        const before = contents(view)
        evaluate({ operation: 'CREATE', route: parsedRoute(child), oldRoute: undefined, now: 0 }, view, policies)
        expect(contents(view)).toEqual(before)
      }),
      RUNS,
    )
  })
})

function contents(view: View): unknown {
  return { routes: structuredClone([...view.routes()]), gateways: view.count('Gateway'), classes: view.count('GatewayClass') }
}
