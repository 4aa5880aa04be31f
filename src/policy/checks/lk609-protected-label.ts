import { type Check, EVERY_KIND } from '../check.ts'
import { matchesPattern } from '../namespaces.ts'

export const protectedLabel: Check = {
  code: 'LK609',
  effect: 'risk',
  rule: 'An update drops or changes a label of the route that policies select by (`protectedLabels`).',
  action: 'Deny',
  patches: false,
  kinds: EVERY_KIND,
  *find({ route, old, policy, isPlatform }) {
    // The change is the violation: the old object alone never has it, so the ratchet lets none pass.
    if (old === undefined || isPlatform) return
    for (const [key, value] of old.labels) {
      if (route.labels.get(key) === value || !policy.protectedLabels.some((pattern) => matchesPattern(pattern, key))) continue
      const now = route.labels.get(key)
      yield {
        field: `metadata.labels[${key}]`,
        value: now,
        message: `this update ${now === undefined ? 'drops' : 'changes'} label ${key}, which was ${JSON.stringify(value)}: policies select routes by it, so only the platform may. Keep it as it was, or ask the cluster admin.`,
      }
    }
  },
}
