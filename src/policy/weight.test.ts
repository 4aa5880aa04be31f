import { expect, it } from 'vitest'
import {
  childObject,
  httpRoute,
  judgedObject,
  policyOf,
  prefix,
  type RawObject,
  type RouteChanges,
  routeOf,
  type Scene,
  viewOf,
} from '../../test/fixture.ts'
import { allowanceOf, STEPS_PER_OBJECT } from '../delegation/budget.ts'
import { Subject } from './subject.ts'
import { takesByWeight } from './weight.ts'

function subjectOf(scene: Scene, policy: RawObject = {}): Subject {
  const own = policyOf(policy)
  const [route, view, allowance] = [routeOf(judgedObject(scene)), viewOf(scene), allowanceOf(STEPS_PER_OBJECT)]
  return new Subject({ route, view, policy: own, policies: [own], allowance })
}

const SHARED = { backendRefs: [httpRoute('shop', '*'), httpRoute('web', '*')] }

/** shop/cart claims /shop, below which web/web has a part. */
function weighing(weight: string | undefined, child: RouteChanges = {}): Scene {
  const annotations = weight === undefined ? {} : { annotations: { 'kgateway.dev/route-weight': weight } }
  return {
    parent: SHARED,
    child: { matches: [prefix('/shop')], ...annotations, ...child },
    also: [childObject({ namespace: 'web', name: 'web', matches: [prefix('/shop/x')] })],
  }
}

it.each<{ name: string; scene: Scene; policy?: RawObject; want: boolean }>([
  { name: 'a shorter path before a longer one', scene: weighing('1'), want: true },
  { name: 'no weight', scene: weighing(undefined), want: false },
  { name: 'a weight that sorts it last', scene: weighing('-1'), want: false },
  { name: 'a weight that nobody is behind', scene: weighing('1', { matches: [prefix('/shop/y')] }), want: false },
  { name: 'what it takes without the weight as well', scene: weighing('1', { matches: [prefix('/shop/x/y')] }), want: false },
  { name: 'a policy that says weights do not count', scene: weighing('1'), policy: { routeWeight: 'Disabled' }, want: false },
  { name: 'agentgateway, which knows no weights', scene: { ...weighing('1'), dialect: 'agentgateway' }, want: false },
])('takes by weight: $name', ({ scene, policy, want }) => {
  expect(takesByWeight(subjectOf(scene, policy))).toBe(want)
})
