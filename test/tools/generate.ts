// Writes what is derived from something else in the repository: the CRD in the chart, schema and tables. Read the diff before you commit it.
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { generatedFiles } from './generated-files.ts'

for (const { path, text } of generatedFiles()) writeFileSync(join(resolve(import.meta.dirname, '../..'), path), text)
