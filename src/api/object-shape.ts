import { z } from 'zod'
import type { UnknownKeys } from './parsed.ts'

/** Builds the schema of a mapping with known keys, strict or tolerant. */
export type ObjectShape = <S extends z.ZodRawShape>(shape: S) => z.ZodObject<S>

/** Refuses unknown keys. The message of the issue is the known keys, from which problemsOf derives its hint. */
export function strictShape<S extends z.ZodRawShape>(shape: S): z.ZodObject<S> {
  return z.strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join(' ') : undefined) })
}

/** Keeps unknown keys as they are: a filter newer than this program must not lose its fields. */
function tolerantShape<S extends z.ZodRawShape>(shape: S): z.ZodObject<S> {
  // The extra keys of a loose object are unknown to every reader; the known ones have the same types.
  return z.looseObject(shape) as unknown as z.ZodObject<S>
}

export function shapeFor(unknownKeys: UnknownKeys): ObjectShape {
  return unknownKeys === 'report' ? strictShape : tolerantShape
}

/** A mapping with user-chosen keys and string values. A Map, because `__proto__` is a legal key in JSON. */
export const stringMap = z
  .unknown()
  .meta({ type: 'object', additionalProperties: { type: 'string' } })
  .transform((raw, context): ReadonlyMap<string, string> => {
    const map = new Map<string, string>()
    if (!isMapping(raw)) {
      context.addIssue({ code: 'invalid_type', expected: 'record', input: raw })
      return map
    }
    for (const [key, value] of Object.entries(raw)) {
      if (typeof value === 'string') map.set(key, value)
      else context.addIssue({ code: 'invalid_type', expected: 'string', input: value, path: [key] })
    }
    return map
  })

export function isMapping(raw: unknown): raw is Readonly<Record<string, unknown>> {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw)
}
