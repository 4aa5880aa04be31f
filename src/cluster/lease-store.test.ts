import { expect, it } from 'vitest'
import type { ApiReply } from './api-client.ts'
import type { ApiContent, ApiMethod } from './api-connection.ts'
import { ApiLeaseStore } from './lease-store.ts'

const PATH = '/apis/coordination.k8s.io/v1/namespaces/system/leases/lanekeeper'
const LEASE = { holder: 'a', seconds: 15, acquired: 0, renewed: 1_500, transitions: 2 }
const SPEC = {
  holderIdentity: 'a',
  leaseDurationSeconds: 15,
  acquireTime: '1970-01-01T00:00:00.000000Z',
  renewTime: '1970-01-01T00:00:01.500000Z',
  leaseTransitions: 2,
}

/** One Lease, with the API server's rules on versions and patches. */
function cluster(spec?: object | null) {
  let stored = spec === undefined ? undefined : { metadata: { resourceVersion: '1' }, spec }
  const sent: string[] = []
  const request = async (method: ApiMethod, path: string, content?: ApiContent): Promise<ApiReply> => {
    sent.push(`${method} ${path}`)
    if (path.split('?')[0] !== PATH) return { status: 403, body: '{"message": "no right to do that"}' }
    if (content !== undefined) {
      const patch: { metadata: { resourceVersion?: string }; spec?: object } = JSON.parse(content.body)
      const applied = content.contentType === 'application/apply-patch+yaml'
      if (stored === undefined && !applied) return { status: 404, body: '{}' }
      if (!applied && patch.metadata.resourceVersion !== stored?.metadata.resourceVersion) return { status: 409, body: '{}' }
      const resourceVersion = String(Number(stored?.metadata.resourceVersion ?? 0) + 1)
      stored = { metadata: { resourceVersion }, spec: { ...stored?.spec, ...patch.spec } }
    }
    return stored === undefined ? { status: 404, body: '{}' } : { status: 200, body: JSON.stringify(stored) }
  }
  return { api: { request }, store: new ApiLeaseStore({ request }, 'system', 'lanekeeper'), sent, spec: () => stored?.spec }
}

it.each([
  ['as the chart installs it', null],
  ['of an odd program', { holderIdentity: null, renewTime: 'yesterday' }],
])('an empty Lease, %s, is one that nobody holds', async (_name, spec) => {
  const { store } = cluster(spec)
  expect(await store.read()).toEqual({ version: '1', lease: { holder: '', seconds: 0, acquired: 0, renewed: 0, transitions: 0 } })
})

it('what is written is read again', async () => {
  const { store, spec } = cluster(null)
  const written = await store.write(LEASE, await store.read())
  expect(written).toEqual({ version: '2', lease: LEASE })
  expect(await store.read()).toEqual(written)
  expect(spec()).toEqual(SPEC)
})

it('only over the version that was read', async () => {
  const { store } = cluster(null)
  const before = await store.read()
  await store.write(LEASE, before)
  expect(await store.write({ ...LEASE, holder: 'b' }, before)).toBeUndefined()
  expect((await store.read())?.lease.holder).toBe('a')
})

it('a Lease that is missing is made by name, and not taken from who was faster', async () => {
  const { store, sent } = cluster()
  expect(await store.read()).toBeUndefined()
  expect((await store.write(LEASE, undefined))?.lease.holder).toBe('a')
  expect(await store.write({ ...LEASE, holder: 'b' }, undefined)).toBeUndefined()
  expect(sent.filter((line) => line.startsWith('POST'))).toEqual([])
})

it('a refusal is an error, with what the API server says', async () => {
  const { api } = cluster()
  await expect(new ApiLeaseStore(api, 'system', 'other').read()).rejects.toThrow('Lease system/other: HTTP 403: no right to do that')
})
