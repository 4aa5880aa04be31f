import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { exact, gatewayParent, labelRef, matchOf, regex, routeOf, routeParent, routeRef, ruleOf } from '../../test/model-fixtures.ts'
import { inheritsMatcher } from './annotations.ts'
import { areaOfPath } from './area.ts'
import { attachmentsOf } from './attachment.ts'
import { allowanceOf, budgetOf } from './budget.ts'
import type { Claimant } from './claimant.ts'
import { matchesAreDisjoint } from './disjoint.ts'
import { effectiveMatch, inheritedMatch } from './effective.ts'
import { hostsMeet } from './hostname.ts'
import { intersecting } from './intersecting.ts'
import type { LaneRules } from './lane.ts'
import { compileRegex } from './re2.ts'
import { regexIntersects } from './regex-intersection.ts'
import { type Dialect, type HttpMatch, type HttpRoute, nameOf, type Rule } from './route.ts'
import { consents, isReadBy, selectorOf, selects } from './selection.ts'
import { View } from './view.ts'

const LONG = process.env['LANEKEEPER_LONG'] !== undefined
const RUNS = LONG ? 30_000 : 3_000
if (LONG) vi.setConfig({ testTimeout: 600_000 })

function rulesOf(dialect: Dialect): LaneRules {
  return { dialect, isRootNamespace: () => false, sameOwner: (a, b) => a === b }
}

const HOSTS = ['a.example.com', 'b.example.com', '*.example.com']
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
  const ref = fc.oneof(
    fc.tuple(fc.constantFrom('r', 's', '*', 'team=x'), namespace).map((args) => routeRef(...args)),
    fc
      .tuple(fc.constantFrom('delegation.kgateway.dev', 'delegation.gateway.solo.io'), namespace)
      .map(([group, ns]) => labelRef(group, 'v', ns)),
  )
  return fc.tuple(fc.array(matches(), { maxLength: 2 }), fc.array(ref, { maxLength: 2 })).map((args) => ruleOf(...args))
}

function routes(): fc.Arbitrary<HttpRoute[]> {
  const route = fc
    .record({
      id: fc.constantFrom('p/r', 'p/s', 'p/t', 'q/r', 'q/s', 'q/t'),
      attached: fc.boolean(),
      names: fc.constantFrom(undefined, 'p/r', 'q/s'),
      inherits: fc.boolean(),
      labelled: fc.boolean(),
      hostnames: fc.subarray(HOSTS, { maxLength: 2 }),
      rules: fc.array(rules(), { maxLength: 3 }),
    })
    .map((it) => {
      const [namespace = '', name = ''] = (it.names ?? '').split('/')
      return routeOf(it.id, {
        parentRefs: [...(it.attached ? [gatewayParent('gw', 'p')] : []), ...(it.names === undefined ? [] : [routeParent(name, namespace)])],
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
        hostnames: it.attached ? it.hostnames : [],
        rules: it.rules,
      })
    })
  return fc.uniqueArray(route, { selector: nameOf, minLength: 1, maxLength: 6 })
}

/** A claimant whose way is found without the index. */
type Row = Claimant

/** Every row of every table: all routes looked at for each reference, from each root down. */
function everything(all: readonly HttpRoute[], view: View, dialect: Dialect): Row[] {
  const rows: Row[] = []
  const descend = (parent: Row) => {
    const rule = parent.route.rules[parent.rule]
    for (const ref of rule?.backendRefs ?? []) {
      const selector = selectorOf(ref, parent.route.namespace)
      if (selector === undefined || !isReadBy(selector, dialect)) continue
      const chosen = all.filter((route) => selects(selector, route) && consents(route, parent.route))
      if (chosen.some((route) => wayOf(parent).includes(route) || route === parent.route)) continue
      for (const route of chosen) {
        if (dialect !== 'agentgateway' && route.hostnames.length > 0) continue
        for (const [at, { matches: own }] of route.rules.entries()) {
          const inherits = inheritsMatcher(route, dialect)
          const made = own.map((match) => effectiveMatch(parent.effective, match, dialect, inherits))
          if (own.length === 0 && inherits) made.push(inheritedMatch(parent.effective))
          for (const [index, effective] of made.entries()) {
            if (effective.status === 'dead') continue
            take({ ...parent, route, rule: at, match: index, effective: effective.match, up: parent, depth: parent.depth + 1 })
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
        for (const [match, effective] of own.entries())
          take({ route: root, rule, match, effective, root, attachment, up: undefined, depth: 0 })
      }
    }
  }
  return rows
}

function wayOf({ up }: Claimant): HttpRoute[] {
  return up === undefined ? [] : [...wayOf(up), up.route]
}

/** The row and every grant above it, by their places. */
function keyOf({ route, rule, match, effective, up }: Claimant): string {
  return `${up === undefined ? '' : `${keyOf(up)} > `}${nameOf(route)} ${rule}.${match} ${JSON.stringify(effective)}`
}

/** Whether some request is in both, regexes decided exactly. */
function meet(a: HttpMatch, b: HttpMatch): boolean {
  if (matchesAreDisjoint(a, b) !== undefined) return false
  const [one, other] = a.path.type === 'RegularExpression' ? [a.path, b.path] : [b.path, a.path]
  if (one.type !== 'RegularExpression') return true
  const compiled = compileRegex(one.value)
  return compiled.ok && regexIntersects(compiled.regex, other, budgetOf(1_000_000)).verdict === 'intersecting'
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
        matches(),
        fc.constantFrom<Dialect>('kgateway', 'gloo', 'agentgateway'),
        fc.constantFrom(...HOSTS, '*'),
        (all, match, dialect, host) => {
          const view = new View('files')
          for (const route of all) view.put({ kind: 'HTTPRoute', value: route })
          const rows = everything(all, view, dialect)
          fc.pre(rows.length < 2_000)
          const onHost = rows.filter(({ attachment }) => attachment.hosts.some((own) => hostsMeet(own, host)))
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
