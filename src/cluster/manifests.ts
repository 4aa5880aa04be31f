import { POLICY_KIND, parseDelegationPolicy } from '../api/delegation-policy.ts'
import { didYouMean } from '../api/did-you-mean.ts'
import { isMapping } from '../api/object-shape.ts'
import type { Problem } from '../api/parsed.ts'
import { isNamespaced, parseViewObject, viewKindOf } from '../api/view-object.ts'
import type { ViewObject } from '../delegation/route.ts'
import type { Policy } from '../policy/policy.ts'
import { type DocumentOptions, type ManifestDocument, type ManifestProblem, readDocuments } from './manifest-documents.ts'

export interface LoadedObject {
  readonly object: ViewObject
  readonly document: ManifestDocument
}

export interface LoadedPolicy {
  readonly policy: Policy
  readonly document: ManifestDocument
}

export interface LoadedManifests {
  /** In (source, document) order: the later one is the newcomer. */
  readonly objects: LoadedObject[]
  readonly policies: LoadedPolicy[]
  readonly problems: ManifestProblem[]
  /** Whether any object is written there, of whatever kind. */
  readonly hasObjects: boolean
}

export interface ManifestSource {
  readonly file: string
  readonly text: string
}

export interface LoadOptions extends DocumentOptions {
  /** For namespaced objects that write none, as `kubectl apply -n` would. */
  readonly defaultNamespace: string
}

/** Every watched object and policy of the sources. An object with a problem is left out, and so is the second of two with the same name. */
export function loadManifests(sources: readonly ManifestSource[], options: LoadOptions): LoadedManifests {
  return withoutDuplicates(sources.map((source) => loadSource(source, options)))
}

/** One source by itself, duplicates included. */
export function loadSource({ file, text }: ManifestSource, options: LoadOptions): LoadedManifests {
  const { documents, problems, hasObjects } = readDocuments(text, file, options)
  const loaded: LoadedManifests = { objects: [], policies: [], problems: [...problems], hasObjects }
  for (const document of documents) load(document, options, loaded)
  return loaded
}

/** Joins sources in order; the first of several objects with the same kind, namespace and name stays. */
export function withoutDuplicates(sources: readonly LoadedManifests[]): LoadedManifests {
  const joined: LoadedManifests = {
    objects: [],
    policies: [],
    problems: sources.flatMap(({ problems }) => problems),
    hasObjects: sources.some(({ hasObjects }) => hasObjects),
  }
  const first = new Map<string, ManifestDocument>()
  const isFirst = (key: string | undefined, document: ManifestDocument): boolean => {
    const other = key === undefined ? undefined : first.get(key)
    if (other !== undefined) {
      const message = `${key} is already in ${other.file}:${other.line}; this one is not used`
      joined.problems.push({ file: document.file, line: document.line, field: 'metadata.name', message })
      return false
    }
    if (key !== undefined) first.set(key, document)
    return true
  }
  for (const source of sources) {
    for (const entry of source.objects) if (isFirst(objectKey(entry.object), entry.document)) joined.objects.push(entry)
    for (const entry of source.policies) if (isFirst(`${POLICY_KIND} ${entry.policy.name}`, entry.document)) joined.policies.push(entry)
  }
  return joined
}

/** `HTTPRoute shop/cart`; undefined for an object whose name the API server has yet to choose. */
export function objectKey(object: ViewObject): string | undefined {
  if (object.value.name === '') return undefined
  const { namespace, name } = placeOf(object)
  return namespace === '' ? `${object.kind} ${name}` : `${object.kind} ${namespace}/${name}`
}

/** The namespace ('' for cluster-scoped kinds) and the name. */
export function placeOf(object: ViewObject): { namespace: string; name: string } {
  switch (object.kind) {
    case 'GatewayClass':
    case 'Namespace':
      return { namespace: '', name: object.value.name }
    case 'HTTPRoute':
    case 'GRPCRoute':
    case 'Gateway':
    case 'ListenerSet':
    case 'XListenerSet':
    case 'ReferenceGrant':
      return { namespace: object.value.namespace, name: object.value.name }
  }
}

function load(document: ManifestDocument, { defaultNamespace }: LoadOptions, into: LoadedManifests): void {
  const report = (problems: readonly Problem[]) => {
    for (const { field, message } of problems) into.problems.push({ file: document.file, line: document.lineOf(field), field, message })
  }
  const group = String(document.raw['apiVersion']).split('/')[0]
  if (group === 'lanekeeper.dev') {
    const kind = String(document.raw['kind'])
    if (kind !== POLICY_KIND)
      return report([{ field: 'kind', message: `unknown kind ${JSON.stringify(kind)}${didYouMean(kind, [POLICY_KIND])}` }])
    const policy = parseDelegationPolicy(document.raw)
    if (policy.ok) into.policies.push({ policy: policy.value, document })
    else report(policy.problems)
    return
  }
  const object = parseViewObject(withNamespace(document.raw, defaultNamespace), 'report')
  if (object === undefined) return
  if (object.ok) into.objects.push({ object: object.value, document })
  else report(object.problems)
}

function withNamespace(raw: Readonly<Record<string, unknown>>, defaultNamespace: string): unknown {
  const kind = viewKindOf(raw)
  const metadata = raw['metadata']
  if (kind === undefined || !isNamespaced(kind) || !isMapping(metadata)) return raw
  const { namespace } = metadata
  return namespace === undefined || namespace === null || namespace === ''
    ? { ...raw, metadata: { ...metadata, namespace: defaultNamespace } }
    : raw
}
