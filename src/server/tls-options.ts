import type { Server } from 'node:https'
import type { KeyPair } from '../certificates/key-pair.ts'

export interface TlsOptions {
  readonly cert: string
  readonly key: string
  readonly minVersion: 'TLSv1.2'
  /** The CAs of callers' certificates. */
  readonly ca?: string
  /** Asks callers for a certificate, and talks to those without one too: what they may do is decided for each request. */
  readonly requestCert?: true
  readonly rejectUnauthorized?: false
}

export function tlsOptions(pair: KeyPair, clientCa?: string): TlsOptions {
  const options = { cert: pair.cert, key: pair.key, minVersion: 'TLSv1.2' } as const
  return clientCa === undefined ? options : { ...options, ca: clientCa, requestCert: true, rejectUnauthorized: false }
}

/** Swaps the certificate of a running server. INVARIANT: every option is passed again, for `setSecureContext` resets what isn't. */
export function swapCertificate(server: Server, options: TlsOptions): void {
  server.setSecureContext(options)
}
