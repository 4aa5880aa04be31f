import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ControlPlane } from './control-plane.ts'
import { kubectlOk, listOf } from './kubectl.ts'

/** A user that the API server knows by token; what it may do is RBAC's matter. */
export interface User {
  readonly name: string
  readonly token: string
  /** A kubeconfig file with this token. */
  readonly kubeconfig: string
  /** Its own home folder, with the caches of kubectl and Helm. */
  readonly home: string
}

export interface Address {
  readonly url: string
  readonly caFile: string
}

/** A user with a home of its own below `homes`. */
export function makeUser(name: string, token: string, { url, caFile }: Address, homes: string): User {
  const home = join(homes, 'users', name.replaceAll(':', '-'))
  const kubeconfig = join(home, 'kubeconfig')
  mkdirSync(home, { recursive: true })
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: url, 'certificate-authority': caFile } }],
    users: [{ name, user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: name } }],
    'current-context': 'test',
  }
  // JSON is YAML.
  writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 })
  return { name, token, kubeconfig, home }
}

const RBAC = 'rbac.authorization.k8s.io/v1'

/** What a tenant may do in its namespaces. The built-in role `edit` stays empty here: a controller would fill it. */
const TENANT_RULES = [
  { apiGroups: ['gateway.networking.k8s.io', 'gateway.kgateway.dev'], resources: ['*'], verbs: ['*'] },
  { apiGroups: [''], resources: ['services', 'configmaps', 'secrets'], verbs: ['*'] },
]

/** Makes the namespaces, and lets the tenant manage routes and their backends there and nowhere else. */
export async function giveNamespaces(plane: ControlPlane, tenant: string, namespaces: readonly string[]): Promise<void> {
  const objects = namespaces.flatMap((namespace) => [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: RBAC, kind: 'Role', metadata: { name: 'tenant', namespace }, rules: TENANT_RULES },
    {
      apiVersion: RBAC,
      kind: 'RoleBinding',
      metadata: { name: 'tenant', namespace },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'tenant' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: tenant }],
    },
  ])
  await kubectlOk(plane.admin, ['apply', '-f', '-'], listOf(objects))
}

/** An existing ServiceAccount as a user: with a real token of an hour from TokenRequest, and just its rights. */
export async function serviceAccountUser(plane: ControlPlane, namespace: string, name: string): Promise<User> {
  const token = await kubectlOk(plane.admin, ['create', 'token', name, '--namespace', namespace, '--duration=1h'])
  return makeUser(`system:serviceaccount:${namespace}:${name}`, token.trim(), plane, plane.folder)
}
