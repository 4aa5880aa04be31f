import { afterAll, beforeAll, expect, it } from 'vitest'
import { delegationPolicyCrd } from '../../src/api/policy-crd.ts'
import { POLICY_MISTAKES } from '../policy-mistakes.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { kubectl, kubectlOk } from './kubectl.ts'

// What parsing refuses in a file, the API server refuses in a cluster.

let plane: ControlPlane
beforeAll(async () => {
  plane = await startControlPlane()
  await kubectlOk(plane.admin, ['create', '--validate=strict', '-f', '-'], JSON.stringify(delegationPolicyCrd()))
  await kubectlOk(plane.admin, ['wait', '--for=condition=Established', 'crd/delegationpolicies.lanekeeper.dev', '--timeout=30s'])
})
afterAll(() => plane?.stop())

const policy = (spec?: object) =>
  JSON.stringify({ apiVersion: 'lanekeeper.dev/v1alpha1', kind: 'DelegationPolicy', metadata: { name: 'p' }, ...(spec && { spec }) })

it.each(POLICY_MISTAKES)('%j is refused', async (spec) => {
  const { code, stderr } = await kubectl(plane.admin, ['create', '--dry-run=server', '--validate=strict', '-f', '-'], policy(spec))
  expect(stderr).toMatch(/is invalid|strict decoding error/)
  expect(code).toBe(1)
})

it('an empty policy is stored with its defaults', async () => {
  const { stdout } = await kubectl(plane.admin, ['create', '--dry-run=server', '-o', 'json', '-f', '-'], policy())
  expect(JSON.parse(stdout).spec).toEqual({
    namespaceSelector: {},
    mode: 'Enforce',
    dialect: 'auto',
    backends: { crossNamespace: 'Warn' },
    routeWeight: 'Enabled',
    limits: { depth: 4, children: 500, regexProgram: 100 },
  })
})
