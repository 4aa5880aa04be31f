import { type Binary, isAtHand } from './binaries.ts'
import { bundleIsAtHand, type GatewayApiBundle } from './gateway-api.ts'
import { hasGo } from './tool-cache.ts'

export const BINARIES_NEEDED: readonly Binary[] = ['etcd', 'kube-apiserver', 'kube-apiserver-1.34', 'kubectl', 'helm']
export const BUNDLES_NEEDED: readonly GatewayApiBundle[] = [
  { version: '1.4', channel: 'standard' },
  { version: '1.4', channel: 'experimental' },
  { version: '1.6', channel: 'standard' },
  { version: '1.6', channel: 'experimental' },
]

export const NO_TOOLS = 'the cluster suite needs Go 1.26 or later in the PATH, to build kube-apiserver, etcd, kubectl and helm once'

/** They are there, or Go is, to make them. */
export async function canHaveTools(): Promise<boolean> {
  return (BINARIES_NEEDED.every(isAtHand) && BUNDLES_NEEDED.every(bundleIsAtHand)) || hasGo()
}
