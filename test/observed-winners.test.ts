import { describe, expect, it } from 'vitest'
import { type HttpRoute, nameOf } from '../src/delegation/route.ts'
import { hasCorpus, type RawObject, readObserved, routeOf } from './corpus.ts'
import { gatewayOf } from './model-fixtures.ts'
import type { World } from './programmed-model.ts'
import { type Request, type Row, tablesOf } from './winner-model.ts'

/** The slow oracle of who wins a request, held against what the real translators' tables say. */

interface ObservedCase {
  readonly case: string
  readonly title: string
  readonly objects_oldest_first: readonly RawObject[]
  readonly witness: readonly (Omit<Request, 'gateway' | 'port' | 'query'> & { readonly winner: string })[]
}

/** Cases whose tables the model doesn't speak about, with the reason. */
const LEFT_OUT: Readonly<Record<string, string>> = {}

const EDGE = gatewayOf('infra/edge')

function worldOf(dialect: 'kgateway' | 'gloo', objects: readonly RawObject[]): World {
  const routes = objects.filter(({ kind }) => kind === 'HTTPRoute').map((raw, age): HttpRoute => ({ ...routeOf(raw), created: age }))
  return { dialect, routes, gateways: [EDGE], referenceGrants: [] }
}

/** Where gloo doesn't say who is first, its harness goes by the name. */
function outcomeOf(winners: readonly Row[], dialect: 'kgateway' | 'gloo'): string {
  const [row] = winners.toSorted((a, b) => nameOf(a.life.route).localeCompare(nameOf(b.life.route)))
  if (row === undefined) return '404'
  const { route, rule } = row.life
  if (row.answer !== 'route') return '500'
  const refs = route.rules[rule]?.backendRefs ?? []
  const unknownKind = dialect === 'gloo' ? '500' : 'blackhole'
  return refs.length === 0
    ? 'redirect'
    : refs.map((ref) => (ref.kind === 'Service' ? `${ref.namespace ?? route.namespace}/${ref.name}` : unknownKind)).join()
}

describe.skipIf(!hasCorpus('observed')).each(['kgateway', 'gloo'] as const)('%s', (dialect) => {
  const cases = hasCorpus('observed') ? readObserved<ObservedCase>(`${dialect}.json`) : []
  for (const observed of cases) {
    const reason = LEFT_OUT[`${dialect} ${observed.case}`]
    it.skipIf(reason !== undefined)(`${observed.case} ${observed.title}${reason === undefined ? '' : ` (left out: ${reason})`}`, () => {
      const { winners } = tablesOf(worldOf(dialect, observed.objects_oldest_first))
      for (const { winner, ...asked } of observed.witness) {
        const request = { gateway: 'infra/edge', port: 80, query: {}, ...asked }
        expect(`${asked.path} ${outcomeOf(winners(request), dialect)}`).toBe(`${asked.path} ${winner}`)
      }
    })
  }
})
