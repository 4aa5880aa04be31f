import { z } from 'zod'
import type { CaBundleWriter, Watching, WebhookConfiguration } from '../certificates/secret-certificates.ts'
import { type ApiClient, ApiRefusal, type ApiReply } from './api-client.ts'
import { watchForChanges } from './change-hints.ts'

/** Owns the caBundles and nothing else: whoever applies the rest of a configuration leaves them alone. */
const FIELD_MANAGER = 'lanekeeper-ca-bundle'

const API = '/apis/admissionregistration.k8s.io/v1'

const RESOURCES = {
  ValidatingWebhookConfiguration: 'validatingwebhookconfigurations',
  MutatingWebhookConfiguration: 'mutatingwebhookconfigurations',
} as const

export interface ConfigurationName {
  readonly kind: keyof typeof RESOURCES
  readonly name: string
}

const CONFIGURATION = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  webhooks: z.array(z.object({ name: z.string(), clientConfig: z.object({ caBundle: z.string().nullish() }) })).nullish(),
})

/** The caBundles of some webhook configurations, which are known by name. Needs get, watch and patch on them. */
export class ApiCaBundleWriter implements CaBundleWriter {
  readonly #client: ApiClient
  readonly #names: readonly ConfigurationName[]
  /** The webhooks of each configuration, as last read. */
  readonly #webhooks = new WeakMap<WebhookConfiguration, { readonly of: ConfigurationName; readonly names: readonly string[] }>()

  constructor(client: ApiClient, names: readonly ConfigurationName[]) {
    this.#client = client
    this.#names = names
  }

  async read(): Promise<readonly WebhookConfiguration[]> {
    const found = await Promise.all(this.#names.map((name) => this.#readOne(name)))
    return found.filter((configuration) => configuration !== undefined)
  }

  async write(configuration: WebhookConfiguration, bundle: string): Promise<boolean> {
    const webhooks = this.#webhooks.get(configuration)
    if (webhooks === undefined) throw new TypeError('the configuration was not read here')
    const caBundle = Buffer.from(bundle).toString('base64')
    const { kind, name } = webhooks.of
    const reply = await this.#client.request('PATCH', `${pathOf(webhooks.of)}?fieldManager=${FIELD_MANAGER}&force=true`, {
      contentType: 'application/apply-patch+yaml',
      body: JSON.stringify({
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind,
        // Another version by now is a conflict, not a merge.
        metadata: { name, resourceVersion: configuration.version },
        webhooks: webhooks.names.map((webhook) => ({ name: webhook, clientConfig: { caBundle } })),
      }),
    })
    if (reply.status === 409 || reply.status === 404) return false
    if (reply.status !== 200) throw new ApiRefusal('apply', reply)
    return true
  }

  watch(onChange: () => void): Watching {
    const watching = this.#names.map(({ kind, name }) => watchForChanges(this.#client, `${API}/${RESOURCES[kind]}`, name, onChange))
    return {
      close() {
        for (const one of watching) one.close()
      },
    }
  }

  async #readOne(of: ConfigurationName): Promise<WebhookConfiguration | undefined> {
    const reply: ApiReply = await this.#client.request('GET', pathOf(of))
    if (reply.status === 404) return undefined
    if (reply.status !== 200) throw new ApiRefusal(`${of.kind} ${of.name}`, reply)
    const { metadata, webhooks } = CONFIGURATION.parse(JSON.parse(reply.body))
    const configuration = {
      name: `${of.kind} ${of.name}`,
      validating: of.kind === 'ValidatingWebhookConfiguration',
      version: metadata.resourceVersion,
      bundles: (webhooks ?? []).map(({ clientConfig }) => Buffer.from(clientConfig.caBundle ?? '', 'base64').toString('utf8')),
    }
    this.#webhooks.set(configuration, { of, names: (webhooks ?? []).map(({ name }) => name) })
    return configuration
  }
}

function pathOf({ kind, name }: ConfigurationName): string {
  return `${API}/${RESOURCES[kind]}/${name}`
}
