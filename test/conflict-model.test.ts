import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type {
  BackendRef,
  Dialect,
  Gateway,
  HttpMatch,
  HttpRoute,
  Listener,
  ParentRef,
  PathMatch,
  Rule,
  ValueMatch,
  Witness,
} from '../src/delegation/route.ts'
import { View } from '../src/delegation/view.ts'
import type { Decision, Violation } from '../src/policy/decision.ts'
import { evaluate } from '../src/policy/evaluate.ts'
import { DEFAULT_POLICY, type Policy } from '../src/policy/policy.ts'
import { type Code, ConflictOracle, type Harm, type Realm } from './conflict-oracle.ts'
import { gatewayParent, header, labelRef, matchOf, queryParam, routeOf, routeParent, routeRef, ruleOf } from './model-fixtures.ts'
import { type Request, requestsOf } from './winner-model.ts'

/**
 * What the checks say about a new route against what it does to every request of a sample. What an oracle finds that no reading of the
 * rules excuses must be found; what is denied must be true of some request.
 */

const LONG = process.env['LANEKEEPER_LONG'] !== undefined
const RUNS = LONG ? 30_000 : 1_500
vi.setConfig({ testTimeout: LONG ? 3_600_000 : 120_000 })

/** A cluster, a route that is to be created in it, and what the policy says. */
interface Scene {
  readonly realm: Realm
  readonly candidate: HttpRoute
  /** Whether the objects say how old they are. */
  readonly isLive: boolean
  /** Owners by label: t1 and t2 are one. */
  readonly hasTeams: boolean
}

// ---- the product

const CONTROLLER = {
  kgateway: 'kgateway.dev/kgateway',
  gloo: 'solo.io/gloo-gateway',
  agentgateway: 'agentgateway.dev/agentgateway',
} as const

function viewOf({ realm, isLive }: Scene, routes: readonly HttpRoute[] = realm.routes): View {
  const view = new View(isLive ? 'cluster' : 'files')
  view.put({ kind: 'GatewayClass', value: { name: 'class', controllerName: CONTROLLER[realm.dialect] } })
  for (const value of realm.gateways) view.put({ kind: 'Gateway', value })
  for (const [name, team] of TEAMS) view.put({ kind: 'Namespace', value: { name, labels: new Map([['team', team]]) } })
  for (const value of routes) view.put({ kind: 'HTTPRoute', value })
  return view
}

function policiesOf({ hasTeams }: Scene): Policy[] {
  return hasTeams ? [{ ...DEFAULT_POLICY, name: 'teams', ownerLabel: 'team' }] : []
}

function create(scene: Scene, view: View = viewOf(scene)): Decision {
  const request = { operation: 'CREATE' as const, route: scene.candidate, oldRoute: undefined, now: 0 }
  return evaluate(request, view, policiesOf(scene))
}

function isDenied({ action }: Violation): boolean {
  return action === 'Deny' || action === 'Patch'
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
const REGEXES = ['/a/.*', '/a/b/.*', '/a/[a-z]+', '/a.*', '/ab?/.*', '/a/b|/a/c', '/a(/.*)?', '/a/b/[^/]+']

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
          header('x', '1|2', 'RegularExpression'),
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

function delegation(dialect: Dialect): fc.Arbitrary<readonly BackendRef[]> {
  const tenant = fc.constantFrom(...TENANTS)
  const group = dialect === 'gloo' ? 'delegation.gateway.solo.io' : 'delegation.kgateway.dev'
  const labelled = fc
    .constantFrom(...TENANTS, 'all', 'all', 'all')
    .map((namespace) => (dialect === 'agentgateway' ? routeRef('team=l', namespace) : labelRef(group, 'l', namespace)))
  return fc
    .oneof(
      { weight: 4, arbitrary: tenant.map((namespace) => routeRef('*', namespace)) },
      { weight: 1, arbitrary: tenant.map((namespace) => routeRef('new', namespace)) },
      { weight: 2, arbitrary: labelled },
    )
    .map((ref) => [ref])
}

const HOSTS = fc.constantFrom<readonly string[]>(['a.x'], ['a.x'], ['*.x'], ['b.x'], [])

function gatewayRef(): fc.Arbitrary<ParentRef> {
  return fc.constantFrom(undefined, undefined, 'http').map((sectionName) => ({ ...gatewayParent('gw', 'infra'), sectionName }))
}

function root(id: string, dialect: Dialect): fc.Arbitrary<HttpRoute> {
  const matches = httpMatch(pathMatch(LANES, dialect, 0))
  const refs = fc.oneof({ weight: 4, arbitrary: delegation(dialect) }, { weight: 1, arbitrary: service() })
  return fc
    .record({ rules: fc.array(rule(matches, refs), { minLength: 1, maxLength: 4, size: 'max' }), hostnames: HOSTS, ref: gatewayRef() })
    .map(({ ref, ...fields }) => routeOf(id, { ...fields, parentRefs: [ref] }))
}

/** Another level: it has its lane of the root, and hands parts of it on. */
function middle(dialect: Dialect): fc.Arbitrary<HttpRoute> {
  const matches = httpMatch(pathMatch(LITERALS, dialect, 0))
  return fc
    .array(rule(matches, delegation(dialect)), { minLength: 1, maxLength: 2 })
    .map((rules) => routeOf('t1/middle', { rules, parentRefs: [routeParent('root', 'infra')] }))
}

function tenantRoute(name: string, dialect: Dialect): fc.Arbitrary<HttpRoute> {
  const key = dialect === 'gloo' ? 'delegation.gateway.solo.io/label' : 'delegation.kgateway.dev/label'
  const labels = fc.constantFrom<Record<string, string>>({}, { [dialect === 'agentgateway' ? 'team' : key]: 'l' })
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
      return routeOf(`${namespace}/${name}`, { ...fields, hostnames: isDirect ? hosts : [] })
    })
}

function listener(name: string, port: number): Listener {
  return { name, port, protocol: 'HTTP', hostname: undefined, allowedNamespaces: { from: 'All' } }
}

const GATEWAY: Gateway = {
  namespace: 'infra',
  name: 'gw',
  className: 'class',
  created: undefined,
  listeners: [listener('http', 80), listener('other', 81)],
}

function sceneOf(dialect: Dialect): fc.Arbitrary<Scene> {
  const maybe = (chances: number, route: fc.Arbitrary<HttpRoute>) =>
    fc.oneof({ weight: chances, arbitrary: route.map((one) => [one]) }, { weight: 10 - chances, arbitrary: fc.constant([]) })
  return fc
    .record({
      first: root('infra/root', dialect),
      others: fc.tuple(maybe(3, root('infra/second', dialect)), maybe(2, root('stranger/root', dialect)), maybe(2, middle(dialect))),
      tenants: fc.tuple(maybe(8, tenantRoute('k0', dialect)), maybe(5, tenantRoute('k1', dialect)), maybe(3, tenantRoute('k2', dialect))),
      candidate: tenantRoute('new', dialect),
      isLive: fc.boolean(),
      hasTeams: fc.constantFrom(true, false, false),
      ages: fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7], { minLength: 7 }),
    })
    .map(({ first, others, tenants, candidate, isLive, hasTeams, ages }) => ({
      realm: {
        dialect,
        routes: [first, ...others.flat(), ...tenants.flat()].map((route, i) => ({ ...route, created: isLive ? ages[i] : undefined })),
        gateways: [GATEWAY],
        referenceGrants: [],
        rootNamespaces: [],
        ownerOf: (namespace) => (hasTeams ? TEAMS.get(namespace) : undefined) ?? namespace,
      },
      candidate,
      isLive,
      hasTeams,
    }))
}

// ---- the oracle

function oracleOf({ realm, candidate }: Scene): ConflictOracle {
  return new ConflictOracle(realm, candidate)
}

function worstHarm(scene: Scene): Harm | undefined {
  const oracle = oracleOf(scene)
  const harms = requestsOf(oracle.after).flatMap((request) => oracle.harmOf(request) ?? [])
  return harms.find(({ least }) => least === 'Deny') ?? harms[0]
}

const CODES: readonly Code[] = ['LK301', 'LK401', 'LK402', 'LK403', 'LK405']

function codeOf({ code }: Violation): Code | undefined {
  return CODES.find((known) => known === code)
}

/** A witness says nothing of ports. */
function requestsLike({ host, path, method, headers, query }: Witness): Request[] {
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  return GATEWAY.listeners.map(({ port }) => ({ gateway: 'infra/gw', port, host, path, method, headers: lower, query }))
}

/** Denied for harm to others that no request shows. */
function groundless(scene: Scene, { violations }: Decision): Violation | undefined {
  const oracle = oracleOf(scene)
  return violations.filter(isDenied).find((violation) => {
    const code = codeOf(violation)
    if (code === undefined) return false
    const asked = violation.witness === undefined ? requestsOf(oracle.after) : requestsLike(violation.witness)
    return !asked.some((request) => oracle.isReal(code, request))
  })
}

describe.each(['kgateway', 'gloo', 'agentgateway'] as const)('%s', (dialect) => {
  it('what a new route takes from others is found', () => {
    const seen = new Map<string, number>()
    fc.assert(
      fc.property(sceneOf(dialect), (scene) => {
        const worst = worstHarm(scene)
        if (worst === undefined) return
        const kind = `${worst.kind} ${worst.least}`
        seen.set(kind, (seen.get(kind) ?? 0) + 1)
        const escapes = create(scene).violations.filter(({ effect }) => effect === 'escape')
        const isFound = escapes.some((violation) => worst.least === 'Warn' || isDenied(violation))
        expect(isFound ? undefined : tell(scene, worst, escapes)).toBeUndefined()
      }),
      { numRuns: RUNS },
    )
    console.info(dialect, Object.fromEntries(seen))
  })

  it('what is denied for the sake of others is true of some request', () => {
    const seen = new Map<string, number>()
    fc.assert(
      fc.property(sceneOf(dialect), (scene) => {
        const decision = create(scene)
        for (const violation of decision.violations.filter(isDenied)) {
          const code = codeOf(violation)
          if (code !== undefined) seen.set(code, (seen.get(code) ?? 0) + 1)
        }
        const wrong = groundless(scene, decision)
        expect(wrong && tell(scene, undefined, [wrong])).toBeUndefined()
      }),
      { numRuns: RUNS },
    )
    console.info(dialect, Object.fromEntries(seen))
  })

  it('the order in which objects came to be known changes nothing', () => {
    fc.assert(
      fc.property(
        sceneOf(dialect).filter(({ isLive }) => isLive),
        (scene) => {
          expect(create(scene, viewOf(scene, scene.realm.routes.toReversed()))).toEqual(create(scene))
        },
      ),
      { numRuns: RUNS / 5 },
    )
  })

  it('a route that is there already may change what it does not compete with', () => {
    fc.assert(
      fc.property(sceneOf(dialect), (scene) => {
        const { realm, candidate } = scene
        const renamed = candidate.rules.map((one) => ({ ...one, backendRefs: one.backendRefs.map((ref) => ({ ...ref, name: 'other' })) }))
        const view = viewOf(scene, [...realm.routes, candidate])
        const update = { operation: 'UPDATE' as const, route: { ...candidate, rules: renamed }, oldRoute: candidate, now: 0 }
        expect(evaluate(update, view, policiesOf(scene)).violations.filter(isDenied)).toEqual([])
      }),
      { numRuns: RUNS / 5 },
    )
  })

  it('routes of one owner take nothing from each other', () => {
    fc.assert(
      fc.property(sceneOf(dialect), (scene) => {
        const { realm, candidate } = scene
        const own = realm.routes.filter(
          ({ namespace }) => !TENANTS.includes(namespace) || realm.ownerOf(namespace) === realm.ownerOf(candidate.namespace),
        )
        const { violations } = create({ ...scene, realm: { ...realm, routes: own.filter(({ namespace }) => namespace !== 'stranger') } })
        const taken = violations.filter(({ code }) => ['LK402', 'LK403', 'LK405'].includes(code)).filter(isDenied)
        expect(taken).toEqual([])
      }),
      { numRuns: RUNS / 5 },
    )
  })
})

// ---- what a failure says

function tell({ realm, candidate, isLive, hasTeams }: Scene, harm: Harm | undefined, said: readonly Violation[]): string {
  const routes = [...realm.routes, candidate].map(
    ({ namespace, name, created, parentRefs, hostnames, labels, annotations, rules }) =>
      `${namespace}/${name} (${created ?? 'no age'}) ${parentRefs.map((ref) => `${ref.kind} ${ref.namespace}/${ref.name} ${ref.sectionName ?? ''}`).join()} [${hostnames.join()}] ${JSON.stringify([...labels, ...annotations])}\n${rules
        .map(
          (one) =>
            `    ${JSON.stringify(one.matches)} -> ${one.backendRefs.map((ref) => `${ref.kind} ${ref.namespace}/${ref.name}`).join()}`,
        )
        .join('\n')}`,
  )
  const found = said.map(({ code, action, field, message, witness }) => `${code} ${action} ${field} ${message} ${JSON.stringify(witness)}`)
  const what =
    harm === undefined
      ? 'nothing'
      : JSON.stringify({ kind: harm.kind, least: harm.least, request: harm.request, before: harm.before?.life.route.name })
  return `${realm.dialect} ${isLive ? 'live' : 'files'} ${hasTeams ? 'teams' : ''}\n${routes.join('\n')}\noracle: ${what}\nproduct:\n${found.join('\n')}`
}
