import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'

/** A certificate (chain) with its private key, both PEM, known to belong together. */
export interface KeyPair {
  readonly cert: string
  readonly key: string
  /** Milliseconds since the epoch. */
  readonly notBefore: number
  readonly expires: number
}

export class CertificateError extends Error {
  readonly code = 'ERR_CERTIFICATE'
}

/** Throws CertificateError when the two don't make a pair that a server can use at `now`. */
export function parseKeyPair(cert: string, key: string, now: number): KeyPair {
  const { notBefore, expires } = checked(cert, key)
  if (expires <= now) throw new CertificateError(`the certificate expired at ${new Date(expires).toISOString()}`)
  return { cert, key, notBefore, expires }
}

function checked(cert: string, key: string): { notBefore: number; expires: number } {
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(cert)
    if (certificate.checkPrivateKey(createPrivateKey(key))) createSecureContext({ cert, key })
    else throw new CertificateError('the private key does not belong to the certificate')
  } catch (cause) {
    if (cause instanceof CertificateError) throw cause
    throw new CertificateError(`unreadable certificate or key: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
  return { notBefore: certificate.validFromDate.getTime(), expires: certificate.validToDate.getTime() }
}
