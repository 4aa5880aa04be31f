import { z } from 'zod'
import { DEFAULT_POLICY, type Policy } from '../policy/policy.ts'
import { labelKey, labelSelector, selectsEverything } from './label-selector.ts'
import { objectMetadata, timestamp } from './object-metadata.ts'
import { strictShape as object } from './object-shape.ts'
import type { Parsed } from './parsed.ts'
import { actions, checkCode, duration, headerPattern, hostPattern, pattern } from './policy-values.ts'
import { parseWith } from './problems.ts'

export const POLICY_API_VERSION = 'lanekeeper.dev/v1alpha1'
export const POLICY_KIND = 'DelegationPolicy'

const selector = labelSelector(object)
const name = z.string().min(1, 'must not be empty')
const atLeastOne = z.int().min(1, 'must be at least 1')
const patterns = z.array(pattern)

// An empty selector would make every namespace a root, the opposite of what whoever left it empty meant.
const narrowSelector = selector.refine(
  (value) => !selectsEverything(value),
  'must not be empty: it would make every namespace a root namespace',
)

const labelScope = object({
  labels: patterns.min(1, 'must name at least one label value'),
  namespaces: patterns.optional(),
  namespaceSelector: selector.optional(),
}).refine((scope) => scope.namespaces !== undefined || scope.namespaceSelector !== undefined, 'needs namespaces or namespaceSelector')

const extensionRef = object({ group: z.string(), kind: name, name: pattern.optional() })

const exception = object({
  namespace: pattern,
  name: pattern,
  checks: z.array(checkCode).min(1, 'must name at least one check'),
  reason: name,
  expires: timestamp,
})

/** The wire shape of a DelegationPolicy: the single source of its validation, its CRD and its reference page. */
export const DELEGATION_POLICY = object({
  apiVersion: z.literal(POLICY_API_VERSION),
  kind: z.literal(POLICY_KIND),
  metadata: objectMetadata(object).extend({ name }),
  spec: object({
    namespaceSelector: selector.optional(),
    mode: z.enum(['Enforce', 'Warn', 'Audit']).optional(),
    dialect: z.enum(['auto', 'kgateway', 'gloo', 'agentgateway']).optional(),
    rootNamespaces: object({ names: z.array(name).optional(), selector: narrowSelector.optional() }).optional(),
    ownerLabel: labelKey.optional(),
    labelScopes: z.array(labelScope).optional(),
    hostnames: z.array(object({ namespaces: patterns, allow: z.array(hostPattern) })).optional(),
    backends: object({
      kinds: z.array(object({ group: z.string().optional(), kind: name })).optional(),
      crossNamespace: z.enum(['Allow', 'Warn', 'Deny']).optional(),
    }).optional(),
    filters: object({
      protectedHeaders: z.array(headerPattern).optional(),
      redirectHosts: z.array(hostPattern).optional(),
      rewriteHosts: z.array(hostPattern).optional(),
      corsHosts: z.array(hostPattern).optional(),
      mirror: z.boolean().optional(),
      extensionRefs: z.array(extensionRef).optional(),
    }).optional(),
    protectedLabels: patterns.optional(),
    routeWeight: z.enum(['Enabled', 'Disabled']).optional(),
    limits: object({
      depth: atLeastOne.optional(),
      children: atLeastOne.optional(),
      regexProgram: atLeastOne.optional(),
      requestTimeout: duration.optional(),
      sessionTimeout: duration.optional(),
      retries: z.int().min(0, 'must not be negative').optional(),
    }).optional(),
    actions: actions.optional(),
    exceptions: z.array(exception).optional(),
  }).optional(),
  status: z.unknown().optional(),
})

/** A DelegationPolicy with the defaults filled in, or everything that is wrong with it at once. Unknown keys are wrong. */
export function parseDelegationPolicy(raw: unknown): Parsed<Policy> {
  const parsed = parseWith(DELEGATION_POLICY, raw)
  return parsed.ok ? { ok: true, value: toPolicy(parsed.value) } : parsed
}

function toPolicy({ metadata, spec = {} }: z.output<typeof DELEGATION_POLICY>): Policy {
  const { rootNamespaces, backends, filters, limits } = spec
  return {
    name: metadata.name,
    namespaceSelector: spec.namespaceSelector ?? DEFAULT_POLICY.namespaceSelector,
    mode: spec.mode ?? DEFAULT_POLICY.mode,
    dialect: spec.dialect ?? DEFAULT_POLICY.dialect,
    rootNamespaces: rootNamespaces === undefined ? undefined : { names: rootNamespaces.names ?? [], selector: rootNamespaces.selector },
    ownerLabel: spec.ownerLabel,
    labelScopes: (spec.labelScopes ?? []).map(({ labels, namespaces, namespaceSelector }) => ({
      labels,
      namespaces: namespaces ?? [],
      namespaceSelector,
    })),
    hostnames: spec.hostnames ?? [],
    backends: {
      kinds: backends?.kinds?.map(({ group, kind }) => ({ group: group ?? '', kind })),
      crossNamespace: backends?.crossNamespace ?? DEFAULT_POLICY.backends.crossNamespace,
    },
    filters: {
      protectedHeaders: filters?.protectedHeaders,
      redirectHosts: filters?.redirectHosts,
      rewriteHosts: filters?.rewriteHosts,
      corsHosts: filters?.corsHosts,
      mirror: filters?.mirror,
      extensionRefs: filters?.extensionRefs?.map((ref) => ({ group: ref.group, kind: ref.kind, name: ref.name ?? '*' })),
    },
    protectedLabels: spec.protectedLabels ?? [],
    routeWeight: spec.routeWeight ?? DEFAULT_POLICY.routeWeight,
    limits: {
      depth: limits?.depth ?? DEFAULT_POLICY.limits.depth,
      children: limits?.children ?? DEFAULT_POLICY.limits.children,
      regexProgram: limits?.regexProgram ?? DEFAULT_POLICY.limits.regexProgram,
      requestTimeout: limits?.requestTimeout,
      sessionTimeout: limits?.sessionTimeout,
      retries: limits?.retries,
    },
    actions: spec.actions ?? new Map(),
    exceptions: spec.exceptions ?? [],
  }
}
