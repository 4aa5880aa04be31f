import { binary } from './binaries.ts'
import { bundleFile } from './gateway-api.ts'
import { BINARIES_NEEDED, BUNDLES_NEEDED, canHaveTools, NO_TOOLS } from './needed-tools.ts'

/** Before any test: a build must not count against a test's time, and is done once for all of them. */
export async function setup(): Promise<void> {
  if (!(await canHaveTools())) throw new Error(NO_TOOLS)
  for (const bundle of BUNDLES_NEEDED) await bundleFile(bundle)
  for (const name of BINARIES_NEEDED) await binary(name)
}
