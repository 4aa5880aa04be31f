import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { unifiedDiff } from './unified-diff.ts'

const dir = mkdtempSync(join(tmpdir(), 'lanekeeper-diff-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function applied(before: string, diff: string): string {
  writeFileSync(join(dir, 'a.txt'), before)
  execFileSync('git', ['apply', '--unidiff-zero', '--whitespace=nowarn', '-'], {
    cwd: dir,
    input: diff,
    env: { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir() },
  })
  return readFileSync(join(dir, 'a.txt'), 'utf8')
}

const texts = fc
  .tuple(fc.array(fc.constantFrom('a', 'b', 'c', 'd\r'), { maxLength: 30 }), fc.boolean())
  .map(([lines, ended]) => lines.join('\n') + (ended && lines.length > 0 ? '\n' : ''))

describe('unifiedDiff', () => {
  it('shows three lines around a change', () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}\n`)
    expect(unifiedDiff('x/a.yaml', lines.join(''), lines.with(9, 'new\n').join(''))).toBe(
      '--- a/x/a.yaml\n+++ b/x/a.yaml\n@@ -7,7 +7,7 @@\n line 6\n line 7\n line 8\n-line 9\n+new\n line 10\n line 11\n line 12\n',
    )
  })

  it('says where the last line has no end', () => {
    expect(unifiedDiff('a', 'a', 'a\nb')).toBe(
      '--- a/a\n+++ b/a\n@@ -1,1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n\\ No newline at end of file\n',
    )
  })

  it('is empty without a change', () => {
    expect(unifiedDiff('a', 'a\n', 'a\n')).toBe('')
  })

  it('is what git makes the new text of', () => {
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const diff = unifiedDiff('a.txt', before, after)
        expect(diff === '' ? before : applied(before, diff)).toBe(after)
      }),
      { numRuns: 150 },
    )
  })
})
