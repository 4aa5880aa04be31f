import type { LabelSelector } from './route.ts'

/** Kubernetes' own meaning: every requirement holds; the empty selector selects everything. */
export function selectsLabels(selector: LabelSelector, labels: ReadonlyMap<string, string>): boolean {
  for (const [key, value] of selector.matchLabels) if (labels.get(key) !== value) return false
  return selector.matchExpressions.every((expression) => {
    const value = labels.get(expression.key)
    switch (expression.operator) {
      case 'In':
        return value !== undefined && expression.values.includes(value)
      case 'NotIn':
        return value === undefined || !expression.values.includes(value)
      case 'Exists':
        return value !== undefined
      case 'DoesNotExist':
        return value === undefined
    }
  })
}
