import { z } from 'zod'
import type { SecretStore, StoredText, Watching } from '../certificates/secret-certificates.ts'
import { type ApiClient, ApiRefusal, type ApiReply } from './api-client.ts'
import { watchForChanges } from './change-hints.ts'

/** Of the Secret's data, the only key that is ours. */
const DATA_KEY = 'certificates.json'
const FIELD_MANAGER = 'lanekeeper-certificates'

const SECRET = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  data: z.record(z.string(), z.string()).nullish(),
})

/** One key of one Secret, written only over the version that was read. Needs get, watch and patch on it, and create where it may be missing. */
export class ApiSecretStore implements SecretStore {
  readonly #client: ApiClient
  readonly #namespace: string
  readonly #name: string

  constructor(client: ApiClient, namespace: string, name: string) {
    this.#client = client
    this.#namespace = namespace
    this.#name = name
  }

  async read(): Promise<StoredText | undefined> {
    // Without a resourceVersion, the newest one is read, and no cache of the API server's.
    const reply = await this.#client.request('GET', this.#path())
    return reply.status === 404 ? undefined : this.#stored(reply)
  }

  async write(text: string, expected: StoredText | undefined): Promise<boolean> {
    const version = expected?.version ?? (await this.#made())
    if (version === undefined) return false
    const data = { [DATA_KEY]: Buffer.from(text).toString('base64') }
    const reply = await this.#client.request('PATCH', `${this.#path()}?fieldManager=${FIELD_MANAGER}`, {
      contentType: 'application/merge-patch+json',
      body: JSON.stringify({ metadata: { resourceVersion: version }, data }),
    })
    if (reply.status === 409 || reply.status === 404) return false
    this.#stored(reply)
    return true
  }

  watch(onChange: () => void): Watching {
    return watchForChanges(this.#client, `/api/v1/namespaces/${this.#namespace}/secrets`, this.#name, onChange)
  }

  /**
   * Makes an empty Secret and returns its version; undefined = it is there, and not empty. By server-side apply, whose creation
   * can be allowed for one name alone; two replicas that do it at once make one, for they say the same.
   */
  async #made(): Promise<string | undefined> {
    const reply = await this.#client.request('PATCH', `${this.#path()}?fieldManager=${FIELD_MANAGER}-shell`, {
      contentType: 'application/apply-patch+yaml',
      body: JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace: this.#namespace, name: this.#name } }),
    })
    const { version, text } = this.#stored(reply)
    return text === undefined ? version : undefined
  }

  #stored(reply: ApiReply): StoredText {
    if (reply.status !== 200 && reply.status !== 201) throw new ApiRefusal(`Secret ${this.#namespace}/${this.#name}`, reply)
    const { metadata, data } = SECRET.parse(JSON.parse(reply.body))
    const encoded = data?.[DATA_KEY]
    return { version: metadata.resourceVersion, text: encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8') }
  }

  #path(): string {
    return `/api/v1/namespaces/${this.#namespace}/secrets/${this.#name}`
  }
}
