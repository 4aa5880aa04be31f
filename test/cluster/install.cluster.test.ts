import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { delegationPolicy, gatewayOf, granting, parentRef, platformRoot, prefix, route, serving, to } from '../manifest-fixtures.ts'
import { RELEASE } from './chart.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { freePort } from './free-port.ts'
import { installGatewayApi } from './gateway-api.ts'
import { helm } from './helm.ts'
import { chartUser, installChart, startReplica } from './installation.ts'
import { kubectl, kubectlOk, listOf } from './kubectl.ts'
import { type Serving, untilAsked } from './lanekeeper.ts'
import { metric, readyz } from './probes.ts'
import { giveNamespaces } from './users.ts'

// helm install, a replica with just the rights that the chart gives, helm upgrade, helm uninstall: in this order.

const VALUES = { 'webhook.patches': true }

let plane: ControlPlane
let replica: Serving
let webhook: string
beforeAll(async () => {
  plane = await startControlPlane({ tenants: ['shop'] })
  await installGatewayApi(plane, { version: '1.6', channel: 'standard' })
  await giveNamespaces(plane, 'shop', ['shop', 'infra'])
  const port = await freePort()
  webhook = `https://127.0.0.1:${port}`
  await installChart(plane, webhook, VALUES)
  replica = await startReplica(plane, { port })
})
afterAll(async () => {
  await replica?.stop()
  await plane?.stop()
})

/** Names of what there is, as kubectl prints them: `role.rbac.authorization.k8s.io/lanekeeper`. */
async function there(kinds: string): Promise<string[]> {
  const selected = ['--selector', `app.kubernetes.io/instance=${RELEASE.name}`, '--output', 'name', '--ignore-not-found']
  return (await kubectlOk(plane.admin, ['get', kinds, '--namespace', RELEASE.namespace, ...selected])).split('\n').filter(Boolean)
}

const WEBHOOKS = 'validatingwebhookconfigurations,mutatingwebhookconfigurations'

describe('helm install', () => {
  it('brings the CRD, the rights and the webhook configurations', async () => {
    expect(await there(`clusterroles,clusterrolebindings,roles,rolebindings,serviceaccounts,secrets,leases,${WEBHOOKS}`)).toEqual([
      'clusterrole.rbac.authorization.k8s.io/lanekeeper',
      'clusterrolebinding.rbac.authorization.k8s.io/lanekeeper',
      'role.rbac.authorization.k8s.io/lanekeeper',
      'rolebinding.rbac.authorization.k8s.io/lanekeeper',
      'serviceaccount/lanekeeper',
      'secret/lanekeeper-tls',
      'lease.coordination.k8s.io/lanekeeper',
      'validatingwebhookconfiguration.admissionregistration.k8s.io/lanekeeper',
      'mutatingwebhookconfiguration.admissionregistration.k8s.io/lanekeeper',
    ])
    expect(await kubectlOk(plane.admin, ['get', 'delegationpolicies'])).toBe('')
  })
})

describe('a replica with the rights of the chart', () => {
  it('becomes ready, and nothing is refused to it', async () => {
    await replica.until('ready', async () => (await readyz(replica)).ready)
    expect((await readyz(replica)).report).toBe('[+] running ok\n[+] certificate ok\n[+] caBundle ok\n[+] cluster ok\nready\n')
    expect(replica.log()).not.toMatch(/forbidden|Forbidden|HTTP 40/)
  })

  it('has filled the Secret and every caBundle', async () => {
    const bundle = '{range .items[*].webhooks[*]}{.clientConfig.caBundle}{"\\n"}{end}'
    const bundles = (await kubectlOk(plane.admin, ['get', WEBHOOKS, '--output', `jsonpath=${bundle}`])).trim().split('\n')
    expect(bundles).toHaveLength(3)
    expect(new Set(bundles).size).toBe(1)
    expect(Buffer.from(bundles[0] ?? '', 'base64').toString()).toMatch(/^-----BEGIN CERTIFICATE-----/)
    const keys = ['get', 'secret', 'lanekeeper-tls', '--namespace', RELEASE.namespace, '--output', 'jsonpath={.data}']
    expect(Object.keys(JSON.parse(await kubectlOk(plane.admin, keys)))).toEqual(['certificates.json'])
    expect(await metric(replica, 'lanekeeper_cabundle_in_sync')).toBe(1)
  })

  it('owns the caBundles and nothing else of the configurations', async () => {
    const fields = ['get', 'validatingwebhookconfiguration', 'lanekeeper', '--show-managed-fields', '--output', 'json']
    const { metadata } = JSON.parse(await kubectlOk(plane.admin, fields))
    const own = metadata.managedFields.filter((each: { manager: string }) => each.manager === 'lanekeeper-ca-bundle')
    const entry = { '.': {}, 'f:name': {}, 'f:clientConfig': { 'f:caBundle': {} } }
    expect(own.map((each: { fieldsV1: object }) => each.fieldsV1)).toEqual([
      { 'f:webhooks': { 'k:{"name":"delete.lanekeeper.dev"}': entry, 'k:{"name":"validate.lanekeeper.dev"}': entry } },
    ])
  })

  it('sees routes, Gateways, classes, grants, namespaces and policies as they come', async () => {
    await untilAsked(plane, replica)
    const policy = delegationPolicy({ rootNamespaces: { names: ['infra'] } })
    await kubectlOk(plane.admin, ['apply', '-f', '-'], listOf([...gatewayOf('kgateway'), policy]))
    const parent = platformRoot([granting(prefix('/shop'), to('shop/cart'))])
    await kubectlOk(plane.admin, ['apply', '-f', '-'], listOf([parent]))
    await replica.until('aware of the parent', async () => (await metric(replica, 'lanekeeper_view_objects{kind="HTTPRoute"}')) === 1)
    for (const kind of ['Gateway', 'GatewayClass']) expect(await metric(replica, `lanekeeper_view_objects{kind="${kind}"}`)).toBe(1)
    const outside = route('shop/cart', { parentRefs: [parentRef('infra/parent')], rules: [serving(prefix('/shopping'))] })
    const { code, stderr } = await kubectl(plane.tenant('shop'), ['apply', '-f', '-'], listOf([outside]))
    expect(stderr).toContain('HTTPRoute shop/cart denied: 1 violation\nLK102 PathEscapesGrant at spec.rules[0].matches[0].path.value: ')
    expect(code).toBe(1)
  })
})

describe('what lanekeeper can do', () => {
  const routes = 'httproutes.gateway.networking.k8s.io'
  const validating = 'validatingwebhookconfigurations.admissionregistration.k8s.io'
  const mutating = 'mutatingwebhookconfigurations.admissionregistration.k8s.io'
  const HERE = ['--namespace', RELEASE.namespace]
  const EVERYWHERE = ['--all-namespaces']

  it.each(
    [
      ...[routes, 'gateways.gateway.networking.k8s.io', 'namespaces', 'delegationpolicies.lanekeeper.dev'].map((kind) => [
        'watch',
        kind,
        ...EVERYWHERE,
      ]),
      ['patch', `${validating}/lanekeeper`],
      ['patch', `${mutating}/lanekeeper`],
      ['patch', 'delegationpolicies.lanekeeper.dev/any', '--subresource=status'],
      ['create', 'events.events.k8s.io', ...EVERYWHERE],
      ['patch', 'secrets/lanekeeper-tls', ...HERE],
      ['create', 'secrets/lanekeeper-tls', ...HERE],
      ['patch', 'leases.coordination.k8s.io/lanekeeper', ...HERE],
      ['create', 'leases.coordination.k8s.io/lanekeeper', ...HERE],
    ].map(joined),
  )('%s', async (_name, question) => {
    expect(await canI(question)).toBe('yes')
  })

  it.each(
    [
      ...['create', 'update', 'patch', 'delete'].flatMap((verb) => [
        [verb, routes, ...EVERYWHERE],
        [verb, 'grpcroutes.gateway.networking.k8s.io', ...EVERYWHERE],
        [verb, 'delegationpolicies.lanekeeper.dev'],
      ]),
      ['get', routes, ...EVERYWHERE],
      ['patch', `${routes}/cart`, '--subresource=status', '--namespace', 'shop'],
      ['get', 'secrets', ...EVERYWHERE],
      ['list', 'secrets', ...HERE],
      ['get', 'secrets/another', ...HERE],
      ['update', 'secrets/lanekeeper-tls', ...HERE],
      ['delete', 'secrets/lanekeeper-tls', ...HERE],
      ['get', 'secrets/lanekeeper-tls', '--namespace', 'shop'],
      ['list', validating],
      ['get', `${validating}/another`],
      ['patch', `${validating}/another`],
      ['create', validating],
      ['delete', `${validating}/lanekeeper`],
      ['patch', `${mutating}/another`],
      ['patch', 'leases.coordination.k8s.io/another', ...HERE],
      ['update', 'leases.coordination.k8s.io/lanekeeper', ...HERE],
      ['get', 'configmaps', ...EVERYWHERE],
      ['list', 'pods', ...EVERYWHERE],
      ['create', 'serviceaccounts/lanekeeper', '--subresource=token', ...HERE],
      ['impersonate', 'users'],
      ['escalate', 'clusterroles.rbac.authorization.k8s.io'],
      ['*', '*', ...EVERYWHERE],
    ].map(joined),
  )('and not %s', async (_name, question) => {
    expect(await canI(question)).toBe('no')
  })

  it('by what the API server really answers, too', async () => {
    const self = await chartUser(plane)
    const refused = async (args: readonly string[], input = '') => (await kubectl(self, args, input)).stderr
    expect(await refused(['get', 'secrets', '--namespace', 'shop'])).toContain('cannot list resource "secrets"')
    expect(await refused(['delete', 'httproute', 'parent', '--namespace', 'infra'])).toContain('cannot delete resource "httproutes"')
    expect(await refused(['delete', 'validatingwebhookconfiguration', 'lanekeeper'])).toContain('cannot delete resource')
    const changed = listOf([platformRoot([granting(prefix('/mine'), to('shop/cart'))])])
    expect(await refused(['apply', '--server-side', '--force-conflicts', '-f', '-'], changed)).toContain(
      'cannot patch resource "httproutes"',
    )
  })

  function joined(question: readonly string[]): [string, readonly string[]] {
    return [question.join(' '), question]
  }

  async function canI(question: readonly string[]): Promise<string> {
    const as = `--as=system:serviceaccount:${RELEASE.namespace}:${RELEASE.name}`
    return (await kubectl(plane.admin, ['auth', 'can-i', ...question, as])).stdout.trim()
  }
})

describe('helm upgrade', () => {
  it('leaves the caBundles and the Secret alone, and routes go on being judged', async () => {
    const state = ['get', WEBHOOKS, '--output', 'jsonpath={.items[*].webhooks[*].clientConfig.caBundle}']
    const before = await kubectlOk(plane.admin, state)
    await installChart(plane, webhook, { ...VALUES, 'webhook.timeoutSeconds': 7 }, 'upgrade')
    const timeout = ['get', 'validatingwebhookconfiguration', 'lanekeeper', '--output', 'jsonpath={.webhooks[0].timeoutSeconds}']
    expect(await kubectlOk(plane.admin, timeout)).toBe('7')
    expect(await kubectlOk(plane.admin, state)).toBe(before)
    expect(await readyz(replica)).toMatchObject({ ready: true })
  })

  it('brings policies of the chart, once their kind is there', async () => {
    await installChart(plane, webhook, { ...VALUES, policies: { fromchart: { mode: 'Audit' } } }, 'upgrade')
    expect(await kubectlOk(plane.admin, ['get', 'delegationpolicies', '--output', 'name'])).toBe(
      'delegationpolicy.lanekeeper.dev/fromchart\ndelegationpolicy.lanekeeper.dev/test\n',
    )
  })
})

describe('helm uninstall', () => {
  it('leaves no webhook behind, so that routes can be written; the CRD and its own policies stay', async () => {
    const uninstall = ['uninstall', RELEASE.name, '--namespace', RELEASE.namespace]
    expect(await helm(plane.admin, uninstall)).toMatchObject({ code: 0 })
    await replica.stop()
    expect(await there(`clusterroles,clusterrolebindings,roles,rolebindings,serviceaccounts,secrets,leases,${WEBHOOKS}`)).toEqual([])
    expect(await kubectlOk(plane.admin, ['get', 'delegationpolicies', '--output', 'name'])).toBe('delegationpolicy.lanekeeper.dev/test\n')
    const escaping = route('shop/cart', { rules: [serving(prefix('/'))] })
    expect(await kubectl(plane.tenant('shop'), ['apply', '-f', '-'], listOf([escaping]))).toMatchObject({ code: 0 })
  })
})
