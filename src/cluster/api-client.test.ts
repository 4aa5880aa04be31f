import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { FakeClock } from '../../test/fake-clock.ts'
import { ConnectedApiClient } from './api-client.ts'
import { type ApiTarget, HttpApiConnection } from './api-connection.ts'
import { SYSTEM_CLOCK } from './clock.ts'

let server: Server
let client: ConnectedApiClient
let target: () => ApiTarget
/** What was asked, and as whom. */
let asked: string[]
let accepted: string
let token: string

beforeEach(async () => {
  asked = []
  accepted = token = 'first'
  server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  target = () => ({ server: new URL(`http://127.0.0.1:${address.port}`), tls: {}, headers: { authorization: token } })
  client = new ConnectedApiClient(new HttpApiConnection(() => Promise.resolve(target()), SYSTEM_CLOCK), SYSTEM_CLOCK)
})

afterEach(() => {
  client.close()
  server.close()
})

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url = '', headers } = request
  const body = await text(request)
  asked.push([headers.authorization, method, url, headers['content-type'], body].filter(Boolean).join(' '))
  if (headers.authorization !== accepted) response.writeHead(401).end('no')
  else response.end(url.includes('watch') ? '{}' : body)
}

it('sends what is to be written, and gives any answer', async () => {
  const content = { contentType: 'application/merge-patch+json', body: '{"data":{}}' } as const
  expect(await client.request('PATCH', '/api/v1/x', content)).toEqual({ status: 200, body: '{"data":{}}' })
  expect(await client.request('GET', '/api/v1/x')).toEqual({ status: 200, body: '' })
  expect(asked).toEqual(['first PATCH /api/v1/x application/merge-patch+json {"data":{}}', 'first GET /api/v1/x'])
})

it('takes the next credentials after a 401', async () => {
  await client.request('GET', '/api/v1/x')
  accepted = token = 'second'
  expect(await client.request('GET', '/api/v1/x')).toEqual({ status: 401, body: 'no' })
  expect(await client.request('GET', '/api/v1/x')).toEqual({ status: 200, body: '' })
})

it('asks for credentials once while they are awaited, however long that takes', async () => {
  const clock = new FakeClock()
  const awaited = Promise.withResolvers<ApiTarget>()
  let loads = 0
  const load = () => {
    loads++
    return awaited.promise
  }
  const connection = new HttpApiConnection(load, clock)
  const abort = new AbortController()
  const given = connection.get('/api/v1/x', 'application/json', abort.signal)
  abort.abort(new Error('too late'))
  await expect(given).rejects.toThrow('too late')
  await clock.advance(3_600_000)
  const answered = connection.get('/api/v1/x', 'application/json', new AbortController().signal)
  awaited.resolve(target())
  expect((await answered).status).toBe(200)
  expect(loads).toBe(1)
  await clock.advance(61_000)
  await connection.get('/api/v1/x', 'application/json', new AbortController().signal)
  expect(loads).toBe(2)
  connection.close()
})

it('calls back for what a watch sends, and rejects when it is refused', async () => {
  const signal = new AbortController().signal
  let heard = 0
  await client.watch('/api/v1/x?watch=true', () => heard++, signal)
  expect(heard).toBe(1)
  accepted = 'another'
  await expect(client.watch('/api/v1/x?watch=true', () => heard++, signal)).rejects.toThrow('HTTP 401')
})
