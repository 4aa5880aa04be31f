import { expect, test } from 'vitest'
import { labelRef, routeOf, routeParent, routeRef } from '../../test/model-fixtures.ts'
import { isFollowed, mayReach } from './reference.ts'
import type { BackendRef, Dialect, ReferenceGrant } from './route.ts'
import { selectorOf } from './selection.ts'
import { View } from './view.ts'

const DIALECTS: readonly Dialect[] = ['kgateway', 'gloo', 'agentgateway']
const GLOO = 'delegation.gateway.solo.io'

test.each<readonly [name: string, ref: BackendRef, namespaces: readonly string[], followedBy: readonly Dialect[]]>([
  ['by name', routeRef('x'), [], DIALECTS],
  ['of weight 0', { ...routeRef('x'), weight: 0 }, [], ['kgateway', 'gloo']],
  ['by key=value', routeRef('team=a'), [], ['agentgateway']],
  ['to every namespace', labelRef(GLOO, 'v', 'all'), ['p'], ['gloo']],
  ['to every namespace where one is called all', labelRef(GLOO, 'v', 'all'), ['all'], []],
  ['the same in kgateway', labelRef('delegation.kgateway.dev', 'v', 'all'), ['all'], ['kgateway']],
])('a reference %s is followed', (_, ref, namespaces, followedBy) => {
  const view = new View('files')
  for (const namespace of namespaces) view.put({ kind: 'HTTPRoute', value: routeOf(`${namespace}/other`) })
  const selector = selectorOf(ref, 'p')
  if (selector === undefined) throw new Error('it delegates')
  expect(DIALECTS.filter((dialect) => isFollowed({ selector, weight: ref.weight }, dialect, view))).toEqual(followedBy)
})

const entry = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' }

test.each<readonly [name: string, child: ReturnType<typeof routeOf>, grant: Partial<ReferenceGrant>, nested: boolean]>([
  ['a granted child', routeOf('q/child'), {}, true],
  ['one granted by name', routeOf('q/child'), { to: [{ ...entry, name: 'child' }] }, true],
  ['another than the granted', routeOf('q/child'), { to: [{ ...entry, name: 'other' }] }, false],
  ['one granted to another namespace', routeOf('q/child'), { from: [{ ...entry, namespace: 'q' }] }, false],
  ['one granted to Gateways', routeOf('q/child'), { from: [{ ...entry, kind: 'Gateway', namespace: 'p' }] }, false],
  ['one whose grant is elsewhere', routeOf('q/child'), { namespace: 'p' }, false],
  ['one that names a parent', routeOf('q/child', { parentRefs: [routeParent('parent', 'p')] }), { namespace: 'p' }, true],
  ['a neighbour', routeOf('p/child'), { namespace: 'q' }, true],
])('agentgateway reaches %s: %#', (_, child, grant, nested) => {
  const view = new View('files')
  const value = { namespace: 'q', name: 'grant', from: [{ ...entry, namespace: 'p' }], to: [{ ...entry, name: undefined }], ...grant }
  view.put({ kind: 'ReferenceGrant', value })
  const reaching = DIALECTS.filter((dialect) => mayReach(routeOf('p/parent'), child, dialect, view))
  expect(reaching).toEqual(nested ? DIALECTS : ['kgateway', 'gloo'])
})
