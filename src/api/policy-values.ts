import { z } from 'zod'
import { parseDuration } from '../delegation/duration.ts'
import { type CheckCode, CODES, parseCode } from '../policy/codes.ts'
import type { Action } from '../policy/policy.ts'
import { didYouMean } from './did-you-mean.ts'
import { isMapping } from './object-shape.ts'
import { describe } from './problems.ts'

/** A whole value, or a beginning followed by `*`. */
export const pattern = z.string().regex(/^(?:[^*\s]+\*?|\*)$/, 'must be a whole value or end in its only "*"')

/** Header names compare ignoring case, so their patterns are lower-cased here. */
export const headerPattern = pattern.transform((text) => text.toLowerCase())

/** `shop.example.com`, `*.example.com` (any name below), or `*`. Lower-cased, as hostnames are everywhere. */
export const hostPattern = z
  .string()
  .regex(
    /^(?:\*|(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*)$/,
    'must be a hostname, "*." and a hostname, or "*"',
  )
  .transform((text) => text.toLowerCase())

/** A Gateway API duration (`30s`, `1m30s`, `500ms`) → milliseconds; more than none. */
export const duration = z.string().transform((text, context): number => {
  const milliseconds = parseDuration(text)
  if (milliseconds === undefined) context.addIssue({ code: 'custom', message: 'must be a duration such as 30s, 500ms or 1m30s' })
  if (milliseconds === 0) context.addIssue({ code: 'custom', message: 'must be longer than nothing' })
  return milliseconds ?? 0
})

/** A check by code (`LK205`) or name (`ConsentMissing`) → its code. */
export const checkCode = z.string().transform((text, context): CheckCode => {
  const code = parseCode(text)
  if (code === undefined) context.addIssue({ code: 'custom', message: unknownCheck(text) })
  return code ?? 'LK101'
})

const ACTIONS: readonly Action[] = ['Deny', 'Warn', 'Audit', 'Patch', 'Ignore']

/** Check → action, keys resolved to codes. */
export const actions = z
  .unknown()
  .meta({ type: 'object', additionalProperties: { type: 'string', enum: ACTIONS } })
  .transform((raw, context): ReadonlyMap<string, Action> => {
    const byCode = new Map<string, Action>()
    if (!isMapping(raw)) {
      context.addIssue({ code: 'invalid_type', expected: 'record', input: raw })
      return byCode
    }
    for (const [key, value] of Object.entries(raw)) {
      const code = parseCode(key)
      const action = ACTIONS.find((known) => known === value)
      if (code === undefined) context.addIssue({ code: 'custom', message: unknownCheck(key), path: [key] })
      else if (byCode.has(code)) context.addIssue({ code: 'custom', message: `names ${code} a second time (${CODES[code]})`, path: [key] })
      if (action === undefined) {
        const hint = typeof value === 'string' ? didYouMean(value, ACTIONS) : ''
        context.addIssue({ code: 'custom', message: `must be one of ${ACTIONS.join(', ')}, not ${describe(value)}${hint}`, path: [key] })
      }
      if (code !== undefined && action !== undefined && !byCode.has(code)) byCode.set(code, action)
    }
    return byCode
  })

function unknownCheck(text: string): string {
  return `unknown check ${describe(text)}${didYouMean(text, [...Object.values(CODES), ...Object.keys(CODES)])}`
}
