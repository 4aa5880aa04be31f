import type { HttpRoute, RouteKind } from '../delegation/route.ts'
import type { HarmedRoute, Violation } from '../policy/decision.ts'
import { matchField } from '../policy/subject.ts'
import type { JudgedRoute } from './check-judge.ts'

/** The JSON that `check --output json` prints, described by docs/check-result.schema.json. Every key is always there. */
export interface CheckResult {
  readonly apiVersion: 'lanekeeper.dev/v1'
  readonly kind: 'CheckResult'
  readonly summary: Summary
  readonly results: readonly PlacedFinding[]
}

/** Numbers of routes. A route that is denied and warned about counts in both. */
export interface Summary {
  readonly routes: number
  readonly denied: number
  readonly warned: number
}

/** What `check` and `audit` both say about a violation. */
export interface Finding {
  readonly code: string
  readonly name: string
  readonly effect: Violation['effect']
  readonly action: Violation['action']
  readonly route: { readonly kind: RouteKind; readonly namespace: string; readonly name: string }
  readonly field: string
  readonly value: string | null
  readonly message: string
  readonly grant: Violation['grant'] | null
  readonly witness: Violation['witness'] | null
}

/** With its place in a file, and the routes below that the change of this one harms. */
export interface PlacedFinding extends Finding {
  readonly harmed: readonly Harmed[]
  readonly file: string
  readonly line: number
  readonly column: number
}

/** A route below the one judged that its change harms; `field` null = all of it. */
export interface Harmed {
  readonly namespace: string
  readonly name: string
  readonly harm: HarmedRoute['harm']
  readonly field: string | null
  readonly witness: HarmedRoute['witness'] | null
}

export function checkResult(judged: readonly JudgedRoute[]): CheckResult {
  return {
    apiVersion: 'lanekeeper.dev/v1',
    kind: 'CheckResult',
    summary: summarize(judged),
    results: judged.flatMap((route) => placedFindings(route)),
  }
}

export function summarize(judged: readonly JudgedRoute[]): Summary {
  const having = (action: Violation['action']) =>
    judged.filter((route) => route.findings.some(({ violation }) => violation.action === action))
  return { routes: judged.length, denied: having('Deny').length, warned: having('Warn').length }
}

function placedFindings({ route, file, findings }: JudgedRoute): PlacedFinding[] {
  return findings.map(({ violation, region: { line, column } }) => ({
    ...findingOf(route, violation),
    harmed: violation.harmed.map(harmedOf),
    file,
    line,
    column,
  }))
}

export function findingOf({ kind, namespace, name: routeName }: HttpRoute, violation: Violation): Finding {
  const { code, name, effect, action, field, value, message, grant, witness } = violation
  return {
    code,
    name,
    effect,
    action,
    route: { kind, namespace, name: routeName },
    field,
    value: value ?? null,
    message,
    grant: grant === undefined ? null : { namespace: grant.namespace, name: grant.name, rule: grant.rule, match: grant.match },
    witness: witnessOf(witness),
  }
}

function witnessOf(witness: Violation['witness']): Finding['witness'] {
  if (witness === undefined) return null
  return { method: witness.method, host: witness.host, path: witness.path, headers: witness.headers, query: witness.query }
}

function harmedOf({ namespace, name, harm, at, witness }: HarmedRoute): Harmed {
  return { namespace, name, harm, field: at === undefined ? null : matchField(at), witness: witnessOf(witness) }
}
