import type { BackendObjectReference, Filter, FilterEffect, HeaderChanges, HeaderValue, PathReplacement } from '../delegation/route.ts'
import type { RawFilter } from './http-route-shape.ts'

type RawHeaderModifier = NonNullable<RawFilter['requestHeaderModifier']>
type RawPathModifier = NonNullable<NonNullable<RawFilter['urlRewrite']>['path']>

/** A filter in normal form: only what stands under the key of its type counts, as the CRD has it. */
export function toFilter(raw: RawFilter): Filter {
  return { ...(effectOf(raw) ?? { type: 'Unknown', written: raw.type }), fields: raw }
}

function effectOf(raw: RawFilter): FilterEffect | undefined {
  switch (raw.type) {
    case 'RequestHeaderModifier':
      return raw.requestHeaderModifier && { type: raw.type, changes: toHeaderChanges(raw.requestHeaderModifier) }
    case 'ResponseHeaderModifier':
      return raw.responseHeaderModifier && { type: raw.type, changes: toHeaderChanges(raw.responseHeaderModifier) }
    case 'RequestMirror':
      return raw.requestMirror && { type: raw.type, backend: toBackend(raw.requestMirror.backendRef) }
    case 'RequestRedirect':
      return (
        raw.requestRedirect && {
          type: raw.type,
          scheme: raw.requestRedirect.scheme?.toLowerCase(),
          hostname: raw.requestRedirect.hostname?.toLowerCase(),
        }
      )
    case 'URLRewrite':
      return (
        raw.urlRewrite && {
          type: raw.type,
          hostname: raw.urlRewrite.hostname?.toLowerCase(),
          path: toPathReplacement(raw.urlRewrite.path),
        }
      )
    case 'CORS':
      return raw.cors && { type: raw.type, allowOrigins: raw.cors.allowOrigins ?? [] }
    case 'ExternalAuth':
      return (
        raw.externalAuth && {
          type: raw.type,
          backend: raw.externalAuth.backendRef && toBackend(raw.externalAuth.backendRef),
          copiedHeaders: copiedHeaders(raw.externalAuth),
        }
      )
    case 'ExtensionRef':
      return raw.extensionRef && { type: raw.type, ...toObjectReference(raw.extensionRef) }
    default:
      return undefined
  }
}

function toHeaderChanges({ set, add, remove }: RawHeaderModifier): HeaderChanges {
  return { set: (set ?? []).map(toHeaderValue), add: (add ?? []).map(toHeaderValue), remove: remove ?? [] }
}

function toHeaderValue({ name, value }: { name: string; value: string }): HeaderValue {
  return { name, key: name.toLowerCase(), value }
}

function toPathReplacement(path: RawPathModifier | undefined): PathReplacement | undefined {
  if (path?.replaceFullPath !== undefined) return { key: 'replaceFullPath', value: path.replaceFullPath }
  if (path?.replacePrefixMatch !== undefined) return { key: 'replacePrefixMatch', value: path.replacePrefixMatch }
  return undefined
}

/** Key by key: a loose shape may carry more of them. */
function toObjectReference({ group, kind, name }: NonNullable<RawFilter['extensionRef']>): { group: string; kind: string; name: string } {
  return { group, kind, name }
}

/** An HTTP service hands over the listed headers, an empty list being all; a gRPC one answers with any it likes. */
function copiedHeaders({ protocol, http }: NonNullable<RawFilter['externalAuth']>): readonly string[] | undefined {
  const listed = protocol === 'HTTP' ? http?.allowedResponseHeaders : undefined
  return listed === undefined || listed.length === 0 ? undefined : listed
}

/** A reference with the CRD's defaults: a Service of the route's own namespace. */
export function toBackend(ref: {
  readonly group?: string | undefined
  readonly kind?: string | undefined
  readonly namespace?: string | undefined
  readonly name?: string | undefined
}): BackendObjectReference {
  return { group: ref.group ?? '', kind: ref.kind ?? 'Service', namespace: ref.namespace, name: ref.name ?? '' }
}
