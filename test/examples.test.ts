import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lineOf, runCheck } from './tools/run-check.ts'

const ROOT = resolve(import.meta.dirname, '../examples')
const EXAMPLES = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)

function filesOf(example: string, folder: string): { name: string; file: string; cluster: string }[] {
  const path = join(ROOT, example, folder)
  if (!existsSync(path)) return []
  const names = readdirSync(path).filter((name) => name.endsWith('.yaml'))
  return names.map((name) => ({ name: `${example}/${folder}/${name}`, file: join(path, name), cluster: join(ROOT, example, 'cluster') }))
}

const CASES = EXAMPLES.flatMap((example) => filesOf(example, 'cases'))
const BAD = EXAMPLES.flatMap((example) => filesOf(example, 'bad'))

describe('examples', () => {
  it('are all there', () => {
    expect(EXAMPLES).toEqual(['bookinfo', 'canary', 'verticals'])
    expect(CASES.length).toBeGreaterThan(0)
    expect(EXAMPLES.filter((example) => filesOf(example, 'bad').length === 0)).toEqual([])
  })

  it.each(EXAMPLES)('%s/cluster has no finding', async (example) => {
    const { exitCode, result, errors } = await runCheck([join(ROOT, example, 'cluster')])
    expect(errors).toBe('')
    expect(result.results.map(lineOf)).toEqual([])
    expect(result.summary.routes).toBeGreaterThan(0)
    expect(exitCode).toBe(0)
  })

  it.each(EXAMPLES)('%s/cluster applied again has no finding', async (example) => {
    const cluster = join(ROOT, example, 'cluster')
    const { result } = await runCheck([cluster, '--against', cluster])
    expect(result.results.map(lineOf)).toEqual([])
  })

  it.each(CASES)('$name is allowed without a finding', async ({ file, cluster }) => {
    const { exitCode, result, errors } = await runCheck([file, '--against', cluster])
    expect(errors).toBe('')
    expect(result.results.map(lineOf)).toEqual([])
    expect(exitCode).toBe(0)
  })

  it.each(BAD)('$name gets the findings on top of it', async ({ file, cluster }) => {
    const expected = [...readFileSync(file, 'utf8').matchAll(/^# expect: (.*)$/gm)].map((line) => line[1])
    const { result, errors } = await runCheck([file, '--against', cluster])
    expect(errors).toBe('')
    expect(result.results.map(lineOf)).toEqual(expected)
    expect(expected.length).toBeGreaterThan(0)
  })
})
