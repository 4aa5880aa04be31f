import { describe, expect, it, test } from 'vitest'
import { gatewayOf, gatewayParent, listenerOf, listenerSetOf, listenerSetParent, routeOf, routeParent } from '../../test/model-fixtures.ts'
import { type Attachment, attachmentsOf, dialectOf, sharedHosts } from './attachment.ts'
import type { ParentRef, ViewObject } from './route.ts'
import { attachesDirectly, isGatewayRef } from './selection.ts'
import { View } from './view.ts'

const gateway = gatewayOf('p/gw', [listenerOf('http'), listenerOf('https', { port: 443, protocol: 'HTTPS', hostname: '*.x' })])

function viewWith(controllerName?: string): View {
  const view = new View('cluster')
  view.put({ kind: 'Gateway', value: gateway })
  if (controllerName !== undefined) view.put({ kind: 'GatewayClass', value: { name: 'class', controllerName } })
  return view
}

test.each([
  ['kgateway.dev/kgateway', 'kgateway'],
  ['solo.io/gloo-gateway', 'gloo'],
  ['agentgateway.dev/agentgateway', 'agentgateway'],
  ['kgateway.dev/agentgateway', 'agentgateway'],
  ['example.com/unheard-of', 'kgateway'],
  [undefined, 'kgateway'],
])('controller %s is of dialect %s', (controller, dialect) => {
  expect(dialectOf(gateway, viewWith(controller))).toBe(dialect)
})

test('a Gateway that is not there is taken to flatten', () => {
  expect(dialectOf(undefined, viewWith('agentgateway.dev/agentgateway'))).toBe('kgateway')
})

describe('hosts of an attachment', () => {
  const section = (sectionName: string): ParentRef => ({ ...gatewayParent('gw'), sectionName })
  it.each<readonly [name: string, parentRefs: readonly ParentRef[], hostnames: readonly string[], hosts: readonly string[]]>([
    ['all listeners', [gatewayParent('gw')], [], ['*', '*.x']],
    ['one section', [section('https')], [], ['*.x']],
    ['one port', [{ ...gatewayParent('gw'), port: 443 }], ['a.x', 'y'], ['a.x']],
    ['a section and another port', [{ ...section('https'), port: 80 }], [], []],
    ['two sections', [section('http'), section('https')], ['y'], ['y']],
    ['no section of that name', [section('gone')], [], []],
    ['nothing shared', [section('https')], ['y'], []],
  ])('%s', (_, parentRefs, hostnames, hosts) => {
    const attachments = attachmentsOf(routeOf('p/root', { parentRefs, hostnames }), viewWith(), undefined)
    expect(attachments).toMatchObject([{ gateway: { namespace: 'p', name: 'gw' }, known: gateway, dialect: 'kgateway', hosts }])
  })

  it.each<readonly [hostnames: readonly string[], hosts: readonly string[]]>([
    [[], ['*']],
    [['a.x'], ['a.x']],
  ])('of a Gateway that is not there: %j gives %j', (hostnames, hosts) => {
    const [attachment] = attachmentsOf(routeOf('q/root', { parentRefs: [gatewayParent('gw')], hostnames }), viewWith(), 'gloo')
    expect(attachment).toMatchObject({ gateway: { namespace: 'q', name: 'gw' }, known: undefined, dialect: 'gloo', hosts })
  })
})

test('one attachment a Gateway; HTTPRoutes and other groups are none', () => {
  const parentRefs = [
    gatewayParent('gw'),
    gatewayParent('gw', 'p'),
    gatewayParent('gw', 'q'),
    routeParent('gw'),
    { ...gatewayParent('gw'), group: '' },
  ]
  const route = routeOf('p/root', { parentRefs })
  expect(attachmentsOf(route, viewWith(), undefined).map((attachment) => attachment.gateway.namespace)).toEqual(['p', 'q'])
  expect(parentRefs.map(isGatewayRef)).toEqual([true, true, true, false, false])
})

describe('through a ListenerSet', () => {
  const own = [listenerOf('web', { hostname: 'set.x' })]
  const viewOf = (...objects: ViewObject[]) => {
    const view = viewWith()
    for (const object of objects) view.put(object)
    return view
  }
  const set: ViewObject = { kind: 'ListenerSet', value: listenerSetOf('q/set', 'p/gw', own) }
  const through = (view: View, refs: readonly ParentRef[], hostnames: readonly string[] = []) =>
    attachmentsOf(routeOf('q/root', { parentRefs: refs, hostnames }), view, undefined).map(
      ({ gateway: { kind, namespace, name }, named, known, hosts }) =>
        `${kind} ${namespace}/${name} as ${named}, ${known ? 'known' : 'missing'}: ${hosts.join()}`,
    )
  it.each<readonly [name: string, view: View, refs: readonly ParentRef[], attachments: readonly string[]]>([
    ['to its Gateway, on its own listeners', viewOf(set), [listenerSetParent('set')], ['Gateway p/gw as ListenerSet q/set, known: set.x']],
    [
      'and to the Gateway by name: one attachment',
      viewOf(set),
      [listenerSetParent('set'), gatewayParent('gw', 'p')],
      ['Gateway p/gw as ListenerSet q/set, known: set.x,*,*.x'],
    ],
    ['that is not there', viewOf(), [listenerSetParent('set')], ['ListenerSet q/set as ListenerSet q/set, missing: *']],
    [
      'of the other group, which is another one',
      viewOf(set),
      [listenerSetParent('set', 'q', 'XListenerSet')],
      ['XListenerSet q/set as XListenerSet q/set, missing: *'],
    ],
    [
      'whose Gateway is not there',
      viewOf({ kind: 'ListenerSet', value: listenerSetOf('q/set', 'p/gone', own) }),
      [listenerSetParent('set')],
      ['Gateway p/gone as ListenerSet q/set, missing: set.x'],
    ],
    [
      'that is on no Gateway',
      viewOf({ kind: 'ListenerSet', value: { ...listenerSetOf('q/set', 'p/gw', own), gateway: undefined } }),
      [listenerSetParent('set')],
      ['ListenerSet q/set as ListenerSet q/set, missing: set.x'],
    ],
    ['by a section', viewOf(set), [{ ...listenerSetParent('set'), sectionName: 'gone' }], ['Gateway p/gw as ListenerSet q/set, known: ']],
  ])('%s', (_, view, refs, attachments) => {
    expect(through(view, refs)).toEqual(attachments)
  })

  it.each<readonly [name: string, view: View, ref: ParentRef, meets: boolean]>([
    ['on one port and name', viewOf({ kind: 'ListenerSet', value: listenerSetOf('q/set', 'p/gw') }), gatewayParent('gw', 'p'), true],
    [
      'on another port',
      viewOf({ kind: 'ListenerSet', value: listenerSetOf('q/set', 'p/gw', [listenerOf('web', { port: 8080 })]) }),
      gatewayParent('gw', 'p'),
      false,
    ],
    [
      'where nothing is known of the Gateway, its sections included',
      viewOf({ kind: 'ListenerSet', value: listenerSetOf('q/set', 'p/gone') }),
      { ...gatewayParent('gone', 'p'), sectionName: 'anything' },
      true,
    ],
    [
      'where it is known to be on another port',
      viewOf({ kind: 'ListenerSet', value: listenerSetOf('q/set', 'p/gone') }),
      { ...gatewayParent('gone', 'p'), port: 443 },
      false,
    ],
    ['not where the ListenerSet is not there: it may be on any', viewOf(), gatewayParent('set'), false],
  ])('a route meets those on the Gateway itself: %s', (_, view, ref, meets) => {
    const [one] = attachmentsOf(routeOf('q/one', { parentRefs: [listenerSetParent('set')], hostnames: ['a.y'] }), view, undefined)
    const [other] = attachmentsOf(routeOf('q/two', { parentRefs: [ref], hostnames: ['a.y'] }), view, undefined)
    if (one === undefined || other === undefined) throw new Error('not attached')
    expect(sharedHosts(one, other).length > 0).toBe(meets)
    expect(sharedHosts(other, one).length > 0).toBe(meets)
  })
})

test('asking for the default Gateways attaches to each known one, on all listeners', () => {
  const view = viewWith()
  const attached = (parentRefs: readonly ParentRef[]) =>
    attachmentsOf(routeOf('q/root', { usesDefaultGateways: true, parentRefs }), view, undefined).map(
      ({ named, hosts }) => `${named}: ${hosts.join()}`,
    )
  expect(attached([])).toEqual([])
  view.put({ kind: 'Gateway', value: gatewayOf('p/z', undefined, { isDefault: true }) })
  view.put({ kind: 'Gateway', value: { ...gateway, isDefault: true } })
  expect(attached([])).toEqual(['Gateway p/gw: *,*.x', 'Gateway p/z: *'])
  expect(attached([{ ...gatewayParent('gw', 'p'), sectionName: 'https' }])).toEqual(['Gateway p/gw: *,*.x', 'Gateway p/z: *'])
})

describe('hosts that two attachments share', () => {
  const at = (hostnames: readonly string[], ref: Partial<ParentRef> = {}, view = viewWith()) => {
    const route = routeOf('p/root', { parentRefs: [{ ...gatewayParent('gw'), ...ref }], hostnames })
    const [attachment] = attachmentsOf(route, view, undefined)
    if (attachment === undefined) throw new Error('not attached')
    return attachment
  }
  const missing = new View('cluster')
  const HTTP = { sectionName: 'http' }
  it.each<readonly [name: string, a: Attachment, b: Attachment, shared: readonly string[]]>([
    ['the same host', at(['a.x']), at(['a.x']), ['a.x same at 80 ', 'a.x same at 443 *.x']],
    ['other hosts', at(['a.x']), at(['b.x']), []],
    ['a wildcard above the other', at(['*.x']), at(['a.x']), ['a.x second at 80 ', 'a.x second at 443 *.x']],
    ['a host that one of them is on twice', at(['*.x', 'a.x'], HTTP), at(['a.x'], HTTP), ['a.x same at 80 ']],
    ['no hostname against one', at([], { sectionName: 'http' }), at(['a.x']), ['a.x second at 80 ']],
    ['http and https', at(['a.x'], { sectionName: 'http' }), at(['a.x'], { sectionName: 'https' }), []],
    ['another Gateway', at(['a.x']), at(['a.x'], { name: 'other' }), []],
    ['a missing Gateway, two sections', at(['a.x'], { sectionName: 'http' }, missing), at(['a.x'], { sectionName: 's' }, missing), []],
    ['a missing Gateway, one section', at(['a.x'], { sectionName: 'http' }, missing), at(['a.x'], {}, missing), ['a.x same at http ']],
  ])('%s', (_, a, b, shared) => {
    expect(sharedHosts(a, b).map(({ host, closer, door }) => `${host} ${closer} at ${door}`)).toEqual(shared)
    expect(sharedHosts(b, a)).toHaveLength(shared.length)
  })
})

test('a host is left to the listener that is closest to it', () => {
  const wide = { name: 'wide', port: 80, protocol: 'HTTP', hostname: '*.x', allowedNamespaces: { from: 'All' }, allowedKinds: [] } as const
  const view = new View('cluster')
  view.put({ kind: 'Gateway', value: { ...gateway, listeners: [wide, { ...wide, name: 'own', hostname: 'a.x' }] } })
  const on = (sectionName: string, hostnames: readonly string[]) => {
    const [found] = attachmentsOf(routeOf('p/root', { parentRefs: [{ ...gatewayParent('gw'), sectionName }], hostnames }), view, undefined)
    if (found === undefined) throw new Error('not attached')
    return found
  }
  expect(sharedHosts(on('wide', ['a.x']), on('own', ['a.x']))).toEqual([])
  expect(sharedHosts(on('wide', []), on('own', []))).toEqual([])
  expect(sharedHosts(on('wide', ['b.x']), on('wide', [])).map(({ host }) => host)).toEqual(['b.x'])
})

test('attaching directly is asking for a Gateway, or for the default ones', () => {
  expect(attachesDirectly(routeOf('p/r'))).toBe(false)
  expect(attachesDirectly(routeOf('p/r', { parentRefs: [routeParent('x')] }))).toBe(false)
  expect(attachesDirectly(routeOf('p/r', { parentRefs: [gatewayParent('gone')] }))).toBe(true)
  expect(attachesDirectly(routeOf('p/r', { usesDefaultGateways: true }))).toBe(true)
  expect(attachesDirectly(routeOf('p/r', { parentRefs: [listenerSetParent('x')] }))).toBe(true)
  expect(attachesDirectly(routeOf('p/r', { parentRefs: [listenerSetParent('x', 'p', 'XListenerSet')] }))).toBe(true)
  expect(attachesDirectly(routeOf('p/r', { parentRefs: [{ ...gatewayParent('x'), kind: 'XListenerSet' }] }))).toBe(false)
  expect(attachesDirectly(routeOf('p/r', { parentRefs: [{ ...gatewayParent('x'), group: '', kind: 'Service' }] }))).toBe(false)
})
