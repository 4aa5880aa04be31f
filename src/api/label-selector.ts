import { z } from 'zod'
import type { LabelSelector } from '../delegation/route.ts'
import type { ObjectShape } from './object-shape.ts'
import { stringMap } from './object-shape.ts'

const NAME = '[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?'
const DNS_LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?'
const LABEL_KEY = new RegExp(`^(?:${DNS_LABEL}(?:\\.${DNS_LABEL})*/)?${NAME}$`)
const LABEL_VALUE = new RegExp(`^(?:${NAME})?$`)

export const labelKey = z
  .string()
  .regex(LABEL_KEY, 'must be a label key: [prefix/]name, the name of at most 63 letters, digits, "-", "_" and "."')
export const labelValue = z.string().regex(LABEL_VALUE, 'must be a label value: at most 63 letters, digits, "-", "_" and "."')

const matchLabels = stringMap.superRefine((labels, context) => {
  for (const [key, value] of labels) {
    if (!LABEL_KEY.test(key)) context.addIssue({ code: 'custom', message: `${JSON.stringify(key)} is not a label key`, path: [key] })
    if (!LABEL_VALUE.test(value))
      context.addIssue({ code: 'custom', message: `${JSON.stringify(value)} is not a label value`, path: [key] })
  }
})

/** A metav1.LabelSelector as the API server validates it. `{}` selects everything. */
export function labelSelector(object: ObjectShape) {
  const expression = object({
    key: labelKey,
    operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
    values: z.array(labelValue).optional(),
  }).superRefine(({ operator, values = [] }, context) => {
    const takesValues = operator === 'In' || operator === 'NotIn'
    if (takesValues && values.length === 0)
      context.addIssue({ code: 'custom', message: `operator ${operator} needs values`, path: ['values'] })
    if (!takesValues && values.length > 0)
      context.addIssue({ code: 'custom', message: `operator ${operator} takes no values`, path: ['values'] })
  })
  return object({ matchLabels: matchLabels.optional(), matchExpressions: z.array(expression).optional() }).transform(
    (selector): LabelSelector => ({
      matchLabels: selector.matchLabels ?? new Map(),
      matchExpressions: (selector.matchExpressions ?? []).map(({ key, operator, values }) => ({ key, operator, values: values ?? [] })),
    }),
  )
}

/** Whether a selector has no requirement, and so selects everything. */
export function selectsEverything(selector: LabelSelector): boolean {
  return selector.matchLabels.size === 0 && selector.matchExpressions.length === 0
}
