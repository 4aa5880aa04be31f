import {
  ENABLE_POLICY_OVERRIDES_KEY,
  INHERIT_KEY,
  INHERITED_POLICY_PRIORITY_KEY,
  isPolicyPriority,
  LABEL_KEY,
} from '../../delegation/annotations.ts'
import type { Dialect } from '../../delegation/route.ts'
import type { Check, Patch } from '../check.ts'
import { setAnnotation, setLabel } from '../patches.ts'
import type { Subject } from '../subject.ts'

export const legacyKey: Check = {
  code: 'LK702',
  effect: 'dead',
  rule: 'A delegation key of another product, or an obsolete one, has no effect in this dialect, which has a key of its own for it.',
  action: 'Warn',
  patches: true,
  *find(subject) {
    const { route } = subject
    const dialects = knownDialects(subject)
    for (const { where, key, current, carriesOver } of KEYS) {
      const value = route[where].get(key)
      if (value === undefined || dialects.some((dialect) => current[dialect] === key)) continue
      const named = dialects.flatMap((dialect) => (current[dialect] === undefined ? [] : [{ dialect, now: current[dialect] }]))
      const missing = named.find(({ now }) => !route[where].has(now))
      if (missing === undefined) continue
      const { dialect, now } = missing
      yield {
        field: `metadata.${where}[${key}]`,
        value,
        message: `${dialect} does not read ${key}, so it has no effect. The key of ${dialect} is ${now}: write that beside it.`,
        patch: carriesOver(value) ? added(where, now, value) : undefined,
      }
    }
  },
}

interface Key {
  readonly where: 'annotations' | 'labels'
  readonly key: string
  /** What each dialect reads for it; agentgateway has none of these keys. */
  readonly current: Readonly<Partial<Record<Dialect, string>>>
  /** Whether a value means the same under the current key. */
  readonly carriesOver: (value: string) => boolean
}

const INHERITS = { kgateway: INHERIT_KEY.kgateway, gloo: INHERIT_KEY.gloo } as const
const OVERRIDES = { kgateway: INHERITED_POLICY_PRIORITY_KEY, gloo: ENABLE_POLICY_OVERRIDES_KEY } as const

const KEYS: readonly Key[] = [
  { where: 'annotations', key: INHERITS.kgateway, current: INHERITS, carriesOver: always },
  { where: 'annotations', key: INHERITS.gloo, current: INHERITS, carriesOver: always },
  { where: 'labels', key: LABEL_KEY.kgateway, current: LABEL_KEY, carriesOver: always },
  { where: 'labels', key: LABEL_KEY.gloo, current: LABEL_KEY, carriesOver: always },
  { where: 'annotations', key: INHERITED_POLICY_PRIORITY_KEY, current: OVERRIDES, carriesOver: never },
  { where: 'annotations', key: ENABLE_POLICY_OVERRIDES_KEY, current: OVERRIDES, carriesOver: never },
  // Obsolete everywhere.
  { where: 'annotations', key: 'delegation.kgateway.dev/enable-policy-override', current: OVERRIDES, carriesOver: never },
  {
    where: 'annotations',
    key: 'delegation.kgateway.dev/inherited-policy-priority',
    current: { kgateway: INHERITED_POLICY_PRIORITY_KEY },
    carriesOver: isPolicyPriority,
  },
]

function always(): boolean {
  return true
}

function never(): boolean {
  return false
}

/** A route that hangs nowhere yet may be meant for any product, unless the policy says which. */
function knownDialects({ dialect, dialects, attachments, lanes }: Subject): Dialect[] {
  return dialect === undefined && attachments.length === 0 && lanes.length === 0 ? [] : [...dialects]
}

function added(where: Key['where'], key: string, value: string): Patch {
  return where === 'labels' ? setLabel(key, value) : setAnnotation(key, value)
}
