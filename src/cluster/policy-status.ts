import { isDeepStrictEqual } from 'node:util'
import { POLICY_API_VERSION, POLICY_KIND } from '../api/delegation-policy.ts'
import type { Problem } from '../api/parsed.ts'
import { DELEGATION_POLICY_STATUS, type DelegationPolicyStatus } from '../api/policy-status.ts'
import { ApiRefusal, type ApiRequests } from './api-client.ts'

/** A DelegationPolicy of the cluster, as its status is about it. */
export interface PolicyReading {
  readonly name: string
  readonly generation: number | undefined
  /** Why it can't be read; none = it is applied. */
  readonly problems: readonly Problem[]
  /** As it is there, whoever wrote it. */
  readonly status: unknown
}

/** In messages, which people read in `kubectl describe`. */
const MAX_PROBLEMS = 20

/** The status that the policy ought to have. `now`: milliseconds since the epoch. */
export function policyStatus(
  { generation, problems, status }: PolicyReading,
  findings: DelegationPolicyStatus['findings'],
  now: number,
): DelegationPolicyStatus {
  const observed = generation === undefined ? {} : { observedGeneration: generation }
  const condition = {
    type: 'Accepted',
    status: problems.length === 0 ? ('True' as const) : ('False' as const),
    ...observed,
    ...(problems.length === 0
      ? { reason: 'Accepted', message: 'the policy is applied' }
      : {
          reason: 'Invalid',
          message: `the policy can't be read, and what it said before, if anything, stays in force: ${sentences(problems)}`,
        }),
  }
  const before = acceptedOf(status)
  const changed = before?.status === condition.status ? before.lastTransitionTime : new Date(now).toISOString().replace(/\.\d+/, '')
  return { ...observed, conditions: [{ ...condition, lastTransitionTime: changed }], ...(findings === undefined ? {} : { findings }) }
}

function sentences(problems: readonly Problem[]): string {
  const shown = problems.slice(0, MAX_PROBLEMS).map(({ field, message }) => `${field === '' ? '' : `${field}: `}${message}`.slice(0, 500))
  return shown.join('; ') + (problems.length > MAX_PROBLEMS ? `; +${problems.length - MAX_PROBLEMS} more` : '')
}

function acceptedOf(status: unknown) {
  const parsed = DELEGATION_POLICY_STATUS.safeParse(status)
  return parsed.success ? parsed.data.conditions?.find(({ type }) => type === 'Accepted') : undefined
}

const FIELD_MANAGER = 'lanekeeper-status'

/** Needs patch on delegationpolicies/status. */
export class ApiPolicyStatusWriter {
  readonly #api: ApiRequests

  constructor(api: ApiRequests) {
    this.#api = api
  }

  /** Nothing is sent where the status is so already. A policy that is gone is none to write to. Rejects when the API server refuses. */
  async write(reading: PolicyReading, wanted: DelegationPolicyStatus): Promise<void> {
    if (isDeepStrictEqual(reading.status, wanted)) return
    const path = `/apis/${POLICY_API_VERSION}/delegationpolicies/${reading.name}/status?fieldManager=${FIELD_MANAGER}&force=true`
    const reply = await this.#api.request('PATCH', path, {
      contentType: 'application/apply-patch+yaml',
      body: JSON.stringify({ apiVersion: POLICY_API_VERSION, kind: POLICY_KIND, metadata: { name: reading.name }, status: wanted }),
    })
    if (reply.status !== 200 && reply.status !== 404) throw new ApiRefusal(`status of DelegationPolicy ${reading.name}`, reply)
  }
}
