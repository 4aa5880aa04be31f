// Sums vitest's JSON reports: node count.mjs FAILED_STEPS REPORT...
// A file that could not be loaded has no tests in its report; it counts as one failure.
import { existsSync, readFileSync } from 'node:fs'

const [failedSteps = '0', ...files] = process.argv.slice(2)
let passed = 0
let failed = Number(failedSteps)
let skipped = 0
for (const file of files.filter((name) => existsSync(name))) {
  const report = JSON.parse(readFileSync(file, 'utf8'))
  passed += report.numPassedTests
  failed += report.numFailedTests
  skipped += report.numPendingTests + report.numTodoTests
  failed += report.testResults.filter((result) => result.status === 'failed' && result.assertionResults.length === 0).length
  // Errors outside of any test (an unhandled rejection) fail the run without failing a test.
  if (!report.success && failed === 0) failed += 1
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
