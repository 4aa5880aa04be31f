import { execFileSync } from 'node:child_process'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CheckResult } from '../src/cli/check-result.ts'
import { gatewayOf, granting, listText, parentRef, platformRoot, prefix, route, serving, to } from './manifest-fixtures.ts'
import { runCli } from './tools/run-cli.ts'

const HOME = process.cwd()
let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lanekeeper-since-'))
  process.chdir(dir)
})
afterEach(async () => {
  process.chdir(HOME)
  await rm(dir, { recursive: true, force: true })
})

function git(...args: readonly string[]): void {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false']
  execFileSync('git', [...identity, ...args], { stdio: 'ignore' })
}

/** What is judged, of all files of the working directory: `shop/cart` and its kind. */
async function judged(...args: readonly string[]): Promise<{ code: number; routes: string[]; err: string }> {
  const { code, out, err } = await runCli(['check', '.', ...args, '--output', 'json'])
  const results: CheckResult['results'] = out === '' ? [] : JSON.parse(out).results
  return { code, routes: results.map((finding) => finding.route.name), err }
}

/** A route that is denied whenever it is judged. */
async function write(name: string): Promise<void> {
  const text = listText([route(`shop/${name}`, { parentRefs: [parentRef('infra/parent')], rules: [serving(prefix('/b'))] })])
  await writeFile(`${name}.json`, text)
}

async function repository(): Promise<void> {
  git('init', '-q')
  await writeFile('platform.json', listText([...gatewayOf('kgateway'), platformRoot([granting(prefix('/a'), to('shop/*'))])]))
  for (const name of ['changed', 'same', 'moved']) await write(name)
  git('add', '.')
  git('commit', '-q', '-m', 'first')
}

describe('check --changed-since', () => {
  it('judges what was changed, moved or is new, with all else for its cluster', async () => {
    await repository()
    expect(await judged('--changed-since', 'HEAD')).toEqual({ code: 0, routes: [], err: 'no route changed since HEAD\n' })
    await writeFile(
      'changed.json',
      listText([route('shop/changed', { parentRefs: [parentRef('infra/parent')], rules: [serving(prefix('/c'))] })]),
    )
    await rename('moved.json', 'new place.json')
    await write('new')
    const { code, routes, err } = await judged('--changed-since', 'HEAD')
    expect({ code, err }).toEqual({ code: 1, err: '' })
    expect(routes.toSorted()).toEqual(['changed', 'moved', 'new'])
    git('add', '.')
    git('commit', '-q', '-m', 'second')
    expect((await judged('--changed-since', 'HEAD')).routes).toEqual([])
    expect((await judged('--changed-since', 'HEAD~1')).routes.toSorted()).toEqual(['changed', 'moved', 'new'])
    expect((await judged()).routes.toSorted()).toEqual(['changed', 'moved', 'new', 'parent', 'same'])
  })

  it.each([
    ['an unknown revision', 'nowhere', 'git knows no nowhere'],
    ['what looks like an option', '--output=x', 'git knows no --output=x'],
    ['nothing', '', 'git knows no '],
  ])('exits 2 for %s', async (_name, revision, message) => {
    await repository()
    expect(await judged(`--changed-since=${revision}`)).toEqual({
      code: 2,
      routes: [],
      err: `lanekeeper: --changed-since: ${message}\nSee: lanekeeper check --help\n`,
    })
  })

  it('exits 2 outside of a repository', async () => {
    await write('a')
    const { code, err } = await judged('--changed-since', 'HEAD')
    expect({ code, err: err.split('\n')[0] }).toEqual({ code: 2, err: 'lanekeeper: --changed-since: this is no git repository' })
  })

  it('exits 2 for a file of another repository: it may have changed', async () => {
    await repository()
    const other = await mkdtemp(join(tmpdir(), 'lanekeeper-since-'))
    const file = join(other, 'a.json')
    await writeFile(file, listText([route('shop/a', { rules: [serving(prefix('/a'))] })]))
    const { code, err } = await judged(file, '--changed-since', 'HEAD')
    await rm(other, { recursive: true })
    expect({ code, err }).toEqual({
      code: 2,
      err: `lanekeeper: --changed-since: ${file} is not in the git repository ${dir}\nSee: lanekeeper check --help\n`,
    })
  })
})
