import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newAuthority, newLeaf } from '../src/certificates/issuing.ts'
import type { KeyPair } from '../src/certificates/key-pair.ts'
import { buildApp } from '../src/server/app.ts'
import { CallerAuthentication } from '../src/server/caller-authentication.ts'
import { ClientCaFile } from '../src/server/client-ca-file.ts'
import { swapCertificate, tlsOptions } from '../src/server/tls-options.ts'
import { type Client, clientOf } from './client-certificates.ts'
import { DENIED, review } from './server-fixtures.ts'

const DAY = 86_400_000
const NOW = Date.now()
const SUBJECT = 'kube-apiserver'

const cleanups: (() => unknown)[] = []
let serverCa: KeyPair
let clientCa: KeyPair
let otherCa: KeyPair
let pair: KeyPair

beforeEach(async () => {
  ;[serverCa, clientCa, otherCa] = await Promise.all([newAuthority(NOW, DAY), newAuthority(NOW, DAY), newAuthority(NOW, DAY)])
  pair = await newLeaf(serverCa, ['127.0.0.1'], NOW, DAY)
})

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A server, what it made of each caller, and its port. */
async function serve(required: boolean, now = () => NOW) {
  const authenticated: boolean[] = []
  const callers = new CallerAuthentication({ subjects: [SUBJECT], required })
  const app = buildApp({ decide: () => DENIED, tls: tlsOptions(pair, clientCa.cert), callers, now })
  app.addHook('preHandler', async (caller) => {
    authenticated.push(caller.callerAuthenticated)
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  cleanups.push(() => app.close())
  const address = app.server.address()
  return { app, authenticated, port: typeof address === 'object' && address !== null ? address.port : 0 }
}

function post(port: number, client: Partial<Client>, agent = new Agent({ keepAlive: false })): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const options = { host: '127.0.0.1', port, path: '/validate', method: 'POST', ca: serverCa.cert, agent, headers, ...client }
    const sent = request(options, (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString('utf8')
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    sent.on('error', reject)
    sent.end(JSON.stringify(review()))
  })
}

describe('callers', () => {
  it('are authenticated by a certificate of the client CA for an allowed subject, and by nothing else', async () => {
    const { port, authenticated } = await serve(false)
    const callers = [{}, await clientOf(clientCa, SUBJECT), await clientOf(clientCa, 'kubelet'), await clientOf(otherCa, SUBJECT)]
    for (const caller of callers) expect((await post(port, caller)).status).toBe(200)
    expect(authenticated).toEqual([false, true, false, false])
  })

  it('are refused without one where it is required', async () => {
    const { port } = await serve(true)
    expect((await post(port, await clientOf(clientCa, SUBJECT))).status).toBe(200)
    for (const caller of [{}, await clientOf(clientCa, 'kubelet'), await clientOf(otherCa, SUBJECT)]) {
      expect(await post(port, caller)).toEqual({ status: 403, body: 'a client certificate of an allowed subject is required\n' })
    }
  })

  it('are not authenticated any longer than their certificate is valid, on an open connection too', async () => {
    let now = NOW
    const { port, authenticated } = await serve(false, () => now)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    cleanups.push(() => agent.destroy())
    const caller = await clientOf(clientCa, SUBJECT)
    await post(port, caller, agent)
    now += 2 * DAY
    await post(port, caller, agent)
    expect(authenticated).toEqual([true, false])
  })

  it('are asked for a certificate after the server’s was swapped, of the new client CA then', async () => {
    const { app, port, authenticated } = await serve(false)
    swapCertificate(app.server, tlsOptions(await newLeaf(serverCa, ['127.0.0.1'], NOW, DAY), otherCa.cert))
    await post(port, await clientOf(otherCa, SUBJECT))
    await post(port, await clientOf(clientCa, SUBJECT))
    expect(authenticated).toEqual([true, false])
  })
})

describe('ClientCaFile', () => {
  it('picks up a replaced file, and keeps what it had when that is broken', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'lanekeeper-client-ca-'))
    cleanups.push(() => rm(dir, { recursive: true, force: true }))
    const file = join(dir, 'ca.crt')
    const [changes, problems]: [string[], string[]] = [[], []]
    const source = new ClientCaFile({ file, onChange: (pem) => changes.push(pem), onProblem: (message) => problems.push(message) })
    await expect(source.start()).rejects.toThrow('ENOENT')
    await writeFile(file, 'x')
    await expect(source.start()).rejects.toThrow(`${file}: no certificate in it`)
    await writeFile(file, clientCa.cert)
    await source.start()
    cleanups.push(() => source.close())
    await writeFile(file, pair.cert)
    await source.check()
    await source.check()
    expect(problems).toEqual([`the client CA on disk can't be used, the one before it stays: ${file}: a certificate in it is no CA`])
    expect(source.current()).toBe(clientCa.cert)
    await writeFile(file, otherCa.cert)
    await source.check()
    expect(changes).toEqual([otherCa.cert])
  })

  it('keeps what it had when the new one can’t be put to use, and tries again', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'lanekeeper-client-ca-'))
    cleanups.push(() => rm(dir, { recursive: true, force: true }))
    const file = join(dir, 'ca.crt')
    const problems: string[] = []
    let refuses = true
    const onChange = () => {
      if (refuses) throw new Error('no such curve')
    }
    const source = new ClientCaFile({ file, onChange, onProblem: (message) => problems.push(message) })
    await writeFile(file, clientCa.cert)
    await source.start()
    cleanups.push(() => source.close())
    await writeFile(file, otherCa.cert)
    await source.check()
    await source.check()
    expect(source.current()).toBe(clientCa.cert)
    expect(problems).toEqual(["the client CA on disk can't be used, the one before it stays: no such curve"])
    refuses = false
    await source.check()
    expect(source.current()).toBe(otherCa.cert)
  })
})
