/**
 * What a decision and a change of the index cost, and whether they grow with the cluster: lanes of 20 children under one
 * root per 100 lanes, at several sizes. Run: npm run bench
 */
import { areaOfPath } from '../src/delegation/area.ts'
import { allowanceOf, STEPS_PER_OBJECT } from '../src/delegation/budget.ts'
import { intersecting } from '../src/delegation/intersecting.ts'
import { CATCH_ALL } from '../src/delegation/matcher.ts'
import { evaluate } from '../src/policy/evaluate.ts'
import { childOf, delegateTo, ON_EDGE, parseRoute, prefix, putRoute, regex, SERVICE, viewWithGateway } from './cluster.ts'
import { heading, measure, report } from './timing.ts'

const CHILDREN_PER_LANE = 20
const LANES_PER_ROOT = 16
const RULES = { dialect: undefined, isRootNamespace: () => false, sameOwner: () => false }

function clusterOf(routes: number) {
  const view = viewWithGateway()
  const lanes = Math.ceil(routes / CHILDREN_PER_LANE)
  for (let first = 0; first < lanes; first += LANES_PER_ROOT) {
    const rules = []
    for (let lane = first; lane < Math.min(lanes, first + LANES_PER_ROOT); lane++) {
      rules.push({ matches: [prefix(`/lane-${lane}`)], backendRefs: [delegateTo(`team-${lane}`, '*')] })
      for (let child = 0; child < CHILDREN_PER_LANE; child++) {
        putRoute(view, {
          namespace: `team-${lane}`,
          name: `child-${child}`,
          ...childOf('infra', `root-${first}`),
          rules: [
            { matches: [prefix(`/lane-${lane}/part-${child}`), regex(`/lane-${lane}/part-${child}/[^/]+/\\d+`)], backendRefs: [SERVICE] },
          ],
        })
      }
    }
    putRoute(view, { namespace: 'infra', name: `root-${first}`, ...ON_EDGE, hostnames: [`host-${first}.example.com`], rules })
  }
  return view
}

console.log(`decision: CREATE of a child with two matches; index: replace one child, replace one root of ${LANES_PER_ROOT} lanes`)
heading()
for (const routes of [200, 2_000, 20_000, 100_000]) {
  const view = clusterOf(routes)
  const name = `${view.count('HTTPRoute')} routes`
  const candidate = parseRoute({
    namespace: 'team-3',
    name: 'new',
    ...childOf('infra', 'root-0'),
    rules: [{ matches: [prefix('/lane-3/new'), regex('/lane-3/new/[^/]+')], backendRefs: [SERVICE] }],
  })
  const request = { operation: 'CREATE', route: candidate, oldRoute: undefined, now: 0 } as const
  const claim = candidate.rules[0]?.matches[0] ?? CATCH_ALL
  if (!evaluate(request, view, []).allowed) throw new Error('the benchmark route must be allowed')
  report(
    `${name}: decision`,
    measure(() => evaluate(request, view, []), 2_000),
  )
  report(
    `${name}: who meets a match`,
    measure(() => intersecting(claim, areaOfPath(claim.path), ['host-0.example.com'], view, RULES, allowanceOf(STEPS_PER_OBJECT)), 2_000),
  )
  report(
    `${name}: index, one child`,
    measure(() => view.put({ kind: 'HTTPRoute', value: candidate }), 2_000),
  )
  const root = view.route('infra', 'root-0')
  if (root !== undefined)
    report(
      `${name}: index, one root`,
      measure(() => view.put({ kind: 'HTTPRoute', value: root }), 2_000),
    )
}
