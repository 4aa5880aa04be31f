import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { newAuthority } from '../src/certificates/issuing.ts'
import { type Client, clientOf } from './client-certificates.ts'
import { gatewayOf, granting, listText, parentRef, platformRoot, prefix, type Raw, route, serving, to } from './manifest-fixtures.ts'
import { review } from './server-fixtures.ts'
import { type VerifiedResponse, verifyAdmissionResponse } from './verify-admission-response.ts'

/** A serving process on a directory of manifests, and what an API server has to call it. */

const MAIN = resolve(import.meta.dirname, '../src/cli/main.ts')
const SUBJECT = 'kube-apiserver'
const WAIT = { timeout: 20_000, interval: 20 }

let dir: string
let server: ChildProcess
let webhook: URL
let probes: string
let ca: string
let apiServer: Client

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lanekeeper-reservations-'))
  const clientCa = await newAuthority(Date.now(), 86_400_000)
  apiServer = await clientOf(clientCa, SUBJECT)
  await writeFile(join(dir, 'client-ca.crt'), clientCa.cert)
  await writeFile(
    join(dir, 'platform.yaml'),
    listText([...gatewayOf('kgateway'), platformRoot([granting(prefix('/shop'), to('web/*'), to('shop/*'))])]),
  )
  const free = ['--listen', '127.0.0.1:0', '--metrics-listen', '127.0.0.1:0', '--certs-dir', join(dir, 'certs')]
  const callers = ['--client-ca', join(dir, 'client-ca.crt'), '--client-subject', SUBJECT]
  const args = [MAIN, 'serve', '--manifests', join(dir, 'platform.yaml'), '--manifests', join(dir, 'tenants'), ...free, ...callers]
  await mkdir(join(dir, 'tenants'))
  server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  server.stdout?.on('data', (chunk) => {
    out += String(chunk)
  })
  server.stderr?.resume()
  await vi.waitUntil(() => out.includes('CA file'), WAIT)
  webhook = new URL(/https:\/\/[\d.]+:\d+/.exec(out)?.[0] ?? '')
  probes = /http:\/\/[\d.]+:\d+/.exec(out)?.[0] ?? ''
  ca = await readFile(join(dir, 'certs/ca.crt'), 'utf8')
})

afterEach(async () => {
  server.kill('SIGKILL')
  await rm(dir, { recursive: true, force: true })
})

function until(check: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(check, WAIT)
}

function submit(object: Raw, more: { readonly client?: Client; readonly dryRun?: boolean } = {}): Promise<VerifiedResponse> {
  const { name, namespace } = object.metadata
  const body = JSON.stringify(review({ name, namespace, object, dryRun: more.dryRun ?? false }))
  return new Promise((done, failed) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const at = { host: webhook.hostname, port: webhook.port, path: '/validate', method: 'POST', ca, headers, agent: false as const }
    const sent = request({ ...at, ...more.client }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += String(chunk)
      })
      response.on('end', () => {
        if (response.statusCode === 200) done(verifyAdmissionResponse('uid-1', false, JSON.parse(text)))
        else failed(new Error(`HTTP ${response.statusCode}: ${text}`))
      })
    })
    sent.on('error', failed)
    sent.end(body)
  })
}

async function metric(name: string): Promise<string | undefined> {
  const text = await (await fetch(`${probes}/metrics`)).text()
  return text.split('\n').find((line) => line.startsWith(name))
}

function child(place: string, path: string): Raw {
  return route(place, { parentRefs: [parentRef('infra/parent')], rules: [serving(prefix(path))] })
}

const [ONE, TWO] = [child('web/one', '/shop/x'), child('shop/two', '/shop/x')]
const TAKEN =
  'PathPrefix /shop/x asks for exactly the requests that a route in another namespace already serves. Choose a path that is still free, or ask the owner of infra/parent who holds them.'

describe('a serving replica', () => {
  it('lets only one of two racing requests of the API server take the same requests', async () => {
    const answers = await Promise.all([ONE, TWO].map((object) => submit(object, { client: apiServer })))
    expect(answers.filter(({ allowed }) => allowed)).toHaveLength(1)
    const denied = answers.find(({ allowed }) => !allowed)
    expect(denied?.causes).toEqual([{ reason: 'LK403', field: 'spec.rules[0].matches[0].path.value', message: TAKEN }])
    expect(await metric('lanekeeper_reservations{caller="authenticated"}')).toBe('lanekeeper_reservations{caller="authenticated"} 1')
  })

  it('only warns by what a caller without a certificate has reserved', async () => {
    expect(await submit(ONE)).toMatchObject({ allowed: true, warnings: [] })
    const second = await submit(TWO, { client: apiServer })
    expect(second.allowed).toBe(true)
    expect(second.warnings).toEqual([expect.stringContaining('LK403')])
    expect(await metric('lanekeeper_reservations{caller="unauthenticated"}')).toBe('lanekeeper_reservations{caller="unauthenticated"} 1')
  })

  it('reserves nothing for a dry run, nor for what it denies', async () => {
    await submit(ONE, { client: apiServer, dryRun: true })
    for (let time = 0; time < 3; time++) {
      expect((await submit(child('shop/bad', '/shopping'), { client: apiServer })).allowed).toBe(false)
    }
    expect(await metric('lanekeeper_reservations{caller="authenticated"}')).toBe('lanekeeper_reservations{caller="authenticated"} 0')
    expect(await submit(TWO, { client: apiServer })).toMatchObject({ allowed: true, warnings: [] })
  })

  it('keeps the requests of a deleted route for its owner', async () => {
    const file = join(dir, 'tenants/one.yaml')
    await writeFile(file, JSON.stringify(ONE))
    await until(async () => expect(await metric('lanekeeper_view_objects{kind="HTTPRoute"}')).toMatch(/ 2$/))
    await unlink(file)
    await until(async () => expect(await metric('lanekeeper_tombstones')).toBe('lanekeeper_tombstones 1'))
    expect(await metric('lanekeeper_view_objects{kind="HTTPRoute"}')).toMatch(/ 1$/)
    expect((await submit(TWO)).causes).toMatchObject([{ reason: 'LK403', message: TAKEN }])
    expect(await submit(ONE)).toMatchObject({ allowed: true, warnings: [] })
    await writeFile(file, JSON.stringify(ONE))
    await until(async () => expect(await metric('lanekeeper_tombstones')).toBe('lanekeeper_tombstones 0'))
  })
})
