import { expect, it } from 'vitest'
import { z } from 'zod'
import { celRules } from './cel-rule.ts'
import { structuralSchema } from './structural-schema.ts'

it.each([
  [
    'unknown keys are pruned, not refused',
    z.strictObject({ a: z.string() }),
    { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
  ],
  [
    'a default is kept, and makes the field optional',
    z.object({ a: z.enum(['x', 'y']).default('x') }),
    { type: 'object', properties: { a: { type: 'string', default: 'x', enum: ['x', 'y'] } } },
  ],
  ['the bounds of a safe integer are no bounds', z.int().max(9), { type: 'integer', maximum: 9 }],
  ['a format that the API server does not know is left out', z.string().meta({ format: 'vat-id' }), { type: 'string' }],
  ['a slash needs no escape', z.string().regex(/^a\/b$/), { type: 'string', pattern: '^a/b$' }],
  [
    'what a refinement says of itself is kept under a transform',
    z
      .string()
      .meta(celRules({ rule: 'self != ""', message: 'must not be empty' }))
      .transform(Number)
      .describe('A number.'),
    { description: 'A number.', type: 'string', 'x-kubernetes-validations': [{ rule: 'self != ""', message: 'must not be empty' }] },
  ],
])('%s', (_name, schema, wanted) => {
  expect(structuralSchema(schema)).toEqual(wanted)
})

it('throws for a field that says nothing of its type', () => {
  expect(() => structuralSchema(z.object({ list: z.array(z.object({ a: z.unknown() })) }))).toThrow('the schema of list[].a has no type')
})
