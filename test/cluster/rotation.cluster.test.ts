import { X509Certificate } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gatewayOf, granting, parentRef, platformRoot, prefix, route, serving, to } from '../manifest-fixtures.ts'
import { type Balancer, startBalancer } from './balancer.ts'
import { RELEASE } from './chart.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { installGatewayApi } from './gateway-api.ts'
import { installChart, startReplica } from './installation.ts'
import { kubectlOk, listOf } from './kubectl.ts'
import { type Serving, untilAsked } from './lanekeeper.ts'
import { type Load, startLoad } from './load.ts'
import { readyz } from './probes.ts'
import { giveNamespaces } from './users.ts'

// Lives of seconds instead of months: what happens in years, while routes are written all the time.

const CART = route('shop/cart', { parentRefs: [parentRef('infra/parent')], rules: [serving(prefix('/shop/cart'))] })
const SHORT_LIVES = ['--ca-life=24s', '--certificate-life=12s', '--ca-propagation=2s']
const SECRET = ['secret', 'lanekeeper-tls', '--namespace', RELEASE.namespace]
const WEBHOOKS = ['validatingwebhookconfiguration', 'mutatingwebhookconfiguration'] as const
const VALUES = { 'webhook.patches': true }

let plane: ControlPlane
let balancer: Balancer
const replicas: Serving[] = []
let load: Load
beforeAll(async () => {
  plane = await startControlPlane()
  await installGatewayApi(plane, { version: '1.6', channel: 'standard' })
  await giveNamespaces(plane, 'shop', ['shop', 'infra'])
  balancer = await startBalancer()
  await installChart(plane, balancer.webhook, VALUES)
})
afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()))
  await balancer?.close()
  await plane?.stop()
})

function pair(): readonly [Serving, Serving] {
  const [first, second] = replicas
  if (first === undefined || second === undefined) throw new Error('no replicas')
  return [first, second]
}

function logs(): string {
  return replicas.map((replica) => replica.log()).join('')
}

function timesLogged(sentence: string): number {
  return logs().split(sentence).length - 1
}

/** The SHA-256 of the certificate that a replica answers with. */
function servedBy({ webhook }: Serving): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(webhook).port), rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256)
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

/** The CAs that the API server is told to trust, by webhook. */
async function bundles(): Promise<readonly (readonly string[])[]> {
  const bundle = 'jsonpath={range .items[*].webhooks[*]}{.clientConfig.caBundle}{"\\n"}{end}'
  const lines = (await kubectlOk(plane.admin, ['get', WEBHOOKS.join(','), '--output', bundle])).split('\n').slice(0, -1)
  return lines.map((line) => {
    const pems =
      Buffer.from(line, 'base64')
        .toString()
        .match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []
    return pems.map((pem) => new X509Certificate(pem).fingerprint256)
  })
}

async function until<T>(what: string, look: () => Promise<T | undefined>, seconds = 20): Promise<T> {
  const end = Date.now() + seconds * 1000
  for (;;) {
    const seen = await look()
    if (seen !== undefined) return seen
    if (Date.now() > end) throw new Error(`not ${what} within ${seconds} s\n${logs().slice(-6000)}`)
    await delay(100)
  }
}

async function oneBundle(): Promise<readonly string[] | undefined> {
  const [first, ...rest] = await bundles()
  return first !== undefined && first.length > 0 && rest.every((each) => each.join() === first.join()) ? first : undefined
}

describe('two replicas that start at once', () => {
  it('make one CA, and serve one certificate of it', async () => {
    replicas.push(
      ...(await Promise.all([
        startReplica(plane, { name: 'one', args: SHORT_LIVES }),
        startReplica(plane, { name: 'two', args: SHORT_LIVES }),
      ])),
    )
    for (const replica of replicas) {
      await replica.until('ready', async () => (await readyz(replica)).ready)
      await balancer.add(replica)
    }
    expect(timesLogged('made a new CA: ')).toBe(1)
    expect(timesLogged('made a new CA: the Secret was empty')).toBe(1)
    expect(new Set(await Promise.all(replicas.map(servedBy))).size).toBe(1)
    expect(await bundles()).toEqual(Array.from({ length: 3 }, () => [expect.any(String)]))
  })
})

describe('while routes are written all the time', () => {
  beforeAll(async () => {
    await untilAsked(plane, ...pair())
    const parent = platformRoot([granting(prefix('/shop'), to('shop/cart'))])
    await kubectlOk(plane.admin, ['apply', '-f', '-'], listOf([...gatewayOf('kgateway'), parent]))
    load = startLoad(plane, CART)
  })

  it('certificates and CAs are renewed, and no call fails', async () => {
    const seen = new Set<string>()
    await until(
      'renewed',
      async () => {
        for (const replica of replicas) seen.add(await servedBy(replica))
        return timesLogged('made a new CA: two thirds') >= 2 && timesLogged(' retired: ') >= 1 && seen.size >= 5 ? true : undefined
      },
      90,
    )
    expect(load.failures()).toEqual([])
    expect(load.calls()).toBeGreaterThan(300)
  }, 100_000)

  it('helm upgrade leaves the caBundles as they are', async () => {
    await installChart(plane, balancer.webhook, { ...VALUES, 'webhook.timeoutSeconds': 6 }, 'upgrade')
    expect(await until('the same everywhere', oneBundle, 5)).not.toEqual([])
  })

  it('a configuration that is deleted and installed again is filled', async () => {
    await kubectlOk(plane.admin, ['delete', 'mutatingwebhookconfiguration', 'lanekeeper'])
    await installChart(plane, balancer.webhook, VALUES, 'upgrade')
    expect(await until('filled', async () => ((await bundles()).length === 3 ? oneBundle() : undefined), 5)).not.toEqual([])
  })

  it.each([
    ['deleted', ['delete', ...SECRET], 'there was no Secret'],
    ['emptied', ['patch', ...SECRET, '--type=json', '--patch', '[{"op": "remove", "path": "/data"}]'], 'the Secret was empty'],
    [
      'corrupted',
      ['patch', ...SECRET, '--type=merge', '--patch', `{"data": {"certificates.json": "${Buffer.from('{').toString('base64')}"}}`],
      'the Secret was unusable: ',
    ],
  ])('a Secret that is %s is made again, and what was served stays trusted', async (_name, how, why) => {
    const before = await Promise.all(replicas.map(servedBy))
    const sentence = `made a new CA: ${why}`
    const made = timesLogged(sentence)
    await kubectlOk(plane.admin, how)
    await until('made again', async () => (timesLogged(sentence) > made ? true : undefined))
    await until('served', async () => {
      const now = await Promise.all(replicas.map(servedBy))
      return new Set(now).size === 1 && !before.includes(now[0] ?? '') ? true : undefined
    })
    expect(timesLogged(sentence)).toBe(made + 1)
    for (const replica of replicas) expect(await readyz(replica)).toMatchObject({ ready: true })
  })

  it('and in all that time no call failed', async () => {
    const { calls, failures } = await load.stop()
    expect([...new Set(failures)]).toEqual([])
    expect(calls).toBeGreaterThan(500)
  })
})

describe('a caBundle that is wiped', () => {
  it.each(WEBHOOKS)('of a %s is written again within seconds, and calls pass again', async (kind) => {
    load = startLoad(plane, CART)
    const wipe = [{ op: 'replace', path: '/webhooks/0/clientConfig/caBundle', value: '' }]
    await kubectlOk(plane.admin, ['patch', kind, 'lanekeeper', '--type=json', '--patch', JSON.stringify(wipe)])
    await until('repaired', oneBundle, 5)
    // Meanwhile a call of a validating webhook fails: it can't be verified, or no replica calls itself ready. Nobody gets past it.
    const { failures } = await load.stop()
    const expected = /x509: certificate signed by unknown authority|connection reset by peer/
    const unexpected = kind === 'mutatingwebhookconfiguration' ? failures : failures.filter((failure) => !expected.test(failure))
    expect(unexpected).toEqual([])
    const again = startLoad(plane, CART)
    await until('judged again', async () => (again.calls() > again.failures().length ? true : undefined), 5)
    await again.stop()
  })
})
