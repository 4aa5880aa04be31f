import { randomBytes, X509Certificate } from 'node:crypto'
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { generate } from 'selfsigned'
import { type KeyPair, parseKeyPair } from './key-pair.ts'

/** Where a directory of self-signed certificates keeps what. `ca.crt` is what clients trust: the CA, and its predecessor while that is valid. */
export const SELF_SIGNED_FILES = { caCert: 'ca.crt', caKey: 'ca.key', cert: 'tls.crt', key: 'tls.key' } as const

const HOUR = 3_600_000
const DAY = 24 * HOUR
const CA_LIFE = 5 * 365 * DAY
const LEAF_LIFE = 90 * DAY
/** Clocks of clients may be behind. */
const BACK_DATED = HOUR

/**
 * Makes sure that `dir` holds a CA and a server certificate of it for all `hosts` (names and IP addresses), each within the
 * first two thirds of its life at `now` (milliseconds since the epoch). What is there and good is kept; nothing is written
 * then. Returns what was made and why, in sentences.
 */
export async function ensureSelfSigned(dir: string, hosts: readonly string[], now: number): Promise<readonly string[]> {
  if ((await inspect(dir, hosts, now)).leaf.ok) return []
  await mkdir(dir, { recursive: true, mode: 0o700 })
  return locked(dir, async () => {
    const { ca, leaf } = await inspect(dir, hosts, now)
    if (leaf.ok) return []
    const made: string[] = []
    let authority = ca.ok ? ca.pair : undefined
    if (authority === undefined) {
      const previous = await stillValid(join(dir, SELF_SIGNED_FILES.caCert), now)
      authority = await newAuthority(now)
      await writeSafely(join(dir, SELF_SIGNED_FILES.caKey), authority.key)
      await writeSafely(join(dir, SELF_SIGNED_FILES.caCert), withNewline(authority.cert) + previous)
      made.push(`made a new CA: ${ca.ok ? '' : ca.why}`)
    }
    const issued = await newLeaf(authority, hosts, now)
    await writeSafely(join(dir, SELF_SIGNED_FILES.key), issued.key)
    await writeSafely(join(dir, SELF_SIGNED_FILES.cert), withNewline(issued.cert))
    made.push(`made a new server certificate: ${leaf.why}`)
    return made
  })
}

type Inspected = { readonly ok: true; readonly pair: KeyPair } | { readonly ok: false; readonly why: string }

async function inspect(dir: string, hosts: readonly string[], now: number): Promise<{ ca: Inspected; leaf: Inspected }> {
  const ca = await readPair(dir, SELF_SIGNED_FILES.caCert, SELF_SIGNED_FILES.caKey, now)
  if (!ca.ok) return { ca, leaf: { ok: false, why: 'its CA is new' } }
  const authority = new X509Certificate(ca.pair.cert)
  if (!authority.ca) return { ca: { ok: false, why: 'the old one is no CA' }, leaf: { ok: false, why: 'its CA is new' } }
  const leaf = await readPair(dir, SELF_SIGNED_FILES.cert, SELF_SIGNED_FILES.key, now)
  if (!leaf.ok) return { ca, leaf }
  const certificate = new X509Certificate(leaf.pair.cert)
  if (!certificate.verify(authority.publicKey)) return { ca, leaf: { ok: false, why: 'another CA signed the old one' } }
  const missing = hosts.filter((host) => (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host)) === undefined)
  return { ca, leaf: missing.length === 0 ? leaf : { ok: false, why: `the old one isn't for ${missing.join(', ')}` } }
}

async function readPair(dir: string, certFile: string, keyFile: string, now: number): Promise<Inspected> {
  try {
    const pair = parseKeyPair(await readFile(join(dir, certFile), 'utf8'), await readFile(join(dir, keyFile), 'utf8'), now)
    if (pair.notBefore > now) return { ok: false, why: 'the old one is not valid yet' }
    const renewal = pair.notBefore + ((pair.expires - pair.notBefore) * 2) / 3
    return now < renewal ? { ok: true, pair } : { ok: false, why: 'two thirds of the old one’s life are over' }
  } catch (cause) {
    if (isMissing(cause)) return { ok: false, why: 'there was none' }
    return { ok: false, why: cause instanceof Error ? cause.message : String(cause) }
  }
}

/** The first certificate of the file as PEM if clients may still need it, else ''. */
async function stillValid(file: string, now: number): Promise<string> {
  try {
    const certificate = new X509Certificate(await readFile(file))
    return certificate.ca && certificate.validToDate.getTime() > now ? certificate.toString() : ''
  } catch {
    // No old CA, or one nobody can have trusted.
    return ''
  }
}

async function newAuthority(now: number): Promise<KeyPair> {
  // A unique name: two CAs of one name in a bundle make clients pick the wrong one.
  const made = await generate([{ name: 'commonName', value: `lanekeeper CA ${randomBytes(6).toString('hex')}` }], {
    ...lifetime(now, CA_LIFE),
    ...ALGORITHM,
    extensions: [
      { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  })
  return parseKeyPair(made.cert, made.private, now)
}

async function newLeaf(ca: KeyPair, hosts: readonly string[], now: number): Promise<KeyPair> {
  const made = await generate([{ name: 'commonName', value: 'lanekeeper' }], {
    ...lifetime(now, LEAF_LIFE),
    ...ALGORITHM,
    ca: { cert: ca.cert, key: ca.key },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: hosts.map((host) => (isIP(host) ? { type: 7, ip: host } : { type: 2, value: host })) },
    ],
  })
  return parseKeyPair(made.cert, made.private, now)
}

/** sha256 is named because the library's own default is SHA-1, which Go refuses. */
const ALGORITHM = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const

function lifetime(now: number, life: number): { notBeforeDate: Date; notAfterDate: Date } {
  return { notBeforeDate: new Date(now - BACK_DATED), notAfterDate: new Date(now - BACK_DATED + life) }
}

/** Whole or not at all: a reader never sees half a file. */
async function writeSafely(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomBytes(4).toString('hex')}.key`
  await writeFile(draft, text, { mode: 0o600, flag: 'wx' })
  await chmod(draft, 0o600)
  await rename(draft, file)
}

/** The library ends its PEM without one, and two such blocks in a file would run into each other. */
function withNewline(pem: string): string {
  return `${pem.trimEnd()}\n`
}

const LOCK_STALE = 30_000

/** One writer at a time, among processes too: two that start together would otherwise mix their keys and certificates. */
async function locked<T>(dir: string, work: () => Promise<T>): Promise<T> {
  const lock = join(dir, '.lock')
  for (;;) {
    try {
      await mkdir(lock)
      break
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause
    }
    const age =
      Date.now() -
      (await stat(lock).then(
        (found) => found.mtimeMs,
        () => Date.now(),
      ))
    if (age > LOCK_STALE) await rm(lock, { recursive: true, force: true })
    else await sleep(25)
  }
  try {
    return await work()
  } finally {
    await rm(lock, { recursive: true, force: true })
  }
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
}
