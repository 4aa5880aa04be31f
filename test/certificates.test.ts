import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Certificates } from '../src/certificates/file-certificates.ts'
import { CertificateError, parseKeyPair } from '../src/certificates/key-pair.ts'
import { ensureSelfSigned } from '../src/certificates/self-signed.ts'

const DAY = 86_400_000
const NOW = Date.parse('2030-01-01T00:00:00Z')
const HOSTS = ['localhost', '127.0.0.1', '::1']

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lanekeeper-certs-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const read = (file: string) => readFile(join(dir, file), 'utf8')
const certificate = async (file: string) => new X509Certificate(await read(file))

describe('ensureSelfSigned', () => {
  it('makes a CA and a server certificate with SHA-256 on P-256, readable by the owner alone', async () => {
    expect(await ensureSelfSigned(dir, HOSTS, NOW)).toEqual([
      'made a new CA: there was none',
      'made a new server certificate: its CA is new',
    ])
    const [ca, leaf] = [await certificate('ca.crt'), await certificate('tls.crt')]
    expect(ca.ca).toBe(true)
    expect(leaf.ca).toBe(false)
    expect(leaf.verify(ca.publicKey)).toBe(true)
    expect(leaf.checkIssued(ca)).toBe(true)
    expect(leaf.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' })
    expect([ca.signatureAlgorithm, leaf.signatureAlgorithm]).toEqual(['ecdsa-with-SHA256', 'ecdsa-with-SHA256'])
    expect(leaf.checkHost('localhost')).toBe('localhost')
    expect(leaf.checkIP('127.0.0.1')).toBe('127.0.0.1')
    expect(leaf.checkIP('::1')).toBe('::1')
    expect(leaf.validFromDate.getTime()).toBe(NOW - 3_600_000)
    expect(leaf.validToDate.getTime() - leaf.validFromDate.getTime()).toBe(90 * DAY)
    expect(ca.validToDate.getTime() - ca.validFromDate.getTime()).toBe(5 * 365 * DAY)
    const modes = await Promise.all(
      ['ca.crt', 'ca.key', 'tls.crt', 'tls.key'].map(async (file) => (await stat(join(dir, file))).mode & 0o777),
    )
    expect(modes).toEqual([0o600, 0o600, 0o600, 0o600])
  })

  it('keeps what is good', async () => {
    await ensureSelfSigned(dir, HOSTS, NOW)
    const before = [await read('ca.crt'), await read('tls.crt'), await read('tls.key')]
    expect(await ensureSelfSigned(dir, HOSTS, NOW + 59 * DAY)).toEqual([])
    expect([await read('ca.crt'), await read('tls.crt'), await read('tls.key')]).toEqual(before)
  })

  it.each([
    ['two thirds of its life are over', 61 * DAY, HOSTS, 'made a new server certificate: two thirds of the old one’s life are over'],
    [
      'another host is served',
      0,
      [...HOSTS, 'lanekeeper.example.com'],
      "made a new server certificate: the old one isn't for lanekeeper.example.com",
    ],
    ['the clock was wrong', -2 * DAY, HOSTS, 'made a new CA: the old one is not valid yet'],
  ])('makes a new one when %s', async (_name, later, hosts, sentence) => {
    await ensureSelfSigned(dir, HOSTS, NOW)
    expect((await ensureSelfSigned(dir, hosts, NOW + later))[0]).toBe(sentence)
    expect(await ensureSelfSigned(dir, hosts, NOW + later)).toEqual([])
  })

  it('renews the CA under a name of its own, and clients of the old one are not locked out of the bundle', async () => {
    await ensureSelfSigned(dir, HOSTS, NOW)
    const old = await certificate('ca.crt')
    const later = NOW + 4 * 365 * DAY
    await ensureSelfSigned(dir, HOSTS, later)
    const bundle = (await read('ca.crt')).split(/(?=-----BEGIN)/).map((pem) => new X509Certificate(pem))
    expect(bundle).toHaveLength(2)
    expect(bundle[0]?.subject).not.toBe(old.subject)
    expect(bundle[1]?.fingerprint256).toBe(old.fingerprint256)
    const leaf = await certificate('tls.crt')
    expect(bundle.filter((ca) => leaf.verify(ca.publicKey))).toHaveLength(1)
    expect(await ensureSelfSigned(dir, HOSTS, later)).toEqual([])
  })

  it('by several processes at once ends with one that fits', async () => {
    await Promise.all(Array.from({ length: 8 }, () => ensureSelfSigned(dir, HOSTS, NOW)))
    expect(await ensureSelfSigned(dir, HOSTS, NOW)).toEqual([])
    parseKeyPair(await read('tls.crt'), await read('tls.key'), NOW)
  })
})

describe('Certificates', () => {
  it('tells when they expire', async () => {
    const certificates = new Certificates({ origin: { mode: 'self', dir, hosts: HOSTS }, now: () => NOW })
    expect(certificates.expiry()).toEqual(new Map())
    await certificates.start()
    expect(certificates.expiry()).toEqual(
      new Map([
        ['leaf', NOW - 3_600_000 + 90 * DAY],
        ['ca', NOW - 3_600_000 + 5 * 365 * DAY],
      ]),
    )
    await certificates.close()
  })

  it('does not start without a usable pair', async () => {
    const origin = { mode: 'files', certFile: join(dir, 'tls.crt'), keyFile: join(dir, 'tls.key') } as const
    await expect(new Certificates({ origin }).start()).rejects.toThrow('ENOENT')
    await writeFile(origin.certFile, 'x')
    await writeFile(origin.keyFile, 'x')
    await expect(new Certificates({ origin }).start()).rejects.toThrow(CertificateError)
  })

  it('refuses an expired pair', async () => {
    await ensureSelfSigned(dir, HOSTS, NOW)
    const [cert, key] = [await read('tls.crt'), await read('tls.key')]
    expect(() => parseKeyPair(cert, key, NOW + 91 * DAY)).toThrow('the certificate expired at 2030-03-31T23:00:00.000Z')
    expect(() => parseKeyPair(cert, 'x', NOW)).toThrow(/^unreadable certificate or key: /)
  })
})
