import { ConflictOracle } from './conflict-oracle.ts'
import { hasCorpus, type RawObject, readObserved, routeOf } from './corpus.ts'
import { gatewayOf } from './model-fixtures.ts'
import type { Request } from './winner-model.ts'

/** A random tree, a route that comes to it, and what the real tables without and with it say. */
export interface ObservedTree {
  readonly case: string
  readonly objects_oldest_first: readonly RawObject[]
  readonly candidate: RawObject
  readonly verdict: 'escape' | 'steal' | 'clean' | 'served' | 'nothing' | 'reclaim'
  readonly witness?: Pick<Request, 'host' | 'path' | 'method' | 'headers'>
  readonly taken_from?: string
}

export const TREES: readonly ObservedTree[] = hasCorpus('observed') ? readObserved<ObservedTree>('kgateway-trees.json') : []

const EDGE = gatewayOf('infra/edge')

export function oracleOf(tree: ObservedTree): ConflictOracle {
  const routes = tree.objects_oldest_first.map((raw, age) => ({ ...routeOf(raw), created: age }))
  return new ConflictOracle(
    {
      dialect: 'kgateway',
      routes,
      gateways: [EDGE],
      referenceGrants: [],
      rootNamespaces: [],
      ownerOf: (namespace) => namespace,
      knowsAges: true,
    },
    routeOf(tree.candidate),
  )
}

/** The request that the tables show. */
export function witnessOf({ witness }: ObservedTree): Request {
  const { path = '', ...rest } = witness ?? { host: '', method: '', headers: {} }
  // One of them is no path at all.
  return { gateway: 'infra/edge', port: 80, query: {}, ...rest, path: path.startsWith('/') ? path : `/${path}` }
}
