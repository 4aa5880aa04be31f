import { readFileSync } from 'node:fs'
import type { RequestOptions } from 'node:https'
import { dirname, resolve } from 'node:path'
import type { KubeConfig, User } from '@kubernetes/client-node'
import { parse } from 'yaml'
import { isMapping } from '../api/object-shape.ts'
import type { ApiTarget } from './api-connection.ts'
import { execCredential } from './exec-plugin.ts'
import { messageOf } from './manifest-files.ts'

/** Which cluster, and as whom. */
export type ClusterOrigin =
  /** The pod's own cluster, as its ServiceAccount. `root` is the folder that has the pod's var/run: '' but for a test, which is no pod. */
  | { readonly from: 'in-cluster'; readonly root: string }
  /** `context` undefined = the file's current one. */
  | { readonly from: 'kubeconfig'; readonly file: string; readonly context: string | undefined }

/** The cluster that a pod runs in; undefined outside of one. */
export function inClusterOrigin(env: Readonly<Record<string, string | undefined>>): ClusterOrigin | undefined {
  return env['KUBERNETES_SERVICE_HOST'] ? { from: 'in-cluster', root: env['LANEKEEPER_IN_CLUSTER_ROOT'] ?? '' } : undefined
}

/** No cluster can be told from the configuration. */
export class KubeConfigError extends Error {
  readonly code = 'ERR_KUBECONFIG'
}

/** Loads the configuration as it is now. Throws KubeConfigError. The library is big (0.4 s, 87 MB) and only loaded here. */
export async function loadKubeConfig(origin: ClusterOrigin): Promise<KubeConfig> {
  const library = await import('@kubernetes/client-node')
  const config = new library.KubeConfig()
  config.addAuthenticator({ isAuthProvider: isExecPlugin, applyAuthentication: applyExecPlugin })
  if (origin.from === 'in-cluster') {
    config.loadFromCluster(origin.root)
    return config
  }
  const { file, context } = origin
  const text = kubeConfigText(file)
  attempt(file, () => {
    config.loadFromString(text)
    config.makePathsAbsolute(dirname(file))
  })
  if (context !== undefined) config.setCurrentContext(context)
  const named = config.getCurrentContext()
  if (!named) throw new KubeConfigError(`${file}: no current-context: name one with --context`)
  if (config.getCurrentCluster() === null) throw new KubeConfigError(`${file}: no context "${named}" with a cluster`)
  const user = config.getCurrentUser()
  // The library drops even the CA of a cluster when there is no user.
  if (user === null) throw new KubeConfigError(`${file}: the context "${named}" names no user of the file`)
  // `tokenFile`, as kubectl spells it, is unknown to the library, which would make us anonymous.
  const tokenFile = tokenFileOf(parse(text), user.name)
  if (tokenFile !== undefined) {
    const authProvider = { name: 'tokenFile', config: { tokenFile: resolve(dirname(file), tokenFile) } }
    config.users = config.users.map((each) => (each.name === user.name ? { ...each, token: '', authProvider } : each))
  }
  // The library would wait for ever.
  config.users = config.users.map(({ exec, ...each }) =>
    exec ? { ...each, authProvider: { name: EXEC_PLUGIN, config: { plugin: exec } } } : each,
  )
  return config
}

const EXEC_PLUGIN = 'exec-plugin'

function isExecPlugin(user: User): boolean {
  return user.authProvider?.name === EXEC_PLUGIN
}

/** The library calls it before it has set any header. */
async function applyExecPlugin(user: User, options: RequestOptions): Promise<void> {
  const { token, cert, key } = await execCredential(user.authProvider.config.plugin)
  if (cert !== undefined) options.cert = cert
  if (key !== undefined) options.key = key
  if (token !== undefined) options.headers = { Authorization: `Bearer ${token}` }
}

/** Where requests go, with the credentials of this moment: reads files, and may run an exec plugin. Throws KubeConfigError. */
export async function apiTarget(origin: ClusterOrigin): Promise<ApiTarget> {
  const config = await loadKubeConfig(origin)
  const place = origin.from === 'in-cluster' ? 'in-cluster' : origin.file
  const cluster = config.getCurrentCluster()
  const server = attempt(place, () => new URL(cluster?.server ?? ''))
  // A token over plain HTTP is anybody's: such a server (kubectl proxy, a test) is talked to without credentials.
  if (server.protocol === 'http:') return { server, tls: {}, headers: {} }
  if (server.protocol !== 'https:') throw new KubeConfigError(`${place}: the server must be an https URL, not ${server.protocol}`)
  const proxy = cluster?.proxyUrl
  if (proxy !== undefined && !/^https?:/.test(proxy)) throw new KubeConfigError(`${place}: proxy-url must be an http URL`)

  const options: RequestOptions = {}
  try {
    await config.applyToHTTPSOptions(options)
  } catch (cause) {
    throw new KubeConfigError(`${place}: no credentials: ${cause instanceof Error ? cause.message.trim() : String(cause)}`, { cause })
  }
  const headers = Object.entries(options.headers ?? {}).map(([name, value]) => [name, String(value).trim()])
  if (options.auth) headers.push(['Authorization', `Basic ${Buffer.from(options.auth).toString('base64')}`])
  const { ca, cert, key, servername, rejectUnauthorized = true } = options
  return {
    server,
    tls: {
      rejectUnauthorized,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(servername === undefined ? {} : { servername }),
      proxyEnv: proxy === undefined ? process.env : { HTTPS_PROXY: proxy },
    },
    headers: Object.fromEntries(headers),
  }
}

function tokenFileOf(raw: unknown, userName: string): string | undefined {
  const users = isMapping(raw) && Array.isArray(raw['users']) ? raw['users'] : []
  const entry: unknown = users.find((each: unknown) => isMapping(each) && each['name'] === userName)
  const user = isMapping(entry) ? entry['user'] : undefined
  const file = isMapping(user) ? user['tokenFile'] : undefined
  return typeof file === 'string' && file !== '' ? file : undefined
}

function kubeConfigText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new KubeConfigError(`${file}: ${messageOf(cause)}`, { cause })
  }
}

function attempt<T>(place: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    const isYaml = !(cause instanceof Error) || cause.name !== 'YAMLException'
    // An error about YAML goes on with the text, which may hold credentials.
    throw new KubeConfigError(`${place}: ${isYaml ? message : `is no YAML: ${message.split('\n', 1)[0]}`}`, { cause })
  }
}
