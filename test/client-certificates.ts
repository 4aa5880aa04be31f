import { generate } from 'selfsigned'
import type { KeyPair } from '../src/certificates/key-pair.ts'

/** PEM. */
export interface Client {
  readonly cert: string
  readonly key: string
}

/** A client certificate of the CA, valid from a minute before `now` for a day. */
export async function clientOf(ca: KeyPair, commonName: string, now = Date.now()): Promise<Client> {
  const made = await generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    ca: { cert: ca.cert, key: ca.key },
    notBeforeDate: new Date(now - 60_000),
    notAfterDate: new Date(now + 86_400_000),
    extensions: [{ name: 'extKeyUsage', clientAuth: true }],
  })
  return { cert: made.cert, key: made.private }
}
