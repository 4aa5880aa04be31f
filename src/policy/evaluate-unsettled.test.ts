import { beforeEach, describe, expect, it } from 'vitest'
import {
  delegationPolicy,
  exact,
  gatewayOf,
  granting,
  namespace,
  ON_EDGE,
  parentRef,
  platformRoot,
  prefix,
  route,
  serving,
  to,
} from '../../test/manifest-fixtures.ts'
import { found, Replica } from '../../test/replica.ts'

const BASE = [...gatewayOf('kgateway'), platformRoot([granting(prefix('/shop'), to('web/*'), to('shop/*'))])]
const child = (place: string, ...paths: readonly string[]) =>
  route(place, { parentRefs: [parentRef('infra/parent')], rules: [serving(...paths.map((path) => prefix(path)))] })

let replica: Replica
beforeEach(() => {
  replica = new Replica(BASE)
})

describe('two requests that race', () => {
  it('cannot both take the same requests', () => {
    expect(found(replica.submit(child('web/one', '/shop/x')))).toEqual([])
    expect(found(replica.submit(child('shop/two', '/shop/x')))).toEqual(['Deny LK403'])
  })

  it('are both admitted where anybody may have sent the first; the second is warned', () => {
    expect(found(replica.submit(child('web/one', '/shop/x'), { authenticated: false }))).toEqual([])
    const second = replica.submit(child('shop/two', '/shop/x'))
    expect([second.allowed, found(second)]).toEqual([true, ['Warn LK403']])
  })

  it('of one owner, or one object twice, are admitted', () => {
    for (const authenticated of [true, false]) {
      expect(found(replica.submit(child('web/one', '/shop/x'), { authenticated }))).toEqual([])
      expect(found(replica.submit(child('web/one', '/shop/x', '/shop/y'), { authenticated }))).toEqual([])
    }
    expect(found(replica.submit(child('web/other', '/shop/y')))).toEqual([])
  })

  it('take nothing with dryRun', () => {
    replica.submit(child('web/one', '/shop/x'), { dryRun: true })
    expect(found(replica.submit(child('shop/two', '/shop/x')))).toEqual([])
  })

  it('leave nothing behind after ten seconds when the first was not stored', () => {
    replica.submit(child('web/one', '/shop/x'))
    replica.now += 10_000
    expect(found(replica.submit(child('shop/two', '/shop/x')))).toEqual([])
  })

  it('stay denied however often they come', () => {
    replica.stored(child('web/one', '/shop/x'))
    for (let time = 0; time < 3; time++) expect(found(replica.submit(child('shop/two', '/shop/x')))).toEqual(['Deny LK403'])
    replica.now += 10_000
    expect(found(replica.submit(child('shop/two', '/shop/x')))).toEqual(['Deny LK403'])
    expect(found(replica.submit(child('web/one', '/shop/x', '/shop/y'), { old: child('web/one', '/shop/x') }))).toEqual([])
  })
})

describe('a parent and its child in one batch', () => {
  const parent = route('shop/inner', {
    parentRefs: [parentRef('infra/parent')],
    rules: [granting(prefix('/shop/in'), to('deep/*'))],
  })
  const deep = (path: string) => route('deep/child', { parentRefs: [parentRef('shop/inner')], rules: [serving(prefix(path))] })

  it('misses its parent without the reservation', () => {
    expect(found(replica.submit(deep('/shop/in/a')))).toEqual(['Warn LK202'])
  })

  it.each([true, false])('finds its parent, its caller authenticated: %s', (authenticated) => {
    replica.submit(parent, { authenticated })
    expect(found(replica.submit(deep('/shop/in/a'), { authenticated }))).toEqual([])
  })

  it('is bound by a parent that is proven, and only warned by one that is not', () => {
    replica.submit(parent, { authenticated: false })
    expect(found(replica.submit(deep('/shop/index')))).toEqual(['Warn LK102'])
    replica.submit(parent)
    expect(found(replica.submit(deep('/shop/index')))).toEqual(['Deny LK102'])
  })
})

describe('what anybody reserved', () => {
  it('excuses nothing: a forged parent grants nothing to a child that another one denies', () => {
    const forged = platformRoot([granting(prefix('/'), to('shop/*'))])
    replica.submit(forged, { authenticated: false, old: BASE[2] })
    const decision = replica.submit(child('shop/two', '/shopping'))
    expect([decision.allowed, found(decision)]).toEqual([false, ['Deny LK102']])
  })
})

describe('a route that was deleted', () => {
  const one = child('web/one', '/shop/x')

  beforeEach(() => {
    replica.stored(one)
    replica.deleted(one)
  })

  it('keeps its requests from others for ten minutes', () => {
    expect(found(replica.submit(child('shop/two', '/shop/x')))).toEqual(['Deny LK403'])
    expect(found(replica.submit(child('shop/two', '/shop')))).toEqual([])
    replica.now += 599_999
    expect(found(replica.submit(child('shop/three', '/shop/x')))).toEqual(['Deny LK403'])
    replica.now += 1
    expect(found(replica.submit(child('shop/three', '/shop/x')))).toEqual([])
  })

  it('is no longer protected by its age: when it comes back it is the youngest', () => {
    const asking = (place: string, header: string, metadata = {}) =>
      route(
        place,
        { parentRefs: [parentRef('infra/parent')], rules: [serving(prefix('/shop/old', { headers: [{ name: header, value: '1' }] }))] },
        metadata,
      )
    const old = asking('web/old', 'x-a', { creationTimestamp: '2020-01-01T00:00:00Z' })
    replica.stored(old)
    expect(found(replica.submit(asking('shop/two', 'x-b'), { dryRun: true }))).not.toContain('Deny LK402')
    replica.deleted(old)
    expect(found(replica.submit(asking('shop/two', 'x-b')))).toEqual(['Deny LK402'])
  })

  it('is recreated by its owner, under this name or another', () => {
    expect(found(replica.submit(one))).toEqual([])
    expect(found(replica.submit(child('web/renamed', '/shop/x', '/shop/y')))).toEqual([])
  })

  it('shadows nobody', () => {
    const longer = child('web/longer', '/shop/y/')
    replica.stored(longer)
    expect(found(replica.submit(child('web/other', '/shop/y'), { dryRun: true }))).toEqual(['Warn LK404'])
    replica.deleted(longer)
    expect(found(replica.submit(child('web/other', '/shop/y')))).toEqual([])
  })

  it('holds nothing that today’s grants give to others', () => {
    const carved = platformRoot([granting(prefix('/shop'), to('web/*'), to('shop/*')), granting(prefix('/shop/x'), to('shop/*'))])
    replica.stored(carved)
    expect(found(replica.submit(child('shop/two', '/shop/x')))).toEqual([])
  })

  it('comes back where somebody slipped in through another replica, but not after ten minutes', () => {
    replica.stored(child('shop/two', '/shop/x'))
    expect(found(replica.submit(one, { dryRun: true }))).toEqual([])
    replica.now += 600_000
    expect(found(replica.submit(one))).toEqual(['Deny LK403'])
  })
})

describe('a parent that was deleted', () => {
  const root = platformRoot([granting(prefix('/pay'), to('pay/*'))], { place: 'infra/second' })
  const direct = (path: string) =>
    route('shop/direct', { parentRefs: [ON_EDGE], hostnames: ['api.example.com'], rules: [serving(prefix(path))] })

  beforeEach(() => {
    replica.stored(root)
    replica.stored(route('pay/child', { parentRefs: [parentRef('infra/second')], rules: [serving(prefix('/pay'))] }))
    replica.deleted(root)
  })

  it('keeps its lanes from what is attached directly', () => {
    expect(found(replica.submit(direct('/pay/x')))).toEqual(['Deny LK301'])
    replica.now += 600_000
    expect(found(replica.submit(direct('/pay/x')))).toEqual([])
  })

  it('grants nothing and cuts no hole into other grants', () => {
    expect(
      found(replica.submit(route('pay/other', { parentRefs: [parentRef('infra/second')], rules: [serving(prefix('/pay/x'))] }))),
    ).toEqual(['Warn LK202'])
    replica.stored(platformRoot([granting(prefix('/'), to('shop/*'))], { place: 'infra/third' }))
    const below = route('shop/below', { parentRefs: [parentRef('infra/third')], rules: [serving(exact('/pay/x'))] })
    expect(found(replica.submit(below))).toEqual([])
  })
})

describe('a GRPCRoute', () => {
  const direct = { parentRefs: [ON_EDGE], hostnames: ['api.example.com'] }
  const match = { method: { service: 'shop.Cart', method: 'Add' } }
  const calls = { ...route('web/one', { ...direct, rules: [{ matches: [match] }] }), kind: 'GRPCRoute' }
  const ask = () => found(replica.submit(route('shop/two', { ...direct, rules: [serving(exact('/shop.Cart/Add'))] }), { dryRun: true }))

  it('holds its requests from the moment that it is admitted', () => {
    expect(ask()).toEqual([])
    replica.submit(calls)
    expect(ask()).toEqual(['Warn LK403'])
    replica.now += 10_000
    expect(ask()).toEqual([])
  })

  it('that was deleted is not brought back by the HTTPRoute of its name', () => {
    replica.stored(calls)
    replica.deleted(calls)
    replica.stored(child('web/one', '/shop/x'))
    expect(ask()).toEqual(['Warn LK403'])
    replica.now += 600_000
    expect(ask()).toEqual([])
  })
})

describe('owners of several namespaces', () => {
  it('recreate a route in another one of theirs', () => {
    const labels = { team: 'a' }
    replica = new Replica([...BASE, namespace('web', labels), namespace('shop', labels), delegationPolicy({ ownerLabel: 'team' })])
    replica.stored(child('web/one', '/shop/x'))
    replica.deleted(child('web/one', '/shop/x'))
    expect(found(replica.submit(child('shop/one', '/shop/x')))).toEqual([])
  })
})
