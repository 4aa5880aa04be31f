import { expect, it } from 'vitest'
import { DEFAULT_POLICY } from '../policy/policy.ts'
import { parseDelegationPolicy } from './delegation-policy.ts'

function policy(spec: unknown): unknown {
  return { apiVersion: 'lanekeeper.dev/v1alpha1', kind: 'DelegationPolicy', metadata: { name: 'verticals' }, spec }
}

function problems(raw: unknown): string[] {
  const result = parseDelegationPolicy(raw)
  return result.ok ? [] : result.problems.map(({ field, message }) => `${field}: ${message}`)
}

it.each([
  ['no spec', undefined],
  ['an empty spec', {}],
  ['nulls', { mode: null, filters: null, limits: { depth: null } }],
])('%s is the defaults', (_name, spec) => {
  expect(parseDelegationPolicy(policy(spec))).toEqual({ ok: true, value: { ...DEFAULT_POLICY, name: 'verticals' } })
})

it('reads every field', () => {
  const spec = {
    namespaceSelector: {},
    mode: 'Warn',
    dialect: 'gloo',
    rootNamespaces: { names: ['kgateway-system'], selector: { matchExpressions: [{ key: 'tier', operator: 'In', values: ['platform'] }] } },
    ownerLabel: 'team',
    labelScopes: [
      { labels: ['payments-*', 'key=value'], namespaces: ['payments'], namespaceSelector: { matchLabels: { vertical: 'payments' } } },
    ],
    hostnames: [{ namespaces: ['shop'], allow: ['*.Shop.example.com'] }],
    backends: { kinds: [{ kind: 'Service' }, { group: 'gateway.kgateway.dev', kind: 'Backend' }], crossNamespace: 'Deny' },
    filters: {
      protectedHeaders: ['X-Tenant', 'x-auth-*'],
      redirectHosts: [],
      rewriteHosts: ['*'],
      corsHosts: ['*.Example.com'],
      mirror: false,
      extensionRefs: [{ group: 'g', kind: 'k' }],
    },
    protectedLabels: ['policy.example.com/*'],
    routeWeight: 'Disabled',
    limits: { depth: 3, children: 5, regexProgram: 7, requestTimeout: '1m30s', sessionTimeout: '1h', retries: 0 },
    actions: { LK205: 'Deny', PathOutsideGrant: 'Patch' },
    exceptions: [
      { namespace: 'legacy', name: 'old-*', checks: ['LK402', 'SameMatch'], reason: 'migration', expires: '2027-03-31T00:00:00Z' },
    ],
  }
  expect(parseDelegationPolicy(policy(spec))).toEqual({
    ok: true,
    value: {
      name: 'verticals',
      namespaceSelector: { matchLabels: new Map(), matchExpressions: [] },
      mode: 'Warn',
      dialect: 'gloo',
      rootNamespaces: {
        names: ['kgateway-system'],
        selector: { matchLabels: new Map(), matchExpressions: [{ key: 'tier', operator: 'In', values: ['platform'] }] },
      },
      ownerLabel: 'team',
      labelScopes: [
        {
          labels: ['payments-*', 'key=value'],
          namespaces: ['payments'],
          namespaceSelector: { matchLabels: new Map([['vertical', 'payments']]), matchExpressions: [] },
        },
      ],
      hostnames: [{ namespaces: ['shop'], allow: ['*.shop.example.com'] }],
      backends: {
        kinds: [
          { group: '', kind: 'Service' },
          { group: 'gateway.kgateway.dev', kind: 'Backend' },
        ],
        crossNamespace: 'Deny',
      },
      filters: {
        protectedHeaders: ['x-tenant', 'x-auth-*'],
        redirectHosts: [],
        rewriteHosts: ['*'],
        corsHosts: ['*.example.com'],
        mirror: false,
        extensionRefs: [{ group: 'g', kind: 'k', name: '*' }],
      },
      protectedLabels: ['policy.example.com/*'],
      routeWeight: 'Disabled',
      limits: { depth: 3, children: 5, regexProgram: 7, requestTimeout: 90_000, sessionTimeout: 3_600_000, retries: 0 },
      actions: new Map([
        ['LK205', 'Deny'],
        ['LK101', 'Patch'],
      ]),
      exceptions: [{ namespace: 'legacy', name: 'old-*', checks: ['LK402', 'LK403'], reason: 'migration', expires: Date.UTC(2027, 2, 31) }],
    },
  })
})

const expression = (value: object) => ({ namespaceSelector: { matchExpressions: [{ key: 'a', ...value }] } })
const exception = (value: object) => ({
  exceptions: [{ namespace: 'a', name: 'b', checks: ['LK402'], reason: 'c', expires: '2027-03-31T00:00:00Z', ...value }],
})

it.each([
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
])('%j is refused', (spec, problem) => {
  expect(problems(policy(spec))).toEqual([problem])
})

it('reports everything at once', () => {
  expect(
    problems({
      apiVersion: 'lanekeeper.dev/v1',
      kind: 'DelegationPolicy',
      metadata: {},
      spec: { modes: 1, limits: { depth: -1, children: 'x' } },
    }),
  ).toEqual([
    'apiVersion: must be lanekeeper.dev/v1alpha1, not "lanekeeper.dev/v1"',
    'metadata.name: is required',
    'spec.limits.depth: must be at least 1',
    'spec.limits.children: must be a number, not "x"',
    'spec.modes: unknown key "modes", did you mean "mode"?',
  ])
})
