import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import {
  exact,
  gatewayOf,
  gatewayParent,
  labelRef,
  listenerOf,
  listenerSetOf,
  listenerSetParent,
  matchOf,
  regex,
  routeOf,
  routeParent,
  routeRef,
  ruleOf,
} from '../../test/model-fixtures.ts'
import { inheritsMatcher } from './annotations.ts'
import { areaOfPath } from './area.ts'
import { attachmentsOf } from './attachment.ts'
import { allowanceOf, budgetOf } from './budget.ts'
import type { Claimant } from './claimant.ts'
import type { Intersection } from './containment.ts'
import { matchesAreDisjoint } from './disjoint.ts'
import { effectiveMatch } from './effective.ts'
import { intersecting } from './intersecting.ts'
import type { LaneRules } from './lane.ts'
import { compileRegex } from './re2.ts'
import { regexIntersects } from './regex-intersection.ts'
import { type Dialect, type HttpMatch, type HttpRoute, identityOf, type ReferenceGrant, type Rule, type ViewObject } from './route.ts'
import { consents, isReadBy, selectorOf, selects } from './selection.ts'
import { View } from './view.ts'

const LONG = process.env['LANEKEEPER_LONG'] !== undefined
const RUNS = LONG ? 30_000 : 3_000
if (LONG) vi.setConfig({ testTimeout: 600_000 })

function rulesOf(dialect: Dialect): LaneRules {
  return { dialect, isRootNamespace: () => false, sameOwner: (a, b) => a === b }
}

const HOSTS = ['a.example.com', 'b.example.com', '*.example.com']
/** At least one host for each way in which the patterns overlap. */
const CONCRETE_HOSTS = ['a.example.com', 'b.example.com', 'c.example.com', 'example.org']
const PATHS = ['/', '/a', '/a/', '/a/b', '/b', '/ab', '/a/b/c']

function matches(): fc.Arbitrary<HttpMatch> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...PATHS).map((path) => matchOf(path)) },
    { weight: 1, arbitrary: fc.constantFrom(...PATHS, '/a/../b', '/../b').map((path) => matchOf(exact(path))) },
    { weight: 1, arbitrary: fc.constantFrom('/a/.*', '/a|/b', '.*', '/a/b/[a-z]+', 'b/.*', '(').map((path) => matchOf(regex(path))) },
    { weight: 1, arbitrary: fc.constantFrom(...PATHS).map((path) => matchOf(path, { method: 'GET' })) },
  )
}

function rules(): fc.Arbitrary<Rule> {
  const namespace = fc.constantFrom(undefined, 'p', 'q', 'all')
  const selecting = fc.oneof(
    fc.tuple(fc.constantFrom('r', 's', '*', 'team=x'), namespace).map((args) => routeRef(...args)),
    fc
      .tuple(fc.constantFrom('delegation.kgateway.dev', 'delegation.gateway.solo.io'), namespace)
      .map(([group, ns]) => labelRef(group, 'v', ns)),
  )
  const ref = fc.tuple(selecting, fc.constantFrom(1, 1, 1, 0)).map(([one, weight]) => ({ ...one, weight }))
  return fc.tuple(fc.array(matches(), { maxLength: 2 }), fc.array(ref, { maxLength: 2 })).map((args) => ruleOf(...args))
}

function routes(): fc.Arbitrary<HttpRoute[]> {
  const route = fc
    .record({
      id: fc.constantFrom('p/r', 'p/r', 'p/s', 'p/s', 'p/t', 'q/r', 'q/s', 'q/t', 'all/r'),
      kind: fc.constantFrom('HTTPRoute', 'HTTPRoute', 'HTTPRoute', 'GRPCRoute'),
      attached: fc.constantFrom(
        undefined,
        undefined,
        gatewayParent('gw', 'p'),
        listenerSetParent('set', 'p'),
        listenerSetParent('gone', 'p'),
      ),
      names: fc.constantFrom(undefined, 'p/r', 'q/s'),
      inherits: fc.boolean(),
      labelled: fc.boolean(),
      hostnames: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.subarray(HOSTS, { maxLength: 2 }) }),
      rules: fc.array(rules(), { maxLength: 3 }),
    })
    .map((it) => {
      const [namespace = '', name = ''] = (it.names ?? '').split('/')
      return routeOf(it.id, {
        kind: it.kind,
        parentRefs: [
          ...(it.attached === undefined ? [] : [it.attached]),
          ...(it.names === undefined ? [] : [routeParent(name, namespace)]),
        ],
        annotations: new Map(
          it.inherits
            ? [
                ['delegation.kgateway.dev/inherit-parent-matcher', 'true'],
                ['delegation.gateway.solo.io/inherit-parent-matcher', 'yes'],
              ]
            : [],
        ),
        labels: new Map(
          it.labelled
            ? [
                ['team', 'x'],
                ['delegation.kgateway.dev/label', 'v'],
                ['delegation.gateway.solo.io/label', 'v'],
              ]
            : [],
        ),
        hostnames: it.hostnames,
        rules: it.kind === 'HTTPRoute' ? it.rules : it.rules.map(withoutDelegation),
      })
    })
  return fc.uniqueArray(route, { selector: identityOf, minLength: 1, maxLength: 6 })
}

/** As rules of a GRPCRoute are read. */
function withoutDelegation(rule: Rule): Rule {
  return { ...rule, backendRefs: rule.backendRefs.map((ref) => ({ ...ref, delegates: false })) }
}

/** Some of the listeners; a ListenerSet on the Gateway, there or not. */
function gateways(): fc.Arbitrary<ViewObject[]> {
  const listeners = fc.constantFrom(
    [listenerOf('any')],
    [listenerOf('a', { hostname: 'a.example.com' }), listenerOf('b', { hostname: '*.example.com' })],
  )
  const gateway = listeners.map((own): ViewObject => ({ kind: 'Gateway', value: gatewayOf('p/gw', own) }))
  const set = listeners.map((own): ViewObject => ({ kind: 'ListenerSet', value: listenerSetOf('p/set', 'p/gw', own) }))
  return fc.tuple(gateway, set).chain((all) => fc.subarray(all))
}

/** A claimant whose way is found without the index, its hosts written out one by one. */
type Row = Claimant

/** Every row of every table: all routes looked at for each reference, from each root down. */
function everything(all: readonly HttpRoute[], grants: readonly ReferenceGrant[], view: View, dialect: Dialect): Row[] {
  const rows: Row[] = []
  const descend = (parent: Row) => {
    const rule = parent.route.rules[parent.rule]
    for (const ref of rule?.backendRefs ?? []) {
      const selector = selectorOf(ref, parent.route.namespace)
      if (selector === undefined || !isReadBy(selector, dialect)) continue
      if (dialect === 'agentgateway' && ref.weight === 0) continue
      if (
        dialect === 'gloo' &&
        ref.kind === 'label' &&
        selector.namespace === undefined &&
        all.some(({ namespace }) => namespace === 'all')
      )
        continue
      const chosen = all.filter((route) => selects(selector, route) && consents(route, parent.route))
      if (chosen.some((route) => wayOf(parent).includes(route) || route === parent.route)) continue
      for (const route of chosen) {
        if (dialect !== 'agentgateway' && route.hostnames.length > 0) continue
        if (dialect === 'agentgateway' && !isReferenceAllowed(parent.route, route, grants)) continue
        const hosts = route.hostnames.length === 0 ? parent.hosts : parent.hosts.filter((host) => takesHost(route.hostnames, host))
        if (hosts.length === 0) continue
        for (const [at, { matches: own }] of route.rules.entries()) {
          const inherits = inheritsMatcher(route, dialect)
          const made = own.map((match) => programmedUnder(parent, match, dialect, inherits))
          if (own.length === 0 && inherits) made.push(parent.effective)
          for (const [index, effective] of made.entries()) {
            if (effective === undefined) continue
            take({ ...parent, route, rule: at, match: index, effective, hosts, up: parent, depth: parent.depth + 1 })
          }
        }
      }
    }
  }
  const take = (row: Row) => {
    rows.push(row)
    descend(row)
  }
  for (const root of all) {
    for (const attachment of attachmentsOf(root, view, dialect)) {
      for (const [rule, { matches: own }] of root.rules.entries()) {
        for (const [match, effective] of own.entries()) {
          const hosts = CONCRETE_HOSTS.filter((host) => takesHost(attachment.hosts, host))
          take({ route: root, rule, match, effective, root, attachment, hosts, up: undefined, depth: 0 })
        }
      }
    }
  }
  return rows
}

/** In the nested dialect what may meet every match above it, in the others what one hop makes of it. */
function programmedUnder(parent: Row, match: HttpMatch, dialect: Dialect, inherits: boolean): HttpMatch | undefined {
  if (dialect === 'agentgateway') return holdsUpTo(parent, (own) => !areDisjoint(own, match)) ? match : undefined
  const effective = effectiveMatch({ granted: parent.effective, up: undefined }, match, dialect, inherits, budgetOf(0))
  return effective.status === 'dead' ? undefined : effective.match
}

function isReferenceAllowed(parent: HttpRoute, child: HttpRoute, grants: readonly ReferenceGrant[]): boolean {
  if (child.namespace === parent.namespace || child.parentRefs.length > 0) return true
  return grants.some(({ namespace, from }) => namespace === child.namespace && from.some((entry) => entry.namespace === parent.namespace))
}

function takesHost(patterns: readonly string[], host: string): boolean {
  return patterns.some((pattern) => pattern === '*' || pattern === host || (pattern.startsWith('*.') && host.endsWith(pattern.slice(1))))
}

function wayOf({ up }: Claimant): HttpRoute[] {
  return up === undefined ? [] : [...wayOf(up), up.route]
}

/** The row and every grant above it, by their places. */
function keyOf({ route, rule, match, effective, hosts, up }: Claimant): string {
  const on = CONCRETE_HOSTS.filter((host) => takesHost(hosts, host)).join()
  return `${up === undefined ? '' : `${keyOf(up)} > `}${identityOf(route)} ${rule}.${match} ${JSON.stringify(effective)} on ${on}`
}

/** Whether some request is in both, regexes decided exactly; one that is no RE2 is in nothing. */
function meet(a: HttpMatch, b: HttpMatch): boolean {
  return matchesAreDisjoint(a, b) === undefined && ['intersecting', undefined].includes(regexVerdict(a, b))
}

/** Whether surely none is. */
function areDisjoint(a: HttpMatch, b: HttpMatch): boolean {
  return matchesAreDisjoint(a, b) !== undefined || regexVerdict(a, b) === 'disjoint'
}

/** Undefined = both paths are literals. */
function regexVerdict(a: HttpMatch, b: HttpMatch): Intersection['verdict'] | undefined {
  const [one, other] = a.path.type === 'RegularExpression' ? [a.path, b.path] : [b.path, a.path]
  if (one.type !== 'RegularExpression') return undefined
  const compiled = compileRegex(one.value)
  return compiled.ok ? regexIntersects(compiled.regex, other, budgetOf(1_000_000)).verdict : 'undecided'
}

/** Lets the routes of namespaces p and all delegate into this one. */
function grantFromAll(namespace: string): ReferenceGrant {
  const group = 'gateway.networking.k8s.io'
  const from = ['p', 'all'].map((of) => ({ group, kind: 'HTTPRoute', namespace: of }))
  return { namespace, name: 'grant', from, to: [{ group, kind: 'HTTPRoute', name: undefined }] }
}

/** Whether this holds between the match and the row, and every grant above it. */
function holdsUpTo(row: Claimant | undefined, holds: (own: HttpMatch) => boolean): boolean {
  return row === undefined || (holds(row.effective) && holdsUpTo(row.up, holds))
}

describe('intersecting', () => {
  it('gives every row of the hosts that meets the match, as does every grant above it, and none that provably does not', () => {
    fc.assert(
      fc.property(
        routes(),
        gateways(),
        matches(),
        fc.constantFrom<Dialect>('kgateway', 'gloo', 'agentgateway'),
        fc.constantFrom(...HOSTS, '*'),
        fc.subarray(['p', 'q', 'all']),
        (all, known, match, dialect, host, granting) => {
          const view = new View('files')
          for (const object of known) view.put(object)
          for (const route of all) view.put({ kind: route.kind, value: route })
          const grants = granting.map(grantFromAll)
          for (const value of grants) view.put({ kind: 'ReferenceGrant', value })
          const rows = everything(all, grants, view, dialect)
          fc.pre(rows.length < 2_000)
          const onHost = rows.filter(({ hosts }) => hosts.some((own) => takesHost([host], own)))
          const mayMeet = onHost.filter((row) => holdsUpTo(row, (own) => matchesAreDisjoint(own, match) === undefined))
          const doMeet = onHost.filter((row) => holdsUpTo(row, (own) => meet(own, match)))
          const { claimants, incomplete } = intersecting(
            match,
            areaOfPath(match.path),
            [host],
            view,
            rulesOf(dialect),
            allowanceOf(1_000_000),
          )
          const [found, loose] = [new Set(claimants.map(keyOf)), new Set(mayMeet.map(keyOf))]
          expect(incomplete).toBe('no')
          expect(doMeet.map(keyOf).filter((row) => !found.has(row))).toEqual([])
          expect([...found].filter((row) => !loose.has(row))).toEqual([])
        },
      ),
      { numRuns: RUNS },
    )
  })

  it('says so when the budget ends the walk', () => {
    const view = new View('cluster')
    const rows = Array.from({ length: 10 }, (_, index) => ruleOf([`/a/${index}`]))
    view.put({ kind: 'HTTPRoute', value: routeOf('p/root', { parentRefs: [gatewayParent('gw')], rules: rows }) })
    const incomplete = (path: string, namespace: string) => {
      const rules = { ...rulesOf('kgateway'), isRootNamespace: (name: string) => name === namespace }
      return intersecting(matchOf(path), areaOfPath(matchOf(path).path), ['*'], view, rules, allowanceOf(5)).incomplete
    }
    expect(incomplete('/a', 'p')).toBe('trusted')
    expect(incomplete('/a', 'other')).toBe('untrusted')
    expect(incomplete('/a/3', 'p')).toBe('no')
  })
})
