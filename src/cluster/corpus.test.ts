import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parseHttpRoute } from '../api/http-route.ts'
import { isMapping } from '../api/object-shape.ts'
import type { HttpRoute, ValueMatch } from '../delegation/route.ts'
import { readDocuments } from './manifest-documents.ts'
import { loadManifests } from './manifests.ts'

const CORPUS = join(import.meta.dirname, '../../../shared/corpus')
const present = existsSync(CORPUS)
if (!present) console.warn('SKIPPED: the corpus of delegation manifests is not here, nothing of it was parsed')

const files = present
  ? ['kgateway', 'agentgateway']
      .flatMap((folder) => readdirSync(join(CORPUS, folder)).map((name) => join(folder, name)))
      .filter((name) => name.endsWith('.yaml'))
  : []

it.skipIf(!present)('has files', () => {
  expect(files.length).toBeGreaterThan(25)
})

it.each(files)('%s parses with nothing lost', (name) => {
  const text = readFileSync(join(CORPUS, name), 'utf8')
  const loaded = loadManifests([{ file: name, text }], { defaultNamespace: 'default', allowNonObjects: true })
  expect(loaded.problems).toEqual([])
  const routes = readDocuments(text, name, { allowNonObjects: true }).documents.filter(({ raw }) => raw['kind'] === 'HTTPRoute')
  const parsed = loaded.objects.flatMap(({ object }) => (object.kind === 'HTTPRoute' ? [object.value] : []))
  expect(parsed).toHaveLength(routes.length)
  for (const [index, route] of parsed.entries()) expect(written(route)).toMatchObject(specOf(routes[index]?.raw))
})

it.skipIf(!present).each(['kgateway.json', 'gloo.json', 'kgateway-trees.json'])(
  'every route of observed/%s parses with nothing lost',
  (name) => {
    const cases: unknown = JSON.parse(readFileSync(join(CORPUS, 'observed', name), 'utf8'))
    const raws = (Array.isArray(cases) ? cases : [])
      .flatMap((tree) => [...tree.objects_oldest_first, tree.candidate])
      .filter((raw) => raw?.kind === 'HTTPRoute')
    expect(raws.length).toBeGreaterThan(90)
    for (const raw of raws) {
      const result = parseHttpRoute(raw, 'report')
      expect(result.ok ? written(result.value) : [raw, result.problems]).toMatchObject(specOf(raw))
    }
  },
)

/** The domain value as a spec again, in every field the domain reads. */
function written(route: HttpRoute): unknown {
  const values = (matches: readonly ValueMatch[]) => matches.map(({ type, name, value }) => ({ type, name, value }))
  return {
    parentRefs: route.parentRefs,
    hostnames: route.hostnames,
    rules: route.rules.map((rule) => ({
      matches: rule.matches.map((match) => ({ ...match, headers: values(match.headers), queryParams: values(match.queryParams) })),
      backendRefs: rule.backendRefs.map((ref) => ({ ...ref, filters: ref.filters.map(({ fields }) => fields) })),
      filters: rule.filters.map(({ fields }) => fields),
    })),
  }
}

/** A raw spec without the fields the domain does not read. */
function specOf(raw: unknown): object {
  const spec = isMapping(raw) && isMapping(raw['spec']) ? raw['spec'] : {}
  return JSON.parse(JSON.stringify(spec), (key, value) => {
    if (isMapping(value) && ('matches' in value || 'backendRefs' in value)) {
      return omit(value, ['name', 'timeouts', 'retry', 'sessionPersistence'])
    }
    if (key === 'backendRefs' && Array.isArray(value)) return value.map((ref) => omit(ref, ['port']))
    return value
  })
}

function omit(value: object, keys: readonly string[]): object {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)))
}
