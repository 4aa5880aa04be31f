import { expect, it } from 'vitest'
import { grpcRouteObject, httpRoute, prefix, type RawObject, type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

/** infra/parent grants /pay to pay and /shop to shop; shop/bank is a GRPCRoute on the same host. */
function grpc(matches: readonly RawObject[] | undefined, more: Partial<Scene> = {}, spec: RawObject = {}): Scene {
  const rules = [
    { matches: [prefix('/pay')], backendRefs: [httpRoute('pay', '*')] },
    { matches: [prefix('/shop')], backendRefs: [httpRoute('shop', '*')] },
  ]
  const judged = grpcRouteObject({ rules: [{ ...(matches && { matches }), backendRefs: [{ name: 'bank', port: 80 }] }], ...spec })
  return { parent: { rules }, judged, cluster: true, ...more }
}

function method(service: string, type = 'Exact', name?: string): RawObject {
  return { method: { type, service, ...(name !== undefined && { method: name }) } }
}

function takes(own: string, value: string, path?: string): Seen {
  const example = path === undefined ? '' : ` (for example GET ${path})`
  return {
    effect: 'escape',
    action: 'Deny',
    field: 'spec.rules[0].matches[0].method',
    value,
    message: `attached to Gateway infra/gateway directly, ${own} takes requests${example} that a route of the platform delegates or serves. Drop the Gateway from spec.parentRefs and ask the owner of Gateway infra/gateway for a lane.`,
    ...(path !== undefined && { witness: { method: 'GET', host: 'example.com', path, headers: {}, query: {} } }),
  }
}

it.each<Row>([
  { name: 'a service beside the lanes', scene: grpc([method('bank.v1.Accounts')]), want: [] },
  { name: 'a service that is called as a lane', scene: grpc([method('pay')]), want: [takes('PathPrefix /pay', '/pay', '/pay')] },
  {
    name: 'a method below a lane',
    scene: grpc([method('pay', 'Exact', 'Refund')]),
    want: [takes('Exact /pay/Refund', '/pay/Refund', '/pay/Refund')],
  },
  {
    name: 'an alternative that is pasted into the path',
    scene: grpc([method('x|/pay/.*|', 'RegularExpression')]),
    want: [takes('regex "/x|/pay/.*|/.+"', '/x|/pay/.*|/.+')],
  },
  { name: 'every service: the lanes are more exact', scene: grpc(undefined), want: [] },
  { name: 'another host', scene: grpc([method('pay')], {}, { hostnames: ['grpc.test'] }), want: [] },
  {
    name: 'from a root namespace',
    scene: grpc([method('pay')], { policies: [{ rootNamespaces: { names: ['infra', 'shop'] } }] }),
    want: [],
  },
])('LK305: $name', ({ scene, want }) => {
  expect(seen('LK305', scene)).toEqual(want)
})
