const expression = (value: object) => ({ namespaceSelector: { matchExpressions: [{ key: 'a', ...value }] } })
const exception = (value: object) => ({
  exceptions: [{ namespace: 'a', name: 'b', checks: ['LK402'], reason: 'c', expires: '2027-03-31T00:00:00Z', ...value }],
})

/** The `spec` of a DelegationPolicy that is refused, and what parsing it says. The API server refuses each of them too, in its own words. */
export const POLICY_MISTAKES: readonly (readonly [spec: object, problem: string])[] = [
  [{ rootNamespaces: { selector: {} } }, 'spec.rootNamespaces.selector: must not be empty: it would make every namespace a root namespace'],
  [
    { rootNamespaces: { selector: { matchLabels: {} } } },
    'spec.rootNamespaces.selector: must not be empty: it would make every namespace a root namespace',
  ],
  [{ mode: 'enforce' }, 'spec.mode: must be one of Enforce, Warn, Audit, not "enforce", did you mean "Enforce"?'],
  [{ action: {} }, 'spec.action: unknown key "action", did you mean "actions"?'],
  [{ actions: { LK999: 'Deny' } }, 'spec.actions.LK999: unknown check "LK999", did you mean "LK109"?'],
  [
    { actions: { PathOutsideGrnt: 'Deny' } },
    'spec.actions.PathOutsideGrnt: unknown check "PathOutsideGrnt", did you mean "PathOutsideGrant"?',
  ],
  [{ actions: JSON.parse('{"__proto__": "Deny"}') }, 'spec.actions.__proto__: unknown check "__proto__"'],
  [{ actions: { LK101: 'Deny', PathOutsideGrant: 'Warn' } }, 'spec.actions.PathOutsideGrant: names LK101 a second time (PathOutsideGrant)'],
  [{ actions: { LK101: false } }, 'spec.actions.LK101: must be one of Deny, Warn, Audit, Patch, Ignore, not the boolean false'],
  [{ labelScopes: [{ labels: ['a'] }] }, 'spec.labelScopes[0]: needs namespaces or namespaceSelector'],
  [{ labelScopes: [{ labels: ['a*b'], namespaces: [] }] }, 'spec.labelScopes[0].labels[0]: must be a whole value or end in its only "*"'],
  [{ protectedLabels: [''] }, 'spec.protectedLabels[0]: must be a whole value or end in its only "*"'],
  [{ hostnames: [{ namespaces: ['a'], allow: ['a.*.b'] }] }, 'spec.hostnames[0].allow[0]: must be a hostname, "*." and a hostname, or "*"'],
  [{ limits: { depth: 0 } }, 'spec.limits.depth: must be at least 1'],
  [{ limits: { children: 1.5 } }, 'spec.limits.children: must be an integer, not the number 1.5'],
  [{ limits: { requestTimeout: '30' } }, 'spec.limits.requestTimeout: must be a duration such as 30s, 500ms or 1m30s'],
  [{ limits: { requestTimeout: '0s' } }, 'spec.limits.requestTimeout: must be longer than nothing'],
  [
    exception({ expires: '2027-02-30T00:00:00Z' }),
    'spec.exceptions[0].expires: must be an RFC 3339 time such as 2027-03-31T00:00:00Z, not "2027-02-30T00:00:00Z"',
  ],
  [exception({ checks: [] }), 'spec.exceptions[0].checks: must name at least one check'],
  [exception({ reason: '' }), 'spec.exceptions[0].reason: must not be empty'],
  [expression({ operator: 'In' }), 'spec.namespaceSelector.matchExpressions[0].values: operator In needs values'],
  [expression({ operator: 'Exists', values: ['x'] }), 'spec.namespaceSelector.matchExpressions[0].values: operator Exists takes no values'],
  [{ namespaceSelector: { matchLabels: { 'a b': 'c' } } }, 'spec.namespaceSelector.matchLabels["a b"]: "a b" is not a label key'],
  [
    { namespaceSelector: { matchLabels: Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`label-${index}`, ''])) } },
    'spec.namespaceSelector.matchLabels: must not have more than 64 entries',
  ],
  [{ namespaceSelector: { matchLabels: { a: 'b c' } } }, 'spec.namespaceSelector.matchLabels.a: "b c" is not a label value'],
  [{ protectedLabels: ['a\u00a0b'] }, 'spec.protectedLabels[0]: must be a whole value or end in its only "*"'],
  [{ limits: { retries: 1_000_001 } }, 'spec.limits.retries: must be at most 1000000'],
  [exception({ checks: ['LK999'] }), 'spec.exceptions[0].checks[0]: unknown check "LK999", did you mean "LK109"?'],
  [
    exception({ expires: '2027-03-31T00:00:00+25:00' }),
    'spec.exceptions[0].expires: must be an RFC 3339 time such as 2027-03-31T00:00:00Z, not "2027-03-31T00:00:00+25:00"',
  ],
  [
    exception({ expires: '2027-03-31T00:00:00' }),
    'spec.exceptions[0].expires: must be an RFC 3339 time such as 2027-03-31T00:00:00Z, not "2027-03-31T00:00:00"',
  ],
]
