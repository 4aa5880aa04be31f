import { describe, expect, it } from 'vitest'
import { attachmentsOf } from '../src/delegation/attachment.ts'
import { allowanceOf } from '../src/delegation/budget.ts'
import { claimsOf } from '../src/delegation/claim.ts'
import { type Claimant, claimantOf, directClaimants } from '../src/delegation/claimant.ts'
import { lanesOf } from '../src/delegation/lane.ts'
import { normalizePrefix } from '../src/delegation/path.ts'
import { type Dialect, type HttpMatch, nameOf, type Witness } from '../src/delegation/route.ts'
import { delegates, type Entry, entriesOf, type Row, type Table } from '../src/delegation/table.ts'
import type { View } from '../src/delegation/view.ts'
import { answerOf } from '../src/delegation/winner.ts'
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
  /** In the order in which the gateway tries them. */
  readonly routes: readonly ObservedRoute[]
  readonly witness: readonly (Omit<Witness, 'query'> & { readonly winner: string })[]
}

const CONTROLLER = { kgateway: 'kgateway.dev/kgateway', gloo: 'solo.io/gloo-gateway' } as const

for (const dialect of ['kgateway', 'gloo'] as const) {
  const cases = hasCorpus('observed') ? readObserved<ObservedCase>(`${dialect}.json`) : []
  describe.skipIf(cases.length === 0)(`${dialect}: the table is the one the real translator emits`, () => {
    it.each(cases)('$case $title', (observed) => {
      const [entry, ...others] = entriesFor(observed, dialect)
      expect(others).toEqual([])
      const hosts = [...new Set(observed.routes.map(({ host }) => host))]
      const expected = hosts.map((host) => observed.routes.filter((route) => route.host === host).map(observedRow))
      expect(hosts.map((host) => tableOf(entry, host).rows.map((row) => rowText(row, dialect)))).toEqual(expected)
      expect(entry.tables.filter(({ host, rows }) => rows.length > 0 && !hosts.includes(host))).toEqual([])
    })

    it.each(cases.flatMap(({ witness, ...observed }) => witness.map((request) => ({ ...observed, ...request }))))(
      '$case: $method $host $path goes to $winner',
      ({ winner, method, host, path, headers, ...observed }) => {
        const [entry] = entriesFor(observed, dialect)
        const got = answerOf(entry, { method, host, path, headers, query: {} }).winner
        expect(got === undefined ? '404' : outcomeText(got, dialect)).toBe(winner)
      },
    )

    it.each(cases)('$case: the claims of each route, found from below, are the rows found from above', (observed) => {
      const view = observedView(observed.objects_oldest_first, CONTROLLER[dialect])
      const [entry] = entriesFor(observed, dialect)
      const above = new Set(entry.tables.flatMap(({ rows }) => rows.map(({ claimant }) => wayOf(claimant))))
      const below = new Set(
        claimantsOf(view)
          .filter((claimant) => !delegates(claimant) || above.has(wayOf(claimant)))
          .map(wayOf),
      )
      expect([...above].sort()).toEqual([...below].sort())
    })
  })
}

function entriesFor(
  { objects_oldest_first }: Pick<ObservedCase, 'objects_oldest_first'>,
  dialect: 'kgateway' | 'gloo',
): [Entry, ...Entry[]] {
  const view = observedView(objects_oldest_first, CONTROLLER[dialect])
  const { entries, complete } = entriesOf(view, { dialect: undefined, weights: true })
  const [entry, ...others] = entries
  if (entry === undefined || !complete) throw new Error('no whole table')
  return [entry, ...others]
}

function tableOf(entry: Entry, host: string): Table {
  return entry.tables.find((table) => table.host === host) ?? { host, serverName: undefined, rows: [] }
}

function observedRow({ match, action }: ObservedRoute): string {
  const headers = (match.headers ?? []).map(({ name, exact, regex }) => (exact === undefined ? `${name}~${regex}` : `${name}=${exact}`))
  const outcome = action.direct_response !== undefined ? '500' : (action.clusters?.join() ?? 'redirect')
  return [match.type, match.value, match.method ?? '', headers.sort().join(), outcome].join(' ')
}

function rowText(row: Row, dialect: Dialect): string {
  const match = row.claimant.effective
  const headers = match.headers.map(({ type, name, value }) => (type === 'Exact' ? `${name}=${value}` : `${name}~${value}`))
  return [...pathText(match, dialect), match.method ?? '', headers.sort().join(), outcomeText(row, dialect)].join(' ')
}

function pathText({ path }: HttpMatch, dialect: Dialect): [string, string] {
  if (path.type === 'Exact') return ['exact', path.value]
  if (path.type === 'RegularExpression') return ['safe_regex', path.value]
  if (path.value === '/') return ['prefix', '/']
  if (dialect === 'gloo' && path.value.endsWith('/')) return ['prefix', path.value]
  return ['path_separated_prefix', normalizePrefix(path.value)]
}

/** kgateway sends what it can't resolve to a cluster that isn't there, which answers 500 as well. */
function outcomeText({ outcome, claimant }: Row, dialect: Dialect): string {
  switch (outcome.kind) {
    case 'backends':
      return outcome.backends.map(({ namespace, name }) => `${namespace ?? claimant.route.namespace}/${name}`).join()
    case 'error':
      return outcome.why === 'unread-backends' && dialect === 'kgateway' ? 'blackhole' : String(outcome.status)
    case 'redirect':
    case 'extension':
      return outcome.kind
  }
}

/** Every match of every route on every way, found bottom-up. */
function claimantsOf(view: View): Claimant[] {
  const rules = { dialect: undefined, isRootNamespace: () => false, sameOwner: () => false }
  const found = [...view.routes()].flatMap((route) => {
    const { lanes } = lanesOf(route, view, rules, allowanceOf(1_000_000))
    const claims = route.hostnames.length > 0 ? [] : claimsOf(route, lanes, allowanceOf(1_000_000)).alive
    return [...directClaimants(route, attachmentsOf(route, view, undefined)), ...claims.flatMap((claim) => claimantOf(route, claim) ?? [])]
  })
  return found.filter(({ attachment }) => attachment.known !== undefined)
}

/** The places from the root down to the claimant. */
function wayOf({ route, rule, match, up }: Claimant): string {
  return `${up === undefined ? '' : `${wayOf(up)} > `}${nameOf(route)}#${rule}.${match}`
}
