import { randomBytes, X509Certificate } from 'node:crypto'
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { newAuthority, newLeaf } from './issuing.ts'
import { type KeyPair, parseKeyPair } from './key-pair.ts'
import { DEFAULT_TIMINGS } from './rotation.ts'

/** Where a directory of self-signed certificates keeps what. `ca.crt` is what clients trust: the CA, and its predecessor while that is valid. */
export const SELF_SIGNED_FILES = { caCert: 'ca.crt', caKey: 'ca.key', cert: 'tls.crt', key: 'tls.key' } as const

/**
 * Makes sure that `dir` holds a CA and a server certificate of it for all `hosts` (names and IP addresses), each within the
 * first two thirds of its life at `now` (milliseconds since the epoch). What is there and good is kept; nothing is written
 * then. Returns what was made and why, in sentences. Clients read the CA file, so a new CA is published by writing it there
 * before anything it signed; its predecessor stays in it until the next renewal.
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
      authority = await newAuthority(now, DEFAULT_TIMINGS.caLife)
      await writeSafely(join(dir, SELF_SIGNED_FILES.caKey), authority.key)
      await writeSafely(join(dir, SELF_SIGNED_FILES.caCert), authority.cert + previous)
      made.push(`made a new CA: ${ca.ok ? '' : ca.why}`)
    }
    const issued = await newLeaf(authority, hosts, now, DEFAULT_TIMINGS.leafLife)
    await writeSafely(join(dir, SELF_SIGNED_FILES.key), issued.key)
    await writeSafely(join(dir, SELF_SIGNED_FILES.cert), issued.cert)
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

/** Whole or not at all: a reader never sees half a file. */
async function writeSafely(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomBytes(4).toString('hex')}.key`
  await writeFile(draft, text, { mode: 0o600, flag: 'wx' })
  await chmod(draft, 0o600)
  await rename(draft, file)
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
