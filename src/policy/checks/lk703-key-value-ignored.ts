import {
  DEFAULT_POLICY_PRIORITY,
  INHERIT_KEY,
  INHERITED_POLICY_PRIORITY_KEY,
  isPolicyPriority,
  isRouteWeight,
  LABEL_SCOPES_KEY,
  POLICY_PRIORITIES,
  ROUTE_WEIGHT_KEY,
} from '../../delegation/annotations.ts'
import type { Check } from '../check.ts'
import type { Subject } from '../subject.ts'

export const keyValueIgnored: Check = {
  code: 'LK703',
  effect: 'dead',
  rule: 'A delegation annotation has a value that is silently read as something else.',
  action: 'Warn',
  patches: false,
  *find({ route, dialects }: Subject) {
    for (const { key, problem } of valuesOf(dialects)) {
      const value = route.annotations.get(key)
      const message = value === undefined ? undefined : problem(value)
      if (message !== undefined) yield { field: `metadata.annotations[${key}]`, value, message: `${JSON.stringify(value)} ${message}` }
    }
  },
}

interface KeyValue {
  readonly key: string
  /** What is wrong with a value, as the rest of a sentence about it. */
  readonly problem: (value: string) => string | undefined
}

function valuesOf(dialects: Subject['dialects']): KeyValue[] {
  const values: KeyValue[] = [{ key: LABEL_SCOPES_KEY, problem: unreadScope }]
  for (const dialect of dialects) {
    const key = INHERIT_KEY[dialect]
    if (key !== undefined) values.push({ key, problem: unreadSwitch })
    if (dialect === 'kgateway') {
      values.push({ key: INHERITED_POLICY_PRIORITY_KEY, problem: unreadPriority }, { key: ROUTE_WEIGHT_KEY, problem: unreadWeight })
    }
  }
  return values
}

function unreadSwitch(value: string): string | undefined {
  const known = ['true', 'yes', 'enabled', 'false', 'no', 'disabled', '']
  return known.includes(value.toLowerCase())
    ? undefined
    : 'is read as false: only true, yes and enabled switch inheritance on. Write true, or false.'
}

function unreadPriority(value: string): string | undefined {
  return isPolicyPriority(value)
    ? undefined
    : `is read as ${DEFAULT_POLICY_PRIORITY}, which lets children override policies. Write one of ${POLICY_PRIORITIES.join(', ')}.`
}

function unreadWeight(value: string): string | undefined {
  return isRouteWeight(value) ? undefined : 'is no integer, so the weight is 0. Write an integer, or remove the annotation.'
}

function unreadScope(value: string): string | undefined {
  const entries = value.split(';').filter((entry) => entry.trim() !== '')
  const unread = entries.find((entry) => !/[^=\s]\s*=/.test(entry))
  return entries.length > 0 && unread === undefined
    ? undefined
    : 'leaves labels free for every namespace: an entry without "=" is not read. Write label=namespace,namespace and separate entries by ";".'
}
