import type { Decision, Violation } from '../src/policy/decision.ts'

/** A child route as the API server sends it. */
export function routeObject(name = 'cart'): Record<string, unknown> {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name, namespace: 'shop', labels: { team: 'cart' } },
    spec: {
      parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'parent', namespace: 'infra' }],
      rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/cart' } }], backendRefs: [{ name: 'cart', port: 80 }] }],
    },
  }
}

/** The review of a CREATE, with changes to its request. */
export function review(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'uid-1',
      kind: { group: 'gateway.networking.k8s.io', version: 'v1', kind: 'HTTPRoute' },
      resource: { group: 'gateway.networking.k8s.io', version: 'v1', resource: 'httproutes' },
      name: 'cart',
      namespace: 'shop',
      operation: 'CREATE',
      userInfo: { username: 'alice', groups: ['system:authenticated'] },
      object: routeObject(),
      oldObject: null,
      dryRun: false,
      ...changes,
    },
  }
}

export function violation(changes: Partial<Violation> = {}): Violation {
  return {
    code: 'LK102',
    name: 'PathEscapesGrant',
    effect: 'escape',
    action: 'Deny',
    field: 'spec.rules[0].matches[0].path.value',
    value: '/cart',
    message: 'PathPrefix /cart is outside what infra/parent grants.',
    grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
    witness: undefined,
    confidential: undefined,
    harmed: [],
    ratcheted: false,
    exception: undefined,
    ...changes,
  }
}

export const DENIED: Decision = { allowed: false, violations: [violation()], patches: [], policies: [] }
export const ALLOWED: Decision = { allowed: true, violations: [], patches: [], policies: [] }
