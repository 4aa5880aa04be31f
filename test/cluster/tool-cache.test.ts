import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { fromCache, isCached, requiredVersion } from './tool-cache.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanekeeper-tools-'))
  vi.stubEnv('LANEKEEPER_TEST_TOOLS', folder)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

it.each([
  ['apiserver', 'k8s.io/kubernetes', /^v1\.36\./],
  ['apiserver-1.34', 'k8s.io/kubernetes', /^v1\.34\./],
  ['etcd', 'go.etcd.io/etcd/server/v3', /^v3\./],
  ['helm', 'helm.sh/helm/v4', /^v4\./],
  ['gateway-api-1.4', 'sigs.k8s.io/gateway-api', /^v1\.4\./],
  ['gateway-api-1.6', 'sigs.k8s.io/gateway-api', /^v1\.6\./],
] as const)('%s requires %s', (module, path, version) => {
  expect(requiredVersion(module, path)).toMatch(version)
})

it('a version is that of the module, not of one whose name begins like it', () => {
  expect(() => requiredVersion('apiserver', 'k8s.io/kube')).toThrow('test/tools/apiserver/go.mod does not require k8s.io/kube')
})

it('a product is made once', async () => {
  let made = 0
  const make = (path: string) => writeFile(path, `made ${++made}`)
  expect(isCached('etcd', 'etcd')).toBe(false)
  const path = await fromCache('etcd', 'etcd', make)
  expect(await fromCache('etcd', 'etcd', make)).toBe(path)
  expect([readFileSync(path, 'utf8'), isCached('etcd', 'etcd'), isCached('helm', 'etcd')]).toEqual(['made 1', true, false])
})

it('two that make the same product at once both get a whole one', async () => {
  const make = (path: string) => writeFile(path, 'whole')
  const [path, other] = await Promise.all([fromCache('etcd', 'etcd', make), fromCache('etcd', 'etcd', make)])
  expect([other, readFileSync(path, 'utf8'), readdirSync(dirname(path))]).toEqual([path, 'whole', ['etcd']])
})

it('a product that was not finished is not there', async () => {
  const make = async (path: string) => {
    await writeFile(path, 'half')
    throw new Error('out of disk')
  }
  await expect(fromCache('etcd', 'etcd', make)).rejects.toThrow('out of disk')
  expect(isCached('etcd', 'etcd')).toBe(false)
})
