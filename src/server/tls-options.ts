import type { Server } from 'node:https'
import type { KeyPair } from '../certificates/key-pair.ts'

export interface TlsOptions {
  readonly cert: string
  readonly key: string
  readonly minVersion: 'TLSv1.2'
}

export function tlsOptions(pair: KeyPair): TlsOptions {
  return { cert: pair.cert, key: pair.key, minVersion: 'TLSv1.2' }
}

/** Swaps the certificate of a running server. INVARIANT: every option is passed again, for `setSecureContext` resets what isn't. */
export function swapCertificate(server: Server, pair: KeyPair): void {
  server.setSecureContext(tlsOptions(pair))
}
