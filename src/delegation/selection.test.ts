import { describe, expect, it, test } from 'vitest'
import { gatewayParent, labelRef, routeOf, routeParent, routeRef, ruleOf } from '../../test/model-fixtures.ts'
import type { BackendRef, ParentRef } from './route.ts'
import { consents, delegates, describeSelector, isReadBy, namedParents, type Selector, selectorOf, selects } from './selection.ts'

const KGATEWAY = 'delegation.kgateway.dev'
const GLOO = 'delegation.gateway.solo.io'

test.each<readonly [name: string, ref: BackendRef, selector: Selector | undefined, description: string]>([
  ['a name', routeRef('x'), { by: 'name', namespace: 'p', name: 'x' }, 'HTTPRoute p/x'],
  ['a name elsewhere', routeRef('x', 'q'), { by: 'name', namespace: 'q', name: 'x' }, 'HTTPRoute q/x'],
  ['every route', routeRef('*', 'q'), { by: 'wildcard', namespace: 'q' }, 'every HTTPRoute in namespace q'],
  [
    'key=value',
    routeRef('team=a=b'),
    { by: 'key-value', namespace: 'p', key: 'team', value: 'a=b' },
    'HTTPRoutes labelled team=a=b in namespace p',
  ],
  ['=value, which is no key', routeRef('=a'), { by: 'name', namespace: 'p', name: '=a' }, 'HTTPRoute p/=a'],
  [
    'a label',
    labelRef(KGATEWAY, 'v'),
    { by: 'label', dialect: 'kgateway', namespace: 'p', value: 'v' },
    'HTTPRoutes labelled delegation.kgateway.dev/label=v in namespace p',
  ],
  [
    'a label everywhere',
    labelRef(GLOO, 'v', 'all'),
    { by: 'label', dialect: 'gloo', namespace: undefined, value: 'v' },
    'HTTPRoutes labelled delegation.gateway.solo.io/label=v in every namespace',
  ],
  [
    'a label named *',
    labelRef(KGATEWAY, '*'),
    { by: 'label', dialect: 'kgateway', namespace: 'p', value: '*' },
    'HTTPRoutes labelled delegation.kgateway.dev/label=* in namespace p',
  ],
  ['every route of a namespace called all', routeRef('*', 'all'), { by: 'wildcard', namespace: 'all' }, 'every HTTPRoute in namespace all'],
  ['weight 0', { ...routeRef('x'), weight: 0 }, { by: 'name', namespace: 'p', name: 'x' }, 'HTTPRoute p/x'],
  ['no group', { ...routeRef('x'), group: '' }, undefined, ''],
  ['a Service', { ...routeRef('x'), group: '', kind: 'Service' }, undefined, ''],
  ['a GRPCRoute', { ...routeRef('x'), kind: 'GRPCRoute' }, undefined, ''],
  ['a label of an unknown group', labelRef('constructor', 'v'), undefined, ''],
  ['a label in another case', { ...labelRef(KGATEWAY, 'v'), kind: 'Label' }, undefined, ''],
])('%s', (_, ref, selector, description) => {
  expect(selectorOf(ref, 'p')).toEqual(selector)
  expect(delegates(ruleOf([], [{ ...routeRef('s'), kind: 'Service' }, ref]), 'p')).toBe(selector !== undefined)
  expect(selector === undefined ? '' : describeSelector(selector)).toBe(description)
})

describe('selects', () => {
  const labelled = routeOf('p/x', {
    labels: new Map([
      [`${KGATEWAY}/label`, 'v'],
      ['team', 'a'],
    ]),
  })
  it.each<readonly [ref: BackendRef, selected: boolean]>([
    [routeRef('x'), true],
    [routeRef('X'), false],
    [routeRef('x', 'q'), false],
    [routeRef('*'), true],
    [routeRef('*', 'q'), false],
    [routeRef('team=a'), true],
    [routeRef('team=A'), false],
    [routeRef('absent='), false],
    [labelRef(KGATEWAY, 'v'), true],
    [labelRef(KGATEWAY, 'w'), false],
    [labelRef(KGATEWAY, 'v', 'all'), true],
    [labelRef(KGATEWAY, 'v', 'q'), false],
    [labelRef(GLOO, 'v'), false],
  ])('%j: %s', (ref, selected) => {
    const selector = selectorOf(ref, 'p')
    expect(selector !== undefined && selects(selector, labelled)).toBe(selected)
  })

  it('no unnamed object by an empty name', () => {
    expect(selects({ by: 'name', namespace: 'p', name: '' }, routeOf('p/'))).toBe(false)
  })
})

test.each<readonly [ref: BackendRef, readers: readonly string[]]>([
  [routeRef('x'), ['kgateway', 'gloo', 'agentgateway']],
  [routeRef('*'), ['kgateway', 'gloo', 'agentgateway']],
  [routeRef('team=a'), ['agentgateway']],
  [labelRef(KGATEWAY, 'v'), ['kgateway']],
  [labelRef(GLOO, 'v'), ['gloo']],
])('%j is read by %j', (ref, readers) => {
  const selector = selectorOf(ref, 'p')
  const all = ['kgateway', 'gloo', 'agentgateway'] as const
  expect(all.filter((dialect) => selector !== undefined && isReadBy(selector, dialect))).toEqual(readers)
})

describe('consent', () => {
  it.each<readonly [name: string, parentRefs: readonly ParentRef[], consent: boolean]>([
    ['without parentRefs, to anybody', [], true],
    ['by name', [routeParent('parent', 'p')], true],
    ['whatever the section and port', [{ ...routeParent('parent', 'p'), sectionName: 'x', port: 1 }], true],
    ["not in the child's own namespace", [routeParent('parent')], false],
    ['not to another', [routeParent('other', 'p')], false],
    ['not by a Gateway of that name', [gatewayParent('parent', 'p')], false],
    ['not by another group', [{ ...routeParent('parent', 'p'), group: '' }], false],
    ['beside a Gateway', [gatewayParent('gw'), routeParent('parent', 'p')], true],
  ])('%s', (_, parentRefs, consent) => {
    expect(consents(routeOf('q/child', { parentRefs }), { namespace: 'p', name: 'parent' })).toBe(consent)
  })

  it('names parents with their namespaces', () => {
    const child = routeOf('q/child', { parentRefs: [gatewayParent('gw'), routeParent('a'), routeParent('b', 'p')] })
    expect(namedParents(child)).toEqual([
      { namespace: 'q', name: 'a' },
      { namespace: 'p', name: 'b' },
    ])
  })
})
