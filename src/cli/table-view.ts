import type { LoadedManifests } from '../cluster/manifests.ts'
import { type HttpRoute, identityOf } from '../delegation/route.ts'
import type { TableRules } from '../delegation/table.ts'
import { View } from '../delegation/view.ts'
import type { Policy } from '../policy/policy.ts'

/** The last millisecond a Date can hold: whatever has a creationTimestamp is older. */
const YOUNGEST = 8_640_000_000_000_000

/** When each route came: in the order in which they are first seen, where they don't say it themselves. */
export class Ages {
  readonly #order = new Map<string, number>()

  of(route: HttpRoute): HttpRoute {
    const identity = identityOf(route)
    const order = this.#order.get(identity) ?? this.#order.size
    this.#order.set(identity, order)
    return route.created === undefined ? { ...route, created: YOUNGEST + order } : route
  }
}

/** The view of some manifests; files carry no age, so the later in (file, document) order is the younger. */
export function viewOf({ objects }: Pick<LoadedManifests, 'objects'>, ages: Ages = new Ages()): View {
  const view = new View('files')
  for (const { object } of objects) {
    // With generateName: nothing else can refer to it, and two of them must not replace each other.
    if (object.value.name === '') continue
    view.put(object.kind === 'HTTPRoute' || object.kind === 'GRPCRoute' ? { ...object, value: ages.of(object.value) } : object)
  }
  return view
}

/** What the policies say about tables: the one dialect they force, if any, and whether weights count. */
export function tableRulesOf(policies: readonly Policy[]): TableRules {
  const dialects = new Set(policies.flatMap(({ dialect }) => (dialect === 'auto' ? [] : [dialect])))
  const [dialect] = dialects
  return {
    dialect: dialects.size === 1 ? dialect : undefined,
    weights: policies.length === 0 || policies.some(({ routeWeight }) => routeWeight === 'Enabled'),
  }
}

/** For people, where a table was too large to be made whole. */
export const INCOMPLETE = 'too many delegations: some rows were left out\n'
