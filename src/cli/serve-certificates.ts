import { Certificates } from '../certificates/file-certificates.ts'
import type { KeyPair } from '../certificates/key-pair.ts'
import { x509Pki } from '../certificates/pki.ts'
import { SecretCertificates } from '../certificates/secret-certificates.ts'
import { ConnectedApiClient } from '../cluster/api-client.ts'
import { HttpApiConnection } from '../cluster/api-connection.ts'
import { ApiCaBundleWriter } from '../cluster/ca-bundle-writer.ts'
import { SYSTEM_CLOCK } from '../cluster/clock.ts'
import { apiTarget } from '../cluster/kube-config.ts'
import { ApiSecretStore } from '../cluster/secret-store.ts'
import type { ServeOptions } from './serve-options.ts'

/** Where the server's certificate comes from, whichever way it is kept. */
export interface CertificateSource {
  /** The first pair to serve. Rejects when there can't be one. */
  start(): Promise<KeyPair>
  current(): KeyPair | undefined
  /** Milliseconds since the epoch, by kind. */
  expiry(): ReadonlyMap<string, number>
  close(): Promise<void>
  /** What clients must trust, where it is a file of ours. */
  caFile(): string | undefined
  /** Why callers would refuse the certificate, as far as that is for us to know. */
  untrusted(): string | undefined
  /** undefined: the caBundles aren't ours. */
  inSync(): boolean | undefined
}

export interface CertificateListeners {
  readonly onChange: (pair: KeyPair) => void
  readonly onNotice: (level: 'info' | 'error', message: string) => void
}

export function certificateSource(origin: ServeOptions['certificates'], listeners: CertificateListeners): CertificateSource {
  if (origin.mode !== 'secret') {
    const certificates = new Certificates({ origin, ...listeners })
    return {
      start: () => certificates.start(),
      current: () => certificates.current(),
      expiry: () => certificates.expiry(),
      close: () => certificates.close(),
      caFile: () => certificates.caFile(),
      untrusted: () => undefined,
      inSync: () => undefined,
    }
  }
  const { cluster, secret, configurations, hosts, timings } = origin
  const client = new ConnectedApiClient(new HttpApiConnection(() => apiTarget(cluster), SYSTEM_CLOCK), SYSTEM_CLOCK)
  const certificates = new SecretCertificates({
    store: new ApiSecretStore(client, secret.namespace, secret.name),
    bundles: new ApiCaBundleWriter(client, configurations),
    pki: x509Pki(timings),
    timings,
    hosts,
    ...listeners,
  })
  return {
    start: () => certificates.start(),
    current: () => certificates.current(),
    expiry: () => certificates.expiry(),
    close: async () => {
      await certificates.close()
      client.close()
    },
    caFile: () => undefined,
    untrusted: () => certificates.untrusted(),
    inSync: () => certificates.inSync(),
  }
}
