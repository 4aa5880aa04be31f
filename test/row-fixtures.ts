import { EVERYWHERE } from '../src/delegation/area.ts'
import { allowanceOf, STEPS_PER_OBJECT } from '../src/delegation/budget.ts'
import type { Claimant } from '../src/delegation/claimant.ts'
import type { ConflictRules } from '../src/delegation/conflict.ts'
import { intersecting } from '../src/delegation/intersecting.ts'
import { CATCH_ALL } from '../src/delegation/matcher.ts'
import { type Dialect, type HttpRoute, nameOf } from '../src/delegation/route.ts'
import { View } from '../src/delegation/view.ts'
import { gatewayOf } from './model-fixtures.ts'

/** A cluster's view in which `infra/gw` has one listener for everything, and `departed` are gone since a short while. */
export function clusterOf(routes: readonly HttpRoute[], departed: readonly HttpRoute[] = []): View {
  const gone = new View('cluster')
  for (const value of departed) gone.put({ kind: 'HTTPRoute', value })
  const view = new View('cluster', gone)
  view.put({ kind: 'Gateway', value: gatewayOf('infra/gw') })
  for (const value of routes) view.put({ kind: 'HTTPRoute', value })
  return view
}

/** A namespace is an owner; roots are trusted on their own Gateway alone. */
export function rulesFor(dialect: Dialect): ConflictRules {
  return {
    dialect,
    isRootNamespace: () => false,
    sameOwner: (a, b) => a === b,
    weights: true,
    isIncumbent: () => true,
    mayUseHost: () => false,
  }
}

/** Every row on every host. */
export function rowsOf(view: View, dialect: Dialect): readonly Claimant[] {
  return intersecting(CATCH_ALL, EVERYWHERE, ['*'], view, rulesFor(dialect), allowanceOf(STEPS_PER_OBJECT)).claimants
}

/** `web/x 0.1` = the row of its rule 0, match 1. */
export function rowAt(rows: readonly Claimant[], place: string): Claimant {
  const found = rows.find(({ route, rule, match }) => `${nameOf(route)} ${rule}.${match}` === place)
  if (found === undefined) throw new Error(`no row ${place}`)
  return found
}
