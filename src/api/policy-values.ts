import { z } from 'zod'
import { parseDuration } from '../delegation/duration.ts'
import { type CheckCode, CODES, parseCode } from '../policy/codes.ts'
import type { Action } from '../policy/policy.ts'
import { celRules } from './cel-rule.ts'
import { didYouMean } from './did-you-mean.ts'
import { isMapping } from './object-shape.ts'
import { describe } from './problems.ts'

/** A whole value, or a beginning followed by `*`. Printable ASCII: whatever it is compared with is a name, a label or a header. */
export const pattern = z.string().regex(/^(?:[!-)+-~]+\*?|\*)$/, 'must be a whole value or end in its only "*"')

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

const NO_TIME = 'must be longer than nothing'

/** A Gateway API duration (`30s`, `1m30s`, `500ms`) → milliseconds; more than none. */
export const duration = z
  .string()
  .regex(/^(?:\d{1,5}(?:h|ms|m|s)){1,4}$/, 'must be a duration such as 30s, 500ms or 1m30s')
  .meta(celRules({ rule: "self.matches('[1-9]')", message: NO_TIME }))
  .transform((text, context): number => {
    const milliseconds = parseDuration(text)
    if (milliseconds === 0) context.addIssue({ code: 'custom', message: NO_TIME })
    return milliseconds ?? 0
  })

/** A check by code (`LK205`) or name (`ConsentMissing`) → its code. */
export const checkCode = z
  .string()
  .meta({ enum: [...Object.keys(CODES), ...Object.values(CODES)] })
  .transform((text, context): CheckCode => {
    const code = parseCode(text)
    if (code === undefined) context.addIssue({ code: 'custom', message: unknownCheck(text) })
    return code ?? 'LK101'
  })

const ACTIONS: readonly Action[] = ['Deny', 'Warn', 'Audit', 'Patch', 'Ignore']

const PAIRS = `[${Object.entries(CODES)
  .map(([code, name]) => `['${code}', '${name}']`)
  .join(', ')}]`

/** Check → action, keys resolved to codes. */
export const actions = z
  .unknown()
  .meta({
    type: 'object',
    additionalProperties: { type: 'string', enum: ACTIONS },
    maxProperties: Object.keys(CODES).length * 2,
    ...celRules(
      {
        rule: `self.all(key, ${PAIRS}.exists(check, key in check))`,
        message: 'unknown check: a key is a code (LK205) or a name (ConsentMissing)',
      },
      { rule: `${PAIRS}.all(check, !(check[0] in self && check[1] in self))`, message: 'names a check twice, by its code and by its name' },
    ),
  })
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
