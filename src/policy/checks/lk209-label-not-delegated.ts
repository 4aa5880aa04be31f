import { LABEL_KEY } from '../../delegation/annotations.ts'
import type { Check } from '../check.ts'

export const labelNotDelegated: Check = {
  code: 'LK209',
  effect: 'dead',
  rule: 'A route wears a delegation label that no parent selects in its namespace.',
  action: 'Warn',
  patches: false,
  *find({ route, view }) {
    for (const dialect of ['kgateway', 'gloo'] as const) {
      const key = LABEL_KEY[dialect]
      const value = route.labels.get(key)
      if (value === undefined || view.selectsLabel(dialect, route.namespace, value)) continue
      yield {
        field: `metadata.labels[${key}]`,
        value,
        message: `no parent delegates to label ${key}=${value} in namespace ${route.namespace}, so the label brings no requests. Check its spelling, or ask the platform team to delegate to it.`,
      }
    }
  },
}
