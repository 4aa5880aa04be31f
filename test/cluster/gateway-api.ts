import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ControlPlane } from './control-plane.ts'
import { kubectlOk } from './kubectl.ts'
import { fromCache, go, isCached, type ToolModule } from './tool-cache.ts'

/** Minor versions of the Gateway API; test/tools/ has the patch version and the checksum of each. */
export type GatewayApiVersion = '1.4' | '1.6'
export type GatewayApiChannel = 'standard' | 'experimental'

export interface GatewayApiBundle {
  readonly version: GatewayApiVersion
  readonly channel: GatewayApiChannel
}

/** The bundle as one YAML file, of the files that the Go module carries. */
export function bundleFile({ version, channel }: GatewayApiBundle): Promise<string> {
  const module = moduleOf(version)
  return fromCache(module, productOf(channel), async (path) => {
    const download: { readonly Dir: string } = JSON.parse(await go(module, ['mod', 'download', '-json', 'sigs.k8s.io/gateway-api']))
    const folder = join(download.Dir, 'config', 'crd', channel)
    const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml')
    const texts = await Promise.all(names.sort().map((name) => readFile(join(folder, name), 'utf8')))
    await writeFile(path, texts.join('\n---\n'))
  })
}

/** Whether the bundle can be had without Go. */
export function bundleIsAtHand({ version, channel }: GatewayApiBundle): boolean {
  return isCached(moduleOf(version), productOf(channel))
}

/**
 * Installs the bundle and waits until it is served. Each takes a control plane of its own: from 1.5 on a bundle brings a
 * policy that refuses another version or channel.
 */
export async function installGatewayApi(plane: ControlPlane, bundle: GatewayApiBundle): Promise<void> {
  await kubectlOk(plane.admin, ['apply', '--server-side', '--filename', await bundleFile(bundle)])
  await kubectlOk(plane.admin, ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s'])
}

function moduleOf(version: GatewayApiVersion): ToolModule {
  return `gateway-api-${version}`
}

function productOf(channel: GatewayApiChannel): string {
  return `${channel}.yaml`
}
