import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { helmBinary } from './helm-binary.ts'

export const CHART = resolve(import.meta.dirname, '../../charts/lanekeeper')
export const RELEASE = { name: 'lanekeeper', namespace: 'lanekeeper-system' } as const

// biome-ignore format: one line is what it says
// oxlint-disable-next-line typescript/no-explicit-any -- manifests are read by the paths that a test names; a wrong path fails it
export type Manifest = any

export interface HelmRun {
  readonly status: number | null
  readonly out: string
  readonly errors: string
}

export function helm(...args: readonly string[]): HelmRun {
  const { status, stdout, stderr } = spawnSync(helmBinary(), args, { encoding: 'utf8', timeout: 60_000 })
  return { status, out: stdout, errors: stderr }
}

/** `helm template` with these values, as helm's --set-json takes them, or what it says against them. */
export function template(values: Readonly<Record<string, unknown>> = {}): HelmRun {
  const sets = Object.entries(values).flatMap(([path, value]) => ['--set-json', `${path}=${JSON.stringify(value)}`])
  return helm('template', RELEASE.name, CHART, '--namespace', RELEASE.namespace, '--kube-version', '1.36.0', ...sets)
}

/** The objects that the chart has with these values, in the order of Helm. */
export function render(values: Readonly<Record<string, unknown>> = {}): readonly Manifest[] {
  const { status, out, errors } = template(values)
  if (status !== 0) throw new Error(errors)
  return parseAllDocuments(out, { version: '1.1' })
    .map((document) => {
      if (document.errors[0] !== undefined) throw document.errors[0]
      return document.toJS()
    })
    .filter((object) => object !== null)
}

/** The one object of this kind. */
export function the(kind: string, objects: readonly Manifest[]): Manifest {
  const found = objects.filter((object) => object.kind === kind)
  if (found.length !== 1) throw new Error(`${found.length} objects of kind ${kind} in ${join(CHART, 'templates')}`)
  return found[0]
}
