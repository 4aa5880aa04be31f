import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KubernetesVersion } from './api-server.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { type GatewayApiChannel, type GatewayApiVersion, installGatewayApi } from './gateway-api.ts'
import { kubectl, kubectlOk } from './kubectl.ts'
import { installValidatingWebhook, type Lanekeeper, startLanekeeper } from './lanekeeper.ts'
import { giveNamespaces } from './users.ts'

const EXAMPLE = resolve(import.meta.dirname, '../../examples/verticals')

const VERSIONS: readonly { kubernetes: KubernetesVersion; gatewayApi: GatewayApiVersion; channel: GatewayApiChannel }[] = [
  { kubernetes: '1.36', gatewayApi: '1.4', channel: 'standard' },
  { kubernetes: '1.36', gatewayApi: '1.4', channel: 'experimental' },
  { kubernetes: '1.36', gatewayApi: '1.6', channel: 'standard' },
  { kubernetes: '1.36', gatewayApi: '1.6', channel: 'experimental' },
  { kubernetes: '1.34', gatewayApi: '1.4', channel: 'standard' },
  { kubernetes: '1.34', gatewayApi: '1.6', channel: 'experimental' },
]

for (const { kubernetes, gatewayApi, channel } of VERSIONS) {
  describe(`Kubernetes ${kubernetes}, Gateway API ${gatewayApi} ${channel}`, () => {
    let plane: ControlPlane
    let lanekeeper: Lanekeeper
    beforeAll(async () => {
      plane = await startControlPlane({ tenants: ['payments'], kubernetes })
      await installGatewayApi(plane, { version: gatewayApi, channel })
      await giveNamespaces(plane, 'payments', ['payments'])
      lanekeeper = await startLanekeeper(plane.folder, ['--manifests', join(EXAMPLE, 'cluster')])
      await installValidatingWebhook(plane, lanekeeper)
    })
    afterAll(async () => {
      await lanekeeper?.stop()
      await plane?.stop()
    })

    it('is what runs', async () => {
      const { serverVersion } = JSON.parse(await kubectlOk(plane.admin, ['version', '--output', 'json']))
      expect(serverVersion.gitVersion).toMatch(`v${kubernetes}.`)
      const annotations = '{.metadata.annotations}'
      const crd = ['get', 'crd', 'httproutes.gateway.networking.k8s.io', '--output', `jsonpath=${annotations}`]
      expect(JSON.parse(await kubectlOk(plane.admin, crd))).toMatchObject({
        'gateway.networking.k8s.io/bundle-version': expect.stringMatching(`^v${gatewayApi}\\.`),
        'gateway.networking.k8s.io/channel': channel,
      })
    })

    it('a tenant gets a route into the lane, and none out of it', async () => {
      const payments = plane.tenant('payments')
      expect(await kubectl(payments, ['apply', '--filename', join(EXAMPLE, 'cases/a-new-child.yaml')])).toEqual({
        code: 0,
        stdout: 'httproute.gateway.networking.k8s.io/refunds-routes created\n',
        stderr: '',
      })
      const refused = await kubectl(payments, ['apply', '--filename', join(EXAMPLE, 'bad/regex-alternation.yaml')])
      expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('\nLK103 RegexEscapesGrant at ') })
    })
  })
}
