import { type HttpRoute, nameOf, type Witness } from '../delegation/route.ts'
import type { Violation } from '../policy/decision.ts'
import { type Finding, findingOf } from './check-result.ts'

/** A route that is there, with what is wrong with it. */
export interface AuditedRoute {
  readonly route: HttpRoute
  readonly violations: readonly Violation[]
}

/** The JSON that `audit --output json` prints, described by docs/audit-result.schema.json. Every key is always there. */
export interface AuditResult {
  readonly apiVersion: 'lanekeeper.dev/v1'
  readonly kind: 'AuditResult'
  readonly summary: AuditSummary
  readonly results: readonly AuditResultFinding[]
}

/** Numbers of routes. A route with findings of several kinds counts in each. */
export interface AuditSummary {
  readonly routes: number
  /** Would be denied if they came now: a patch is for what is submitted. */
  readonly denied: number
  readonly warned: number
  /** With findings that are only reported. */
  readonly audited: number
}

export interface AuditResultFinding extends Finding {
  /** Who else is concerned, and a request that shows it: more than a denial tells. */
  readonly other: { readonly route: string; readonly field: string | null; readonly witness: Witness | null } | null
  /** The reason of the exception that silences it. */
  readonly exception: string | null
}

export function auditResult(audited: readonly AuditedRoute[]): AuditResult {
  return {
    apiVersion: 'lanekeeper.dev/v1',
    kind: 'AuditResult',
    summary: summarizeAudit(audited),
    results: audited.flatMap(({ route, violations }) =>
      violations.map((violation) => ({
        ...findingOf(route, violation),
        other: otherOf(violation),
        exception: violation.exception ?? null,
      })),
    ),
  }
}

export function summarizeAudit(audited: readonly AuditedRoute[]): AuditSummary {
  const having = (...actions: readonly Violation['action'][]) =>
    audited.filter(({ violations }) => violations.some(({ action }) => actions.includes(action))).length
  return { routes: audited.length, denied: having('Deny', 'Patch'), warned: having('Warn'), audited: having('Audit') }
}

function otherOf({ confidential }: Violation): AuditResultFinding['other'] {
  if (confidential === undefined) return null
  return { route: confidential.route, field: confidential.field ?? null, witness: confidential.witness ?? null }
}

export function byName(a: AuditedRoute, b: AuditedRoute): number {
  const [x = '', y = ''] = [a, b].map(({ route }) => `${nameOf(route)} ${route.kind}`)
  return x < y ? -1 : Number(x > y)
}
