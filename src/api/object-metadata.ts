import { z } from 'zod'
import type { ObjectShape } from './object-shape.ts'
import { stringMap } from './object-shape.ts'

/** RFC 3339 → milliseconds since the epoch. Refuses days that do not exist, which Date would roll over. */
export const timestamp = z
  .string()
  .meta({
    format: 'date-time',
    pattern: '^\\d{4}-\\d{2}-\\d{2}[Tt]\\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?(?:[Zz]|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)$',
  })
  .transform((text, context): number => {
    const milliseconds = parseTimestamp(text)
    if (milliseconds === undefined) {
      context.addIssue({ code: 'custom', message: `must be an RFC 3339 time such as 2027-03-31T00:00:00Z, not ${JSON.stringify(text)}` })
    }
    return milliseconds ?? 0
  })

const RFC_3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/i

function parseTimestamp(text: string): number | undefined {
  const match = RFC_3339.exec(text)
  if (match === null) return undefined
  const [year = 0, month = 0, day = 0] = match.slice(1, 4).map(Number)
  // Day 0 of the next month is the last day of this one.
  if (day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return undefined
  const milliseconds = Date.parse(text.toUpperCase())
  return Number.isNaN(milliseconds) ? undefined : milliseconds
}

/** ObjectMeta. What nothing here reads is known but not looked into. */
export function objectMetadata(object: ObjectShape) {
  return object({
    name: z.string().optional(),
    generateName: z.string().optional(),
    namespace: z.string().optional(),
    uid: z.string().optional(),
    creationTimestamp: timestamp.optional(),
    labels: stringMap.optional(),
    annotations: stringMap.optional(),
    resourceVersion: z.unknown().optional(),
    generation: z.unknown().optional(),
    deletionTimestamp: z.unknown().optional(),
    deletionGracePeriodSeconds: z.unknown().optional(),
    ownerReferences: z.unknown().optional(),
    finalizers: z.unknown().optional(),
    managedFields: z.unknown().optional(),
    selfLink: z.unknown().optional(),
  })
}
