import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

// No image is built here. What a reader of the Dockerfile would check is checked.

const ROOT = resolve(import.meta.dirname, '..')
const LINES = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
  .replaceAll(/\\\n/g, ' ')
  .split('\n')
  .map((line) => line.trim())
  .filter((line) => line !== '' && !line.startsWith('#'))
const STEPS = LINES.map((line) => ({ instruction: line.split(/\s/, 1)[0] ?? '', rest: line.slice(line.indexOf(' ') + 1).trim() }))
const all = (instruction: string) => STEPS.filter((step) => step.instruction === instruction).map((step) => step.rest)

describe('Dockerfile', () => {
  it('builds in stages on an exact tag of the official image', () => {
    const bases = all('FROM')
    expect(bases.length).toBeGreaterThan(1)
    for (const base of bases) expect(base).toMatch(/^node:26\.\d+\.\d+-bookworm-slim( AS [a-z]+)?$/)
  })

  it('installs production packages only, without the carried Node', () => {
    const installs = all('RUN').filter((command) => command.startsWith('npm '))
    expect(installs).toEqual([expect.stringMatching(/^npm ci --omit=dev --omit=optional\b/)])
  })

  it('copies files that exist and that .dockerignore lets through', () => {
    const kept = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1))
    const copies = all('COPY').map((copy) => copy.split(/\s+/))
    const stages = all('FROM').flatMap((base) => base.split(' AS ').slice(1))
    const from = copies.flatMap((words) => words.filter((word) => word.startsWith('--from='))).map((word) => word.slice('--from='.length))
    expect(from).toEqual(stages)
    const sources = copies.filter((words) => !words[0]?.startsWith('--from=')).flatMap((words) => words.slice(0, -1))
    expect(sources.length).toBeGreaterThan(0)
    expect(sources.filter((source) => !existsSync(join(ROOT, source)) || !kept.includes(source))).toEqual([])
  })

  it('runs as a numeric user that is not root', () => {
    const last = STEPS.findLastIndex((step) => step.instruction === 'USER')
    expect(STEPS[last]?.rest).toMatch(/^[1-9]\d*(:[1-9]\d*)?$/)
    expect(STEPS.slice(last).some((step) => step.instruction === 'RUN' || step.instruction === 'FROM')).toBe(false)
  })

  it('starts the program with its ports named', () => {
    expect(all('ENTRYPOINT')).toEqual(['["node", "/app/src/cli/main.ts"]'])
    expect(existsSync(join(ROOT, 'src/cli/main.ts'))).toBe(true)
    const command: string[] = JSON.parse(all('CMD')[0] ?? '[]')
    const ports = command.filter((_, index) => command[index - 1]?.endsWith('listen')).map((address) => address.split(':')[1])
    expect(all('EXPOSE')).toEqual([ports.join(' ')])
  })
})
