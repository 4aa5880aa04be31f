import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { generatedFiles } from './tools/generated-files.ts'

it.each(generatedFiles())('$path is current: if not, run "npm run generate"', ({ path, text }) => {
  expect(readFileSync(join(resolve(import.meta.dirname, '..'), path), 'utf8')).toBe(text)
})
