import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { canHaveTools, NO_TOOLS } from './test/cluster/needed-tools.ts'

// Where the suite has to run, a missing Go is a failure, which the global set-up reports.
const run = process.env['CI'] === 'true' || (await canHaveTools())
if (!run) console.warn(`SKIPPED: ${NO_TOOLS}; nothing was tested against a real API server`)

/** The suite that waits for minutes begins first, so that no worker has to wait for it alone in the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLongest = ({ moduleId }: TestSpecification) => moduleId.endsWith('/silence.cluster.test.ts')
    return (await super.sort(files)).toSorted((a, b) => Number(isLongest(b)) - Number(isLongest(a)))
  }
}

export default defineConfig({
  test: {
    include: run ? ['test/cluster/**/*.cluster.test.ts'] : [],
    passWithNoTests: !run,
    globalSetup: ['test/cluster/global-setup.ts'],
    // Each suite has its own control plane and mostly waits. More than two would wait for each other.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
