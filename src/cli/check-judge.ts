import type { ManifestDocument, Region } from '../cluster/manifest-documents.ts'
import { type HttpRoute, identityOf, type ViewObject } from '../delegation/route.ts'
import { View } from '../delegation/view.ts'
import type { JsonPatchOperation, Violation } from '../policy/decision.ts'
import { evaluate } from '../policy/evaluate.ts'
import type { Policy } from '../policy/policy.ts'

/** What a set of manifests holds, in (file, document) order. */
export interface Manifests {
  readonly objects: readonly { readonly object: ViewObject; readonly document: ManifestDocument }[]
  readonly policies: readonly { readonly policy: Policy }[]
}

/** What is there already. */
export interface Known {
  readonly objects: readonly { readonly object: ViewObject }[]
  readonly policies: readonly { readonly policy: Policy }[]
  /** `cluster`: what isn't in it does not exist. Default: files, which may be a part. */
  readonly completeness?: View['completeness']
}

export interface JudgedRoute {
  readonly route: HttpRoute
  readonly file: string
  /** The line of the route's document. */
  readonly line: number
  /** Position among the objects of the file. */
  readonly index: number
  readonly findings: readonly { readonly violation: Violation; readonly region: Region }[]
  /** What the webhook would do to it. */
  readonly patches: readonly JsonPatchOperation[]
}

export interface JudgeOptions {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Whether the routes of a file are judged; its objects are in the view all the same. */
  readonly includes: (file: string) => boolean
  readonly onProgress: (progress: JudgeProgress) => void
}

export interface JudgeProgress {
  readonly done: number
  readonly of: number
}

/**
 * Judges every route of `submitted` as if it were sent to a cluster that holds `against`, and all of `submitted` with it:
 * the order in which a set of manifests arrives must not decide whether a child finds its parent.
 */
export function judgeManifests(against: Known, submitted: Manifests, { now, includes, onProgress }: JudgeOptions): JudgedRoute[] {
  const before = new Map<string, HttpRoute>()
  const view = new View(against.completeness ?? 'files')
  for (const { object } of against.objects) {
    if (isNameless(object)) continue
    view.put(object)
    const route = routeIn(object)
    if (route !== undefined) before.set(identityOf(route), route)
  }
  for (const { object } of submitted.objects) if (!isNameless(object)) view.put(object)
  const policies = mergedPolicies(against, submitted)
  const isExisting = (other: HttpRoute) => before.has(identityOf(other))
  const judged: JudgedRoute[] = []
  const routes = submitted.objects.flatMap(({ object, document }, position) => {
    const route = routeIn(object)
    return route === undefined ? [] : [{ route, document, position }]
  })
  const positions = new Map(routes.map(({ route, position }) => [identityOf(route), position]))
  const asked = routes.filter(({ document }) => includes(document.file))
  for (const { route, document, position } of asked) {
    const oldRoute = before.get(identityOf(route))
    // What comes later in the order of files and documents is the newcomer, and takes the blame for what both want.
    const isIncumbent = (other: HttpRoute) => isExisting(other) || (positions.get(identityOf(other)) ?? -1) < position
    const operation = oldRoute === undefined ? 'CREATE' : 'UPDATE'
    const decision = evaluate({ operation, route, oldRoute, now, isIncumbent, isExisting }, view, policies)
    const findings = decision.violations.map((violation) => ({ violation, region: document.regionOf(violation.field) }))
    judged.push({ route, file: document.file, line: document.line, index: document.index, findings, patches: decision.patches })
    onProgress({ done: judged.length, of: asked.length })
  }
  return judged
}

function routeIn(object: ViewObject): HttpRoute | undefined {
  return object.kind === 'HTTPRoute' || object.kind === 'GRPCRoute' ? object.value : undefined
}

/** With generateName: nothing else can refer to it, and two of them must not replace each other. */
function isNameless(object: ViewObject): boolean {
  return object.value.name === ''
}

/** A policy that is submitted replaces the one of its name. */
function mergedPolicies(against: Known, submitted: Manifests): Policy[] {
  const byName = new Map<string, Policy>()
  for (const { policy } of [...against.policies, ...submitted.policies]) byName.set(policy.name, policy)
  return [...byName.values()]
}
