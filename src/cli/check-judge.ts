import type { ManifestDocument, Region } from '../cluster/manifest-documents.ts'
import { type HttpRoute, identityOf, type ViewObject } from '../delegation/route.ts'
import { View } from '../delegation/view.ts'
import type { HarmedRoute, JsonPatchOperation, Violation } from '../policy/decision.ts'
import { evaluate } from '../policy/evaluate.ts'
import type { Policy } from '../policy/policy.ts'
import { matchField } from '../policy/subject.ts'

/** What a set of manifests holds, in (file, document) order. */
export interface Manifests {
  readonly objects: readonly { readonly object: ViewObject; readonly document: ManifestDocument }[]
  readonly policies: readonly { readonly policy: Policy }[]
}

/** What is there already. */
export interface Known {
  readonly objects: readonly { readonly object: ViewObject; readonly document?: ManifestDocument }[]
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
  readonly findings: readonly JudgedFinding[]
  /** What the webhook would do to it. */
  readonly patches: readonly JsonPatchOperation[]
}

export interface JudgedFinding {
  readonly violation: Violation
  readonly region: Region
  /** Where each of the violation's harmed routes is written, in their order; undefined = in no file. */
  readonly harmedAt: readonly (FilePlace | undefined)[]
}

export interface FilePlace {
  readonly file: string
  readonly region: Region
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
  const documents = new Map<string, ManifestDocument>()
  const view = new View(against.completeness ?? 'files')
  for (const { object, document } of against.objects) {
    if (isNameless(object)) continue
    view.put(object)
    const route = routeIn(object)
    if (route === undefined) continue
    before.set(identityOf(route), route)
    if (document !== undefined) documents.set(identityOf(route), document)
  }
  for (const { object } of submitted.objects) if (!isNameless(object)) view.put(object)
  const policies = mergedPolicies(against, submitted)
  const isExisting = (other: HttpRoute) => before.has(identityOf(other))
  const judged: JudgedRoute[] = []
  const routes = submitted.objects.flatMap(({ object, document }, position) => {
    const route = routeIn(object)
    return route === undefined ? [] : [{ route, document, position }]
  })
  for (const { route, document } of routes) documents.set(identityOf(route), document)
  const placeOf = (harmed: HarmedRoute): FilePlace | undefined => {
    const document = documents.get(identityOf({ kind: 'HTTPRoute', ...harmed }))
    const field = harmed.at === undefined ? 'metadata.name' : matchField(harmed.at)
    return document && { file: document.file, region: document.regionOf(field) }
  }
  const positions = new Map(routes.map(({ route, position }) => [identityOf(route), position]))
  const asked = routes.filter(({ document }) => includes(document.file))
  for (const { route, document, position } of asked) {
    const oldRoute = before.get(identityOf(route))
    // What comes later in the order of files and documents is the newcomer, and takes the blame for what both want.
    const isIncumbent = (other: HttpRoute) => isExisting(other) || (positions.get(identityOf(other)) ?? -1) < position
    const operation = oldRoute === undefined ? 'CREATE' : 'UPDATE'
    const decision = evaluate({ operation, route, oldRoute, now, isIncumbent, isExisting }, view, policies)
    const findings = decision.violations.map((violation) => ({
      violation,
      region: document.regionOf(violation.field),
      harmedAt: violation.harmed.map(placeOf),
    }))
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
