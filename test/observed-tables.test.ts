import { describe, expect, it } from 'vitest'
import { attachmentsOf } from '../src/delegation/attachment.ts'
import { allowanceOf } from '../src/delegation/budget.ts'
import { claimsOf } from '../src/delegation/claim.ts'
import { type Lane, lanesOf } from '../src/delegation/lane.ts'
import { normalizePrefix } from '../src/delegation/path.ts'
import type { Dialect, HttpMatch, HttpRoute, Rule } from '../src/delegation/route.ts'
import { isReadBy, selectorOf } from '../src/delegation/selection.ts'
import type { View } from '../src/delegation/view.ts'
import { hasCorpus, observedView, type RawObject, readObserved } from './corpus.ts'

interface ObservedRoute {
  readonly host: string
  readonly match: {
    readonly type: string
    readonly value: string
    readonly method?: string
    readonly headers?: readonly { readonly name: string; readonly exact?: string; readonly regex?: string }[]
  }
  readonly action: { readonly clusters?: readonly string[]; readonly direct_response?: number; readonly redirect?: unknown }
}

interface ObservedCase {
  readonly case: string
  readonly title: string
  readonly objects_oldest_first: readonly RawObject[]
  readonly routes: readonly ObservedRoute[]
}

/** Cases whose tables the model of matches doesn't speak about, with the reason. */
const LEFT_OUT: Readonly<Record<string, string>> = {}

const CONTROLLER = { kgateway: 'kgateway.dev/kgateway', gloo: 'solo.io/gloo-gateway' } as const

for (const dialect of ['kgateway', 'gloo'] as const) {
  describe.skipIf(!hasCorpus('observed'))(`${dialect}: effective matches are what the real translator emits`, () => {
    const cases = hasCorpus('observed') ? readObserved<ObservedCase>(`${dialect}.json`) : []
    for (const observed of cases) {
      const reason = LEFT_OUT[`${dialect} ${observed.case}`]
      it.skipIf(reason !== undefined)(`${observed.case} ${observed.title}${reason === undefined ? '' : ` (left out: ${reason})`}`, () => {
        const view = observedView(observed.objects_oldest_first, CONTROLLER[dialect])
        expect(table(view, dialect).sort()).toEqual(observed.routes.map(row).sort())
      })
    }
  })
}

function row({ host, match, action }: ObservedRoute): string {
  const headers = (match.headers ?? []).map(({ name, exact, regex }) => (exact === undefined ? `${name}~${regex}` : `${name}=${exact}`))
  const cluster = action.clusters?.join()
  const outcome = action.direct_response !== undefined ? '500' : (cluster ?? 'redirect')
  return [host, match.type, match.value, match.method ?? '', headers.sort().join(), outcome].join(' ')
}

/** The flattened table, made bottom-up from each route's own lives, with a 500 where a delegating match has nobody. */
function table(view: View, dialect: Dialect): string[] {
  const rows: string[] = []
  const lives: {
    route: HttpRoute
    rule: number
    match: number
    effective: HttpMatch
    error: boolean
    hosts: readonly string[]
    path: string
  }[] = []
  for (const route of view.routes()) {
    for (const { hosts, gateway, known } of attachmentsOf(route, view, undefined)) {
      if (known === undefined) continue
      for (const [rule, { matches }] of route.rules.entries()) {
        for (const [match, effective] of matches.entries()) {
          lives.push({ route, rule, match, effective, error: false, hosts, path: `${gateway.name}>${placeName(route, rule, match)}` })
        }
      }
    }
    if (route.hostnames.length > 0) continue
    const rules = { dialect: undefined, isRootNamespace: () => false, sameOwner: () => false }
    const { lanes } = lanesOf(route, view, rules, allowanceOf(1_000_000))
    for (const { lane, rule, match, effective } of claimsOf(route, lanes, allowanceOf(1_000_000)).alive) {
      if (lane.root.attachment === undefined) continue
      lives.push({
        route,
        rule,
        match,
        effective: effective.match,
        error: effective.status === 'error',
        hosts: lane.hosts,
        path: `${pathOf(lane)}>${placeName(route, rule, match)}`,
      })
    }
  }
  // gloo drops a delegating match with nobody, and so on upwards: deepest first.
  lives.sort((a, b) => b.path.length - a.path.length)
  const emitted = new Set<string>()
  for (const { route, rule, effective, error, hosts, path } of lives) {
    const spec = route.rules[rule] as Rule
    const delegating = spec.backendRefs.some((ref) => {
      const selector = selectorOf(ref, route.namespace)
      return selector !== undefined && isReadBy(selector, dialect)
    })
    const hasChild = [...emitted].some((other) => other.startsWith(`${path}>`))
    if (delegating && (hasChild || dialect === 'gloo')) {
      if (hasChild) emitted.add(path)
      continue
    }
    emitted.add(path)
    const outcome = delegating || error ? '500' : outcomeOf(spec, route, dialect)
    for (const host of hosts) rows.push(render(host, effective, dialect, outcome))
  }
  return rows
}

function outcomeOf(rule: Rule, route: HttpRoute, dialect: Dialect): string {
  if (rule.backendRefs.length === 0) return rule.filters.some((filter) => filter.type === 'RequestRedirect') ? 'redirect' : '500'
  const unknownKind = dialect === 'gloo' ? '500' : 'blackhole'
  return rule.backendRefs.map((ref) => (ref.kind === 'Service' ? `${ref.namespace ?? route.namespace}/${ref.name}` : unknownKind)).join()
}

function placeName(route: HttpRoute, rule: number, match: number): string {
  return `${route.namespace}/${route.name}#${rule}.${match}`
}

function pathOf(lane: Lane): string {
  const own = placeName(lane.parent, lane.rule, lane.match)
  return lane.up === undefined ? `${lane.root.attachment?.gateway.name}>${own}` : `${pathOf(lane.up)}>${own}`
}

function render(host: string, match: HttpMatch, dialect: Dialect, outcome: string): string {
  const headers = match.headers.map(({ type, name, value }) => (type === 'Exact' ? `${name}=${value}` : `${name}~${value}`))
  return [host, ...renderPath(match, dialect), match.method ?? '', headers.sort().join(), outcome].join(' ')
}

function renderPath({ path }: HttpMatch, dialect: Dialect): [string, string] {
  if (path.type === 'Exact') return ['exact', path.value]
  if (path.type === 'RegularExpression') return ['safe_regex', path.value]
  if (path.value === '/') return ['prefix', '/']
  if (dialect === 'gloo' && path.value.endsWith('/')) return ['prefix', path.value]
  return ['path_separated_prefix', normalizePrefix(path.value)]
}
