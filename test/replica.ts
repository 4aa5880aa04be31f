import { parseViewObject } from '../src/api/view-object.ts'
import { View } from '../src/delegation/view.ts'
import type { Decision } from '../src/policy/decision.ts'
import { evaluateUnsettled } from '../src/policy/evaluate-unsettled.ts'
import type { Policy } from '../src/policy/policy.ts'
import { Unsettled } from '../src/policy/unsettled.ts'
import { parsedRoute, worldOf } from './doors.ts'
import type { Raw } from './manifest-fixtures.ts'

interface Submitting {
  readonly authenticated?: boolean
  readonly dryRun?: boolean
  readonly old?: Raw | undefined
}

/** A replica without its server: what it admits, what its source tells it, and the time, in milliseconds. */
export class Replica {
  now = 0
  readonly policies: readonly Policy[]
  readonly settled = new View('cluster', new View('cluster'))
  readonly #unsettled = new Unsettled(this.settled, () => this.now)

  constructor(objects: readonly Raw[]) {
    this.policies = worldOf(objects).policies
    for (const object of objects) if (object.kind !== 'DelegationPolicy') this.stored(object)
  }

  /** What the source tells. */
  stored(raw: Raw): void {
    const object = parseViewObject(raw, 'report')
    if (object?.ok !== true) throw new Error(`not a valid object: ${JSON.stringify(object ?? raw)}`)
    this.#unsettled.put(object.value)
  }

  deleted(raw: Raw): void {
    const { kind, namespace, name } = parsedRoute(raw)
    this.#unsettled.remove(kind, namespace, name)
  }

  deletedNamespace(name: string): void {
    this.#unsettled.remove('Namespace', '', name)
  }

  /** Judges, and reserves what is admitted. */
  submit(raw: Raw, { authenticated = true, dryRun = false, old }: Submitting = {}): Decision {
    const route = parsedRoute(raw)
    const operation = old === undefined ? 'CREATE' : 'UPDATE'
    const request = { operation, route, oldRoute: old && parsedRoute(old), now: 0 } as const
    const decision = evaluateUnsettled(request, this.#unsettled.views(), this.policies)
    if (decision.allowed && !dryRun) this.#unsettled.reserve(route, { created: old === undefined, authenticated })
    return decision
  }
}

/** `Deny LK403` */
export function found({ violations }: Pick<Decision, 'violations'>): string[] {
  return violations.map(({ action, code }) => `${action} ${code}`)
}
