import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { parseCheckOptions } from '../src/cli/check-options.ts'
import { loadManifests } from '../src/cluster/manifests.ts'
import { CHECKS } from '../src/policy/catalogue.ts'
import { CODES } from '../src/policy/codes.ts'
import { type CheckRun, lineOf, runCheck } from './tools/run-check.ts'
import { runCli } from './tools/run-cli.ts'

const ROOT = resolve(import.meta.dirname, '..')
const PAGES = readdirSync(join(ROOT, 'docs/checks'))
  .filter((name) => /^LK\d+\.md$/.test(name))
  .map((name) => ({ code: name.slice(0, -'.md'.length), text: readFileSync(join(ROOT, 'docs/checks', name), 'utf8') }))

const SECTIONS = ['What it means', 'Why it hurts', 'Bad', 'Good', 'How to fix', 'Change the action']

/** Checks of a change show the object before it, too. */
const BEFORE = 'Before'

/** The YAML blocks under a heading. */
function yamlUnder(page: string, heading: string): string[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? ''
  return [...section.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((block) => block[1] ?? '')
}

/** `lanekeeper check` on a view of the page, as an update of what the page shows under "Before", if it does. */
async function checkView(page: string, view: string): Promise<CheckRun> {
  const before = yamlUnder(page, BEFORE)[0]
  if (before === undefined) return runCheck(['-'], view)
  const folder = mkdtempSync(join(tmpdir(), 'lanekeeper-docs-'))
  try {
    const against = join(folder, 'before.yaml')
    writeFileSync(against, before)
    return await runCheck(['-', '--against', against], view)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('docs/checks', () => {
  it('has a page for every check and no other', () => {
    expect(PAGES.map(({ code }) => code).sort()).toEqual(CHECKS.map(({ code }) => code).sort())
  })

  it.each(PAGES)('$code has the form of all pages', ({ code, text }) => {
    const found = CHECKS.find((check) => check.code === code)
    if (found === undefined) throw new Error(`no check ${code}`)
    expect(text.split('\n')[0]).toBe(`# ${code} ${CODES[found.code]}`)
    expect([...text.matchAll(/^## (.*)$/gm)].map((heading) => heading[1]).filter((heading) => heading !== BEFORE)).toEqual(SECTIONS)
    const metadata = /^Effect: ([a-z]+)(?: or [a-z]+)* · Default: ([A-Z][a-z]+)(?:;[^·]*)? · Patch: (.*)$/m.exec(text)
    expect(metadata?.slice(1, 3)).toEqual([found.effect, found.action])
    expect(metadata?.[3] !== 'no').toBe(found.patches)
    expect(['Bad', 'Good', 'Change the action'].map((heading) => yamlUnder(text, heading).length)).toEqual([1, 1, 1])
  })

  it.each(PAGES)('$code: the bad view gets it', async ({ code, text }) => {
    const { result, errors } = await checkView(text, yamlUnder(text, 'Bad')[0] ?? '')
    expect(errors).toBe('')
    const findings = result.results.map((finding) => [finding.code, finding.action])
    expect(findings).toContainEqual([code, CHECKS.find((check) => check.code === code)?.action])
  })

  it.each(PAGES)('$code: the good view does not, and nothing in it is denied', async ({ code, text }) => {
    const { exitCode, result, errors } = await checkView(text, yamlUnder(text, 'Good')[0] ?? '')
    expect(errors).toBe('')
    expect(result.results.filter((finding) => finding.code === code || finding.action === 'Deny').map(lineOf)).toEqual([])
    expect(exitCode).toBe(0)
  })

  it.each(PAGES)('$code: the policy of its last section changes the action', async ({ code, text }) => {
    const policy = yamlUnder(text, 'Change the action')[0] ?? ''
    const loaded = loadManifests([{ file: 'policy.yaml', text: policy }], { defaultNamespace: 'default' })
    expect(loaded.problems).toEqual([])
    const wanted = loaded.policies[0]?.policy.actions.get(code)
    expect(wanted).toBeDefined()
    // The view may bring a policy, for a scope or a limit: then the entry is added to that one, as the strictest policy wins.
    const bad = yamlUnder(text, 'Bad')[0] ?? ''
    const actions = policy.slice(policy.indexOf('  actions:'))
    const changed = bad.includes('kind: DelegationPolicy') ? bad.replace(/^spec:\n/m, `spec:\n${actions}`) : `${policy}---\n${bad}`
    const { result, errors } = await checkView(text, changed)
    expect(errors).toBe('')
    expect(result.results.map((finding) => [finding.code, finding.action])).toContainEqual([code, wanted])
  })
})

describe('docs/policy.md', () => {
  const text = readFileSync(join(ROOT, 'docs/policy.md'), 'utf8')
  const blocks = [...text.matchAll(/^```yaml\n(apiVersion[\s\S]*?)^```$/gm)].map((block) => block[1] ?? '')

  it('shows a policy that is valid', () => {
    expect(blocks).toHaveLength(1)
    const loaded = loadManifests([{ file: 'policy.md', text: blocks[0] ?? '' }], { defaultNamespace: 'default' })
    expect(loaded.problems).toEqual([])
    expect(loaded.policies).toHaveLength(1)
  })
})

describe('commands of the pages', () => {
  const pages = ['README.md', 'docs/for-admins.md', 'docs/for-teams.md', 'docs/gitops.md']
  const blocks = (page: string, language: string) => [
    ...readFileSync(join(ROOT, page), 'utf8').matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm')),
  ]
  const shown = pages.flatMap((page) =>
    blocks(page, 'console').map((block) => {
      const [command = '', ...output] = (block[1] ?? '').split('\n')
      return { page, command, output: output.join('\n') }
    }),
  )
  const checks = pages.flatMap((page) =>
    ['sh', 'console', 'yaml']
      .flatMap((language) => blocks(page, language))
      .flatMap((block) => [...(block[1] ?? '').matchAll(/npx lanekeeper check ([^\n>]*)/g)])
      .map((command) => ({ page, args: command[1]?.trim() ?? '' })),
  )

  it('are there', () => {
    expect(new Set(shown.map(({ page }) => page))).toEqual(new Set(['docs/for-admins.md', 'docs/for-teams.md']))
    expect(new Set(checks.map(({ page }) => page))).toEqual(new Set(pages))
  })

  it.each(shown)('$page: $command prints what is shown', async ({ command, output }) => {
    const printed = await capture(command.replace(/^\$ npx lanekeeper /, '').split(' '))
    expect(printed).toBe(output)
  })

  it.each(checks)('$page: check $args is a command line', ({ args }) => {
    expect(parseCheckOptions(args.split(' '))).toBeDefined()
  })

  async function capture(args: readonly string[]): Promise<string> {
    let printed = ''
    const write = (text: string) => (printed += text)
    await runCli(args, '', { out: write, err: write })
    return printed
  }
})

describe('.pre-commit-hooks.yaml', () => {
  const hooks: { id: string; entry: string; pass_filenames: boolean }[] = parse(readFileSync(join(ROOT, '.pre-commit-hooks.yaml'), 'utf8'))

  it('has the hooks that the page uses', () => {
    const page = readFileSync(join(ROOT, 'docs/gitops.md'), 'utf8')
    expect(new Set([...page.matchAll(/- id: (.*)/g)].map((line) => line[1]))).toEqual(new Set(hooks.map(({ id }) => id)))
  })

  it.each(hooks)('$id runs a command line, with the arguments of the page', ({ entry, pass_filenames }) => {
    const [program, command, ...args] = entry.split(' ')
    expect([program, command, pass_filenames]).toEqual(['lanekeeper', 'check', false])
    expect(parseCheckOptions([...args, 'routes/', '--against', 'platform/'])).toBeDefined()
  })
})

describe('documents', () => {
  const documents = [
    'README.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'SECURITY.md',
    'charts/lanekeeper/README.md',
    ...markdownIn('docs'),
    ...markdownIn('examples'),
  ]

  function markdownIn(folder: string): string[] {
    return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name))
  }

  it.each(documents)('%s links to files that exist', (document) => {
    const text = readFileSync(join(ROOT, document), 'utf8')
    const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map((link) => link[1] ?? '').filter((link) => !/^[a-z]+:/.test(link))
    expect(links.filter((link) => !existsSync(resolve(ROOT, dirname(document), link)))).toEqual([])
  })

  it('the README shows the denial that its example gets', async () => {
    const text = readFileSync(join(ROOT, 'README.md'), 'utf8')
    const { result } = await runCheck([
      join(ROOT, 'examples/verticals/bad/regex-alternation.yaml'),
      '--against',
      join(ROOT, 'examples/verticals/cluster'),
    ])
    expect(text).toContain(`HTTPRoute payments/payments-routes denied: 1 violation\n${result.results.map(lineOf).join('\n')}\n`)
  })

  it('the README starts with the first command and names the tests', () => {
    const commands = [...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((block) =>
      block[1]?.trim(),
    )
    expect(commands.slice(0, 2)).toEqual(['npm ci && npm start', 'npm ci && npm test'])
  })
})
