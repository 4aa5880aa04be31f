import { z } from 'zod'

const count = z.int().min(0)

const condition = z.strictObject({
  type: z.string().min(1).describe('What it is about: Accepted says whether the policy could be read and is applied.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
  observedGeneration: count.optional().describe('The metadata.generation that this was said of.'),
  lastTransitionTime: z.string().meta({ format: 'date-time' }).describe('When the status last changed.'),
  reason: z
    .string()
    .regex(/^[A-Za-z](?:[A-Za-z0-9_,:]*[A-Za-z0-9_])?$/)
    .describe('One word for a program.'),
  message: z.string().max(32_768).describe('A sentence for people.'),
})

/** The status that the writer among the replicas reports. Nothing is decided by it, so a policy is read without looking into it. */
export const DELEGATION_POLICY_STATUS = z.strictObject({
  observedGeneration: count.optional().describe('The metadata.generation that the status is about.'),
  conditions: z
    .array(condition)
    .max(8)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
    .describe('Accepted: whether the policy could be read and is applied.'),
  findings: z
    .strictObject({
      deny: count.describe('Violations that would be denied if their objects were created today.'),
      warn: count.describe('Violations that would be warned about.'),
      audit: count.describe('Violations that are only reported.'),
      excepted: count.describe('Violations silenced by an exception.'),
    })
    .optional()
    .describe('What the last audit found in the namespaces of this policy, by action. `lanekeeper audit` lists them.'),
})

export type DelegationPolicyStatus = z.output<typeof DELEGATION_POLICY_STATUS>
