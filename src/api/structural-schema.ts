import { z } from 'zod'
import { isMapping } from './object-shape.ts'

export type StructuralSchema = Readonly<Record<string, unknown>>

/** Formats of the API server that a schema here uses. An unknown format is ignored there: a promise nobody keeps. */
const FORMATS = ['date-time']

/**
 * The structural OpenAPI schema of what a zod schema takes as input, as a CustomResourceDefinition holds it.
 * Unknown keys are pruned by the API server, so `additionalProperties: false` goes; a refinement or transform must say itself in `.meta`.
 * Throws if a value has no type: a structural schema can't have one.
 */
export function structuralSchema(schema: z.ZodType): StructuralSchema {
  return structural(z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', reused: 'inline', unrepresentable: 'any' }), '')
}

function structural(raw: unknown, path: string): StructuralSchema {
  if (!isMapping(raw) || typeof raw['type'] !== 'string') throw new Error(`the schema of ${path === '' ? 'the whole' : path} has no type`)
  const { type, description, ...rest } = raw
  const first = description === undefined ? { type } : { description, type }
  return Object.fromEntries(
    Object.entries({ ...first, ...rest }).flatMap(([key, value]): [string, unknown][] => {
      switch (key) {
        case 'additionalProperties':
          return value === false ? [] : [[key, structural(value, `${path}{}`)]]
        case 'items':
          return [[key, structural(value, `${path}[]`)]]
        case 'properties':
          return [[key, mapValues(value, (property, name) => structural(property, path === '' ? name : `${path}.${name}`))]]
        case 'minimum':
        case 'maximum':
          return Number.isSafeInteger(value) && Math.abs(Number(value)) < Number.MAX_SAFE_INTEGER ? [[key, value]] : []
        case 'format':
          return FORMATS.some((known) => known === value) ? [[key, value]] : []
        case 'pattern':
          // JavaScript escapes the slash in the source of a regular expression. RE2 needs no escape.
          return [[key, typeof value === 'string' ? value.replaceAll('\\/', '/') : value]]
        default:
          return [[key, value]]
      }
    }),
  )
}

function mapValues(mapping: unknown, change: (value: unknown, key: string) => unknown): unknown {
  return isMapping(mapping) ? Object.fromEntries(Object.entries(mapping).map(([key, value]) => [key, change(value, key)])) : mapping
}
