import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  gatewayOf,
  granting,
  namespace,
  parentRef,
  platformRoot,
  prefix,
  type Raw,
  regex,
  route,
  serving,
  to,
} from '../manifest-fixtures.ts'
import { RELEASE, render } from './chart.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { installGatewayApi } from './gateway-api.ts'
import { kubectl, kubectlOk, listOf } from './kubectl.ts'
import { installValidatingWebhook, type Lanekeeper, startLanekeeper } from './lanekeeper.ts'
import { runProgram } from './run-program.ts'
import { giveNamespaces, serviceAccountUser, type User } from './users.ts'

const MAIN = resolve(import.meta.dirname, '../../src/cli/main.ts')
/** Who may do what, and what it is done to. */
const RIGHTS = ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding', 'Lease', 'CustomResourceDefinition']
const LEADS = 'this replica audits and writes"'

const child = (name: string, ...matches: readonly ReturnType<typeof prefix>[]): Raw =>
  route(`shop/${name}`, { parentRefs: [parentRef('infra/parent')], rules: [serving(...matches)] })
const parent = (path: string) => platformRoot([granting(prefix(path), to('shop/*'), to('bank/*'))])
const POLICY = { apiVersion: 'lanekeeper.dev/v1alpha1', kind: 'DelegationPolicy', metadata: { name: 'all' }, spec: {} }

let plane: ControlPlane
let account: User
let replicas: Lanekeeper[] = []
beforeAll(async () => {
  plane = await startControlPlane({ tenants: ['shop'] })
  await installGatewayApi(plane, { version: '1.6', channel: 'standard' })
  await giveNamespaces(plane, 'shop', ['shop'])
  await apply(namespace('infra'), namespace('bank'), namespace(RELEASE.namespace), ...gatewayOf('kgateway'))
  await apply(...render().filter(({ kind }) => RIGHTS.includes(kind)))
  await kubectlOk(plane.admin, ['wait', '--for=condition=Established', 'crd/delegationpolicies.lanekeeper.dev', '--timeout=30s'])
  await apply(POLICY, parent('/shop'), child('bad', regex('/shop|/bank/.*')), child('cart', prefix('/shop/cart')))
  account = await serviceAccountUser(plane, RELEASE.namespace, RELEASE.name)
  replicas = await Promise.all(['a', 'b'].map(startReplica))
})
afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()))
  await plane?.stop()
})

function apply(...objects: readonly object[]): Promise<string> {
  return kubectlOk(plane.admin, ['apply', '--filename', '-'], listOf(objects))
}

/** With the rights of the chart's ServiceAccount, and no other. */
function startReplica(name: string): Promise<Lanekeeper> {
  const folder = join(plane.folder, `replica-${name}`)
  mkdirSync(folder)
  return startLanekeeper(folder, ['--kubeconfig', account.kubeconfig, '--lease', `${RELEASE.namespace}/${RELEASE.name}`])
}

async function metricsOf({ probes }: Lanekeeper): Promise<string> {
  return (await fetch(`${probes}/metrics`)).text()
}

/** The replica that leads, and the other. */
async function roles(): Promise<{ leader: Lanekeeper; follower: Lanekeeper }> {
  const [a, b] = replicas
  if (a === undefined || b === undefined) throw new Error('two replicas')
  await a.until('one of two', () => a.log().includes(LEADS) || b.log().includes(LEADS))
  return a.log().includes(LEADS) ? { leader: a, follower: b } : { leader: b, follower: a }
}

interface Status {
  readonly observedGeneration?: number
  readonly conditions?: readonly object[]
  readonly findings?: { readonly deny: number }
}

async function policyStatus(): Promise<Status> {
  const { status = {} } = JSON.parse(await kubectlOk(plane.admin, ['get', 'delegationpolicy', 'all', '--output', 'json']))
  return status
}

async function denies(count: number): Promise<boolean> {
  return (await policyStatus()).findings?.deny === count
}

describe('of two replicas', () => {
  it('one audits: what was bad before it came is in its log, its metrics and the status of the policy', async () => {
    const { leader, follower } = await roles()
    await leader.until('through with the audit', () => denies(1))
    expect(await policyStatus()).toMatchObject({
      observedGeneration: 1,
      conditions: [{ type: 'Accepted', status: 'True', reason: 'Accepted', observedGeneration: 1 }],
    })
    expect(leader.log()).toMatch(
      /"code":"LK103","action":"Deny","kind":"HTTPRoute","namespace":"shop","name":"bad",.*"msg":"audit: new finding"/,
    )
    expect(await metricsOf(leader)).toContain('lanekeeper_audit_findings{code="LK103",action="Deny"} 1\n')
    expect(await metricsOf(leader)).toContain('lanekeeper_leader 1\n')
    expect(await metricsOf(follower)).toContain('lanekeeper_leader 0\n')
    expect(await metricsOf(follower)).not.toMatch(/^lanekeeper_audit/m)
    expect(await kubectlOk(plane.admin, ['get', 'delegationpolicies'])).toMatch(
      /^NAME +MODE +ACCEPTED +DENY +WARN +AGE\nall +Enforce +True +1 +\d+ /,
    )
  })

  it('what no replica could see together is found within ten seconds', async () => {
    const { leader } = await roles()
    const since = Date.now()
    // As if each had passed another replica, before the watch brought it the other's: nobody is asked here.
    await Promise.all([apply(parent('/shop/cart')), apply(child('late', prefix('/shop/late')))])
    await leader.until('aware of the pair', () => /"LK101".*"name":"late".*"audit: new finding"/.test(leader.log()))
    expect(Date.now() - since).toBeLessThan(10_000)
    await apply(parent('/shop'))
    await leader.until('aware that it is over', () => /"LK101".*"name":"late".*"audit: finding cleared"/.test(leader.log()))
  })

  it('of two that each passed where the other was not known yet, the later is found', async () => {
    const { leader } = await roles()
    const pair = (place: string) => route(place, { parentRefs: [parentRef('infra/parent')], rules: [serving(prefix('/shop/pair'))] })
    const since = Date.now()
    await Promise.all([apply(pair('shop/pair')), apply(pair('bank/pair'))])
    const found = () =>
      [...leader.log().matchAll(/"LK403".*"namespace":"(\w+)","name":"pair",.*"audit: new finding"/g)].map((line) => line[1])
    await leader.until('aware of the pair', () => found().length > 0)
    expect(Date.now() - since).toBeLessThan(10_000)
    const ages = await kubectlOk(plane.admin, ['get', 'httproutes', '-A', '--field-selector', 'metadata.name=pair', '--output', 'json'])
    const routes: { items: { metadata: { namespace: string; creationTimestamp: string } }[] } = JSON.parse(ages)
    const byAge = routes.items.map(({ metadata }) => `${metadata.creationTimestamp} ${metadata.namespace}`).sort()
    expect(found()).toEqual([byAge.at(-1)?.split(' ')[1]])
    await kubectlOk(plane.admin, ['delete', 'httproute', 'pair', '--namespace', 'bank'])
    await leader.until('aware that it is over', () => /"LK403".*"name":"pair".*"audit: finding cleared"/.test(leader.log()))
  })

  it('a status that somebody changes is written again', async () => {
    const { leader } = await roles()
    await leader.until('settled', () => denies(1))
    const patch = ['patch', 'delegationpolicy', 'all', '--subresource=status', '--type=merge', '--patch', '{"status": {"findings": null}}']
    await kubectlOk(plane.admin, patch)
    await leader.until('repaired', () => denies(1))
    expect((await policyStatus()).findings).toMatchObject({ deny: 1, excepted: 0 })
  })
})

describe('a denied change', () => {
  const widened = (value: string) => JSON.stringify([{ op: 'replace', path: '/spec/rules/0/matches/0/path/value', value }])
  const change = (value: string, ...args: string[]) =>
    kubectl(plane.tenant('shop'), ['patch', 'httproute', 'cart', '-n', 'shop', '--type=json', '--patch', widened(value), ...args])
  const eventsOf = async () => kubectlOk(plane.admin, ['get', 'events', '--namespace', 'shop'])

  it('is an event on the route, with what the requester was told, unless it was only tried', async () => {
    const { follower } = await roles()
    await installValidatingWebhook(plane, follower)
    expect((await change('/tried', '--dry-run=server')).stderr).toContain('LK101')
    const { stderr } = await change('/bank')
    expect(stderr).toContain('HTTPRoute shop/cart denied: 1 violation\nLK101')
    await change('/bank')
    await follower.until('heard', async () => (await eventsOf()).includes('httproute/cart'))
    const events = await eventsOf()
    expect(events).toMatch(/Warning +Denied +httproute\/cart +HTTPRoute shop\/cart denied: 1 violation/)
    expect(events).not.toContain('/tried')
    expect(
      events
        .trim()
        .split('\n')
        .filter((line) => line.includes('Denied')),
    ).toHaveLength(1)
    await kubectlOk(plane.admin, ['delete', 'validatingwebhookconfiguration', 'lanekeeper'])
  })
})

it('lanekeeper audit lists the same', async () => {
  const { code, stdout } = await runProgram(process.execPath, [MAIN, 'audit', '--kubeconfig', account.kubeconfig], { env: {} })
  expect(stdout).toContain('HTTPRoute shop/bad\n  deny LK103 RegexEscapesGrant')
  expect(stdout).toContain('\n    request: GET api.example.com/bank/\n')
  expect(stdout).toMatch(/ audited: 1 would be denied, /)
  expect(code).toBe(1)
})

// The last suites: leaders don't come back.
describe('when the leader goes', () => {
  it('the other leads as soon as its Lease is over, and writes', async () => {
    const { leader, follower } = await roles()
    await leader.stop('SIGKILL')
    await follower.until('the leader', () => follower.log().includes(LEADS))
    await apply(child('worse', regex('/shop|/insurance/.*')))
    await follower.until('through with the audit', () => denies(2))
    expect(follower.log()).toMatch(/"name":"worse".*"audit: new finding"/)
    replicas = [follower, await startReplica('c')]
  })

  it('the other leads at once where it says so', async () => {
    const [leader, follower] = replicas
    if (leader === undefined || follower === undefined) throw new Error('two replicas')
    const since = Date.now()
    await leader.stop('SIGTERM')
    await follower.until('the leader', () => follower.log().includes(LEADS))
    // It would have to wait for 15 s otherwise.
    expect(Date.now() - since).toBeLessThan(12_000)
    const lease = ['get', 'lease', RELEASE.name, '--namespace', RELEASE.namespace, '--output', 'jsonpath={.spec.leaseTransitions}']
    expect(Number(await kubectlOk(plane.admin, lease))).toBeGreaterThanOrEqual(2)
  })
})
