import { z } from 'zod'
import { DEFAULT_POLICY, type Policy } from '../policy/policy.ts'
import { celRules } from './cel-rule.ts'
import { labelKey, labelSelector, selectsEverything } from './label-selector.ts'
import { objectMetadata, timestamp } from './object-metadata.ts'
import { strictShape as object } from './object-shape.ts'
import type { Parsed } from './parsed.ts'
import { actions, checkCode, duration, headerPattern, hostPattern, pattern } from './policy-values.ts'
import { parseWith } from './problems.ts'

export const POLICY_API_VERSION = 'lanekeeper.dev/v1alpha1'
export const POLICY_KIND = 'DelegationPolicy'

/** Bounds of the lists that the API server's rules go through: it adds up what the rules of a CRD may cost. */
const MAX_SCOPES = 1000
const MAX_REQUIREMENTS = 64
const MAX_COUNT = 1_000_000

const selector = labelSelector(object, MAX_REQUIREMENTS)
const name = z.string().min(1, 'must not be empty')
const count = z.int().max(MAX_COUNT, `must be at most ${MAX_COUNT}`)
const atLeastOne = count.min(1, 'must be at least 1')
const patterns = z.array(pattern)

const EVERY_NAMESPACE = 'must not be empty: it would make every namespace a root namespace'
const NO_NAMESPACE = 'needs namespaces or namespaceSelector'

// An empty selector would make every namespace a root, the opposite of what whoever left it empty meant.
const narrowSelector = selector
  .refine((value) => !selectsEverything(value), EVERY_NAMESPACE)
  .meta(
    celRules({
      rule: '(has(self.matchLabels) && size(self.matchLabels) > 0) || (has(self.matchExpressions) && size(self.matchExpressions) > 0)',
      message: EVERY_NAMESPACE,
    }),
  )

const labelScope = object({
  labels: patterns
    .min(1, 'must name at least one label value')
    .describe('Label values, or `key=value` with agentgateway: an entry without `=` is of values alone. It is whole or ends in `*`.'),
  namespaces: patterns.optional().describe('Namespaces that may wear them. An entry is a whole name or ends in `*`.'),
  namespaceSelector: selector.optional().describe('Namespaces that may wear them, by their labels: beside the names, not instead.'),
})
  .refine((scope) => scope.namespaces !== undefined || scope.namespaceSelector !== undefined, NO_NAMESPACE)
  .meta(celRules({ rule: 'has(self.namespaces) || has(self.namespaceSelector)', message: NO_NAMESPACE }))

const extensionRef = object({
  group: z.string().describe('API group of the filter.'),
  kind: name.describe('Kind of the filter.'),
  name: pattern.optional().describe('Name of the filter: whole, or ending in `*`. Absent: any.'),
})

const exception = object({
  namespace: pattern.describe('Namespace of the routes: whole, or ending in `*`.'),
  name: pattern.describe('Name of the routes, or their generateName: whole, or ending in `*`.'),
  checks: z.array(checkCode).min(1, 'must name at least one check').describe('The checks to silence, by code or name.'),
  reason: name.describe('Why, for those who read it later.'),
  expires: timestamp.describe('From then on it has no effect: an RFC 3339 time.'),
})

const { backends, limits } = DEFAULT_POLICY

/** What the policy says. Descriptions are the CRD's and the reference's; a field without a default is not configured when absent. */
export const DELEGATION_POLICY_SPEC = object({
  namespaceSelector: selector
    .prefault({})
    .describe('Whose HTTPRoutes and GRPCRoutes the policy governs, by the labels of their namespace. Empty: every namespace.'),
  mode: z
    .enum(['Enforce', 'Warn', 'Audit'])
    .default(DEFAULT_POLICY.mode)
    .describe('`Enforce`; `Warn`: denials become warnings; `Audit`: violations are only reported.'),
  dialect: z
    .enum(['auto', 'kgateway', 'gloo', 'agentgateway'])
    .default(DEFAULT_POLICY.dialect)
    .describe('How the gateway delegates. `auto`: by the controller name of the GatewayClass, `kgateway` where it is unknown.'),
  rootNamespaces: object({
    names: z.array(name).optional().describe('Root namespaces by name.'),
    selector: narrowSelector.optional().describe('Root namespaces by their labels, beside the names. An empty selector is refused.'),
  })
    .optional()
    .describe('Namespaces that may attach routes to Gateways and delegate anywhere. Absent: none configured. LK207, LK302, LK303.'),
  ownerLabel: labelKey
    .optional()
    .describe('Namespaces with the same value of this label are one owner. Absent: each namespace is its own.'),
  labelScopes: z
    .array(labelScope)
    .max(MAX_SCOPES, `must not have more than ${MAX_SCOPES} entries`)
    .optional()
    .describe('Who may wear which delegation label. A value that is in no scope is free. LK203, LK204.'),
  hostnames: z
    .array(
      object({
        namespaces: patterns.describe('Namespaces the entry is about. An entry is a whole name or ends in `*`.'),
        allow: z.array(hostPattern).describe('Hosts they may use: a hostname, `*.` and a hostname, or `*`.'),
      }),
    )
    .optional()
    .describe(
      'Which hosts a namespace may use on Gateways. A namespace in no entry may use any on its own Gateways, and none on others. LK302, LK303.',
    ),
  backends: object({
    kinds: z
      .array(
        object({
          group: z.string().optional().describe('API group. Absent: the core group.'),
          kind: name.describe('Kind, such as Service.'),
        }),
      )
      .optional()
      .describe('Kinds of backends, mirrors and authorization services that are allowed. Absent: any. LK601.'),
    crossNamespace: z
      .enum(['Allow', 'Warn', 'Deny'])
      .default(backends.crossNamespace)
      .describe('A backend in another namespace: `Allow` it, `Warn` where it has no ReferenceGrant, or `Deny` it always. LK602.'),
  })
    .prefault({})
    .describe('What a route may send requests to.'),
  filters: object({
    protectedHeaders: z
      .array(headerPattern)
      .optional()
      .describe('Headers that a tenant may not set, add or remove. An entry is a whole name or ends in `*`; case does not count. LK606.'),
    redirectHosts: z.array(hostPattern).optional().describe('Hosts that a redirect may name. LK604.'),
    rewriteHosts: z.array(hostPattern).optional().describe('Hosts that a rewrite may name. LK603.'),
    corsHosts: z.array(hostPattern).optional().describe('Hosts that the origins of a CORS filter may have. LK608.'),
    mirror: z.boolean().optional().describe('Whether RequestMirror is allowed. LK605.'),
    extensionRefs: z.array(extensionRef).optional().describe('ExtensionRef filters that are allowed. LK607.'),
  })
    .optional()
    .describe("What a tenant's filters may do. An absent key is not configured; an empty list allows nothing."),
  protectedLabels: patterns
    .optional()
    .describe('Route labels that a tenant may not drop or change. An entry is a whole key or ends in `*`. LK609.'),
  routeWeight: z
    .enum(['Enabled', 'Disabled'])
    .default(DEFAULT_POLICY.routeWeight)
    .describe('`Disabled` says that the controller ignores the route-weight annotation.'),
  limits: object({
    depth: atLeastOne.default(limits.depth).describe('Delegations from the root to a route; root to child is 1. LK502.'),
    children: atLeastOne.default(limits.children).describe('Children that one grant may select. LK503.'),
    regexProgram: atLeastOne.default(limits.regexProgram).describe('Instructions of a compiled regular expression before LK105 warns.'),
    requestTimeout: duration.optional().describe('Longest timeout that a route may set, such as 30s. Absent: not limited. LK608.'),
    sessionTimeout: duration.optional().describe('Longest session that sessionPersistence may set. Absent: not limited. LK608.'),
    retries: count.min(0, 'must not be negative').optional().describe('Most retries that a route may set. Absent: not limited. LK608.'),
  })
    .prefault({})
    .describe('How far a route may go.'),
  actions: actions
    .optional()
    .describe('What happens with the violations of a check, by its code or name: Deny, Patch, Warn, Audit or Ignore. Absent: its default.'),
  exceptions: z.array(exception).optional().describe('Violations to silence until a date.'),
})

/** The wire shape of a DelegationPolicy: the single source of its validation, its CRD and its reference page. */
export const DELEGATION_POLICY = object({
  apiVersion: z.literal(POLICY_API_VERSION),
  kind: z.literal(POLICY_KIND),
  metadata: objectMetadata(object).extend({ name }),
  spec: DELEGATION_POLICY_SPEC.prefault({}),
  status: z.unknown().optional(),
})

/** A DelegationPolicy with the defaults filled in, or everything that is wrong with it at once. Unknown keys are wrong. */
export function parseDelegationPolicy(raw: unknown): Parsed<Policy> {
  const parsed = parseWith(DELEGATION_POLICY, raw)
  return parsed.ok ? { ok: true, value: toPolicy(parsed.value) } : parsed
}

function toPolicy({ metadata, spec }: z.output<typeof DELEGATION_POLICY>): Policy {
  const { rootNamespaces, backends, filters, limits } = spec
  return {
    name: metadata.name,
    generation: typeof metadata.generation === 'number' ? metadata.generation : undefined,
    namespaceSelector: spec.namespaceSelector,
    mode: spec.mode,
    dialect: spec.dialect,
    rootNamespaces: rootNamespaces === undefined ? undefined : { names: rootNamespaces.names ?? [], selector: rootNamespaces.selector },
    ownerLabel: spec.ownerLabel,
    labelScopes: (spec.labelScopes ?? []).map(({ labels, namespaces, namespaceSelector }) => ({
      labels,
      namespaces: namespaces ?? [],
      namespaceSelector,
    })),
    hostnames: spec.hostnames ?? [],
    backends: {
      kinds: backends.kinds?.map(({ group, kind }) => ({ group: group ?? '', kind })),
      crossNamespace: backends.crossNamespace,
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
    routeWeight: spec.routeWeight,
    limits: { ...limits, requestTimeout: limits.requestTimeout, sessionTimeout: limits.sessionTimeout, retries: limits.retries },
    actions: spec.actions ?? new Map(),
    exceptions: spec.exceptions ?? [],
  }
}
