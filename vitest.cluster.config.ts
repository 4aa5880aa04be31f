import { defineConfig } from 'vitest/config'
import { canHaveTools, NO_TOOLS } from './test/cluster/needed-tools.ts'

// Where the suite has to run, a missing Go is a failure, which the global set-up reports.
const run = process.env['CI'] === 'true' || (await canHaveTools())
if (!run) console.warn(`SKIPPED: ${NO_TOOLS}; nothing was tested against a real API server`)

export default defineConfig({
  test: {
    include: run ? ['test/cluster/**/*.cluster.test.ts'] : [],
    passWithNoTests: !run,
    globalSetup: ['test/cluster/global-setup.ts'],
    // A control plane is two servers already; two at a time would make every wait a gamble.
    fileParallelism: false,
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
