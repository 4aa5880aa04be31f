import { z } from 'zod'
import type { LabelSelector } from '../delegation/route.ts'
import { celRules } from './cel-rule.ts'
import type { ObjectShape } from './object-shape.ts'
import { stringMap } from './object-shape.ts'

const NAME = '[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?'
const DNS_LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?'
const LABEL_KEY_SOURCE = `^(?:${DNS_LABEL}(?:\\.${DNS_LABEL})*/)?${NAME}$`
const LABEL_KEY = new RegExp(LABEL_KEY_SOURCE)
const LABEL_VALUE = new RegExp(`^(?:${NAME})?$`)

export const labelKey = z
  .string()
  .regex(LABEL_KEY, 'must be a label key: [prefix/]name, the name of at most 63 letters, digits, "-", "_" and "."')
export const labelValue = z.string().regex(LABEL_VALUE, 'must be a label value: at most 63 letters, digits, "-", "_" and "."')

/**
 * A metav1.LabelSelector as the API server validates it. `{}` selects everything.
 * `max`: how many requirements of each kind it may have; a CRD needs a bound, because the API server adds up what its rules may cost.
 */
export function labelSelector(object: ObjectShape, max = Number.MAX_SAFE_INTEGER) {
  const tooMany = `must not have more than ${max} entries`
  const matchLabels = stringMap
    .superRefine((labels, context) => {
      if (labels.size > max) context.addIssue({ code: 'custom', message: tooMany })
      for (const [key, value] of labels) {
        if (!LABEL_KEY.test(key)) context.addIssue({ code: 'custom', message: `${JSON.stringify(key)} is not a label key`, path: [key] })
        if (!LABEL_VALUE.test(value))
          context.addIssue({ code: 'custom', message: `${JSON.stringify(value)} is not a label value`, path: [key] })
      }
    })
    .meta({
      maxProperties: max,
      additionalProperties: { type: 'string', pattern: LABEL_VALUE.source },
      ...celRules({ rule: `self.all(key, key.matches(r'${LABEL_KEY_SOURCE}'))`, message: 'a key is not a label key' }),
    })
    .describe('Labels with these values.')
  const expression = object({
    key: labelKey.describe('The label.'),
    operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']).describe('How the label is compared.'),
    values: z.array(labelValue).optional().describe('The values of In and NotIn.'),
  })
    .superRefine(({ operator, values = [] }, context) => {
      const takesValues = operator === 'In' || operator === 'NotIn'
      if (takesValues && values.length === 0)
        context.addIssue({ code: 'custom', message: `operator ${operator} needs values`, path: ['values'] })
      if (!takesValues && values.length > 0)
        context.addIssue({ code: 'custom', message: `operator ${operator} takes no values`, path: ['values'] })
    })
    .meta(
      celRules(
        {
          rule: "!(self.operator in ['In', 'NotIn']) || (has(self.values) && size(self.values) > 0)",
          message: 'operators In and NotIn need values',
        },
        {
          rule: "self.operator in ['In', 'NotIn'] || !has(self.values) || size(self.values) == 0",
          message: 'operators Exists and DoesNotExist take no values',
        },
      ),
    )
  return object({
    matchLabels: matchLabels.optional(),
    matchExpressions: z.array(expression).max(max, tooMany).optional().describe('Further requirements.'),
  }).transform(
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
