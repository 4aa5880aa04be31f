import { z } from 'zod'
import { isMapping } from './object-shape.ts'
import type { Parsed } from './parsed.ts'
import { parseWith } from './problems.ts'

const groupVersionKind = z.object({ group: z.string().default(''), version: z.string(), kind: z.string() })
const groupVersionResource = z.object({ group: z.string().default(''), version: z.string(), resource: z.string() })

const REVIEW = z.object({
  apiVersion: z.literal('admission.k8s.io/v1'),
  kind: z.literal('AdmissionReview'),
  request: z.object({
    uid: z.string().min(1, 'must not be empty'),
    kind: groupVersionKind,
    requestKind: groupVersionKind.optional(),
    resource: groupVersionResource,
    subResource: z.string().optional(),
    name: z.string().optional(),
    namespace: z.string().optional(),
    operation: z.enum(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']),
    userInfo: z.object({
      username: z.string().default(''),
      uid: z.string().optional(),
      groups: z.array(z.string()).optional(),
      extra: z.unknown().optional(),
    }),
    object: z.unknown().optional(),
    oldObject: z.unknown().optional(),
    dryRun: z.boolean().default(false),
  }),
})

/** The request of an AdmissionReview. `object` and `oldObject` are left raw: they are parsed by kind. */
export type AdmissionRequest = z.output<typeof REVIEW>['request']

/** The envelope of `admission.k8s.io/v1`; unknown keys are tolerated, null is absent. */
export function parseAdmissionReview(raw: unknown): Parsed<AdmissionRequest> {
  const { request, objects } = detach(raw)
  const parsed = parseWith(REVIEW, request)
  return parsed.ok ? { ok: true, value: { ...parsed.value.request, ...objects } } : parsed
}

/** Takes the two objects out of the envelope, so that they reach the caller byte for byte, nulls inside them included. */
function detach(raw: unknown): { request: unknown; objects: { object?: unknown; oldObject?: unknown } } {
  if (!isMapping(raw) || !isMapping(raw['request'])) return { request: raw, objects: {} }
  const { object, oldObject, ...request } = raw['request']
  return { request: { ...raw, request }, objects: { object: object ?? undefined, oldObject: oldObject ?? undefined } }
}
