import { POLICY_KIND, parseDelegationPolicy } from '../api/delegation-policy.ts'
import { isMapping } from '../api/object-shape.ts'
import type { Parsed } from '../api/parsed.ts'
import { parseViewObject } from '../api/view-object.ts'
import type { ViewKind, ViewObject } from '../delegation/route.ts'
import { EXPERIMENTAL_GROUP, GATEWAY_GROUP } from '../delegation/selection.ts'
import type { Policy } from '../policy/policy.ts'

/** A kind of object to follow in a cluster. */
export interface WatchedKind {
  readonly kind: ViewKind | typeof POLICY_KIND
  /** '' = the core group. */
  readonly group: string
  /** The best first: a cluster with an older bundle of CRDs may serve only a later one of them. */
  readonly versions: readonly string[]
  /** The plural, as in URLs. */
  readonly resource: string
  /** Only the metadata is asked for. */
  readonly metadataOnly?: boolean
}

const GATEWAY_API = { group: GATEWAY_GROUP, versions: ['v1', 'v1beta1'] } as const

/** What the live view is made of. A kind that isn't served is an empty one. */
export const WATCHED_KINDS: readonly WatchedKind[] = [
  { kind: 'HTTPRoute', ...GATEWAY_API, resource: 'httproutes' },
  { kind: 'GRPCRoute', group: GATEWAY_GROUP, versions: ['v1'], resource: 'grpcroutes' },
  { kind: 'Gateway', ...GATEWAY_API, resource: 'gateways' },
  { kind: 'ListenerSet', group: GATEWAY_GROUP, versions: ['v1'], resource: 'listenersets' },
  { kind: 'XListenerSet', group: EXPERIMENTAL_GROUP, versions: ['v1alpha1'], resource: 'xlistenersets' },
  { kind: 'GatewayClass', ...GATEWAY_API, resource: 'gatewayclasses' },
  { kind: 'ReferenceGrant', ...GATEWAY_API, resource: 'referencegrants' },
  { kind: 'Namespace', group: '', versions: ['v1'], resource: 'namespaces', metadataOnly: true },
  { kind: POLICY_KIND, group: 'lanekeeper.dev', versions: ['v1alpha1'], resource: 'delegationpolicies' },
]

export type WatchedObject = ViewObject | { readonly kind: typeof POLICY_KIND; readonly value: Policy }

/** `/apis/gateway.networking.k8s.io/v1/httproutes` */
export function pathOf({ group, resource }: WatchedKind, version: string): string {
  return group === '' ? `/api/${version}/${resource}` : `/apis/${group}/${version}/${resource}`
}

/** The Accept header of a list or a watch. A server that can't leave out specs and statuses may send them. */
export function acceptOf({ metadataOnly }: WatchedKind, what: 'list' | 'watch'): string {
  if (metadataOnly !== true) return 'application/json'
  return `application/json;as=PartialObjectMetadata${what === 'list' ? 'List' : ''};g=meta.k8s.io;v=v1,application/json`
}

/** What the engine reads of an object that was listed or watched. Keys the CRD keeps and nobody here knows are not problems. */
export function parseWatched(watched: WatchedKind, version: string, raw: unknown): Parsed<WatchedObject> {
  // Items of a list may leave out their kind, and partial ones have another.
  const apiVersion = watched.group === '' ? version : `${watched.group}/${version}`
  const typed = isMapping(raw) ? { ...raw, apiVersion, kind: watched.kind } : raw
  if (watched.kind === POLICY_KIND) {
    const policy = parseDelegationPolicy(typed)
    return policy.ok ? { ok: true, value: { kind: POLICY_KIND, value: policy.value } } : policy
  }
  return parseViewObject(typed, 'ignore') ?? { ok: false, problems: [{ field: '', message: 'is not an object' }] }
}
