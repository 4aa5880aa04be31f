import { readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as tlsConnect } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Certificates, type CertificatesOptions } from '../src/certificates/file-certificates.ts'
import { ensureSelfSigned } from '../src/certificates/self-signed.ts'
import { buildApp } from '../src/server/app.ts'
import { drain } from '../src/server/draining.ts'
import { swapCertificate, tlsOptions } from '../src/server/tls-options.ts'
import { DENIED, review } from './server-fixtures.ts'
import { verifyAdmissionResponse } from './verify-admission-response.ts'

const HOSTS = ['localhost', '127.0.0.1', '::1']

let dir: string
const cleanups: (() => Promise<unknown>)[] = []

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lanekeeper-https-'))
})

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  await rm(dir, { recursive: true, force: true })
})

interface Serving {
  readonly port: number
  readonly notices: string[]
  readonly certificates: Certificates
  draining: boolean
  readonly close: () => Promise<void>
  readonly cut: () => void
}

async function serve(options: Partial<CertificatesOptions> = {}): Promise<Serving> {
  const notices: string[] = []
  const certificates = new Certificates({
    origin: { mode: 'self', dir, hosts: HOSTS },
    pollMilliseconds: 20,
    onNotice: (level, message) => notices.push(`${level}: ${message}`),
    onChange: (pair) => swapCertificate(app.server, tlsOptions(pair)),
    ...options,
  })
  const pair = await certificates.start()
  const app = buildApp({ decide: () => DENIED, tls: tlsOptions(pair), draining: () => serving.draining })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const serving: Serving = {
    port,
    notices,
    certificates,
    draining: false,
    close: () => app.close(),
    cut: () => app.server.closeAllConnections(),
  }
  cleanups.push(
    () => app.close(),
    () => certificates.close(),
  )
  return serving
}

interface Answer {
  readonly status: number
  readonly body: string
  readonly connection: string | undefined
  readonly httpVersion: string
}

function post(port: number, body: string | Buffer, ca: string, agent = new Agent({ keepAlive: false })): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const sent = request({ host: '127.0.0.1', port, path: '/validate?timeout=5s', method: 'POST', ca, agent, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks).toString('utf8'),
          connection: response.headers.connection,
          httpVersion: response.httpVersion,
        }),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** The certificate's fingerprint that a new connection is shown, or the error of its handshake. */
function handshake(port: number, options: { ca?: string; maxVersion?: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'; alpn?: string[] } = {}) {
  return new Promise<{ fingerprint: string; protocol: string | null; alpn: string | false | null }>((resolve, reject) => {
    const { ca, maxVersion, alpn } = options
    // TLS 1.1 needs the lowest security level for a client to offer it at all.
    const old = maxVersion === 'TLSv1.1' ? { minVersion: 'TLSv1.1' as const, ciphers: 'DEFAULT@SECLEVEL=0' } : {}
    const socket = tlsConnect({
      host: '127.0.0.1',
      port,
      rejectUnauthorized: ca !== undefined,
      ...(ca === undefined ? {} : { ca }),
      ...(maxVersion === undefined ? {} : { maxVersion }),
      ...(alpn === undefined ? {} : { ALPNProtocols: alpn }),
      ...old,
    })
    socket.on('error', reject)
    socket.on('secureConnect', () => {
      resolve({ fingerprint: socket.getPeerCertificate().fingerprint256, protocol: socket.getProtocol(), alpn: socket.alpnProtocol })
      socket.destroy()
    })
  })
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('it never happened')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const caOf = (folder: string) => readFileSync(join(folder, 'ca.crt'), 'utf8')

describe('over HTTPS', () => {
  it('answers a review under the CA that was made, with HTTP/1.1', async () => {
    const { port } = await serve()
    const answer = await post(port, JSON.stringify(review()), caOf(dir))
    expect(answer).toMatchObject({ status: 200, httpVersion: '1.1' })
    expect(verifyAdmissionResponse('uid-1', false, JSON.parse(answer.body)).allowed).toBe(false)
    expect((await handshake(port, { alpn: ['h2', 'http/1.1'] })).alpn).toBe('http/1.1')
  })

  it('answers 8 MiB, and refuses more', async () => {
    const { port } = await serve()
    const body = JSON.stringify(review())
    expect((await post(port, body.padEnd(8 * 1024 * 1024), caOf(dir))).status).toBe(200)
    // The server may answer before it has read everything; the client then sees the answer or a closed connection.
    const refused = await post(port, body.padEnd(9 * 1024 * 1024), caOf(dir)).catch((error: NodeJS.ErrnoException) => error.code)
    expect(['EPIPE', 'ECONNRESET', 413]).toContain(typeof refused === 'object' ? refused.status : refused)
  })

  it('survives bytes that are no TLS and no HTTP', async () => {
    const { port } = await serve()
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.end('GET / HTTP/1.1\r\n\r\n'))
      socket.on('error', () => {})
      socket.on('close', () => resolve())
    })
    const answer = await new Promise<string>((resolve) => {
      const socket = tlsConnect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => socket.write('\u0000\u0001garbage\r\n\r\n'))
      let text = ''
      socket.on('data', (chunk) => (text += String(chunk)))
      socket.on('error', () => {})
      socket.on('close', () => resolve(text))
    })
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect((await post(port, JSON.stringify(review()), caOf(dir))).status).toBe(200)
  })

  it('keeps a connection open between reviews', async () => {
    const { port } = await serve()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const first = await post(port, JSON.stringify(review()), caOf(dir), agent)
    expect(first.connection).toBe('keep-alive')
    expect((await post(port, JSON.stringify(review()), caOf(dir), agent)).status).toBe(200)
    agent.destroy()
  })
})

describe('a replaced certificate', () => {
  async function filesIn(folder: string): Promise<{ certFile: string; keyFile: string }> {
    await ensureSelfSigned(folder, HOSTS, Date.now())
    return { certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') }
  }

  it('is served without a restart, TLS 1.2 still being the least', async () => {
    const [mounted, other] = [join(dir, 'mounted'), join(dir, 'other')]
    const files = await filesIn(mounted)
    await filesIn(other)
    const { port } = await serve({ origin: { mode: 'files', ...files } })
    const before = await handshake(port, { ca: caOf(mounted) })
    await expect(handshake(port, { maxVersion: 'TLSv1.1' })).rejects.toThrow(/version|protocol/i)

    await cp(other, mounted, { recursive: true })
    await until(async () => (await handshake(port)).fingerprint !== before.fingerprint)
    await handshake(port, { ca: caOf(other) })
    await expect(handshake(port, { maxVersion: 'TLSv1.1' })).rejects.toThrow(/version|protocol/i)
    expect((await handshake(port, { maxVersion: 'TLSv1.2' })).protocol).toBe('TLSv1.2')
    expect((await handshake(port, { alpn: ['h2', 'http/1.1'] })).alpn).toBe('http/1.1')
  })

  it.each([
    ['garbage', async (folder: string) => writeFile(join(folder, 'tls.crt'), 'garbage')],
    ['the key of another', async (folder: string) => writeFile(join(folder, 'tls.key'), await readFile(join(folder, 'ca.key')))],
    ['nothing', async (folder: string) => rm(join(folder, 'tls.key'))],
  ])('that is %s leaves the old one, says so once, and a good one is taken later', async (_name, spoil) => {
    const files = await filesIn(dir)
    const { port, notices } = await serve({ origin: { mode: 'files', ...files } })
    const before = await handshake(port)
    await spoil(dir)
    await until(() => notices.length > 0)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(notices).toEqual([expect.stringMatching(/^error: the certificate on disk can't be used, the one before it stays: /)])
    expect(await handshake(port)).toEqual(before)

    const good = join(dir, 'good')
    await mkdir(good)
    await filesIn(good)
    await cp(good, dir, { recursive: true })
    await until(async () => (await handshake(port)).fingerprint !== before.fingerprint)
    expect(notices.at(-1)).toMatch(/^info: serving a new certificate, valid until /)
  })

  it('that was self-made is made again at once when it is deleted or broken', async () => {
    const { port, notices } = await serve()
    for (const spoil of [() => rm(join(dir, 'tls.key')), () => writeFile(join(dir, 'tls.crt'), 'garbage'), () => rm(join(dir, 'ca.crt'))]) {
      const before = await handshake(port)
      await spoil()
      await until(async () => (await handshake(port)).fingerprint !== before.fingerprint)
      await handshake(port, { ca: caOf(dir) })
    }
    expect(notices.filter((notice) => notice.startsWith('error'))).toEqual([])
  })

  it('that is self-made is renewed at two thirds of its life, without a gap', async () => {
    // In the past, for the client's clock is the real one.
    let now = Date.now() - 61 * 86_400_000
    const { port, certificates } = await serve({ now: () => now })
    const before = await handshake(port, { ca: caOf(dir) })
    const ca = caOf(dir)
    now += 59 * 86_400_000
    await certificates.check()
    expect(await handshake(port)).toEqual(before)
    now += 2 * 86_400_000
    await certificates.check()
    expect((await handshake(port, { ca })).fingerprint).not.toBe(before.fingerprint)
    expect(caOf(dir)).toBe(ca)
  })
})

describe('draining', () => {
  it('serves on with Connection: close, then ends; a request under way gets its answer', async () => {
    const serving = await serve()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    expect((await post(serving.port, JSON.stringify(review()), caOf(dir), agent)).connection).toBe('keep-alive')
    const order: string[] = []
    const drained = drain({
      begin: () => {
        serving.draining = true
        order.push('begin')
      },
      delayMilliseconds: 300,
      close: async () => {
        await serving.close()
        order.push('closed')
      },
      cut: serving.cut,
      closeMilliseconds: 5_000,
    })
    expect(await post(serving.port, JSON.stringify(review()), caOf(dir), agent)).toMatchObject({ status: 200, connection: 'close' })
    const slow = slowPost(serving.port, 600)
    await drained
    expect(await slow).toMatch(/^HTTP\/1\.1 200 OK/)
    expect(order).toEqual(['begin', 'closed'])
    await expect(post(serving.port, JSON.stringify(review()), caOf(dir))).rejects.toThrow('ECONNREFUSED')
    agent.destroy()
  })

  it('cuts off who never finishes', async () => {
    const serving = await serve()
    const slow = slowPost(serving.port, 60_000)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await drain({ begin: () => {}, delayMilliseconds: 0, close: serving.close, cut: serving.cut, closeMilliseconds: 100 })
    expect(await slow).toBe('')
  })

  /** Sends half of a review at once and the rest later; what came back when the connection is closed. */
  function slowPost(port: number, milliseconds: number): Promise<string> {
    const body = JSON.stringify(review())
    return new Promise((resolve) => {
      let text = ''
      let timer: NodeJS.Timeout | undefined
      const socket = tlsConnect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
        const headers = `Host: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n`
        socket.write(`POST /validate HTTP/1.1\r\n${headers}\r\n${body.slice(0, 100)}`)
        timer = setTimeout(() => socket.write(body.slice(100)), milliseconds)
      })
      socket.on('data', (chunk) => (text += String(chunk)))
      socket.on('error', () => {})
      socket.on('close', () => {
        clearTimeout(timer)
        resolve(text)
      })
    })
  }
})
