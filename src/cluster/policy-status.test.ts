import { expect, it } from 'vitest'
import { DELEGATION_POLICY_STATUS } from '../api/policy-status.ts'
import type { ApiReply } from './api-client.ts'
import type { ApiContent, ApiMethod } from './api-connection.ts'
import { ApiPolicyStatusWriter, type PolicyReading, policyStatus } from './policy-status.ts'

const NOW = Date.parse('2026-03-01T12:00:00.250Z')
const FINDINGS = { deny: 1, warn: 2, audit: 3, excepted: 4 }
const reading = (changes: Partial<PolicyReading> = {}): PolicyReading => ({
  name: 'verticals',
  generation: 7,
  problems: [],
  status: undefined,
  ...changes,
})

it('says that a policy is applied, which generation of it, and what was found', () => {
  const status = policyStatus(reading(), FINDINGS, NOW)
  expect(status).toEqual({
    observedGeneration: 7,
    conditions: [
      {
        type: 'Accepted',
        status: 'True',
        observedGeneration: 7,
        lastTransitionTime: '2026-03-01T12:00:00Z',
        reason: 'Accepted',
        message: 'the policy is applied',
      },
    ],
    findings: FINDINGS,
  })
  expect(DELEGATION_POLICY_STATUS.safeParse(status).success).toBe(true)
})

it('says why a policy can’t be read, and no more than people read', () => {
  const problems = Array.from({ length: 30 }, (_, index) => ({ field: `spec.limits.x${index}`, message: 'is not a known key' }))
  const status = policyStatus(reading({ problems }), undefined, NOW)
  const condition = status.conditions?.[0]
  expect(condition).toMatchObject({ status: 'False', reason: 'Invalid' })
  expect(condition?.message).toMatch(
    /^the policy can't be read, and what it said before, if anything, stays in force: spec\.limits\.x0: is not a known key; .*; \+10 more$/,
  )
  expect(status.findings).toBeUndefined()
  expect(DELEGATION_POLICY_STATUS.safeParse(status).success).toBe(true)
})

it('the time of the last change stays while nothing changes', () => {
  const first = policyStatus(reading(), FINDINGS, NOW)
  const later = policyStatus(reading({ generation: 8, status: first }), FINDINGS, NOW + 60_000)
  expect(later.conditions?.[0]).toMatchObject({ observedGeneration: 8, lastTransitionTime: '2026-03-01T12:00:00Z' })
  const broken = policyStatus(reading({ status: first, problems: [{ field: '', message: 'odd' }] }), FINDINGS, NOW + 60_000)
  expect(broken.conditions?.[0]?.lastTransitionTime).toBe('2026-03-01T12:01:00Z')
})

interface Sent {
  readonly method: ApiMethod
  readonly path: string
  readonly content: ApiContent | undefined
}

function api(status: number) {
  const sent: Sent[] = []
  const request = async (method: ApiMethod, path: string, content?: ApiContent): Promise<ApiReply> => {
    sent.push({ method, path, content })
    return { status, body: '{"message": "says the fake"}' }
  }
  return { sent, writer: new ApiPolicyStatusWriter({ request }) }
}

it('applies the status, and nothing when it is so already', async () => {
  const { sent, writer } = api(200)
  const wanted = policyStatus(reading(), FINDINGS, NOW)
  await writer.write(reading(), wanted)
  expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'PATCH /apis/lanekeeper.dev/v1alpha1/delegationpolicies/verticals/status?fieldManager=lanekeeper-status&force=true',
  ])
  expect(JSON.parse(sent[0]?.content?.body ?? '')).toEqual({
    apiVersion: 'lanekeeper.dev/v1alpha1',
    kind: 'DelegationPolicy',
    metadata: { name: 'verticals' },
    status: wanted,
  })
  await writer.write(reading({ status: JSON.parse(JSON.stringify(wanted)) }), wanted)
  expect(sent).toHaveLength(1)
})

it('a policy that is gone is no error, a refusal is', async () => {
  const wanted = policyStatus(reading(), FINDINGS, NOW)
  await expect(api(404).writer.write(reading(), wanted)).resolves.toBeUndefined()
  await expect(api(403).writer.write(reading(), wanted)).rejects.toThrow('status of DelegationPolicy verticals: HTTP 403: says the fake')
})
