import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The helm that the tests run: LANEKEEPER_HELM, or the one beside the API server in KUBEBUILDER_ASSETS. */
export function helmBinary(): string {
  const candidates = [process.env['LANEKEEPER_HELM'], join(process.env['KUBEBUILDER_ASSETS'] ?? '', 'helm')]
  const found = candidates.find((path) => path !== undefined && existsSync(path))
  if (found === undefined) throw new Error('no helm: name one in LANEKEEPER_HELM')
  return found
}
