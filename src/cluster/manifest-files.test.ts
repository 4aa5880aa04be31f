import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { listManifestFiles, manifestText, messageOf } from './manifest-files.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'manifests-'))
})
afterEach(() => rmSync(root, { recursive: true }))

it('finds manifests in order, and survives links to themselves', async () => {
  for (const directory of ['b', '.git', 'node_modules', '..2026']) {
    mkdirSync(join(root, directory))
    writeFileSync(join(root, directory, 'x.yaml'), '')
  }
  for (const file of ['c.json', 'a.YML', 'readme.md', 'route.txt']) writeFileSync(join(root, file), '')
  symlinkSync(root, join(root, 'b', 'loop'))
  symlinkSync('self.yaml', join(root, 'self.yaml'))
  symlinkSync('nowhere', join(root, 'dangling.yaml'))
  symlinkSync(join('..2026', 'x.yaml'), join(root, 'linked.yaml'))
  const { files, problems } = await listManifestFiles([root, join(root, 'route.txt'), join(root, 'missing')])
  expect(files).toEqual(['a.YML', 'b/x.yaml', 'c.json', 'linked.yaml', 'route.txt'].map((name) => join(root, name)))
  expect(problems).toEqual([
    { path: join(root, 'self.yaml'), message: 'is a link to itself' },
    { path: join(root, 'missing'), message: 'does not exist' },
  ])
})

it.each([
  ['UTF-16, as PowerShell writes it', Buffer.from('\uFEFFkind: x', 'utf16le')],
  ['Latin-1', Buffer.from('kind: ü', 'latin1')],
])('takes nothing that is not UTF-8 for text: %s', (_name, bytes) => {
  const message = () => {
    try {
      return manifestText(bytes)
    } catch (error) {
      return messageOf(error)
    }
  }
  expect(message()).toBe('is not UTF-8 text')
  expect(manifestText(Buffer.from('\uFEFFkind: ü'))).toBe('\uFEFFkind: ü')
})
