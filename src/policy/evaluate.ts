import { allowanceOf, STEPS_PER_OBJECT } from '../delegation/budget.ts'
import { selectsLabels } from '../delegation/label-selector.ts'
import type { HttpRoute } from '../delegation/route.ts'
import type { View } from '../delegation/view.ts'
import { actionFor, exceptionFor, STRICTNESS } from './action.ts'
import { checksFor } from './catalogue.ts'
import type { Check, Patch, RatedFinding } from './check.ts'
import { CODES } from './codes.ts'
import type { Decision, JsonPatchOperation, Operation, ReviewRequest, Violation } from './decision.ts'
import { DEFAULT_POLICY, type Policy } from './policy.ts'
import { dropLessTelling, type Judged } from './primary.ts'
import { differsForChecks, knownAs, wasThereBefore } from './ratchet.ts'
import { Subject } from './subject.ts'

const NOTHING: Decision = { allowed: true, violations: [], patches: [], policies: [] }

/**
 * Judges one object against what the view grants it. Pure and synchronous: the same request, view and policies give the
 * same decision, in the same order. `steps` bounds the automaton work per policy (STEPS_PER_OBJECT), and by a quarter
 * of it the look at the routes below. Throws only for bugs.
 */
export function evaluate(request: ReviewRequest, view: View, policies: readonly Policy[], steps: number = STEPS_PER_OBJECT): Decision {
  const { operation, oldRoute: old, now, isIncumbent, isExisting = () => true } = request
  const route = operation === 'DELETE' ? old : request.route
  if (route === undefined) return NOTHING
  if (operation === 'UPDATE' && old !== undefined && !differsForChecks(route, old)) return NOTHING
  const asked: Question = { operation, old, now, isIncumbent, isExisting, view, policies, steps }
  const judged = judge(route, asked)
  const violations = judged.map((entry) => entry.violation)
  const patches = patchesFor(judged, route, asked)
  const settled = patches.length > 0 ? violations : violations.map(denyUnpatched).sort(compareViolations)
  return {
    allowed: settled.every((violation) => violation.action !== 'Deny'),
    violations: settled,
    patches,
    policies: selecting(route.namespace, view, policies).map(({ name, generation }) => ({ name, generation })),
  }
}

/** `Patch` where no patch is possible = Deny. */
function denyUnpatched(violation: Violation): Violation {
  return violation.action === 'Patch' ? { ...violation, action: 'Deny' } : violation
}

/** All that a judgement depends on besides the object itself. */
interface Question {
  readonly operation: Operation
  readonly old: HttpRoute | undefined
  readonly now: number
  readonly isIncumbent: ReviewRequest['isIncumbent']
  readonly isExisting: (other: HttpRoute) => boolean
  readonly view: View
  readonly policies: readonly Policy[]
  readonly steps: number
}

function judge(route: HttpRoute, { operation, old, now, isIncumbent, isExisting, view, policies, steps }: Question): Judged[] {
  const strictest = new Map<string, Judged>()
  const checks = checksFor(route.kind).filter((check) => operation !== 'DELETE' || check.onDelete)
  for (const policy of policiesFor(route.namespace, view, policies)) {
    const change = { operation, old, isExisting, allowance: allowanceOf(Math.ceil(steps / 4)) }
    const of = { view, policy, policies, isIncumbent }
    const subject = new Subject({ ...of, route, change, allowance: allowanceOf(steps) })
    const before = old === undefined ? undefined : new Subject({ ...of, route: old, allowance: allowanceOf(steps) })
    const ofPolicy: Judged[] = []
    for (const check of checks) {
      const findings = findingsOf(check, subject)
      if (findings.length === 0) continue
      const alike = knownAs(check.code)
      const known = before === undefined ? [] : checks.filter(({ code }) => alike.includes(code)).flatMap((one) => findingsOf(one, before))
      for (const finding of findings) {
        const ratcheted =
          known.length > 0 && old !== undefined && wasThereBefore(finding, known, { route, old, weights: subject.rules.weights })
        const exception = exceptionFor(check.code, route, policies, now)
        const action = actionFor({ check, finding, policy, ratcheted, excepted: exception !== undefined })
        if (action === 'Ignore') continue
        ofPolicy.push({ violation: violationOf(check, finding, action, ratcheted, exception), at: finding.at, patch: finding.patch })
      }
    }
    for (const entry of dropLessTelling(ofPolicy)) {
      const key = identityOf(entry.violation)
      const other = strictest.get(key)
      if (other === undefined || compareTelling(entry.violation, other.violation) < 0) strictest.set(key, entry)
    }
  }
  return [...strictest.values()].sort((a, b) => compareViolations(a.violation, b.violation))
}

function findingsOf(check: Check, subject: Subject): RatedFinding[] {
  return [...check.find(subject)].map((finding) => ({ effect: check.effect, ...finding }))
}

/** Which of several violations in one place is told: the strictest, and of those always the same. */
function compareTelling(a: Violation, b: Violation): number {
  const witnesses = [a, b].map(({ confidential }) => JSON.stringify(confidential) ?? '')
  return (
    STRICTNESS[b.action] - STRICTNESS[a.action] ||
    compareTexts(a.message, b.message) ||
    compareTexts(witnesses[0] ?? '', witnesses[1] ?? '')
  )
}

/** The policies that select the namespace; the defaults where none does. */
function policiesFor(namespace: string, view: View, policies: readonly Policy[]): readonly Policy[] {
  const selected = selecting(namespace, view, policies)
  return selected.length === 0 ? [DEFAULT_POLICY] : selected
}

function selecting(namespace: string, view: View, policies: readonly Policy[]): readonly Policy[] {
  const labels = view.namespaceLabels(namespace)
  return policies.filter((policy) => selectsLabels(policy.namespaceSelector, labels)).sort((a, b) => compareTexts(a.name, b.name))
}

function violationOf(
  check: Check,
  finding: RatedFinding,
  action: Violation['action'],
  ratcheted: boolean,
  exception: string | undefined,
): Violation {
  return {
    code: check.code,
    name: CODES[check.code],
    effect: finding.effect,
    action,
    field: finding.field,
    value: finding.value,
    message: finding.message,
    grant: finding.grant,
    witness: finding.witness,
    confidential: finding.confidential,
    harmed: finding.harmed ?? [],
    ratcheted,
    exception,
  }
}

export function identityOf({ code, field, grant }: Violation): string {
  return `${code} ${field} ${grant === undefined ? '' : `${grant.namespace}/${grant.name}`}`
}

export function compareViolations(a: Violation, b: Violation): number {
  return (
    STRICTNESS[b.action] - STRICTNESS[a.action] ||
    compareTexts(a.field, b.field) ||
    compareTexts(a.code, b.code) ||
    compareTexts(a.message, b.message)
  )
}

/** Numbers inside fields count as numbers: rules[2] before rules[10]. */
function compareTexts(a: string, b: string): number {
  const [x, y] = [padNumbers(a), padNumbers(b)]
  return x < y ? -1 : x > y ? 1 : 0
}

function padNumbers(text: string): string {
  return text.replace(/\d+/g, (digits) => digits.padStart(6, '0'))
}

/**
 * The operations that repair every violation whose action is Patch, or none: a patch that would not make the object pass
 * is not sent. INVARIANT: judging the patched object finds none of the patched violations, so patching again does nothing.
 */
function patchesFor(judged: readonly Judged[], route: HttpRoute, asked: Question): Decision['patches'] {
  const wanted = judged.filter((entry) => entry.violation.action === 'Patch')
  if (wanted.length === 0 || wanted.some((entry) => entry.patch === undefined)) return []
  const distinct = new Map<string, Patch>()
  for (const { patch } of wanted) if (patch !== undefined) distinct.set(JSON.stringify(patch.operationsOn(route)), patch)
  const operations: JsonPatchOperation[] = []
  let patched = route
  for (const patch of distinct.values()) {
    operations.push(...patch.operationsOn(patched))
    patched = patch.apply(patched)
  }
  const after = judge(patched, asked)
  if (after.some(({ violation }) => violation.action === 'Deny' || violation.action === 'Patch')) return []
  return operations
}
