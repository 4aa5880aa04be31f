import { randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import { generate } from 'selfsigned'
import { type KeyPair, parseKeyPair } from './key-pair.ts'
import { clockTolerance } from './rotation.ts'

/** A CA that signs server certificates and nothing else, for `life` milliseconds. */
export async function newAuthority(now: number, life: number): Promise<KeyPair> {
  // A unique name: two CAs of one name in a bundle make clients pick the wrong one.
  const made = await generate([{ name: 'commonName', value: `lanekeeper CA ${randomBytes(6).toString('hex')}` }], {
    ...validity(now, life),
    ...ALGORITHM,
    extensions: [
      { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  })
  return parseKeyPair(withNewline(made.cert), withNewline(made.private), now)
}

/** A server certificate of `ca` for `hosts`, names and IP addresses; for `life` milliseconds, or as long as the CA. */
export async function newLeaf(ca: KeyPair, hosts: readonly string[], now: number, life: number): Promise<KeyPair> {
  const made = await generate([{ name: 'commonName', value: 'lanekeeper' }], {
    ...validity(now, life, ca.expires),
    ...ALGORITHM,
    ca: { cert: ca.cert, key: ca.key },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: hosts.map((host) => (isIP(host) ? { type: 7, ip: host } : { type: 2, value: host })) },
    ],
  })
  return parseKeyPair(withNewline(made.cert), withNewline(made.private), now)
}

/** sha256 is named because the library's own default is SHA-1, which Go refuses. */
const ALGORITHM = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const

/** The life starts a little in the past: clocks of clients may be behind. */
function validity(now: number, life: number, atMost = Number.POSITIVE_INFINITY): { notBeforeDate: Date; notAfterDate: Date } {
  const start = now - clockTolerance(life)
  return { notBeforeDate: new Date(start), notAfterDate: new Date(Math.min(start + life, atMost)) }
}

/** The library ends its PEM without one, and two such blocks in a file would run into each other. */
function withNewline(pem: string): string {
  return `${pem.trimEnd()}\n`
}
