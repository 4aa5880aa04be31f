import { z } from 'zod'
import { ApiRefusal, type ApiReply, type ApiRequests } from './api-client.ts'
import type { Lease, LeaseStore, StoredLease } from './leader-election.ts'

const FIELD_MANAGER = 'lanekeeper-lease'

/** Whatever somebody wrote into it: what can't be understood is a Lease that nobody holds. */
const LEASE = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  spec: z
    .object({
      holderIdentity: z.string().nullish(),
      leaseDurationSeconds: z.number().nullish(),
      acquireTime: z.string().nullish(),
      renewTime: z.string().nullish(),
      leaseTransitions: z.number().nullish(),
    })
    .nullish(),
})

/** One Lease of coordination.k8s.io/v1, written only over the version that was read. Needs get and patch on it, and create where it may be missing. */
export class ApiLeaseStore implements LeaseStore {
  readonly #api: ApiRequests
  readonly #namespace: string
  readonly #name: string

  constructor(api: ApiRequests, namespace: string, name: string) {
    this.#api = api
    this.#namespace = namespace
    this.#name = name
  }

  async read(): Promise<StoredLease | undefined> {
    // Without a resourceVersion, the newest one is read, and no cache of the API server's.
    const reply = await this.#api.request('GET', this.#path())
    return reply.status === 404 ? undefined : this.#stored(reply)
  }

  async write(lease: Lease, expected: StoredLease | undefined): Promise<StoredLease | undefined> {
    const version = expected?.version ?? (await this.#made())
    if (version === undefined) return undefined
    const reply = await this.#api.request('PATCH', `${this.#path()}?fieldManager=${FIELD_MANAGER}`, {
      contentType: 'application/merge-patch+json',
      body: JSON.stringify({
        metadata: { resourceVersion: version },
        spec: {
          holderIdentity: lease.holder,
          leaseDurationSeconds: lease.seconds,
          acquireTime: microTime(lease.acquired),
          renewTime: microTime(lease.renewed),
          leaseTransitions: lease.transitions,
        },
      }),
    })
    return reply.status === 409 || reply.status === 404 ? undefined : this.#stored(reply)
  }

  /** Makes an empty Lease and returns its version; undefined = it is there, and held. Creation by server-side apply can be allowed for one name alone. */
  async #made(): Promise<string | undefined> {
    const reply = await this.#api.request('PATCH', `${this.#path()}?fieldManager=${FIELD_MANAGER}-shell`, {
      contentType: 'application/apply-patch+yaml',
      body: JSON.stringify({
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { namespace: this.#namespace, name: this.#name },
      }),
    })
    const { version, lease } = this.#stored(reply)
    return lease.holder === '' ? version : undefined
  }

  #stored(reply: ApiReply): StoredLease {
    if (reply.status !== 200 && reply.status !== 201) throw new ApiRefusal(`Lease ${this.#namespace}/${this.#name}`, reply)
    const { metadata, spec } = LEASE.parse(JSON.parse(reply.body))
    return {
      version: metadata.resourceVersion,
      lease: {
        holder: spec?.holderIdentity ?? '',
        seconds: spec?.leaseDurationSeconds ?? 0,
        acquired: milliseconds(spec?.acquireTime),
        renewed: milliseconds(spec?.renewTime),
        transitions: spec?.leaseTransitions ?? 0,
      },
    }
  }

  #path(): string {
    return `/apis/coordination.k8s.io/v1/namespaces/${this.#namespace}/leases/${this.#name}`
  }
}

/** A metav1.MicroTime: six decimals exactly. */
export function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z')
}

function milliseconds(time: string | null | undefined): number {
  const parsed = Date.parse(time ?? '')
  return Number.isNaN(parsed) ? 0 : parsed
}
