import { describe, expect, it } from 'vitest'
import { gatewayOf, listenerOf, listenerSetOf, routeOf } from '../../test/model-fixtures.ts'
import { allowsListenerSet, type Refusal, refusalOf } from './allowed-routes.ts'
import type { AllowedNamespaces, HttpRoute, Listener } from './route.ts'
import { View } from './view.ts'

const GROUP = 'gateway.networking.k8s.io'
const route = routeOf('q/r', { hostnames: ['a.x'] })
const TEAM: AllowedNamespaces = { from: 'Selector', selector: { matchLabels: new Map([['team', 'a']]), matchExpressions: [] } }

function viewOf(completeness: 'files' | 'cluster', team?: string): View {
  const view = new View(completeness)
  if (team !== undefined) view.put({ kind: 'Namespace', value: { name: 'q', labels: new Map([['team', team]]) } })
  return view
}

describe('a listener of namespace p', () => {
  it.each<readonly [name: string, listener: Partial<Listener>, asked: Partial<HttpRoute>, refusal: Refusal | undefined]>([
    ['takes all namespaces', {}, {}, undefined],
    ['takes its own', { allowedNamespaces: { from: 'Same' } }, { namespace: 'p' }, undefined],
    ['takes no other', { allowedNamespaces: { from: 'Same' } }, {}, 'namespace'],
    ['takes none', { allowedNamespaces: { from: 'None' } }, { namespace: 'p' }, 'namespace'],
    ['takes the kind it lists', { allowedKinds: [{ group: GROUP, kind: 'HTTPRoute' }] }, {}, undefined],
    ['takes no other kind', { allowedKinds: [{ group: GROUP, kind: 'HTTPRoute' }] }, { kind: 'GRPCRoute' }, 'kind'],
    ['takes no namesake of another group', { allowedKinds: [{ group: 'example.com', kind: 'HTTPRoute' }] }, {}, 'kind'],
    ['takes GRPCRoutes where it lists none', { protocol: 'HTTPS' }, { kind: 'GRPCRoute' }, undefined],
    ['takes nothing that its protocol does not speak', { protocol: 'TCP' }, {}, 'kind'],
    ['takes what a protocol unheard of may speak', { protocol: 'example.com/http3' }, {}, undefined],
    ['takes a hostname it shares', { hostname: '*.x' }, {}, undefined],
    ['takes no other hostname', { hostname: '*.y' }, {}, 'hostname'],
    ['takes a route without hostnames', { hostname: '*.y' }, { hostnames: [] }, undefined],
    ['says the kind before the namespace', { protocol: 'UDP', allowedNamespaces: { from: 'None' } }, {}, 'kind'],
  ])('%s', (_, listener, asked, refusal) => {
    expect(refusalOf(listenerOf('http', listener), { namespace: 'p', name: 'gw' }, { ...route, ...asked }, viewOf('cluster'))).toBe(refusal)
  })

  it.each<readonly [name: string, view: View, refusal: Refusal | undefined]>([
    ['a namespace that it selects', viewOf('cluster', 'a'), undefined],
    ['one that it does not', viewOf('files', 'b'), 'namespace'],
    ['one that does not exist', viewOf('cluster'), 'namespace'],
    ['one that the files leave out: nobody knows its labels', viewOf('files'), undefined],
  ])('with a selector, asked by %s', (_, view, refusal) => {
    expect(refusalOf(listenerOf('http', { allowedNamespaces: TEAM }), { namespace: 'p', name: 'gw' }, route, view)).toBe(refusal)
  })
})

it.each<readonly [allowed: AllowedNamespaces, namespace: string, allows: boolean]>([
  [{ from: 'None' }, 'p', false],
  [{ from: 'Same' }, 'p', true],
  [{ from: 'Same' }, 'q', false],
  [{ from: 'All' }, 'q', true],
  [TEAM, 'q', true],
])('a Gateway with allowedListeners %j takes a ListenerSet of %s: %s', (allowedListeners, namespace, allows) => {
  const gateway = gatewayOf('p/gw', undefined, { allowedListeners })
  expect(allowsListenerSet(gateway, listenerSetOf(`${namespace}/set`, 'p/gw'), viewOf('cluster', 'a'))).toBe(allows)
})
