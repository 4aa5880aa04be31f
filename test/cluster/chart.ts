import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import type {
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1ConfigMap,
  V1CustomResourceDefinition,
  V1Deployment,
  V1LabelSelector,
  V1Lease,
  V1MutatingWebhookConfiguration,
  V1NetworkPolicy,
  V1ObjectMeta,
  V1Pod,
  V1PodDisruptionBudget,
  V1Role,
  V1RoleBinding,
  V1Secret,
  V1Service,
  V1ValidatingWebhookConfiguration,
} from '@kubernetes/client-node'
import { parseAllDocuments } from 'yaml'
import { binary } from './binaries.ts'

const HELM = await binary('helm')
export const CHART = resolve(import.meta.dirname, '../../charts/lanekeeper')
export const RELEASE = { name: 'lanekeeper', namespace: 'lanekeeper-system' } as const

/** The kinds that tests look into. */
interface Kinds {
  readonly Certificate: Manifest & {
    readonly spec: { readonly secretName: string; readonly dnsNames: readonly string[]; readonly issuerRef: object }
  }
  readonly ClusterRole: V1ClusterRole
  readonly ClusterRoleBinding: V1ClusterRoleBinding
  readonly ConfigMap: V1ConfigMap
  readonly CustomResourceDefinition: V1CustomResourceDefinition
  readonly Deployment: V1Deployment
  readonly Lease: V1Lease
  readonly MutatingWebhookConfiguration: V1MutatingWebhookConfiguration
  readonly NetworkPolicy: V1NetworkPolicy
  readonly Pod: V1Pod
  readonly PodDisruptionBudget: V1PodDisruptionBudget
  readonly PrometheusRule: Manifest & { readonly spec: { readonly groups: readonly { readonly rules: readonly Alert[] }[] } }
  readonly Role: V1Role
  readonly RoleBinding: V1RoleBinding
  readonly Secret: V1Secret
  readonly Service: V1Service
  readonly ServiceMonitor: Manifest & {
    readonly spec: { readonly endpoints: readonly { readonly port: string }[]; readonly selector: V1LabelSelector }
  }
  readonly ValidatingWebhookConfiguration: V1ValidatingWebhookConfiguration
}

interface Alert {
  readonly alert: string
  readonly expr: string
  readonly annotations: { readonly runbook_url: string }
}

export interface Manifest {
  readonly kind: string
  readonly metadata: V1ObjectMeta
}

export interface HelmRun {
  readonly status: number | null
  readonly out: string
  readonly errors: string
}

export function helm(...args: readonly string[]): HelmRun {
  const { status, stdout, stderr } = spawnSync(HELM, args, { encoding: 'utf8', timeout: 60_000 })
  return { status, out: stdout, errors: stderr }
}

/** `helm template` with these values, as helm's --set-json takes them, or what it says against them. */
export function template(values: Readonly<Record<string, unknown>> = {}): HelmRun {
  const sets = Object.entries(values).flatMap(([path, value]) => ['--set-json', `${path}=${JSON.stringify(value)}`])
  return helm('template', RELEASE.name, CHART, '--namespace', RELEASE.namespace, '--kube-version', '1.36.0', ...sets)
}

/** The objects that the chart has with these values, in the order of Helm. */
export function render(values: Readonly<Record<string, unknown>> = {}): readonly Manifest[] {
  const { status, out, errors } = template(values)
  if (status !== 0) throw new Error(errors)
  return parseAllDocuments(out, { version: '1.1' })
    .map((document) => {
      if (document.errors[0] !== undefined) throw document.errors[0]
      return document.toJS()
    })
    .filter((object) => object !== null)
}

/** With every field there: a test that asks for one that isn't fails by itself. */
type Written<T> = T extends readonly (infer Item)[]
  ? readonly Written<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]-?: Written<NonNullable<T[Key]>> }
    : T

/** The one object of this kind. */
export function the<K extends keyof Kinds>(kind: K, objects: readonly Manifest[]): Written<Kinds[K]> {
  const found = objects.filter((object) => object.kind === kind)
  if (found.length !== 1) throw new Error(`${found.length} objects of kind ${kind}`)
  // What the chart renders of a kind is to have the shape of the kind: that is what the tests are about.
  return found[0] as unknown as Written<Kinds[K]>
}
