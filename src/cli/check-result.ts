import type { Region } from '../cluster/manifest-documents.ts'
import type { RouteKind } from '../delegation/route.ts'
import type { HarmedRoute, Violation } from '../policy/decision.ts'
import { matchField } from '../policy/subject.ts'
import type { JudgedRoute } from './check-judge.ts'

/** The JSON that `check --output json` prints, described by docs/check-result.schema.json. Every key is always there. */
export interface CheckResult {
  readonly apiVersion: 'lanekeeper.dev/v1'
  readonly kind: 'CheckResult'
  readonly summary: Summary
  readonly results: readonly Finding[]
}

/** Numbers of routes. A route that is denied and warned about counts in both. */
export interface Summary {
  readonly routes: number
  readonly denied: number
  readonly warned: number
}

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
    results: judged.flatMap((route) => route.findings.map(({ violation, region }) => findingOf(route, violation, region))),
  }
}

export function summarize(judged: readonly JudgedRoute[]): Summary {
  const having = (action: Violation['action']) =>
    judged.filter((route) => route.findings.some(({ violation }) => violation.action === action))
  return { routes: judged.length, denied: having('Deny').length, warned: having('Warn').length }
}

function findingOf({ route, file }: JudgedRoute, violation: Violation, { line, column }: Region): Finding {
  const { code, name, effect, action, field, value, message, grant, witness, harmed } = violation
  return {
    code,
    name,
    effect,
    action,
    route: { kind: route.kind, namespace: route.namespace, name: route.name },
    field,
    value: value ?? null,
    message,
    grant: grant === undefined ? null : { namespace: grant.namespace, name: grant.name, rule: grant.rule, match: grant.match },
    witness: witnessOf(witness),
    harmed: harmed.map((other) => ({
      namespace: other.namespace,
      name: other.name,
      harm: other.harm,
      field: other.at === undefined ? null : matchField(other.at),
      witness: witnessOf(other.witness),
    })),
    file,
    line,
    column,
  }
}

function witnessOf(witness: Violation['witness']): Finding['witness'] {
  if (witness === undefined) return null
  return { method: witness.method, host: witness.host, path: witness.path, headers: witness.headers, query: witness.query }
}
