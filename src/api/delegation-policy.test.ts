import { expect, it } from 'vitest'
import { POLICY_MISTAKES } from '../../test/policy-mistakes.ts'
import { DEFAULT_POLICY } from '../policy/policy.ts'
import { parseDelegationPolicy } from './delegation-policy.ts'

function policy(spec: unknown, metadata: object = {}): unknown {
  return { apiVersion: 'lanekeeper.dev/v1alpha1', kind: 'DelegationPolicy', metadata: { name: 'verticals', ...metadata }, spec }
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

it('reads the generation that the API server gave it', () => {
  expect(parseDelegationPolicy(policy({}, { generation: 4 }))).toEqual({
    ok: true,
    value: { ...DEFAULT_POLICY, name: 'verticals', generation: 4 },
  })
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
      generation: undefined,
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

it.each(POLICY_MISTAKES)('%j is refused', (spec, problem) => {
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
