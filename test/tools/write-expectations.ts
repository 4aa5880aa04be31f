// After a message changed: rewrites the `# expect:` lines of examples/*/bad and the denial in README.md. Read the diff before you commit it.
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { lineOf, runCheck } from './run-check.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const README_EXAMPLE = 'examples/verticals/bad/regex-alternation.yaml'

for (const file of globSync('examples/*/bad/*.yaml', { cwd: ROOT })) {
  const path = join(ROOT, file)
  const { result } = await runCheck([path, '--against', join(path, '../../cluster')])
  const lines = result.results.map(lineOf)
  const rest = readFileSync(path, 'utf8').replaceAll(/^# expect:.*\n/gm, '')
  writeFileSync(path, `${lines.map((line) => `# expect: ${line}\n`).join('')}${rest}`)
  if (file.replaceAll('\\', '/') === README_EXAMPLE) {
    const readme = join(ROOT, 'README.md')
    const denial = /^(HTTPRoute payments\/payments-routes denied: 1 violation\n)[^`]*(?=```)/m
    writeFileSync(
      readme,
      readFileSync(readme, 'utf8').replace(denial, (_, first: string) => `${first}${lines.join('\n')}\n`),
    )
  }
}
