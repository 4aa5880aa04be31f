import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

/**
 * Who may import what. A folder of src/ stands for itself; `node:` for every module of Node; anything else is a package.
 * A package with a file is allowed in that file only.
 */
const ALLOWED: Readonly<Record<string, readonly (string | { readonly package: string; readonly file: string })[]>> = {
  delegation: ['delegation', { package: 're2js', file: 'src/delegation/re2.ts' }],
  policy: ['delegation', 'policy'],
  api: ['delegation', 'policy', 'api', 'zod'],
  certificates: ['certificates', 'selfsigned', 'zod', 'node:'],
  cluster: [
    'delegation',
    'policy',
    'api',
    'certificates',
    'cluster',
    'yaml',
    'zod',
    'node:',
    { package: '@kubernetes/client-node', file: 'src/cluster/kube-config.ts' },
  ],
  audit: ['delegation', 'policy', 'audit', 'pino', 'prom-client'],
  server: ['delegation', 'policy', 'api', 'audit', 'certificates', 'server', 'fastify', 'node:'],
  cli: [
    'delegation',
    'policy',
    'api',
    'certificates',
    'cluster',
    'audit',
    'server',
    'cli',
    'pino',
    'prom-client',
    'fastify',
    'yaml',
    'zod',
    'node:',
  ],
}
const PURE = ['delegation', 'policy']
/** Regular expressions put together from constants. */
const BUILDS_REGEXES = ['src/api/label-selector.ts']
/** Clock, randomness, process, log, asynchrony. */
const IMPURE =
  /\b(?:Date|Math\.random|process|console|Promise|async|await|setTimeout|setInterval|queueMicrotask|performance|fetch|crypto)\b/

/** A comment, a string or a template. Not a lexer: a quote in a regular expression hides the rest of its line. */
const TOKEN = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g

const ROOT = resolve(import.meta.dirname, '..')
const SOURCES = sourceFiles(join(ROOT, 'src'))

function sourceFiles(folder: string): { path: string; folder: string; source: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => join(folder, name))
    .map((file) => ({
      path: relative(ROOT, file).replaceAll('\\', '/'),
      folder: relative(folder, file).split(/[/\\]/)[0] ?? '',
      source: withoutComments(readFileSync(file, 'utf8')),
    }))
}

function withoutComments(source: string): string {
  return source.replaceAll(TOKEN, (token) => (token.startsWith('/') ? ' ' : token))
}

/** Of a template, what is computed stays. */
function withoutStrings(source: string): string {
  return source.replaceAll(TOKEN, (token) =>
    token.startsWith('`') ? [...token.matchAll(/\$\{([^}]*)\}/g)].map((part) => part[1]).join(' ') : "''",
  )
}

function importsOf(source: string): string[] {
  const forms = [
    /^\s*(?:import|export)\b[^;'"`]*?\bfrom\s*['"]([^'"]+)['"]/gm,
    /^\s*import\s*['"]([^'"]+)['"]/gm,
    /\bimport\s*\(\s*['"]([^'"]+)['"]/g,
  ]
  return forms.flatMap((form) => [...source.matchAll(form)].map((found) => found[1] ?? ''))
}

/** What the table calls the imported thing: a folder of src/, `node:` or a package. */
function targetOf(path: string, specifier: string): string {
  if (specifier.startsWith('node:')) return 'node:'
  if (specifier.startsWith('.')) return relative(join(ROOT, 'src'), resolve(ROOT, dirname(path), specifier)).split(/[/\\]/)[0] ?? ''
  const parts = specifier.split('/')
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
}

describe('imports', () => {
  it('reads every folder, each with files and with imports', () => {
    expect(new Set(SOURCES.map(({ folder }) => folder))).toEqual(new Set(Object.keys(ALLOWED)))
    const importing = SOURCES.filter(({ source }) => importsOf(source).length > 0).map(({ folder }) => folder)
    expect(new Set(importing)).toEqual(new Set(Object.keys(ALLOWED)))
  })

  it.each(SOURCES)('$path imports only what its folder may', ({ path, folder, source }) => {
    const allowed = ALLOWED[folder] ?? []
    const forbidden = importsOf(source).filter((specifier) => {
      const target = targetOf(path, specifier)
      return !allowed.some((entry) => (typeof entry === 'string' ? entry === target : entry.package === target && entry.file === path))
    })
    expect(forbidden).toEqual([])
  })

  it('finds every form of import', () => {
    const source =
      "import a from 'a'\nimport {\n  b,\n} from './b.ts'\nexport * from \"c\"\nimport 'd'\nawait import('e')\nimport type { F } from 'f'"
    expect(importsOf(source).sort()).toEqual(['./b.ts', 'a', 'c', 'd', 'e', 'f'])
  })
})

describe('code', () => {
  it.each(SOURCES.filter(({ folder }) => PURE.includes(folder)))('$path is pure', ({ source }) => {
    expect(withoutStrings(source).match(IMPURE)?.[0]).toBeUndefined()
  })

  it('only main.ts exits', () => {
    expect(SOURCES.filter(({ source }) => /\bprocess\s*\.\s*exit\b/.test(source)).map(({ path }) => path)).toEqual(['src/cli/main.ts'])
  })

  it('no regular expression is built from a value: V8 never runs one of a user', () => {
    const builders = SOURCES.filter(({ source }) => /\bRegExp\s*\(/.test(withoutStrings(source))).map(({ path }) => path)
    expect(builders.filter((path) => !BUILDS_REGEXES.includes(path))).toEqual([])
  })
})

describe('docs/architecture.md', () => {
  /** Not in a fresh clone, or not the project's. */
  const UNMAPPED = ['node_modules', 'coverage', 'src']
  const rows = [...readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8').matchAll(/^\| `([^`]+)\/` +\|/gm)].map((row) => row[1] ?? '')

  it('maps the folders of src/', () => {
    const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
    expect(rows.filter((row) => row.startsWith('src/')).sort()).toEqual(folders.map((entry) => `src/${entry.name}`).sort())
  })

  it('maps the folders of the repository', () => {
    const folders = readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    const present = folders.map((entry) => entry.name).filter((name) => !UNMAPPED.includes(name))
    const top = rows.filter((row) => !row.startsWith('src/'))
    expect(present.filter((name) => !top.includes(name))).toEqual([])
    // certs/ is made at the first start.
    expect(top.filter((name) => name !== 'certs' && !existsSync(join(ROOT, name)))).toEqual([])
  })
})

describe('docs/glossary.md', () => {
  const terms = [...readFileSync(join(ROOT, 'docs/glossary.md'), 'utf8').matchAll(/^- \*\*([^*]+)\*\*/gm)].map((term) => term[1] ?? '')
  const source = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(ROOT, 'src', name), 'utf8').toLowerCase())
    .join('\n')

  it('has terms', () => {
    expect(terms.length).toBeGreaterThan(20)
    expect(new Set(terms).size).toBe(terms.length)
  })

  it.each(terms)('%s is a word of the source', (term) => {
    expect(term.split(' ').filter((word) => !source.includes(word.toLowerCase()))).toEqual([])
  })
})
