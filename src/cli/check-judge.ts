import type { ManifestDocument } from '../cluster/manifest-documents.ts'
import { type HttpRoute, nameOf, type ViewObject } from '../delegation/route.ts'
import { View } from '../delegation/view.ts'
import type { Violation } from '../policy/decision.ts'
import { evaluate } from '../policy/evaluate.ts'
import type { Policy } from '../policy/policy.ts'

/** What a set of manifests holds, in (file, document) order. */
export interface Manifests {
  readonly objects: readonly { readonly object: ViewObject; readonly document: ManifestDocument }[]
  readonly policies: readonly { readonly policy: Policy }[]
}

export interface JudgedRoute {
  readonly route: HttpRoute
  readonly file: string
  /** The line of the route's document. */
  readonly line: number
  readonly findings: readonly { readonly violation: Violation; readonly line: number }[]
}

export interface JudgeProgress {
  readonly done: number
  readonly of: number
}

/**
 * Judges every route of `submitted` as if it were sent to a cluster that holds `against`, and all of `submitted` with it:
 * the order in which a set of manifests arrives must not decide whether a child finds its parent.
 */
export function judgeManifests(
  against: Manifests,
  submitted: Manifests,
  now: number,
  onProgress: (progress: JudgeProgress) => void,
): JudgedRoute[] {
  const before = new Map<string, HttpRoute>()
  const view = new View('files')
  for (const { object } of against.objects) {
    if (isNameless(object)) continue
    view.put(object)
    if (object.kind === 'HTTPRoute') before.set(nameOf(object.value), object.value)
  }
  for (const { object } of submitted.objects) if (!isNameless(object)) view.put(object)
  const policies = mergedPolicies(against, submitted)
  const judged: JudgedRoute[] = []
  const routes = submitted.objects.filter(({ object }) => object.kind === 'HTTPRoute')
  const position = positionsOf(submitted)
  for (const { object, document } of routes) {
    if (object.kind !== 'HTTPRoute') continue
    const route = object.value
    const oldRoute = before.get(nameOf(route))
    // What comes later in the order of files and documents is the newcomer, and takes the blame for what both want.
    const isIncumbent = (other: HttpRoute) => before.has(nameOf(other)) || (position.get(other) ?? -1) < (position.get(route) ?? 0)
    const operation = oldRoute === undefined ? 'CREATE' : 'UPDATE'
    const decision = evaluate({ operation, route, oldRoute, now, isIncumbent }, view, policies)
    const findings = decision.violations.map((violation) => ({ violation, line: document.lineOf(violation.field) }))
    judged.push({ route, file: document.file, line: document.line, findings })
    onProgress({ done: judged.length, of: routes.length })
  }
  return judged
}

function positionsOf({ objects }: Manifests): ReadonlyMap<HttpRoute, number> {
  return new Map(objects.flatMap(({ object }, index) => (object.kind === 'HTTPRoute' ? [[object.value, index]] : [])))
}

/** With generateName: nothing else can refer to it, and two of them must not replace each other. */
function isNameless(object: ViewObject): boolean {
  return object.value.name === ''
}

/** A policy that is submitted replaces the one of its name. */
function mergedPolicies(against: Manifests, submitted: Manifests): Policy[] {
  const byName = new Map<string, Policy>()
  for (const { policy } of [...against.policies, ...submitted.policies]) byName.set(policy.name, policy)
  return [...byName.values()]
}
