import { X509Certificate } from 'node:crypto'
import { Agent, request } from 'node:https'
import { connect as tlsConnect } from 'node:tls'
import { afterEach, expect, it } from 'vitest'
import { x509Pki } from '../src/certificates/pki.ts'
import { SecretCertificates } from '../src/certificates/secret-certificates.ts'
import { buildApp } from '../src/server/app.ts'
import { swapCertificate, tlsOptions } from '../src/server/tls-options.ts'
import { DENIED, review } from './server-fixtures.ts'

const HOST = 'lanekeeper.lanekeeper.svc'
/** Certificates have whole seconds: a CA is renewed about every four, a leaf every two. */
const TIMINGS = { caLife: 6_000, leafLife: 3_000, propagation: 100 }

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A Secret and a configuration in memory, with the API server's rule on versions. */
function cluster() {
  const state = { secret: undefined as { version: string; text: string } | undefined, version: 0, bundle: '' }
  const watching = () => ({ close() {} })
  return {
    state,
    store: {
      read: async () => state.secret,
      write: async (text: string, expected: { version: string } | undefined) => {
        if (state.secret?.version !== expected?.version) return false
        state.secret = { version: String(++state.version), text }
        return true
      },
      watch: watching,
    },
    bundles: {
      read: async () => [{ name: 'webhook', validating: true, version: state.bundle, bundles: [state.bundle] }],
      write: async (seen: { version: string }, bundle: string) => {
        if (seen.version !== state.bundle) return false
        state.bundle = bundle
        return true
      },
      watch: watching,
    },
  }
}

async function replica({ store, bundles }: ReturnType<typeof cluster>) {
  const served = new Set<string>()
  const certificates = new SecretCertificates({
    store,
    bundles,
    pki: x509Pki(TIMINGS),
    timings: TIMINGS,
    hosts: [HOST],
    pollMilliseconds: 50,
    onChange: (pair) => {
      served.add(pair.cert)
      if (app !== undefined) swapCertificate(app.server, tlsOptions(pair))
    },
  })
  let app: ReturnType<typeof buildApp> | undefined
  const pair = await certificates.start()
  app = buildApp({ decide: () => DENIED, tls: tlsOptions(pair) })
  await app.listen({ host: '127.0.0.1', port: 0 })
  cleanups.push(
    () => app?.close(),
    () => certificates.close(),
  )
  const address = app.server.address()
  return { port: typeof address === 'object' && address !== null ? address.port : 0, served }
}

function post(port: number, ca: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const agent = new Agent({ keepAlive: false })
    const options = { host: '127.0.0.1', port, servername: HOST, path: '/validate', method: 'POST', ca, agent, headers }
    const sent = request(options, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode))
    })
    sent.on('error', reject)
    sent.end(JSON.stringify(review()))
  })
}

it('two replicas renew leaves and CAs under load, lose their Secret, and no call fails', async () => {
  const fake = cluster()
  const replicas = await Promise.all([replica(fake), replica(fake)])
  const authorities = new Set<string>()
  const failures: unknown[] = []
  let calls = 0
  const enough = () => authorities.size > 3 && replicas.every(({ served }) => served.size > 4)
  const end = Date.now() + 50_000
  let lost = false
  const caller = async ({ port }: { port: number }) => {
    while (!enough() && Date.now() < end) {
      // As an API server does: with the bundle of this instant, and over a connection of its own.
      const bundle = fake.state.bundle
      for (const block of bundle.split(/(?=-----BEGIN)/)) authorities.add(new X509Certificate(block).subject)
      calls++
      await post(port, bundle).then(
        (status) => {
          if (status !== 200) failures.push(status)
        },
        (cause: unknown) => failures.push(cause),
      )
      if (!lost && authorities.size === 2) {
        lost = true
        fake.state.secret = undefined
      }
    }
  }
  await Promise.all(replicas.map(caller))
  expect(failures).toEqual([])
  expect(enough()).toBe(true)
  expect(calls).toBeGreaterThan(100)
  // A swap must not bring back what Node allows by default.
  const old = tlsConnect({
    host: '127.0.0.1',
    port: replicas[0]?.port ?? 0,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  })
  await expect(new Promise((resolve, reject) => old.on('error', reject).on('secureConnect', resolve))).rejects.toThrow(/protocol version/)
}, 60_000)
