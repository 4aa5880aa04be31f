import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { applyPatch } from 'rfc6902'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CreateNodeOptions, type DocumentOptions, stringify as stringifyYaml, type ToStringOptions } from 'yaml'
import { readDocuments } from '../src/cluster/manifest-documents.ts'
import type { Dialect } from '../src/delegation/route.ts'
import { evaluate } from '../src/policy/evaluate.ts'
import { parsedRoute, worldOf } from './doors.ts'
import {
  delegationPolicy,
  exact,
  gatewayOf,
  granting,
  listText,
  parentRef,
  platformRoot,
  prefix,
  type Raw,
  route,
  serving,
  to,
} from './manifest-fixtures.ts'
import { type CliRun, runCli } from './tools/run-cli.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lanekeeper-fix-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

function check(...args: readonly string[]): Promise<CliRun> {
  return runCli(['check', ...args])
}

async function write(name: string, text: string): Promise<string> {
  const file = join(dir, name)
  await mkdir(join(file, '..'), { recursive: true })
  await writeFile(file, text)
  return file
}

const PATCHED = ['LK101', 'LK110', 'LK112', 'LK205', 'LK701', 'LK702']

/** infra/parent grants /a, with a header, to every route of namespace shop. */
function cluster(dialect: Dialect = 'kgateway', patched: readonly string[] = PATCHED): Raw[] {
  const grants = [granting(prefix('/a', { headers: [{ name: 'X-T', value: '1' }] }), to('shop/*')), granting(prefix('/b'), to('shop/*'))]
  return [
    ...gatewayOf(dialect),
    delegationPolicy({ actions: Object.fromEntries(patched.map((code) => [code, 'Patch'])) }),
    platformRoot(grants),
  ]
}

const writeCluster = (...args: Parameters<typeof cluster>) => write('cluster/all.json', listText(cluster(...args)))

const BAD = `# the cart
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: "cart"      # ours
  namespace: shop
spec:
  parentRefs:
  - {group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: infra, name: parent}
  # nobody knows why
  hostnames:
  - cart.example.com
  rules:
  - matches: [{path: {type: PathPrefix, value: /b}}]
    backendRefs: [{name: cart, port: 80}]
`
const GOOD = BAD.replace('  hostnames:\n  - cart.example.com\n', '')

describe('check --fix', () => {
  it('repairs the file, says so, and lets what remains decide', async () => {
    const against = await writeCluster()
    const file = await write('cart.yaml', BAD)
    expect(await check(file, '--against', against, '--fix')).toEqual({
      code: 0,
      out: '1 route checked: 0 denied, 0 with warnings\n',
      err: `${file}: 1 route fixed\n`,
    })
    expect(await readFile(file, 'utf8')).toBe(GOOD)
    expect(await check(file, '--against', against, '--fix')).toMatchObject({ code: 0, err: '' })
  })

  it('prints a diff that git applies, and changes nothing, for a dry run', async () => {
    const against = await writeCluster()
    const file = await write('cart.yaml', BAD)
    const { code, out, err } = await check(file, '--against', against, '--fix', '--dry-run')
    expect({ code, err }).toEqual({ code: 0, err: '1 route checked: 0 denied, 0 with warnings\n' })
    expect(await readFile(file, 'utf8')).toBe(BAD)
    expect(out.split('\n').filter((line) => /^[-+]/.test(line))).toEqual([
      `--- ${file}`,
      `+++ ${file}`,
      '-  hostnames:',
      '-  - cart.example.com',
    ])
    execFileSync('git', ['apply', '--unsafe-paths', `--directory=${dir}`, '-p1'], {
      cwd: dir,
      input: out.replaceAll(file, 'a/cart.yaml'),
    })
    expect(await readFile(file, 'utf8')).toBe(GOOD)
  })

  it('leaves alone what the policy does not patch, and what is only --against', async () => {
    const against = await writeCluster('kgateway', ['LK205'])
    const file = await write('cart.yaml', BAD)
    const known = await write('known/cart.yaml', BAD.replace('"cart"', 'known'))
    expect(await check(file, '--against', against, '--against', known, '--fix')).toMatchObject({ code: 1, err: '' })
    expect(await readFile(file, 'utf8')).toBe(BAD)
    expect(await readFile(known, 'utf8')).toBe(BAD.replace('"cart"', 'known'))
  })

  it('does not even touch a file without fixes', async () => {
    const against = await writeCluster()
    const file = await write('cart.yaml', GOOD)
    await utimes(file, 1, 1)
    await check(file, '--against', against, '--fix')
    expect((await stat(file)).mtimeMs).toBe(1000)
  })

  it('keeps mode, byte order mark and line breaks, and leaves no other file', async () => {
    const against = await writeCluster()
    const windows = (text: string) => `\uFEFF${text.replaceAll('\n', '\r\n')}`
    const file = await write('routes/cart.yaml', windows(BAD))
    await chmod(file, 0o640)
    expect((await check(join(dir, 'routes'), '--against', against, '--fix')).code).toBe(0)
    expect(await readFile(file, 'utf8')).toBe(windows(GOOD))
    expect((await stat(file)).mode & 0o777).toBe(0o640)
    expect(await readdir(join(dir, 'routes'))).toEqual(['cart.yaml'])
  })

  it('refuses, with its place, what an alias repeats; the other objects of the file are repaired', async () => {
    const against = await writeCluster()
    const shared = BAD.replace('"cart"', 'shared').replace('spec:\n', 'x-spec: &spec\n') + 'spec: *spec\n'
    const aliased = shared.replace('x-spec: &spec', 'spec: &spec').replace('spec: *spec\n', 'status: {spec: *spec}\n')
    const file = await write('carts.yaml', `${BAD}---\n${aliased}`)
    const { code, err } = await check(file, '--against', against, '--fix')
    expect(err).toBe(`${file}:22: not fixed: /spec/hostnames is part of &spec, which an alias repeats elsewhere\n${file}: 1 route fixed\n`)
    expect(code).toBe(0)
    expect(await readFile(file, 'utf8')).toBe(`${GOOD}---\n${aliased}`)
  })

  const item = (text: string) => `- ${text.replaceAll('\n', '\n  ').trimEnd()}\n`
  const body = (text: string) => text.slice(text.indexOf('metadata:'))
  const MERGED = BAD.replace('spec:\n', 'spec:\n  <<: &base {hostnames: [b.example.com]}\n')
  const FLOW = `# the cart
{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: cart, namespace: shop}, # ours
 spec: {hostnames: [cart.example.com], # nobody knows why
   parentRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: infra, name: parent}],
   rules: [{matches: [{path: {type: PathPrefix, value: /b}}], backendRefs: [{name: cart, port: 80}]}]}}
`
  it.each([
    ['line breaks of Windows', BAD.replaceAll('\n', '\r\n'), GOOD.replaceAll('\n', '\r\n')],
    ['line breaks of two kinds', BAD.replace('spec:\n', 'spec:\r\n'), GOOD.replace('spec:\n', 'spec:\r\n')],
    ['a byte order mark', `\uFEFF${BAD}`, `\uFEFF${GOOD}`],
    ['a byte order mark before ---', `\uFEFF---\n${BAD}`, `\uFEFF---\n${GOOD}`],
    ['no line break at the end', BAD.trimEnd(), GOOD.trimEnd()],
    ['blank lines and a trailing comment', `\n\n${BAD}\n\n# end`, `\n\n${GOOD}\n\n# end`],
    [
      'comments at every place',
      BAD.replace(
        '  hostnames:\n  - cart.example.com\n',
        '  hostnames: # on the key\n  # in it\n  - cart.example.com # on it\n  # about rules\n',
      ).replaceAll('80}]', '80}] # end'),
      GOOD.replace('  rules:', '  # about rules\n  rules:').replaceAll('80}]', '80}] # end'),
    ],
    [
      'two documents, between --- and ...',
      `%YAML 1.1\n--- # first\n${BAD}... # over\n# between\n---\n${BAD.replace('"cart"', 'two')}...\n---\n# nothing\n`,
      `%YAML 1.1\n--- # first\n${GOOD}... # over\n# between\n---\n${GOOD.replace('"cart"', 'two')}...\n---\n# nothing\n`,
    ],
    [
      'a List',
      `apiVersion: v1\nkind: List\nitems:\n${item(BAD)}${item(BAD.replace('"cart"', 'two'))}`,
      `apiVersion: v1\nkind: List\nitems:\n${item(GOOD)}${item(GOOD.replace('"cart"', 'two'))}`,
    ],
    [
      'a List whose items don’t say their kind',
      `apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRouteList\nitems:\n${item(body(BAD))}`,
      `apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRouteList\nitems:\n${item(body(GOOD))}`,
    ],
    ['flow style', FLOW, FLOW.replace('hostnames: [cart.example.com],', '')],
    [
      'anchors and aliases elsewhere',
      BAD.replace('[{path', '[&m {path').replace('    backendRefs', '  - matches: [*m]\n    backendRefs'),
      GOOD.replace('[{path', '[&m {path').replace('    backendRefs', '  - matches: [*m]\n    backendRefs'),
    ],
    [
      'text that looks like it',
      BAD.replace('metadata:\n', 'metadata:\n  annotations:\n    note: |\n      hostnames:\n      - x\n'),
      GOOD.replace('metadata:\n', 'metadata:\n  annotations:\n    note: |\n      hostnames:\n      - x\n'),
    ],
  ])('changes no byte that need not change: %s', async (_name, before, after) => {
    const against = await writeCluster()
    const file = await write('routes.yaml', before)
    const { err } = await check(file, '--against', against, '--fix')
    expect(await readFile(file, 'utf8')).toBe(after)
    expect(err).toMatch(/^[^\n]*routes\.yaml: (?:1 route|2 routes) fixed\n$/)
  })

  it.each([
    ['that another key brings in again', MERGED, 'its text is written in a way that would change its meaning'],
    [
      'that only a merge key brings in',
      MERGED.replace('  hostnames:\n  - cart.example.com\n', ''),
      '/spec/hostnames hostnames comes from elsewhere, by a merge key',
    ],
    [
      'behind a question mark',
      BAD.replace('  hostnames:\n  -', '  ? hostnames\n  : -'),
      'its text is written in a way that would change its meaning',
    ],
  ])('changes no byte for a key %s', async (_name, text, reason) => {
    const against = await writeCluster()
    const file = await write('routes.yaml', text)
    const { out, err } = await check(file, '--against', against, '--fix')
    expect(err).toContain(`: not fixed: ${reason}\n`)
    expect(out).toContain('patch HTTPRoute shop/cart')
    expect(await readFile(file, 'utf8')).toBe(text)
  })

  it('does not replace a file that is read-only', async () => {
    const against = await writeCluster()
    const file = await write('routes/cart.yaml', BAD)
    await chmod(file, 0o444)
    const { out, err } = await check(file, '--against', against, '--fix')
    expect(err).toBe(`${file}: not fixed: is read-only\n`)
    expect(out).toContain('patch HTTPRoute shop/cart')
    expect(await readFile(file, 'utf8')).toBe(BAD)
    expect(await readdir(join(dir, 'routes'))).toEqual(['cart.yaml'])
  })

  it('leaves a file alone that is not UTF-8', async () => {
    const against = await writeCluster()
    const file = join(dir, 'latin1.yaml')
    await writeFile(file, Buffer.from(BAD.replace('nobody knows why', 'na\u00EFve'), 'latin1'))
    const before = await readFile(file)
    const { code, err } = await check(file, '--against', against, '--fix')
    expect({ code, err }).toEqual({ code: 2, err: `${file}: is not UTF-8 text\n` })
    expect(await readFile(file)).toEqual(before)
  })

  it('writes through a link only to where it was pointed at', async () => {
    const against = await writeCluster()
    const outside = await write('outside/cart.yaml', BAD)
    await mkdir(join(dir, 'routes'))
    const link = join(dir, 'routes/cart.yaml')
    await symlink(outside, link)
    const { err } = await check(join(dir, 'routes'), '--against', against, '--fix')
    expect(err).toBe(`${link}: not fixed: is a link to ${outside}, outside of what was named\n`)
    expect(await readFile(outside, 'utf8')).toBe(BAD)
    expect((await check(link, '--against', against, '--fix')).err).toBe(`${link}: 1 route fixed\n`)
    expect(await readFile(outside, 'utf8')).toBe(GOOD)
  })

  it('touches only the lines it must in a repository of 1,000 routes', async () => {
    const against = await writeCluster()
    const parentRefs = `  parentRefs:\n  - group: gateway.networking.k8s.io\n    kind: HTTPRoute\n    namespace: infra\n    name: parent\n`
    const texts = Array.from({ length: 50 }, (_, file) =>
      Array.from({ length: 20 }, (_, index) => {
        const named = (text: string) => text.replace('"cart"', `"cart-${file}-${index}"`)
        if (file % 5 === 0 && index === 3) return { before: named(BAD), after: named(GOOD) }
        const adopted = named(GOOD).replace(/ {2}parentRefs:\n.*\n/, '')
        return file % 5 === 1 && index === 19
          ? { before: adopted, after: adopted + parentRefs }
          : { before: named(GOOD), after: named(GOOD) }
      }),
    )
    const files = await Promise.all(
      texts.map((routes, index) => write(`repo/team-${index % 10}/${index}.yaml`, routes.map(({ before }) => before).join('---\n'))),
    )
    const untouched = files.filter((_, index) => index % 5 > 1)
    for (const file of untouched) await utimes(file, 1, 1)
    const { code, out, err } = await check(join(dir, 'repo'), '--against', against, '--fix')
    expect({ code, out }).toEqual({ code: 0, out: '1000 routes checked: 0 denied, 0 with warnings\n' })
    expect(err.split('\n').filter((line) => line.endsWith('1 route fixed'))).toHaveLength(20)
    for (const [index, file] of files.entries()) {
      expect(await readFile(file, 'utf8')).toBe(texts[index]?.map(({ after }) => after).join('---\n'))
    }
    for (const file of untouched) expect((await stat(file)).mtimeMs).toBe(1000)
  })
})

/** Without anchors for what the generator happens to use twice. */
function stringify(value: unknown, options: ToStringOptions & DocumentOptions & CreateNodeOptions = {}): string {
  return stringifyYaml(value, { aliasDuplicateObjects: false, ...options })
}

/** Ways in which people and tools write the same objects. */
const LAYOUTS: Readonly<Record<string, (objects: readonly Raw[]) => string>> = {
  yaml: (objects) => objects.map((object) => stringify(object)).join('---\n'),
  'yaml of kubectl': (objects) => stringify({ apiVersion: 'v1', kind: 'List', items: objects }, { indentSeq: false }),
  'indented yaml of Windows': (objects) =>
    objects
      .map((object) => `# file\n${stringify(object, { indent: 4 })}`)
      .join('---\n')
      .replaceAll('\n', '\r\n'),
  'commented yaml': (objects) => objects.map((object) => stringify(object).replaceAll('\n', ' # c: {d}\n# e\n')).join('---\n'),
  'yaml without an end': (objects) =>
    objects.map((object) => stringify(object, { defaultStringType: 'QUOTE_SINGLE' }).trimEnd()).join('\n---\n'),
  'flow yaml': (objects) => stringify({ apiVersion: 'v1', kind: 'List', items: objects }, { collectionStyle: 'flow' }),
  json: (objects) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
  'pretty json': (objects) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }, null, 4),
}

const values = fc.constantFrom('/', '/a', '/b', '/b/c')
const headers = fc.constantFrom([], [{ name: 'x-t', value: '1' }], [{ name: 'X-T', value: '1' }], [{ name: 'x-t', value: '2' }])
const matches = fc.record({ value: values, headers, isExact: fc.boolean() }).map(({ isExact, value, headers: own }) => {
  const more = own.length === 0 ? {} : { headers: own }
  return isExact ? exact(value, more) : prefix(value, more)
})
const children = fc.record({
  rules: fc.array(fc.array(matches, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 2 }),
  parentRefs: fc.constantFrom({}, { parentRefs: [] }, { parentRefs: null }, { parentRefs: [parentRef('infra/parent')] }),
  hostnames: fc.constantFrom({}, {}, { hostnames: [] }, { hostnames: ['shop.example.com', 'a.example.com'] }),
  metadata: fc.constantFrom(
    {},
    { annotations: {} },
    { annotations: null },
    { annotations: { 'a~b/c': 'd' } },
    { annotations: { 'kgateway.dev/route-weight': '5' } },
    { labels: { 'delegation.gateway.solo.io/label': 'cart' } },
    { labels: { 'delegation.kgateway.dev/label': 'cart' } },
  ),
})
const scenes = fc.record({
  dialect: fc.constantFrom<Dialect>('kgateway', 'gloo', 'agentgateway'),
  actions: fc.subarray(PATCHED, { minLength: 1 }),
  layout: fc.constantFrom(...Object.keys(LAYOUTS)),
  children: fc.array(children, { minLength: 1, maxLength: 3 }),
})

describe('check --fix and the webhook', () => {
  it('make the same object, which is then clean, and change nothing the second time', async () => {
    let repaired = 0
    await fc.assert(
      fc.asyncProperty(scenes, async ({ dialect, actions, layout, children: shapes }) => {
        const routes = shapes.map(({ rules, parentRefs, hostnames, metadata }, index) =>
          route(`shop/child-${index}`, { ...hostnames, ...parentRefs, rules: rules.map((own) => serving(...own)) }, metadata),
        )
        const objects = cluster(dialect, actions)
        const { view, policies } = worldOf([...objects, ...routes])
        const wanted = routes.map((raw) => {
          const { patches } = evaluate({ operation: 'CREATE', route: parsedRoute(raw), oldRoute: undefined, now: 0 }, view, policies)
          // A clone would keep shared what the generator shares.
          const copy: unknown = JSON.parse(JSON.stringify(raw))
          expect(applyPatch(copy, structuredClone([...patches]) as Parameters<typeof applyPatch>[1])).toEqual(patches.map(() => null))
          if (patches.length > 0) repaired++
          return copy
        })
        const against = await write('cluster/all.json', listText(objects))
        const file = await write('routes.yaml', LAYOUTS[layout]?.(routes) ?? '')
        const before = await readFile(file, 'utf8')
        const { err } = await check(file, '--against', against, '--fix')
        const after = await readFile(file, 'utf8')
        expect(readDocuments(after, file).documents.map(({ raw }) => raw)).toEqual(wanted)
        expect(err === '').toBe(after === before)

        const again = await check(file, '--against', against, '--fix', '--output', 'json')
        expect(again.err).toBe('')
        expect(await readFile(file, 'utf8')).toBe(after)
        expect(again.out).not.toContain('"action": "Patch"')
      }),
      { numRuns: 300 },
    )
    expect(repaired).toBeGreaterThan(50)
  })
})
