import type { z } from 'zod'
import { didYouMean } from './did-you-mean.ts'
import { formatFieldPath } from './field-path.ts'
import { withoutNulls } from './nulls.ts'
import { isMapping } from './object-shape.ts'
import type { Parsed, Problem } from './parsed.ts'

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'an integer',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
}

/** Parses with null meaning absent; every issue becomes a Problem, in the order of the schema. */
export function parseWith<T>(schema: z.ZodType<T>, raw: unknown): Parsed<T> {
  const input = withoutNulls(raw)
  const result = schema.safeParse(input)
  return result.success ? { ok: true, value: result.data } : { ok: false, problems: problemsOf(result.error.issues, input) }
}

export function problemsOf(issues: readonly z.core.$ZodIssue[], input: unknown): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    const field = formatFieldPath(issue.path)
    if (issue.code === 'unrecognized_keys') {
      const known = issue.message.split(' ')
      return issue.keys.map((key) => ({
        field: formatFieldPath([...issue.path, key]),
        message: `unknown key ${JSON.stringify(key)}${didYouMean(key, known)}`,
      }))
    }
    if (issue.code !== 'invalid_type' && issue.code !== 'invalid_value') return [{ field, message: issue.message }]
    const value = valueAt(input, issue.path)
    if (value === undefined) return [{ field, message: 'is required' }]
    if (issue.code === 'invalid_type')
      return [{ field, message: `must be ${EXPECTED[issue.expected] ?? issue.expected}, not ${describe(value)}` }]
    const known = issue.values.map(String)
    const hint = typeof value === 'string' ? didYouMean(value, known) : ''
    return [{ field, message: `must be ${known.length === 1 ? '' : 'one of '}${known.join(', ')}, not ${describe(value)}${hint}` }]
  })
}

/** A value as a message shows it: short strings themselves, otherwise what it is. */
export function describe(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string') return value.length <= 80 ? JSON.stringify(value) : `a string of ${value.length} characters`
  if (typeof value === 'number') return `the number ${value}`
  if (typeof value === 'boolean') return `the boolean ${value}`
  return typeof value === 'object' ? 'a mapping' : typeof value
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input
  for (const segment of path) {
    if (Array.isArray(value) && typeof segment === 'number') value = value[segment]
    else if (isMapping(value) && Object.hasOwn(value, segment)) value = value[String(segment)]
    else return undefined
  }
  return value
}
