import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { gatewayParent, labelRef, matchOf, routeOf, routeRef, ruleOf } from '../../test/model-fixtures.ts'
import { EVERYWHERE } from '../delegation/area.ts'
import { type HttpRoute, identityOf } from '../delegation/route.ts'
import type { Selector } from '../delegation/selection.ts'
import { View } from '../delegation/view.ts'
import { Unsettled } from './unsettled.ts'

const LABEL = 'delegation.kgateway.dev'

let view: View
let now: number
let unsettled: Unsettled
beforeEach(() => {
  view = new View('cluster', new View('cluster'))
  now = 1_000
  unsettled = new Unsettled(view, () => now)
})

function put(route: HttpRoute): void {
  unsettled.put({ kind: route.kind, value: route })
}

function pathOf(of: View | undefined): string | undefined {
  return of?.route('shop', 'cart')?.rules[0]?.matches[0]?.path.value
}

/** The path of shop/cart for the source, with what is proven, with all that was reserved, and in its tombstone. */
function standing(): readonly (string | undefined)[] {
  const { proven, unproven } = unsettled.views()
  return [pathOf(view), pathOf(proven), pathOf(unproven ?? proven), pathOf(view.departed)]
}

const cart = (path: string, more: Partial<HttpRoute> = {}) => routeOf('shop/cart', { rules: [ruleOf([path])], ...more })
const CREATED = { created: true, authenticated: true }
const UPDATED = { created: false, authenticated: true }
const BY_ANYBODY = { created: true, authenticated: false }

describe('a reservation', () => {
  it('lasts ten seconds, and leaves what the source says by then', () => {
    put(cart('/old'))
    unsettled.reserve(cart('/new'), UPDATED)
    expect(standing()).toEqual(['/old', '/new', '/new', undefined])
    now += 9_999
    expect(standing()).toEqual(['/old', '/new', '/new', undefined])
    now += 1
    expect(standing()).toEqual(['/old', '/old', '/old', undefined])
    expect(unsettled.views().proven).toBe(view)
  })

  it('of anybody is told apart from what is proven', () => {
    unsettled.reserve(cart('/new'), BY_ANYBODY)
    expect(standing()).toEqual([undefined, undefined, '/new', undefined])
    expect(unsettled.counts()).toEqual({ authenticated: 0, unauthenticated: 1, tombstones: 0 })
  })

  it('of an authenticated caller replaces what anybody said before', () => {
    unsettled.reserve(cart('/forged'), BY_ANYBODY)
    unsettled.reserve(cart('/new'), CREATED)
    expect(standing()).toEqual([undefined, '/new', '/new', undefined])
    expect(unsettled.counts()).toEqual({ authenticated: 1, unauthenticated: 0, tombstones: 0 })
  })

  it('of anybody does not replace what is proven', () => {
    unsettled.reserve(cart('/new'), CREATED)
    unsettled.reserve(cart('/forged'), BY_ANYBODY)
    expect(standing()).toEqual([undefined, '/new', '/forged', undefined])
    now += 10_000
    expect(unsettled.counts()).toEqual({ authenticated: 0, unauthenticated: 0, tombstones: 0 })
  })

  it.each<readonly [name: string, event: () => void, after: string | undefined]>([
    ['what was reserved', () => put(cart('/new')), '/new'],
    ['something else', () => put(cart('/other')), '/other'],
    ['nothing new: it stays', () => put(cart('/old')), '/new'],
    ['a new object of the name', () => put(cart('/old', { uid: '2' })), '/old'],
    ['that it is gone', () => unsettled.remove('HTTPRoute', 'shop', 'cart'), undefined],
  ])('ends when the source says %s', (_, event, after) => {
    put(cart('/old'))
    unsettled.reserve(cart('/new'), UPDATED)
    event()
    expect(pathOf(unsettled.views().proven)).toBe(after)
  })

  it('as a CREATE outlives the removal of its predecessor', () => {
    put(cart('/old'))
    unsettled.reserve(cart('/new'), CREATED)
    unsettled.remove('HTTPRoute', 'shop', 'cart')
    expect(standing()).toEqual([undefined, '/new', '/new', '/old'])
    put(cart('/new'))
    expect(standing()).toEqual(['/new', '/new', '/new', undefined])
    expect(unsettled.counts()).toEqual({ authenticated: 0, unauthenticated: 0, tombstones: 0 })
  })

  it('needs a name', () => {
    unsettled.reserve(routeOf('shop/', { generateName: 'cart-' }), CREATED)
    expect(unsettled.counts().authenticated).toBe(0)
  })
})

describe('a tombstone', () => {
  it('lasts ten minutes', () => {
    put(cart('/cart', { created: 5 }))
    unsettled.remove('HTTPRoute', 'shop', 'cart')
    expect(standing()).toEqual([undefined, undefined, undefined, '/cart'])
    now += 599_999
    expect(unsettled.counts().tombstones).toBe(1)
    now += 1
    expect(unsettled.counts().tombstones).toBe(0)
    expect(view.departed?.count('HTTPRoute')).toBe(0)
  })

  it('is of something that was there, and is the youngest', () => {
    unsettled.remove('HTTPRoute', 'shop', 'cart')
    expect(unsettled.counts().tombstones).toBe(0)
    put(cart('/cart', { created: 5 }))
    unsettled.remove('HTTPRoute', 'shop', 'cart')
    expect(view.departed?.route('shop', 'cart')?.created).toBeUndefined()
  })

  it('goes when the object is back', () => {
    put(cart('/cart'))
    unsettled.remove('HTTPRoute', 'shop', 'cart')
    put(cart('/other'))
    expect(standing()).toEqual(['/other', '/other', '/other', undefined])
  })

  it('of a GRPCRoute is not that of the HTTPRoute of its name', () => {
    const calls = cart('/calls', { kind: 'GRPCRoute' })
    put(cart('/cart'))
    put(calls)
    unsettled.reserve({ ...calls, uid: '2' }, CREATED)
    unsettled.remove('GRPCRoute', 'shop', 'cart')
    expect(standing()).toEqual(['/cart', '/cart', '/cart', undefined])
    expect([view.departed?.grpcRoute('shop', 'cart')?.kind, unsettled.views().proven.grpcRoute('shop', 'cart')?.uid]).toEqual([
      'GRPCRoute',
      '2',
    ])
    put(cart('/new'))
    expect(unsettled.counts()).toEqual({ authenticated: 1, unauthenticated: 0, tombstones: 1 })
  })

  it('is of no other kind', () => {
    unsettled.put({ kind: 'Namespace', value: { name: 'shop', labels: new Map([['team', 'a']]) } })
    expect(view.namespaceLabels('shop').get('team')).toBe('a')
    unsettled.remove('Namespace', '', 'shop')
    expect(view.count('Namespace')).toBe(0)
    expect(unsettled.counts().tombstones).toBe(0)
  })
})

describe('floods', () => {
  it('of 100,000 reservations keep the last 2,000, and those of anybody none of the proven ones', () => {
    unsettled.reserve(cart('/cart'), CREATED)
    for (let index = 0; index < 100_000; index++) {
      unsettled.reserve(routeOf(`n${index % 100}/r${index}`, { rules: [ruleOf(['/x'])] }), BY_ANYBODY)
    }
    expect(unsettled.counts()).toEqual({ authenticated: 1, unauthenticated: 2_000, tombstones: 0 })
    const { proven, unproven } = unsettled.views()
    expect([proven.count('HTTPRoute'), unproven?.count('HTTPRoute')]).toEqual([1, 2_001])
    expect(unproven?.route('n99', 'r99999')).toBeDefined()
  })

  it('of large routes are bounded by their size', () => {
    const large = 'x'.repeat(1_000_000)
    for (let index = 0; index < 100; index++) unsettled.reserve(routeOf(`n${index}/r`, { rules: [ruleOf([`/${large}`])] }), BY_ANYBODY)
    expect(unsettled.counts().unauthenticated).toBe(15)
  })

  it('of deletes in one namespace leave the others theirs', () => {
    put(cart('/cart'))
    unsettled.remove('HTTPRoute', 'shop', 'cart')
    for (let index = 0; index < 20_000; index++) {
      put(routeOf(`flood/r${index}`))
      unsettled.remove('HTTPRoute', 'flood', `r${index}`)
    }
    expect(unsettled.counts().tombstones).toBe(2_501)
    expect(pathOf(view.departed)).toBe('/cart')
  })
})

// ---- against a slow definition

const NAMES = ['a/x', 'a/y', 'b/x']
const SELECTORS: readonly Selector[] = [
  { by: 'name', namespace: 'a', name: 'x' },
  { by: 'wildcard', namespace: 'a' },
  { by: 'wildcard', namespace: 'b' },
  { by: 'label', dialect: 'kgateway', namespace: undefined, value: 'v' },
  { by: 'label', dialect: 'kgateway', namespace: 'a', value: 'v' },
  { by: 'key-value', namespace: 'a', key: `${LABEL}/label`, value: 'v' },
]

const someRoute = fc
  .record({
    kind: fc.constantFrom('HTTPRoute', 'HTTPRoute', 'GRPCRoute'),
    id: fc.constantFrom(...NAMES),
    uid: fc.constantFrom('1', '2'),
    label: fc.boolean(),
    gateway: fc.boolean(),
    host: fc.constantFrom([], ['h.example.com'], ['*.example.com']),
    path: fc.constantFrom('/', '/p', '/q'),
    ref: fc.constantFrom(undefined, routeRef('x', 'a'), routeRef('*', 'b'), labelRef(LABEL, 'v', 'all')),
    weight: fc.boolean(),
  })
  .map(({ kind, id, uid, label, gateway, host, path, ref, weight }) =>
    routeOf(id, {
      kind,
      uid,
      labels: new Map(label ? [[`${LABEL}/label`, 'v']] : []),
      annotations: new Map(weight ? [['kgateway.dev/route-weight', '1']] : []),
      parentRefs: gateway ? [gatewayParent('gw', 'infra')] : [],
      hostnames: host,
      rules: [ruleOf([path], ref === undefined || kind === 'GRPCRoute' ? [] : [ref])],
    }),
  )

type Step =
  | { readonly do: 'put' | 'remove' | 'created' | 'updated' | 'forged'; readonly route: HttpRoute }
  | { readonly do: 'wait'; readonly milliseconds: number }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constantFrom('put', 'remove', 'created', 'updated', 'forged'), route: someRoute }),
    fc.record({ do: fc.constant('wait' as const), milliseconds: fc.constantFrom(1, 4_000, 9_999, 300_000) }),
  ),
  { maxLength: 30, size: 'max' },
)

function answersOf(of: View) {
  const names = (found: Iterable<HttpRoute>) => [...found].map(described).sort()
  const places = (found: Iterable<{ readonly route: HttpRoute; readonly rule: number; readonly match: number }>) =>
    [...found].map(({ route, rule, match }) => `${described(route)} ${rule}.${match}`).sort()
  const probes = NAMES.map((name) => routeOf(name, { labels: new Map([[`${LABEL}/label`, 'v']]) }))
  return {
    count: [of.count('HTTPRoute'), of.count('GRPCRoute')],
    route: NAMES.flatMap((name) => [of.route(...placeOf(name)), of.grpcRoute(...placeOf(name))]),
    routes: names([...of.routes(), ...of.grpcRoutes()]),
    hasNamespace: ['a', 'b', 'c'].map((name) => of.hasNamespace(name)),
    routesOn: names(of.routesOn('infra', 'gw')),
    delegationsTo: probes.map((probe) => [...of.delegationsTo(probe)].map(({ parent, rule }) => `${described(parent)} ${rule}`).sort()),
    selectsLabel: of.selectsLabel('kgateway', 'a', 'v'),
    selectedBy: SELECTORS.map((selector) => names(of.selectedBy(selector))),
    matchesNear: SELECTORS.map((selector) => places(of.matchesNear(selector, EVERYWHERE, matchOf('/').path, 'kgateway'))),
    rootMatchesNear: places(of.rootMatchesNear(EVERYWHERE, EVERYWHERE)),
    rootsAbove: names(of.rootsAbove('h.example.com')),
  }
}

function described(route: HttpRoute): string {
  return `${identityOf(route)} ${JSON.stringify([route.uid, [...route.labels], route.hostnames, route.rules])}`
}

function placeOf(name: string): [namespace: string, name: string] {
  const [space = '', own = ''] = name.split('/')
  return [space, own]
}

function viewOf(routes: Iterable<HttpRoute>): View {
  const made = new View('cluster')
  for (const value of routes) made.put({ kind: value.kind, value })
  return made
}

/** What a step makes of the reservations: all that were ever made, gone through one by one. */
class Definition {
  now = 0
  readonly known = new Map<string, HttpRoute>()
  readonly departed = new Map<string, { readonly route: HttpRoute; readonly at: number }>()
  reserved: { readonly route: HttpRoute; readonly how: 'created' | 'updated' | 'forged'; readonly at: number }[] = []

  take(step: Step): void {
    if (step.do === 'wait') {
      this.now += step.milliseconds
      return
    }
    const { route } = step
    const name = identityOf(route)
    const known = this.known.get(name)
    if (step.do === 'put') {
      const same = known !== undefined && described(known) === described(route) && sameElse(known, route)
      if (!same) this.#drop((other) => other !== name)
      this.known.set(name, route)
      this.departed.delete(name)
    } else if (step.do === 'remove') {
      this.#drop((other, how) => other !== name || how !== 'updated')
      if (known !== undefined) this.departed.set(name, { route: known, at: this.now })
      this.known.delete(name)
    } else {
      const isForged = step.do === 'forged'
      this.#drop((other, how) => other !== name || (isForged && how !== 'forged'))
      this.reserved.push({ route, how: step.do, at: this.now })
    }
  }

  #drop(keep: (name: string, how: 'created' | 'updated' | 'forged') => boolean): void {
    this.reserved = this.reserved.filter(({ route, how }) => keep(identityOf(route), how))
  }

  routes(forged: boolean): Iterable<HttpRoute> {
    const all = new Map(this.known)
    const unexpired = this.reserved.filter(({ at }) => this.now < at + 10_000)
    for (const { route, how } of unexpired) if (how !== 'forged') all.set(identityOf(route), route)
    if (forged) for (const { route, how } of unexpired) if (how === 'forged') all.set(identityOf(route), route)
    return all.values()
  }

  gone(): HttpRoute[] {
    return [...this.departed.values()].filter(({ at }) => this.now < at + 600_000).map(({ route }) => route)
  }
}

function sameElse(a: HttpRoute, b: HttpRoute): boolean {
  return JSON.stringify([a.parentRefs, [...a.annotations]]) === JSON.stringify([b.parentRefs, [...b.annotations]])
}

describe('views', () => {
  it('read like views made anew of what the source says and of what is reserved', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const definition = new Definition()
        const settled = new View('cluster', new View('cluster'))
        const own = new Unsettled(settled, () => definition.now)
        for (const step of all) {
          definition.take(step)
          if (step.do === 'wait') continue
          const { kind, namespace, name } = step.route
          if (step.do === 'put') own.put({ kind, value: step.route })
          else if (step.do === 'remove') own.remove(kind, namespace, name)
          // A forged reservation is made as a CREATE, which a removal leaves alone.
          else own.reserve(step.route, { created: step.do !== 'updated', authenticated: step.do !== 'forged' })
        }
        const { proven, unproven } = own.views()
        expect(answersOf(settled)).toEqual(answersOf(viewOf(definition.known.values())))
        expect(answersOf(proven)).toEqual(answersOf(viewOf(definition.routes(false))))
        expect(answersOf(unproven ?? proven)).toEqual(answersOf(viewOf(definition.routes(true))))
        expect(answersOf(settled.departed ?? settled)).toEqual(answersOf(viewOf(definition.gone())))
      }),
      { numRuns: 500 },
    )
  })
})
