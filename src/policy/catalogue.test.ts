import { describe, expect, it } from 'vitest'
import { grpcRouteObject, httpRoute, type RawObject, type Scene, seen } from '../../test/fixture.ts'
import { checksFor } from './catalogue.ts'
import type { CheckCode } from './codes.ts'

describe('of a GRPCRoute', () => {
  it('are judged its expressions, what it attaches to and takes, its backends, filters, limits and labels', () => {
    expect(checksFor('GRPCRoute').map(({ code }) => code)).toEqual(
      'LK105 LK302 LK303 LK304 LK305 LK601 LK602 LK603 LK604 LK605 LK606 LK607 LK608 LK609'.split(' '),
    )
    expect(checksFor('HTTPRoute').map(({ code }) => code)).not.toContain('LK305')
  })

  const ELSEWHERE = { name: 'ledger', namespace: 'bank', port: 80 }
  const LABEL = { 'policy.example.com/auth': 'strict' }
  const mirror = { type: 'RequestMirror', requestMirror: { backendRef: { name: 'copy', port: 80 } } }
  const header = { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-tenant', value: 'a' }] } }
  const extension = { type: 'ExtensionRef', extensionRef: { group: 'example.com', kind: 'Policy', name: 'open' } }
  const rule = (more: RawObject): Pick<Scene, 'judged'> => ({ judged: grpcRouteObject({ rules: [more] }) })
  const labelled = (labels: RawObject) => {
    const route = grpcRouteObject()
    return { ...route, metadata: { ...Object(route['metadata']), labels } }
  }

  it.each<readonly [CheckCode, string, Scene, RawObject]>([
    [
      'LK601',
      'spec.rules[0].backendRefs[0].kind',
      rule({ backendRefs: [httpRoute('shop', 'cart')] }),
      { backends: { kinds: [{ kind: 'Service' }] } },
    ],
    ['LK602', 'spec.rules[0].backendRefs[0].namespace', rule({ backendRefs: [ELSEWHERE] }), { backends: { crossNamespace: 'Deny' } }],
    ['LK603', 'spec.rules[0].filters[0].type', rule({ filters: [{ type: 'Newer' }] }), { filters: { rewriteHosts: [] } }],
    ['LK604', 'spec.rules[0].filters[0].type', rule({ filters: [{ type: 'Newer' }] }), { filters: { redirectHosts: [] } }],
    [
      'LK605',
      'spec.rules[0].backendRefs[0].filters[0].type',
      rule({ backendRefs: [{ name: 'bank', filters: [mirror] }] }),
      { filters: { mirror: false } },
    ],
    [
      'LK606',
      'spec.rules[0].filters[0].requestHeaderModifier.set[0].name',
      rule({ filters: [header] }),
      { filters: { protectedHeaders: ['x-tenant'] } },
    ],
    ['LK607', 'spec.rules[0].filters[0].extensionRef', rule({ filters: [extension] }), { filters: { extensionRefs: [] } }],
    ['LK608', 'spec.rules[0].sessionPersistence', rule({ sessionPersistence: {} }), { limits: { sessionTimeout: '1h' } }],
    [
      'LK609',
      'metadata.labels[policy.example.com/auth]',
      { judged: labelled({}), old: labelled(LABEL) },
      { protectedLabels: ['policy.example.com/*'] },
    ],
  ])('%s denies %s', (code, field, scene, policy) => {
    expect(seen(code, { ...scene, policies: [policy] })).toMatchObject([{ action: 'Deny', field }])
    expect(seen(code, scene).filter(({ action }) => action === 'Deny')).toEqual([])
  })
})
