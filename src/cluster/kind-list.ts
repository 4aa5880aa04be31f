import { isMapping } from '../api/object-shape.ts'
import { ApiStatusError, MalformedAnswerError } from './api-error.ts'
import type { ApiReader } from './api-reader.ts'
import { acceptOf, pathOf, type WatchedKind } from './watched-kinds.ts'

/** A raw object with what tells it from others. */
export interface ListedObject {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  readonly raw: unknown
}

export interface KindList<T> {
  /** The version of the API that is served. */
  readonly version: string
  /** Where a watch goes on from. */
  readonly resourceVersion: string
  readonly items: readonly T[]
}

const PAGE_LIMIT = 500
// V8 has no longer strings than this; 500 routes of 100 KB are a tenth of it.
const MAX_PAGE_BYTES = 512 * 1024 * 1024

/**
 * Every object of a kind at one resourceVersion, each reduced by `take` as its page arrives; undefined when no version of the kind is served.
 * Throws what the connection throws, ApiStatusError and MalformedAnswerError.
 */
export async function listKind<T>(
  reader: ApiReader,
  watched: WatchedKind,
  take: (object: ListedObject, version: string) => T,
): Promise<KindList<T> | undefined> {
  for (const version of watched.versions) {
    try {
      return { version, ...(await listAll(reader, watched, version, (object) => take(object, version))) }
    } catch (cause) {
      if (!(cause instanceof ApiStatusError && cause.status === 404)) throw cause
    }
  }
  return undefined
}

/** In pages; when a page comes too late for its token, all at once. No resourceVersion is sent: the answer is never older than the question. */
async function listAll<T>(reader: ApiReader, watched: WatchedKind, version: string, take: (object: ListedObject) => T) {
  const path = pathOf(watched, version)
  const accept = acceptOf(watched, 'list')
  const items: T[] = []
  let token = ''
  for (;;) {
    const query = new URLSearchParams({ limit: String(PAGE_LIMIT), ...(token === '' ? {} : { continue: token }) })
    let page: Page
    try {
      page = readPage(await reader.readJson(`${path}?${query.toString()}`, accept, MAX_PAGE_BYTES))
    } catch (cause) {
      if (token === '' || !(cause instanceof ApiStatusError && cause.expired)) throw cause
      const { resourceVersion, objects } = readPage(await reader.readJson(path, accept, MAX_PAGE_BYTES))
      return { resourceVersion, items: objects.map(take) }
    }
    for (const object of page.objects) items.push(take(object))
    if (page.token === '') return { resourceVersion: page.resourceVersion, items }
    if (page.token === token) throw new MalformedAnswerError('the list never ends: a page continues with itself')
    token = page.token
  }
}

interface Page {
  readonly resourceVersion: string
  /** '' = the last one. */
  readonly token: string
  readonly objects: readonly ListedObject[]
}

function readPage(body: unknown): Page {
  const { metadata, items } = isMapping(body) ? body : {}
  const { resourceVersion, continue: token } = isMapping(metadata) ? metadata : {}
  if (typeof resourceVersion !== 'string' || resourceVersion === '') throw new MalformedAnswerError('the list has no resourceVersion')
  // Go writes an empty list as null.
  if (!Array.isArray(items ?? [])) throw new MalformedAnswerError('the list has no items')
  const objects = ((items ?? []) as readonly unknown[]).map(identify) // the line above
  return { resourceVersion, token: typeof token === 'string' ? token : '', objects }
}

/** Throws MalformedAnswerError for what has no name or no version. */
export function identify(raw: unknown): ListedObject {
  const metadata = isMapping(raw) ? raw['metadata'] : undefined
  const { namespace, name, uid, resourceVersion } = isMapping(metadata) ? metadata : {}
  if (typeof name !== 'string' || typeof resourceVersion !== 'string')
    throw new MalformedAnswerError('an object without a name or a version')
  return { namespace: typeof namespace === 'string' ? namespace : '', name, uid: typeof uid === 'string' ? uid : '', resourceVersion, raw }
}
