import { X509Certificate } from 'node:crypto'
import { z } from 'zod'
import { newAuthority, newLeaf } from './issuing.ts'
import { CertificateError, parseKeyPair } from './key-pair.ts'
import type { Authority, Leaf, RotationState, RotationTimings, SigningAuthority, TrustedAuthority } from './rotation.ts'

/** Makes what the rotation asks for, and reads and writes it as text. */
export interface Pki {
  newAuthority(now: number): Promise<SigningAuthority>
  newLeaf(by: SigningAuthority, hosts: readonly string[], now: number): Promise<Leaf>
  encode(state: RotationState): string
  /** Throws CertificateError for a text that `encode` didn't make, or whose certificates don't fit each other. */
  decode(text: string): RotationState
  /** What a caBundle makes clients trust, each once. What isn't a certificate makes them trust nothing. */
  authoritiesIn(bundle: string): readonly TrustedAuthority[]
}

/** X.509, as `issuing.ts` makes it. */
export function x509Pki({ caLife, leafLife }: RotationTimings): Pki {
  return {
    async newAuthority(now) {
      const { cert, key } = await newAuthority(now, caLife)
      return { ...trusted(new X509Certificate(cert)), key }
    },
    async newLeaf(by, hosts, now) {
      const { cert, key, notBefore, expires } = await newLeaf(by, hosts, now, leafLife)
      return { cert, key, authority: by.id, hosts, notBefore, expires }
    },
    encode,
    decode,
    authoritiesIn,
  }
}

/** What is stored: what certificates say themselves is read from them. */
const STORED = z.strictObject({
  authorities: z
    .array(z.union([z.strictObject({ cert: z.string(), key: z.string() }), z.strictObject({ cert: z.string(), retireAt: z.number() })]))
    .min(1),
  leaf: z.strictObject({ cert: z.string(), key: z.string(), hosts: z.array(z.string()) }).optional(),
  publishedAt: z.union([z.number(), z.literal('first')]).optional(),
  retired: z.array(z.strictObject({ id: z.string(), expires: z.number() })),
})

type Stored = z.infer<typeof STORED>

function encode({ authorities, leaf, publishedAt, retired }: RotationState): string {
  const stored: Stored = {
    authorities: authorities.map((authority) =>
      'key' in authority ? { cert: authority.cert, key: authority.key } : { cert: authority.cert, retireAt: authority.retireAt },
    ),
    ...(leaf === undefined ? {} : { leaf: { cert: leaf.cert, key: leaf.key, hosts: [...leaf.hosts] } }),
    ...(publishedAt === undefined ? {} : { publishedAt }),
    retired: retired.map(({ id, expires }) => ({ id, expires })),
  }
  return `${JSON.stringify(stored, undefined, 2)}\n`
}

function decode(text: string): RotationState {
  const { authorities, leaf, publishedAt, retired } = readStored(text)
  const [first, ...rest] = authorities.map(readAuthority)
  if (first === undefined || !('key' in first)) throw new CertificateError('the first CA has no key')
  if (new Set([first, ...rest].map(({ id }) => id)).size !== authorities.length) throw new CertificateError('a CA is listed twice')
  return {
    authorities: [first, ...rest],
    leaf: leaf === undefined ? undefined : readLeaf(leaf, [first, ...rest]),
    publishedAt,
    retired,
  }
}

function readStored(text: string): Stored {
  try {
    return STORED.parse(JSON.parse(text))
  } catch (cause) {
    // The cause may quote the text, and the text holds keys.
    throw new CertificateError(cause instanceof SyntaxError ? 'it is no JSON' : 'it has another shape')
  }
}

function readAuthority(stored: Stored['authorities'][number]): Authority {
  const certificate = parseCertificate(stored.cert)
  const authority = trusted(certificate)
  if (!('key' in stored)) return { ...authority, retireAt: stored.retireAt }
  parseKeyPair(stored.cert, stored.key, Number.NEGATIVE_INFINITY)
  if (!certificate.ca) throw new CertificateError('a signing CA is no CA')
  return { ...authority, key: stored.key }
}

function readLeaf({ cert, key, hosts }: NonNullable<Stored['leaf']>, authorities: readonly Authority[]): Leaf {
  const { notBefore, expires } = parseKeyPair(cert, key, Number.NEGATIVE_INFINITY)
  const certificate = new X509Certificate(cert)
  const issuer = authorities.find((authority) => {
    const candidate = new X509Certificate(authority.cert)
    return certificate.checkIssued(candidate) && certificate.verify(candidate.publicKey)
  })
  if (issuer === undefined) throw new CertificateError('none of its CAs signed the server certificate')
  return { cert, key, authority: issuer.id, hosts, notBefore, expires }
}

function authoritiesIn(bundle: string): readonly TrustedAuthority[] {
  const found = new Map<string, TrustedAuthority>()
  for (const block of bundle.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []) {
    try {
      const authority = trusted(new X509Certificate(block))
      found.set(authority.id, authority)
    } catch {
      // Go skips such a block too.
    }
  }
  return [...found.values()]
}

function parseCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (cause) {
    throw new CertificateError('a CA is no certificate', { cause })
  }
}

function trusted(certificate: X509Certificate): TrustedAuthority {
  return {
    id: certificate.fingerprint256,
    cert: certificate.toString(),
    notBefore: certificate.validFromDate.getTime(),
    expires: certificate.validToDate.getTime(),
  }
}
