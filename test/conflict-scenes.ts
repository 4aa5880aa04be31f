import fc from 'fast-check'
import { describeMatch } from '../src/delegation/matcher.ts'
import {
  type BackendRef,
  type Dialect,
  type HttpMatch,
  type HttpRoute,
  nameOf,
  type ParentRef,
  type PathMatch,
  type Rule,
  type ValueMatch,
} from '../src/delegation/route.ts'
import { View } from '../src/delegation/view.ts'
import type { Violation } from '../src/policy/decision.ts'
import { DEFAULT_POLICY, type Policy } from '../src/policy/policy.ts'
import type { Harm, Realm } from './conflict-oracle.ts'
import {
  gatewayOf,
  gatewayParent,
  header,
  labelRef,
  listenerOf,
  matchOf,
  queryParam,
  routeOf,
  routeParent,
  routeRef,
  ruleOf,
} from './model-fixtures.ts'

/** Small random clusters in which routes compete: lanes in each other, strangers, roots of tenants, incumbents, a newcomer. */

/** A cluster, a route that is to be created in it, and what the policy says. */
export interface Scene {
  readonly realm: Realm
  readonly candidate: HttpRoute
  /** Whether the objects say how old they are. */
  readonly isLive: boolean
  /** Owners by label: t1 and t2 are one. */
  readonly hasTeams: boolean
}

const CONTROLLER = {
  kgateway: 'kgateway.dev/kgateway',
  gloo: 'solo.io/gloo-gateway',
  agentgateway: 'agentgateway.dev/agentgateway',
} as const

export function viewOf({ realm, isLive }: Scene, routes: readonly HttpRoute[] = realm.routes): View {
  const view = new View(isLive ? 'cluster' : 'files')
  view.put({ kind: 'GatewayClass', value: { name: 'class', controllerName: CONTROLLER[realm.dialect] } })
  for (const value of realm.gateways) view.put({ kind: 'Gateway', value })
  for (const [name, team] of TEAMS) view.put({ kind: 'Namespace', value: { name, labels: new Map([['team', team]]) } })
  for (const value of routes) view.put({ kind: 'HTTPRoute', value })
  return view
}

export function policiesOf({ hasTeams }: Scene): Policy[] {
  return hasTeams ? [{ ...DEFAULT_POLICY, name: 'teams', ownerLabel: 'team' }] : []
}

// ---- random scenes

const TEAMS: ReadonlyMap<string, string> = new Map([
  ['t1', 'red'],
  ['t2', 'red'],
  ['t3', 'blue'],
])
const TENANTS = ['t1', 't2', 't3']
const LANES = ['/', '/a', '/a', '/a/b', '/a/b', '/ab', '/a/b/c']
const LITERALS = ['/', '/a', '/a/b', '/a/b', '/a/bc', '/a/b/c', '/a/x', '/ab', '/ab/c']
const REGEXES = ['/a/.*', '/a/b/x?', '/(a|ab)/.*', '/a/b/.*', '/a/[a-z]+', '/a.*', '/ab?/.*', '/a/b|/a/c', '/a(/.*)?', '/a/b/[^/]+']

function pathMatch(literals: readonly string[], dialect: Dialect, regexes: number): fc.Arbitrary<PathMatch> {
  // gloo reads a trailing slash as text, which nobody else does.
  const spelt = dialect === 'kgateway' ? [...literals, '/a/', '/a/b/'] : literals
  const type = fc.constantFrom<PathMatch['type']>('PathPrefix', 'PathPrefix', 'PathPrefix', 'Exact')
  return fc.oneof(
    { weight: 10 - regexes, arbitrary: fc.record({ type, value: fc.constantFrom(...spelt) }) },
    { weight: regexes, arbitrary: fc.constantFrom(...REGEXES).map((value): PathMatch => ({ type: 'RegularExpression', value })) },
  )
}

function httpMatch(path: fc.Arbitrary<PathMatch>): fc.Arbitrary<HttpMatch> {
  const rarely = (arbitrary: fc.Arbitrary<ValueMatch>) =>
    fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: arbitrary.map((one) => [one]) })
  return fc
    .record({
      path,
      headers: rarely(
        fc.constantFrom(
          header('x', '1'),
          header('x', '2'),
          header('X', '1'),
          header('y', '1'),
          header('x', '1|2', 'RegularExpression'),
          header('x', '1|3', 'RegularExpression'),
          header('host', '.+', 'RegularExpression'),
        ),
      ),
      queryParams: rarely(fc.constant(queryParam('q', '1'))),
      method: fc.constantFrom(undefined, undefined, undefined, undefined, undefined, 'GET', 'POST'),
    })
    .map(({ path: at, ...more }) => matchOf(at, more))
}

function service(): fc.Arbitrary<readonly BackendRef[]> {
  const ref = { ...routeRef('svc'), group: '', kind: 'Service' }
  return fc.constantFrom([ref], [ref], [ref], [ref], [])
}

function rule(matches: fc.Arbitrary<HttpMatch>, refs: fc.Arbitrary<readonly BackendRef[]>): fc.Arbitrary<Rule> {
  return fc.tuple(fc.array(matches, { minLength: 1, maxLength: 2 }), refs).map((args) => ruleOf(...args))
}

/** By name, by wildcard, or by label. */
function delegation(dialect: Dialect): fc.Arbitrary<readonly BackendRef[]> {
  const tenant = fc.constantFrom(...TENANTS)
  return fc.oneof(
    { weight: 4, arbitrary: tenant.map((namespace) => [routeRef('*', namespace)]) },
    { weight: 1, arbitrary: tenant.map((namespace) => [routeRef('new', namespace)]) },
    { weight: 4, arbitrary: fc.constantFrom(...TENANTS, 'all').map((namespace) => [labelled(dialect, namespace)]) },
  )
}

function labelled(dialect: Dialect, namespace: string): BackendRef {
  if (dialect === 'agentgateway') return routeRef('team=l', namespace)
  return labelRef(dialect === 'gloo' ? 'delegation.gateway.solo.io' : 'delegation.kgateway.dev', 'l', namespace)
}

const HOSTS = fc.constantFrom<readonly string[]>(['a.x'], ['a.x'], ['*.x'], ['b.x'], [], ['a.x', '*.x'], ['a.x', 'b.x'])

function gatewayRef(): fc.Arbitrary<ParentRef> {
  return fc.constantFrom(undefined, undefined, 'http').map((sectionName) => ({ ...gatewayParent('gw', 'infra'), sectionName }))
}

function root(id: string, dialect: Dialect): fc.Arbitrary<HttpRoute> {
  const matches = httpMatch(pathMatch(LANES, dialect, 0))
  const refs = fc.oneof({ weight: 4, arbitrary: delegation(dialect) }, { weight: 1, arbitrary: service() })
  const several = fc.array(rule(matches, refs), { minLength: 1, maxLength: 4, size: 'max' })
  // One lane that everybody shares.
  const shared = rule(matches, fc.constant([labelled(dialect, 'all')])).map((one) => [one])
  return fc
    .record({ rules: fc.oneof({ weight: 3, arbitrary: several }, { weight: 1, arbitrary: shared }), hostnames: HOSTS, ref: gatewayRef() })
    .map(({ ref, ...fields }) => routeOf(id, { ...fields, parentRefs: [ref] }))
}

/** Another level: it has its lane of the parent, and hands parts of it on; or a tenant's own root. */
function middle(id: string, parent: ParentRef, dialect: Dialect): fc.Arbitrary<HttpRoute> {
  const matches = httpMatch(pathMatch(LITERALS, dialect, 0))
  const refs = fc.oneof({ weight: 4, arbitrary: delegation(dialect) }, { weight: 1, arbitrary: service() })
  return fc.array(rule(matches, refs), { minLength: 1, maxLength: 2 }).map((rules) => routeOf(id, { rules, parentRefs: [parent] }))
}

function tenantRoute(name: string, dialect: Dialect): fc.Arbitrary<HttpRoute> {
  const key = dialect === 'gloo' ? 'delegation.gateway.solo.io/label' : 'delegation.kgateway.dev/label'
  const worn = { [dialect === 'agentgateway' ? 'team' : key]: 'l' }
  const labels = fc.constantFrom<Record<string, string>>(worn, worn, worn, {})
  const inherit = { 'delegation.kgateway.dev/inherit-parent-matcher': 'true' }
  const weight = { 'kgateway.dev/route-weight': '3' }
  const annotations: fc.Arbitrary<Record<string, string>> = fc.oneof(
    { weight: 12, arbitrary: fc.constant({}) },
    { weight: 2, arbitrary: fc.constant(dialect === 'kgateway' ? inherit : {}) },
    { weight: 1, arbitrary: fc.constant(dialect === 'kgateway' ? weight : {}) },
  )
  const parents = fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom<readonly ParentRef[]>([]) },
    { weight: 6, arbitrary: fc.constant([routeParent('root', 'infra')]) },
    { weight: 1, arbitrary: fc.constant([routeParent('root', 'infra'), routeParent('second', 'infra'), routeParent('middle', 't1')]) },
    {
      weight: 2,
      arbitrary: fc
        .constantFrom(['middle', 't1'], ['deeper', 't2'], ['own', 't1'])
        .map(([name = '', namespace]) => [routeParent(name, namespace)]),
    },
    { weight: 2, arbitrary: gatewayRef().map((ref) => [ref]) },
  )
  const matches = httpMatch(pathMatch(LITERALS, dialect, 3))
  return fc
    .record({
      namespace: fc.constantFrom(...TENANTS),
      rules: fc.array(rule(matches, service()), { minLength: 1, maxLength: 2 }),
      parentRefs: parents,
      hosts: HOSTS,
      labels: labels.map((entries) => new Map(Object.entries(entries))),
      annotations: annotations.map((entries) => new Map(Object.entries(entries))),
    })
    .map(({ namespace, hosts, ...fields }) => {
      const isDirect = fields.parentRefs.some(({ kind }) => kind === 'Gateway')
      const narrows = dialect === 'agentgateway' && hosts.length === 1
      return routeOf(`${namespace}/${name}`, { ...fields, hostnames: isDirect || narrows ? hosts : [] })
    })
}

export const GATEWAY = gatewayOf('infra/gw', [listenerOf('http'), listenerOf('other', { port: 81 })])

export function sceneOf(dialect: Dialect): fc.Arbitrary<Scene> {
  const maybe = (chances: number, route: fc.Arbitrary<HttpRoute>) =>
    fc.oneof({ weight: chances, arbitrary: route.map((one) => [one]) }, { weight: 10 - chances, arbitrary: fc.constant([]) })
  return fc
    .record({
      first: root('infra/root', dialect),
      others: fc.tuple(
        maybe(3, root('infra/second', dialect)),
        maybe(2, root('stranger/root', dialect)),
        maybe(3, middle('t1/middle', routeParent('root', 'infra'), dialect)),
        maybe(2, middle('t2/deeper', routeParent('middle', 't1'), dialect)),
        maybe(2, middle('t1/own', gatewayParent('gw', 'infra'), dialect)),
      ),
      tenants: fc.tuple(maybe(8, tenantRoute('k0', dialect)), maybe(5, tenantRoute('k1', dialect)), maybe(3, tenantRoute('k2', dialect))),
      candidate: tenantRoute('new', dialect),
      isLive: fc.boolean(),
      hasTeams: fc.constantFrom(true, false, false),
      ages: fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7, 8, 9], { minLength: 9 }),
    })
    .map(({ first, others, tenants, candidate, isLive, hasTeams, ages }) => ({
      realm: {
        dialect,
        routes: [first, ...others.flat(), ...tenants.flat()].map((route, i) => ({ ...route, created: isLive ? ages[i] : undefined })),
        gateways: [GATEWAY],
        referenceGrants: [],
        rootNamespaces: [],
        knowsAges: isLive,
        ownerOf: (namespace: string) => (hasTeams ? TEAMS.get(namespace) : undefined) ?? namespace,
      },
      candidate,
      isLive,
      hasTeams,
    }))
    .filter((scene) => !isJoinedBelowExact(scene))
}

/**
 * A path joined below an Exact grant comes out of that grant, and what another grant gives is judged by the first alone. Parents that
 * delegate so are warned (LK504).
 */
function isJoinedBelowExact({ realm, candidate }: Scene): boolean {
  const joins = [...realm.routes, candidate].some(({ annotations }) => annotations.has('delegation.kgateway.dev/inherit-parent-matcher'))
  const isExactGrant = ({ matches, backendRefs }: Rule) =>
    matches.some(({ path }) => path.type === 'Exact') && backendRefs.some(({ kind }) => kind !== 'Service')
  return joins && realm.routes.some(({ rules }) => rules.some(isExactGrant))
}

/** The scene, what the oracle says and what the product does: what a failure has to show. */
export function tell({ realm, candidate, isLive, hasTeams }: Scene, harm: Harm | undefined, said: readonly Violation[]): string {
  const found = said.map(({ code, action, field, message, witness }) => [code, action, field, message, JSON.stringify(witness)].join(' '))
  return [
    `${realm.dialect}${isLive ? ', live' : ''}${hasTeams ? ', t1 and t2 are one' : ''}`,
    ...realm.routes.map(describeRoute),
    `new: ${describeRoute(candidate)}`,
    `oracle: ${harm === undefined ? 'nothing' : `${harm.kind}, at least ${harm.least}: ${JSON.stringify(harm.request)}, before ${describeRow(harm.before)}`}`,
    ...(found.length === 0 ? ['product: nothing'] : found),
  ].join('\n')
}

function describeRoute({ namespace, name, created, parentRefs, hostnames, labels, annotations, rules }: HttpRoute): string {
  const parents = parentRefs.map((ref) => [ref.kind, ref.name, ref.sectionName].join(' ').trim())
  const keys = [...labels, ...annotations].map(([key, value]) => `${key}=${value}`)
  const lines = rules.map(({ matches, backendRefs }) => {
    const to = backendRefs.map((ref) => [ref.kind, ref.namespace, ref.name].join(' '))
    return `\n  ${matches.map(describeMatch).join(' | ')} -> ${to.join()}`
  })
  return `${namespace}/${name} ${created ?? ''} <${parents.join()}> [${hostnames.join()}] ${keys.join()}${lines.join('')}`
}

function describeRow(row: Harm['before']): string {
  return row === undefined ? 'nobody' : `${nameOf(row.life.route)} rule ${row.life.rule} match ${row.life.match} (${row.answer})`
}
