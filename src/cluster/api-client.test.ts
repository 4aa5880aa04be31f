import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ConnectedApiClient } from './api-client.ts'
import { HttpApiConnection } from './api-connection.ts'
import { SYSTEM_CLOCK } from './clock.ts'

let server: Server
let client: ConnectedApiClient
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
  const target = () => ({ server: new URL(`http://127.0.0.1:${address.port}`), tls: {}, headers: { authorization: token } })
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

it('calls back for what a watch sends, and rejects when it is refused', async () => {
  const signal = new AbortController().signal
  let heard = 0
  await client.watch('/api/v1/x?watch=true', () => heard++, signal)
  expect(heard).toBe(1)
  accepted = 'another'
  await expect(client.watch('/api/v1/x?watch=true', () => heard++, signal)).rejects.toThrow('HTTP 401')
})
