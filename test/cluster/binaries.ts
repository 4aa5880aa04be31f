import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fromCache, go, isCached, requiredVersion, type ToolModule } from './tool-cache.ts'

export type Binary = keyof typeof BINARIES

interface Built {
  readonly module: ToolModule
  readonly package: string
  /** Kubernetes programs carry their version as build flags: Helm and kubectl look at it. */
  readonly stamped: boolean
  /** The module whose version is the program's. */
  readonly versionOf: string
  /** Whether KUBEBUILDER_ASSETS may have it; another minor version is never taken from there. */
  readonly asset: boolean
}

const KUBERNETES = { stamped: true, versionOf: 'k8s.io/kubernetes' } as const

const BINARIES = {
  etcd: {
    module: 'etcd',
    package: 'go.etcd.io/etcd/server/v3',
    stamped: false,
    versionOf: 'go.etcd.io/etcd/server/v3',
    asset: true,
  },
  'kube-apiserver': { module: 'apiserver', package: 'k8s.io/kubernetes/cmd/kube-apiserver', ...KUBERNETES, asset: true },
  kubectl: { module: 'apiserver', package: 'k8s.io/kubernetes/cmd/kubectl', ...KUBERNETES, asset: true },
  helm: { module: 'helm', package: 'helm.sh/helm/v4/cmd/helm', stamped: false, versionOf: 'helm.sh/helm/v4', asset: false },
  'kube-apiserver-1.34': { module: 'apiserver-1.34', package: 'k8s.io/kubernetes/cmd/kube-apiserver', ...KUBERNETES, asset: false },
} as const satisfies Readonly<Record<string, Built>>

/** The path of the program: from KUBEBUILDER_ASSETS, else from the cache, else built into it, which takes minutes the first time. */
export async function binary(name: Binary): Promise<string> {
  return asset(name) ?? (await fromCache(BINARIES[name].module, name, (path) => build(name, path)))
}

/** Whether the program can be had without Go. */
export function isAtHand(name: Binary): boolean {
  return asset(name) !== undefined || isCached(BINARIES[name].module, name)
}

/** The version of the program that is built here, as `v1.2.3`. */
export function builtVersion(name: Binary): string {
  return requiredVersion(BINARIES[name].module, BINARIES[name].versionOf)
}

/** The envtest convention: a folder with kube-apiserver, etcd and kubectl. */
function asset(name: Binary): string | undefined {
  const folder = process.env['KUBEBUILDER_ASSETS']
  if (!folder || !BINARIES[name].asset) return undefined
  const path = join(folder, name)
  return existsSync(path) ? path : undefined
}

async function build(name: Binary, path: string): Promise<void> {
  const { module, package: source, stamped } = BINARIES[name]
  const version = builtVersion(name)
  const started = Date.now()
  const seconds = () => Math.round((Date.now() - started) / 1000)
  console.error(`building ${name} ${version} in test/tools/${module}, once: this takes minutes`)
  const progress = setInterval(() => console.error(`building ${name}: ${seconds()} s`), 30_000)
  try {
    await go(module, [
      'build',
      '-trimpath',
      '-ldflags',
      ['-s', '-w', ...(stamped ? versionFlags(version) : [])].join(' '),
      '-o',
      path,
      source,
    ])
  } finally {
    clearInterval(progress)
  }
  console.error(`built ${name} ${version} in ${seconds()} s`)
}

function versionFlags(version: string): string[] {
  const [major = '', minor = ''] = version.replace(/^v/, '').split('.')
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor }
  return Object.entries(values).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
}
