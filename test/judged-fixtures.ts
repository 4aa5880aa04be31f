import { type JudgedRoute, judgeManifests, type Known } from '../src/cli/check-judge.ts'
import { type LoadedManifests, loadManifests } from '../src/cluster/manifests.ts'
import { DEFAULT_MESSAGE_OPTIONS } from '../src/policy/message.ts'
import { routeObject, violation } from './server-fixtures.ts'

export const MESSAGES = DEFAULT_MESSAGE_OPTIONS

type Texts = Readonly<Record<string, string>>

/** The routes of these files, judged with each other for their cluster, and with what is there already. */
export function judgedTexts(texts: Texts, against: Known = { objects: [], policies: [] }): JudgedRoute[] {
  return judgeManifests(against, loaded(texts), { now: 0, includes: () => true, onProgress: () => {} })
}

function loaded(texts: Texts): LoadedManifests {
  const sources = Object.entries(texts).map(([file, text]) => ({ file, text }))
  const manifests = loadManifests(sources, { defaultNamespace: 'default' })
  if (manifests.problems.length > 0) throw new Error(JSON.stringify(manifests.problems))
  return manifests
}

/**
 * An edit of infra/parent that leaves one of its children without a grant and kills a match of another: their files are known
 * to `check --against`, or nothing but the objects, as of a cluster.
 */
export function judgedEdit(from: 'files' | 'cluster'): JudgedRoute[] {
  const children = `${childOf('cart', '/shop/cart')}---\n${childOf('fish', '/sale', '/shop/fish')}`
  const { objects } = loaded({ 'before.yaml': parentOf({ '/shop': '*', '/sale': 'fish' }), 'teams/shop.yaml': children })
  const known = from === 'files' ? objects : objects.map(({ object }) => ({ object }))
  const judged = judgedTexts({ 'parent.yaml': parentOf({ '/sale': 'fish' }) }, { objects: known, policies: [] })
  return judged.map((route) => ({ ...route, findings: route.findings.filter(({ violation }) => violation.code === 'LK505') }))
}

function parentOf(grants: Texts): string {
  return `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: parent, namespace: infra}
spec:
  hostnames: [api.example.com]
  parentRefs: [{name: edge}]
  rules:
${Object.entries(grants).map(grantTo).join('')}`
}

function grantTo([path, name]: readonly [string, string]): string {
  return `  - matches: [{path: {value: ${path}}}]
    backendRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: "${name}", namespace: shop}]
`
}

function childOf(name: string, ...paths: readonly string[]): string {
  return `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: ${name}
  namespace: shop
spec:
  parentRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: parent, namespace: infra}]
  rules:
  - matches:
${paths.map((path) => `    - {path: {value: ${path}}}\n`).join('')}    backendRefs: [{name: web, port: 80}]
`
}

/** Route shop/cart of a.yaml with these findings, at 7:9. */
export function judgedWith(...changes: Parameters<typeof violation>[0][]): JudgedRoute[] {
  const region = { line: 7, column: 9, endLine: 7, endColumn: 12 }
  const findings = changes.map((change) => ({ violation: violation(change), region, harmedAt: [] }))
  return judgedTexts({ 'a.yaml': JSON.stringify(routeObject()) }).map((judged) => ({ ...judged, findings }))
}
