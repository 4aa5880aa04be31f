import { selectsLabels } from '../delegation/label-selector.ts'
import type { HttpRoute } from '../delegation/route.ts'
import type { View } from '../delegation/view.ts'
import type { Violation } from '../policy/decision.ts'
import type { Action, Policy } from '../policy/policy.ts'

/** A violation of a route that is there. */
export interface AuditFinding {
  readonly route: Pick<HttpRoute, 'kind' | 'namespace' | 'name'>
  readonly violation: Violation
}

/** What the status of a policy tells: src/api/policy-status.ts. */
export interface FindingCounts {
  readonly deny: number
  readonly warn: number
  readonly audit: number
  readonly excepted: number
}

/** What one scan of the whole view found. */
export interface AuditReport {
  /** Milliseconds since the epoch. */
  readonly finished: number
  /** From the first route to the last, pauses included. */
  readonly milliseconds: number
  readonly routes: number
  /** Numbers of findings. */
  readonly byCode: readonly { readonly code: string; readonly action: Action; readonly count: number }[]
  /** By the name of each policy: the findings of the routes that it governs. */
  readonly byPolicy: ReadonlyMap<string, FindingCounts>
  readonly findings: readonly AuditFinding[]
  /** How many more there were than MAX_FINDINGS: counted, but not kept. */
  readonly omitted: number
}

/** At about 1.5 KB each, two reports of this size are 15 MB. */
export const MAX_FINDINGS = 5_000

type Counts = { -readonly [Key in keyof FindingCounts]: number }

/** Adds up a report, route by route. */
export class AuditTally {
  readonly #view: View
  readonly #policies: readonly { readonly policy: Policy; readonly counts: Counts }[]
  /** By namespace: the counts of the policies that select it. */
  readonly #governing = new Map<string, readonly Counts[]>()
  readonly #byCode = new Map<string, { readonly code: string; readonly action: Action; count: number }>()
  readonly #findings: AuditFinding[] = []
  #routes = 0
  #omitted = 0

  constructor(view: View, policies: readonly Policy[]) {
    this.#view = view
    this.#policies = policies.map((policy) => ({ policy, counts: { deny: 0, warn: 0, audit: 0, excepted: 0 } }))
  }

  add({ kind, namespace, name }: HttpRoute, violations: readonly Violation[]): void {
    this.#routes++
    for (const violation of violations) {
      const { code, action } = violation
      const key = `${code} ${action}`
      const entry = this.#byCode.get(key) ?? { code, action, count: 0 }
      entry.count++
      this.#byCode.set(key, entry)
      for (const counts of this.#countsFor(namespace)) counts[columnOf(violation)]++
      if (this.#findings.length < MAX_FINDINGS) this.#findings.push({ route: { kind, namespace, name }, violation })
      else this.#omitted++
    }
  }

  report(finished: number, milliseconds: number): AuditReport {
    return {
      finished,
      milliseconds,
      routes: this.#routes,
      byCode: [...this.#byCode.values()],
      byPolicy: new Map(this.#policies.map(({ policy, counts }) => [policy.name, counts])),
      findings: this.#findings,
      omitted: this.#omitted,
    }
  }

  #countsFor(namespace: string): readonly Counts[] {
    let governing = this.#governing.get(namespace)
    if (governing === undefined) {
      const labels = this.#view.namespaceLabels(namespace)
      governing = this.#policies.filter(({ policy }) => selectsLabels(policy.namespaceSelector, labels)).map(({ counts }) => counts)
      this.#governing.set(namespace, governing)
    }
    return governing
  }
}

/** What is to be patched is denied as it is. */
function columnOf({ action, exception }: Violation): keyof FindingCounts {
  if (exception !== undefined) return 'excepted'
  if (action === 'Deny' || action === 'Patch') return 'deny'
  return action === 'Warn' ? 'warn' : 'audit'
}

export interface AuditChanges {
  readonly appeared: readonly AuditFinding[]
  readonly cleared: readonly AuditFinding[]
}

/** What differs between two reports that omit nothing; without one before, everything is new. */
export function changesBetween(before: AuditReport | undefined, after: AuditReport): AuditChanges {
  const [old, now] = [byIdentity(before?.findings ?? []), byIdentity(after.findings)]
  return {
    appeared: [...now].filter(([key]) => !old.has(key)).map(([, finding]) => finding),
    cleared: [...old].filter(([key]) => !now.has(key)).map(([, finding]) => finding),
  }
}

function byIdentity(findings: readonly AuditFinding[]): Map<string, AuditFinding> {
  return new Map(findings.map((finding) => [identityOf(finding), finding]))
}

function identityOf({ route, violation }: AuditFinding): string {
  const { code, action, field, value, grant, confidential } = violation
  return JSON.stringify([
    route.kind,
    route.namespace,
    route.name,
    code,
    action,
    field,
    value,
    grant?.namespace,
    grant?.name,
    confidential?.route,
  ])
}
