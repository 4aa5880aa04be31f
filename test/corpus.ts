import { existsSync, readFileSync } from 'node:fs'
import { parseViewObject } from '../src/api/view-object.ts'
import type { HttpRoute } from '../src/delegation/route.ts'
import { View } from '../src/delegation/view.ts'

/** The gateways' own manifests and observed tables, where they are at hand; tests that use them skip loudly otherwise. */
const CORPUS = new URL('../../shared/corpus/', import.meta.url)

export function hasCorpus(folder: string): boolean {
  const there = existsSync(new URL(folder, CORPUS))
  if (!there) console.warn(`SKIPPED: no corpus folder ${folder} beside the project; the comparison with real gateways did not run`)
  return there
}

export function corpusPath(file: string): string {
  return new URL(file, CORPUS).pathname
}

export function readObserved<T>(file: string): T[] {
  return JSON.parse(readFileSync(new URL(`observed/${file}`, CORPUS), 'utf8'))
}

export interface RawObject {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

/** A view of these objects, oldest first, on the Gateway `infra/edge` of the given controller unless they bring one. */
export function observedView(objects: readonly RawObject[], controllerName: string): View {
  const view = new View('cluster')
  put(view, { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'GatewayClass', metadata: { name: 'class' }, spec: { controllerName } })
  put(view, {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { namespace: 'infra', name: 'edge' },
    spec: {
      gatewayClassName: 'class',
      listeners: [{ name: 'http', port: 80, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'All' } } }],
    },
  })
  for (const [age, object] of objects.entries()) {
    const creationTimestamp = new Date(Date.UTC(2026, 0, 1, 0, age)).toISOString()
    put(view, { ...object, metadata: { creationTimestamp, ...object.metadata } })
  }
  return view
}

function put(view: View, raw: unknown): void {
  const parsed = parseViewObject(raw, 'ignore')
  if (parsed === undefined) return
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  view.put(parsed.value)
}

export function routeOf(raw: unknown): HttpRoute {
  const parsed = parseViewObject(raw, 'ignore')
  if (parsed === undefined || !parsed.ok || parsed.value.kind !== 'HTTPRoute') throw new Error('not an HTTPRoute')
  return parsed.value.value
}
