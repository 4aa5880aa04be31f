import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import {
  gatewayOf,
  gatewayParent as gatewayRef,
  labelRef,
  listenerSetOf,
  matchOf,
  routeRef as refTo,
  routeOf as routeFrom,
  ruleOf,
  listenerSetParent as setRef,
} from '../../test/model-fixtures.ts'
import { EVERYWHERE } from './area.ts'
import { LayeredView } from './layered-view.ts'
import type { IndexedMatch } from './path-index.ts'
import {
  type BackendRef,
  type Gateway,
  type HttpRoute,
  identityOf,
  type ListenerSet,
  type Namespace,
  nameOf,
  type ParentRef,
  type ReferenceGrant,
  type Rule,
  type ViewKind,
  type ViewObject,
} from './route.ts'
import { attachableKind, type Selector, selectorOf, selects } from './selection.ts'
import { View } from './view.ts'

const LONG = process.env['LANEKEEPER_LONG'] !== undefined
const RUNS = LONG ? 20_000 : 2_000
if (LONG) vi.setConfig({ testTimeout: 600_000 })
const GROUP = 'gateway.networking.k8s.io'
const KGATEWAY = 'delegation.kgateway.dev'
const GLOO = 'delegation.gateway.solo.io'

function routeOf(
  id: string,
  labels: Readonly<Record<string, string>>,
  parentRefs: readonly ParentRef[],
  refs: readonly BackendRef[],
): HttpRoute {
  const rules = refs.map((ref, index) => ruleOf([`/${index}`], [ref, ...refs.slice(1)]))
  return routeFrom(id, { labels: new Map(Object.entries(labels)), parentRefs, rules })
}

// ---- random changes

const NAMESPACES = ['p', 'q', 'all']
const NAMES = ['r', 's', 't']
const VALUES = ['v', 'w']
/** Gateways and both kinds of ListenerSets share them. */
const GATEWAYS = ['gw', 'other']
const LABEL_KEYS = [`${KGATEWAY}/label`, `${GLOO}/label`, 'team']

const IDS = NAMESPACES.flatMap((namespace) => NAMES.map((name) => `${namespace}/${name}`))

function routes(): fc.Arbitrary<HttpRoute> {
  const namespace = fc.constantFrom(undefined, ...NAMESPACES)
  const ref = fc.oneof(
    fc.tuple(fc.constantFrom(...NAMES, '*', 'team=v', 'team=w', `${KGATEWAY}/label=v`, 'team='), namespace).map((args) => refTo(...args)),
    fc.tuple(fc.constantFrom(KGATEWAY, GLOO, 'constructor'), fc.constantFrom(...VALUES), namespace).map((args) => labelRef(...args)),
  )
  const parent = fc
    .tuple(fc.constantFrom(...GATEWAYS), namespace, fc.constantFrom('Gateway', 'ListenerSet', 'XListenerSet'))
    .map(([name, ns, kind]) => (kind === 'Gateway' ? gatewayRef(name, ns) : setRef(name, ns, kind)))
  const route = fc
    .tuple(
      fc.constantFrom(...IDS),
      fc.dictionary(fc.constantFrom(...LABEL_KEYS), fc.constantFrom(...VALUES), { maxKeys: 3 }),
      fc.array(
        fc.oneof(
          parent,
          parent.map((one) => ({ ...one, kind: 'HTTPRoute' })),
        ),
        { maxLength: 2 },
      ),
      fc.array(ref, { maxLength: 3 }),
    )
    .map((args) => routeOf(...args))
  return fc
    .tuple(route, fc.constantFrom('HTTPRoute', 'HTTPRoute', 'GRPCRoute'), fc.constantFrom(false, false, true))
    .map(([base, kind, usesDefaultGateways]) =>
      kind === 'HTTPRoute'
        ? { ...base, usesDefaultGateways }
        : { ...base, kind, usesDefaultGateways, rules: base.rules.map(withoutDelegation) },
    )
}

/** As rules of a GRPCRoute are read. */
function withoutDelegation(rule: Rule): Rule {
  return { ...rule, backendRefs: rule.backendRefs.map((ref) => ({ ...ref, delegates: false })) }
}

function objects(): fc.Arbitrary<ViewObject> {
  const name = fc.constantFrom(...NAMES)
  const namespace = fc.constantFrom(...NAMESPACES)
  const gatewayId = fc.tuple(namespace, fc.constantFrom(...GATEWAYS)).map((parts) => parts.join('/'))
  const gateway = fc.tuple(gatewayId, fc.boolean(), fc.constantFrom('a', 'b')).map(([id, isDefault, className]): ViewObject => {
    return { kind: 'Gateway', value: gatewayOf(id, [], { isDefault, className }) }
  })
  const listenerSet = fc
    .tuple(gatewayId, gatewayId, fc.constantFrom('ListenerSet', 'XListenerSet'))
    .map(([id, on, kind]): ViewObject => ({ kind, value: listenerSetOf(id, on, [], kind) }))
  const labels = fc
    .dictionary(fc.constantFrom('team', 'env'), fc.constantFrom(...VALUES))
    .map((entries) => new Map(Object.entries(entries)))
  const referenceGrant = fc.record<ReferenceGrant>({
    namespace,
    name,
    from: namespace.map((from) => [{ group: GROUP, kind: 'HTTPRoute', namespace: from }]),
    to: fc.constant([{ group: GROUP, kind: 'HTTPRoute', name: undefined }]),
  })
  return fc.oneof(
    { weight: 6, arbitrary: routes().map((value): ViewObject => ({ kind: value.kind, value })) },
    { weight: 1, arbitrary: gateway },
    { weight: 2, arbitrary: listenerSet },
    { weight: 1, arbitrary: fc.record({ name, controllerName: name }).map((value): ViewObject => ({ kind: 'GatewayClass', value })) },
    { weight: 1, arbitrary: fc.record<Namespace>({ name: namespace, labels }).map((value): ViewObject => ({ kind: 'Namespace', value })) },
    { weight: 1, arbitrary: referenceGrant.map((value): ViewObject => ({ kind: 'ReferenceGrant', value })) },
  )
}

type Change = { readonly put: ViewObject } | { readonly remove: readonly [kind: ViewKind, namespace: string, name: string] }

function changes(): fc.Arbitrary<Change[]> {
  const put = objects().map((object): Change => ({ put: object }))
  const remove = objects().map((object): Change => ({ remove: keyOf(object) }))
  return fc.array(fc.oneof({ weight: 3, arbitrary: put }, { weight: 2, arbitrary: remove }), { maxLength: 40, size: 'max' })
}

function takeAll(view: View, all: readonly Change[]): void {
  for (const change of all) {
    if ('put' in change) view.put(change.put)
    else view.remove(...change.remove)
  }
}

function keyOf({ kind, value }: ViewObject): readonly [ViewKind, string, string] {
  return [kind, 'namespace' in value ? value.namespace : '', value.name]
}

// ---- the slow definition: all objects, looked through for each question

const SELECTORS: readonly Selector[] = [...NAMESPACES, undefined].flatMap((namespace): Selector[] => [
  ...VALUES.flatMap((value): Selector[] => [
    { by: 'label', dialect: 'kgateway', namespace, value },
    { by: 'label', dialect: 'gloo', namespace, value },
  ]),
  ...(namespace === undefined
    ? []
    : [
        ...NAMES.map((name): Selector => ({ by: 'name', namespace, name })),
        { by: 'wildcard', namespace } as const,
        ...VALUES.map((value): Selector => ({ by: 'key-value', namespace, key: 'team', value })),
      ]),
])

function answersOf(view: View, probes: readonly HttpRoute[]) {
  const names = (found: Iterable<HttpRoute>) => [...found].map(identityOf).sort()
  return {
    delegationsTo: probes.map((route) =>
      [...view.delegationsTo(route)].map((d) => JSON.stringify([nameOf(d.parent), d.rule, d.selector])).sort(),
    ),
    selectedBy: SELECTORS.map((selector) => names(view.selectedBy(selector))),
    routesOn: NAMESPACES.flatMap((namespace) => GATEWAYS.map((name) => names(view.routesOn(namespace, name)))),
    referenceGrantsIn: NAMESPACES.map((namespace) => [...view.referenceGrantsIn(namespace)].map((grant) => JSON.stringify(grant)).sort()),
    selectsLabel: labelProbes().map((probe) => view.selectsLabel(...probe)),
    matchesNear: SELECTORS.map((selector) => places(view.matchesNear(selector, EVERYWHERE, matchOf('/').path, 'kgateway'))),
    rootMatchesNear: places(view.rootMatchesNear(EVERYWHERE, EVERYWHERE)),
    routes: names(view.routes()),
    counts: KINDS.map((kind) => view.count(kind)),
    namespaceLabels: NAMESPACES.map((name) => [...view.namespaceLabels(name)]),
    gateways: NAMESPACES.flatMap((namespace) => GATEWAYS.map((name) => view.gateway(namespace, name))),
    defaultGateways: view.defaultGateways().map(nameOf),
    listenerSets: NAMESPACES.flatMap((namespace) =>
      GATEWAYS.flatMap((name) => [view.listenerSet('ListenerSet', namespace, name), view.listenerSet('XListenerSet', namespace, name)]),
    ),
    hasGatewaysIn: NAMESPACES.map((namespace) => view.hasGatewaysIn(namespace)),
    hasNamespace: NAMESPACES.map((namespace) => view.hasNamespace(namespace)),
    grpcRoutes: NAMESPACES.flatMap((namespace) => NAMES.map((name) => view.grpcRoute(namespace, name))),
    classes: NAMES.map((name) => view.gatewayClass(name)),
  }
}

function places(found: Iterable<IndexedMatch>): string[] {
  return [...found].map(({ route, rule, match }) => `${identityOf(route)} ${rule}.${match}`).sort()
}

function matchesOf(routes: readonly HttpRoute[]): IndexedMatch[] {
  return routes.flatMap((route) => route.rules.flatMap(({ matches }, rule) => matches.map((_, match) => ({ route, rule, match }))))
}

const KINDS: readonly ViewKind[] = [
  'HTTPRoute',
  'GRPCRoute',
  'Gateway',
  'ListenerSet',
  'XListenerSet',
  'GatewayClass',
  'Namespace',
  'ReferenceGrant',
]

function labelProbes(): [dialect: 'kgateway' | 'gloo', namespace: string, value: string][] {
  return (['kgateway', 'gloo'] as const).flatMap((dialect) =>
    NAMESPACES.flatMap((namespace) => VALUES.map((value) => [dialect, namespace, value] as [typeof dialect, string, string])),
  )
}

function definitionOf(all: readonly ViewObject[], probes: readonly HttpRoute[]): ReturnType<typeof answersOf> {
  const roots = all.flatMap((object) => (object.kind === 'HTTPRoute' || object.kind === 'GRPCRoute' ? [object.value] : []))
  const present = roots.filter(({ kind }) => kind === 'HTTPRoute')
  const gateways = all.flatMap((object) => (object.kind === 'Gateway' ? [object.value] : []))
  const sets = all.flatMap((object) => (object.kind === 'ListenerSet' || object.kind === 'XListenerSet' ? [object.value] : []))
  const written = present.flatMap((parent) =>
    parent.rules.flatMap(({ backendRefs }, rule) =>
      backendRefs.flatMap((ref) => {
        const selector = selectorOf(ref, parent.namespace)
        return selector === undefined ? [] : [{ parent, rule, selector }]
      }),
    ),
  )
  const names = (found: readonly HttpRoute[]) => found.map(identityOf).sort()
  const isOn = (route: HttpRoute, gateway: string): boolean =>
    (route.usesDefaultGateways && gateways.some((known) => known.isDefault && nameOf(known) === gateway)) ||
    route.parentRefs.some((ref) => {
      const named = `${ref.namespace ?? route.namespace}/${ref.name}`
      const set = sets.find((known) => known.kind === attachableKind(ref) && nameOf(known) === named)
      return attachableKind(ref) === 'Gateway' ? named === gateway : set?.gateway !== undefined && nameOf(set.gateway) === gateway
    })
  const find = (kind: ViewKind, namespace: string, name: string) =>
    all.find((object) => keyOf(object).join() === [kind, namespace, name].join())?.value
  return {
    delegationsTo: probes.map((route) =>
      written
        .filter(({ selector }) => selects(selector, route))
        .map(({ parent, rule, selector }) => JSON.stringify([nameOf(parent), rule, selector]))
        .sort(),
    ),
    selectedBy: SELECTORS.map((selector) => names(present.filter((route) => selects(selector, route)))),
    routesOn: NAMESPACES.flatMap((namespace) =>
      GATEWAYS.map((name) => names(roots.filter((route) => isOn(route, `${namespace}/${name}`)))),
    ),
    referenceGrantsIn: NAMESPACES.map((namespace) =>
      all.flatMap(({ kind, value }) => (kind === 'ReferenceGrant' && value.namespace === namespace ? [JSON.stringify(value)] : [])).sort(),
    ),
    selectsLabel: labelProbes().map(([dialect, namespace, value]) =>
      written.some(
        ({ selector }) =>
          selector.by === 'label' &&
          selector.dialect === dialect &&
          selector.value === value &&
          (selector.namespace ?? namespace) === namespace,
      ),
    ),
    matchesNear: SELECTORS.map((selector) => places(matchesOf(present.filter((route) => selects(selector, route))))),
    rootMatchesNear: places(
      matchesOf(roots.filter((route) => route.usesDefaultGateways || route.parentRefs.some((ref) => attachableKind(ref) !== undefined))),
    ),
    routes: names(present),
    counts: KINDS.map((kind) => all.filter((object) => object.kind === kind).length),
    namespaceLabels: NAMESPACES.map((name) => {
      const namespace = find('Namespace', '', name) as Namespace | undefined
      return namespace === undefined ? [['kubernetes.io/metadata.name', name]] : [...namespace.labels]
    }),
    gateways: NAMESPACES.flatMap((namespace) => GATEWAYS.map((name) => find('Gateway', namespace, name) as Gateway | undefined)),
    defaultGateways: gateways
      .filter(({ isDefault }) => isDefault)
      .map(nameOf)
      .sort(),
    listenerSets: NAMESPACES.flatMap((namespace) =>
      GATEWAYS.flatMap((name) =>
        (['ListenerSet', 'XListenerSet'] as const).map((kind) => find(kind, namespace, name) as ListenerSet | undefined),
      ),
    ),
    hasGatewaysIn: NAMESPACES.map((namespace) => [...gateways, ...sets].some((known) => known.namespace === namespace)),
    hasNamespace: NAMESPACES.map(
      (namespace) => find('Namespace', '', namespace) !== undefined || roots.some((route) => route.namespace === namespace),
    ),
    grpcRoutes: NAMESPACES.flatMap((namespace) => NAMES.map((name) => find('GRPCRoute', namespace, name) as HttpRoute | undefined)),
    classes: NAMES.map((name) => find('GatewayClass', '', name) as ReturnType<View['gatewayClass']>),
  }
}

describe('View', () => {
  it('after any changes says what the objects say, and what a view made of them anew says', () => {
    fc.assert(
      fc.property(changes(), fc.array(routes(), { maxLength: 3 }), (all, others) => {
        const view = new View('files')
        const left = new Map<string, ViewObject>()
        for (const change of all) {
          if ('put' in change) {
            view.put(change.put)
            left.set(keyOf(change.put).join(), change.put)
          } else {
            view.remove(...change.remove)
            left.delete(change.remove.join())
          }
        }
        const anew = new View('files')
        for (const object of left.values()) anew.put(object)
        // What is in the view, and objects under review that are not.
        const probes = [...view.routes(), ...others].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
        const answers = answersOf(view, probes)
        expect(answers).toEqual(answersOf(anew, probes))
        expect(answers).toEqual(definitionOf([...left.values()], probes))
        for (const selector of SELECTORS)
          expect(view.countSelectedBy(selector)).toBeGreaterThanOrEqual([...view.selectedBy(selector)].length)
      }),
      { numRuns: RUNS },
    )
  })

  it('answers nothing after everything is removed', () => {
    const view = new View('cluster')
    const route = routeOf(
      'p/r',
      { team: 'v', [`${KGATEWAY}/label`]: 'v' },
      [gatewayRef('gw')],
      [refTo('*'), labelRef(KGATEWAY, 'v', 'all')],
    )
    view.put({ kind: 'HTTPRoute', value: route })
    view.remove('HTTPRoute', 'p', 'r')
    expect([...view.delegationsTo(route)]).toEqual([])
    expect([...view.routesOn('p', 'gw')]).toEqual([])
    expect(view.selectsLabel('kgateway', 'p', 'v')).toBe(false)
    expect(view.countSelectedBy({ by: 'wildcard', namespace: 'p' })).toBe(0)
  })

  it('shows an object under review without a name to nobody who asks by name', () => {
    const view = new View('files')
    view.put({ kind: 'HTTPRoute', value: routeOf('p/parent', {}, [], [refTo('')]) })
    expect([...view.delegationsTo(routeOf('p/', {}, [], []))]).toEqual([])
  })
})

describe('LayeredView', () => {
  it('says what the view would say with routes put and removed, and leaves the view as it is', () => {
    fc.assert(
      fc.property(changes(), laid(), changes(), (before, layer, after) => {
        const [base, would] = [new View('files'), new View('files')]
        const layered = new LayeredView(base)
        for (const view of [base, would]) takeAll(view, before)
        for (const { route, isThere } of layer) {
          if (isThere) layered.put({ kind: route.kind, value: route })
          else layered.hide(route)
        }
        // What changes below later shines through.
        for (const view of [base, would]) takeAll(view, after)
        const untouched = answersOf(base, [...base.routes()])
        const hidden = layer.filter(({ isThere }) => !isThere)
        for (const { route } of hidden) would.remove(route.kind, route.namespace, route.name)
        for (const { route, isThere } of layer) if (isThere) would.put({ kind: route.kind, value: route })
        const probes = [...would.routes(), ...layer.map(({ route }) => route)].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
        const answers = answersOf(layered, probes)
        const wanted = answersOf(would, probes)
        // It may still count a route that is hidden.
        const mayErr = { hasNamespace: undefined }
        expect({ ...answers, ...mayErr }).toEqual({ ...wanted, ...mayErr })
        expect(wanted.hasNamespace.filter((says, index) => says && !answers.hasNamespace[index])).toEqual([])
        expect(answersOf(base, [...base.routes()])).toEqual(untouched)
      }),
      { numRuns: RUNS / 4 },
    )
  })

  it('shows what is below when what was laid over it is taken off', () => {
    fc.assert(
      fc.property(changes(), fc.array(routes(), { maxLength: 4 }), (all, layer) => {
        const base = new View('files')
        takeAll(base, all)
        const layered = new LayeredView(base)
        for (const value of layer) layered.put({ kind: value.kind, value })
        for (const { kind, namespace, name } of layer) layered.remove(kind, namespace, name)
        const probes = [...base.routes(), ...layer]
        expect(answersOf(layered, probes)).toEqual(answersOf(base, probes))
      }),
      { numRuns: RUNS / 8 },
    )
  })

  it('has an answer of its own to every question', () => {
    // Writes, and what is made of other answers.
    const inherited = ['constructor', 'remove', 'route', 'grpcRoute', 'delegationsTo', 'selectsLabel']
    const questions = Object.getOwnPropertyNames(View.prototype).filter((name) => !inherited.includes(name))
    expect(questions.filter((name) => !Object.hasOwn(LayeredView.prototype, name))).toEqual([])
  })
})

/** Routes to lay over a view, and to hide below. */
function laid(): fc.Arbitrary<readonly { readonly route: HttpRoute; readonly isThere: boolean }[]> {
  return fc.array(fc.record({ route: routes(), isThere: fc.boolean() }), { maxLength: 4 })
}

/** References that the index takes for others. Their API objects are legal (a backendRef's name has no pattern). */
describe('names that look like another reference', () => {
  it.each<readonly [name: string, ref: BackendRef]>([
    ['a name that starts with = for key=value', refTo('=team=v')],
    ['the namespace * for all', labelRef(KGATEWAY, 'v', '*')],
  ])('takes %s', (_, ref) => {
    const view = new View('files')
    view.put({ kind: 'HTTPRoute', value: routeOf('p/parent', {}, [], [ref]) })
    const route = routeOf('p/child', { team: 'v', [`${KGATEWAY}/label`]: 'v' }, [], [])
    expect([...view.delegationsTo(route)].filter(({ selector }) => !selects(selector, route))).toEqual([])
  })
})
