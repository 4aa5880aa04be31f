import { describe, expect, it } from 'vitest'
import type { ApiClient, ApiReply } from './api-client.ts'
import type { ApiContent } from './api-connection.ts'
import { ApiCaBundleWriter } from './ca-bundle-writer.ts'
import { ApiSecretStore } from './secret-store.ts'

interface Stored {
  metadata: { resourceVersion: string; [key: string]: unknown }
  data?: Record<string, string>
  webhooks?: { name: string; clientConfig: Record<string, unknown>; [key: string]: unknown }[]
}

interface Sent {
  readonly method: string
  readonly path: string
  readonly content: ApiContent | undefined
}

/** The API server's rules on versions and patches, for a few objects. */
class FakeApi implements ApiClient {
  readonly objects = new Map<string, Stored>()
  readonly sent: Sent[] = []
  readonly watched: string[] = []
  forbidden = false
  #version = 100

  async request(method: 'GET' | 'PATCH', path: string, content?: ApiContent): Promise<ApiReply> {
    this.sent.push({ method, path, content })
    if (this.forbidden) return reply(403, { message: 'no right to do that' })
    const key = path.split('?')[0] ?? ''
    const object = this.objects.get(key)
    if (content === undefined) return object === undefined ? reply(404, { message: 'not found' }) : reply(200, object)
    const patch: Partial<Stored> = JSON.parse(content.body)
    const wanted = patch.metadata?.resourceVersion
    if (object === undefined) {
      if (content.contentType === 'application/merge-patch+json') return reply(404, {})
      return reply(201, this.put(key, {}))
    }
    if (wanted !== undefined && wanted !== object.metadata.resourceVersion) return reply(409, { message: 'the object has been modified' })
    const data = { ...object.data, ...patch.data }
    const webhooks = object.webhooks?.map((webhook) => {
      const applied = patch.webhooks?.find(({ name }) => name === webhook.name)
      return { ...webhook, clientConfig: { ...webhook.clientConfig, ...applied?.clientConfig } }
    })
    return reply(200, this.put(key, { ...object, ...(Object.keys(data).length === 0 ? {} : { data }), ...(webhooks && { webhooks }) }))
  }

  async watch(path: string, onData: () => void, signal: AbortSignal): Promise<void> {
    this.watched.push(path)
    onData()
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  }

  put(key: string, object: Omit<Stored, 'metadata'>): Stored {
    const stored = { ...object, metadata: { resourceVersion: String(++this.#version) } }
    this.objects.set(key, stored)
    return stored
  }
}

function reply(status: number, body: unknown): ApiReply {
  return { status, body: JSON.stringify(body) }
}

const SECRET = '/api/v1/namespaces/lanekeeper/secrets/tls'

describe('ApiSecretStore', () => {
  it('writes over the version that was read, and tells when that is gone', async () => {
    const api = new FakeApi()
    api.put(SECRET, { data: { other: 'eA==' } })
    const store = new ApiSecretStore(api, 'lanekeeper', 'tls')
    const empty = await store.read()
    expect(empty?.text).toBeUndefined()
    expect(await store.write('one', empty)).toBe(true)
    expect(await store.write('two', empty)).toBe(false)
    const now = await store.read()
    expect(now?.text).toBe('one')
    expect(await store.write('two', now)).toBe(true)
    expect(api.objects.get(SECRET)?.data).toEqual({ other: 'eA==', 'certificates.json': Buffer.from('two').toString('base64') })
  })

  it('makes a Secret that is missing, once for all replicas', async () => {
    const api = new FakeApi()
    const store = new ApiSecretStore(api, 'lanekeeper', 'tls')
    expect(await store.read()).toBeUndefined()
    const written = await Promise.all([store.write('one', undefined), store.write('two', undefined)])
    expect(written.filter(Boolean)).toHaveLength(1)
    expect(await store.write('three', undefined)).toBe(false)
  })

  it('rejects with what the API server says', async () => {
    const api = new FakeApi()
    api.forbidden = true
    await expect(new ApiSecretStore(api, 'lanekeeper', 'tls').read()).rejects.toThrow(
      'Secret lanekeeper/tls: HTTP 403: no right to do that',
    )
  })
})

const VALIDATING = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/lanekeeper'

describe('ApiCaBundleWriter', () => {
  const names = [
    { kind: 'ValidatingWebhookConfiguration', name: 'lanekeeper' },
    { kind: 'MutatingWebhookConfiguration', name: 'lanekeeper' },
  ] as const
  const webhook = (name: string) => ({ name, failurePolicy: 'Fail', clientConfig: { url: 'https://127.0.0.1/validate' } })

  it('reads those that exist, and applies the caBundle of each webhook and nothing else', async () => {
    const api = new FakeApi()
    api.put(VALIDATING, { webhooks: [webhook('routes'), webhook('deletes')] })
    const writer = new ApiCaBundleWriter(api, names)
    const [configuration, ...rest] = await writer.read()
    if (configuration === undefined) throw new Error('none')
    expect(rest).toEqual([])
    expect(configuration).toMatchObject({ name: 'ValidatingWebhookConfiguration lanekeeper', validating: true, bundles: ['', ''] })
    expect(await writer.write(configuration, 'PEM')).toBe(true)
    const applied = api.sent.at(-1)
    expect(applied?.path).toBe(`${VALIDATING}?fieldManager=lanekeeper-ca-bundle&force=true`)
    expect(applied?.content?.contentType).toBe('application/apply-patch+yaml')
    const caBundle = Buffer.from('PEM').toString('base64')
    expect(JSON.parse(applied?.content?.body ?? '')).toEqual({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'lanekeeper', resourceVersion: configuration.version },
      webhooks: [
        { name: 'routes', clientConfig: { caBundle } },
        { name: 'deletes', clientConfig: { caBundle } },
      ],
    })
    expect((await writer.read())[0]?.bundles).toEqual(['PEM', 'PEM'])
  })

  it('does nothing to a configuration that changed since, or is gone', async () => {
    const api = new FakeApi()
    api.put(VALIDATING, { webhooks: [webhook('routes')] })
    const writer = new ApiCaBundleWriter(api, names)
    const [configuration] = await writer.read()
    if (configuration === undefined) throw new Error('none')
    api.put(VALIDATING, { webhooks: [webhook('others')] })
    expect(await writer.write(configuration, 'PEM')).toBe(false)
    expect((await writer.read())[0]?.bundles).toEqual([''])
  })

  it('watches each by its name', () => {
    const api = new FakeApi()
    let heard = 0
    const watching = new ApiCaBundleWriter(api, names).watch(() => {
      heard++
    })
    expect(api.watched).toEqual([
      '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations?watch=true&fieldSelector=metadata.name%3Dlanekeeper&timeoutSeconds=300',
      '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations?watch=true&fieldSelector=metadata.name%3Dlanekeeper&timeoutSeconds=300',
    ])
    expect(heard).toBe(2)
    watching.close()
  })
})
