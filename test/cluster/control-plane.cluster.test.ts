import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { builtVersion } from './binaries.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { installGatewayApi } from './gateway-api.ts'
import { helm } from './helm.ts'
import { kubectl, kubectlOk, listOf } from './kubectl.ts'
import { giveNamespaces, serviceAccountUser } from './users.ts'

let plane: ControlPlane
beforeAll(async () => {
  plane = await startControlPlane({ tenants: ['payments', 'banking'] })
  await installGatewayApi(plane, { version: '1.6', channel: 'standard' })
  await giveNamespaces(plane, 'payments', ['payments'])
  await giveNamespaces(plane, 'banking', ['banking'])
})
afterAll(() => plane?.stop())

function routeIn(namespace: string): string {
  return listOf([{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name: 'cart', namespace }, spec: {} }])
}

describe('the users', () => {
  it('a tenant creates a route in a namespace of its own', async () => {
    expect(await kubectl(plane.tenant('payments'), ['apply', '-f', '-'], routeIn('payments'))).toEqual({
      code: 0,
      stdout: 'httproute.gateway.networking.k8s.io/cart created\n',
      stderr: '',
    })
  })

  it('and none elsewhere', async () => {
    const { code, stdout, stderr } = await kubectl(plane.tenant('payments'), ['create', '-f', '-'], routeIn('banking'))
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(
      'User "payments" cannot create resource "httproutes" in API group "gateway.networking.k8s.io" in the namespace "banking"',
    )
  })

  it('a ServiceAccount has a real token and only its rights', async () => {
    await kubectlOk(plane.admin, ['create', 'serviceaccount', 'robot', '--namespace', 'payments'])
    const robot = await serviceAccountUser(plane, 'payments', 'robot')
    expect(await kubectlOk(robot, ['auth', 'whoami', '--output', 'jsonpath={.status.userInfo.username}'])).toBe(robot.name)
    expect((await kubectl(robot, ['get', 'httproutes', '--namespace', 'payments'])).stderr).toContain(
      'User "system:serviceaccount:payments:robot" cannot list resource "httproutes"',
    )
  })
})

describe('the API server', () => {
  it.skipIf(process.env['KUBEBUILDER_ASSETS'])('has the version that its module requires', async () => {
    const { serverVersion, clientVersion } = JSON.parse(await kubectlOk(plane.admin, ['version', '--output', 'json']))
    expect([serverVersion.gitVersion, clientVersion.gitVersion]).toEqual([builtVersion('kube-apiserver'), builtVersion('kubectl')])
  })

  it('is one that Helm talks to', async () => {
    expect(await helm(plane.admin, ['list', '--all-namespaces', '--output', 'json'])).toEqual({ code: 0, stdout: '[]\n', stderr: '' })
  })

  it.each(['SIGTERM', 'SIGKILL'] as const)('keeps its objects, its address and its certificate over %s', async (signal) => {
    const { url, caFile } = plane
    const [before, certificate] = [
      await kubectlOk(plane.admin, ['get', 'namespace', 'payments', '--output', 'yaml']),
      readFileSync(caFile, 'utf8'),
    ]
    await plane.stopApiServer(signal)
    await expect(kubectlOk(plane.admin, ['get', 'namespaces'])).rejects.toThrow('was refused')
    await plane.startApiServer()
    expect(await kubectlOk(plane.admin, ['get', 'namespace', 'payments', '--output', 'yaml'])).toBe(before)
    expect([plane.url, readFileSync(plane.caFile, 'utf8')]).toEqual([url, certificate])
  })
})

describe('two control planes', () => {
  it('know nothing of each other', async () => {
    const other = await startControlPlane()
    try {
      expect(other.url).not.toBe(plane.url)
      expect((await kubectl(other.admin, ['get', 'namespace', 'payments'])).stderr).toContain('namespaces "payments" not found')
    } finally {
      await other.stop()
    }
  })
})
