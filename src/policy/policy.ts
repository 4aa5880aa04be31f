import type { Dialect, LabelSelector } from '../delegation/route.ts'

/** What happens with a violation. Strictest first: Deny > Patch > Warn > Audit > Ignore. */
export type Action = 'Deny' | 'Patch' | 'Warn' | 'Audit' | 'Ignore'

/** The admin's rules for the namespaces it selects. Shape and defaults: src/api/delegation-policy.ts. */
export interface Policy {
  readonly name: string
  /** Of its metadata: the API server counts every change of the spec. undefined in files, which have none. */
  readonly generation: number | undefined
  readonly namespaceSelector: LabelSelector
  readonly mode: 'Enforce' | 'Warn' | 'Audit'
  readonly dialect: 'auto' | Dialect
  /** undefined = none configured: every namespace may attach and delegate, with warnings. */
  readonly rootNamespaces: { readonly names: readonly string[]; readonly selector: LabelSelector | undefined } | undefined
  readonly ownerLabel: string | undefined
  readonly labelScopes: readonly LabelScope[]
  readonly hostnames: readonly { readonly namespaces: readonly string[]; readonly allow: readonly string[] }[]
  readonly backends: {
    readonly kinds: readonly { readonly group: string; readonly kind: string }[] | undefined
    readonly crossNamespace: 'Allow' | 'Warn' | 'Deny'
  }
  /** A key that is undefined is not configured; an empty list allows nothing. */
  readonly filters: {
    readonly protectedHeaders: readonly string[] | undefined
    readonly redirectHosts: readonly string[] | undefined
    readonly rewriteHosts: readonly string[] | undefined
    readonly corsHosts: readonly string[] | undefined
    readonly mirror: boolean | undefined
    readonly extensionRefs: readonly { readonly group: string; readonly kind: string; readonly name: string }[] | undefined
  }
  readonly protectedLabels: readonly string[]
  readonly routeWeight: 'Enabled' | 'Disabled'
  readonly limits: Limits
  /** By check code; names are resolved to codes when the policy is parsed. */
  readonly actions: ReadonlyMap<string, Action>
  readonly exceptions: readonly Exception[]
}

export interface Limits {
  /** Delegations from root to leaf; root → child is 1. */
  readonly depth: number
  /** Children one grant may select. */
  readonly children: number
  /** RE2 instructions per regex before LK105 warns. */
  readonly regexProgram: number
  /** Milliseconds; undefined = not limited. */
  readonly requestTimeout: number | undefined
  /** Milliseconds; undefined = not limited. */
  readonly sessionTimeout: number | undefined
  readonly retries: number | undefined
}

/** Who may wear which delegation labels. Patterns end in `*` or are whole values. */
export interface LabelScope {
  readonly labels: readonly string[]
  readonly namespaces: readonly string[]
  readonly namespaceSelector: LabelSelector | undefined
}

export interface Exception {
  /** Patterns: whole values, or ending in `*`. */
  readonly namespace: string
  readonly name: string
  /** Check codes; names are resolved when the policy is parsed. */
  readonly checks: readonly string[]
  readonly reason: string
  /** Milliseconds since the epoch. */
  readonly expires: number
}

/** The defaults of docs/checks/ for a namespace that no policy selects. */
export const DEFAULT_POLICY: Policy = {
  name: '',
  generation: undefined,
  namespaceSelector: { matchLabels: new Map(), matchExpressions: [] },
  mode: 'Enforce',
  dialect: 'auto',
  rootNamespaces: undefined,
  ownerLabel: undefined,
  labelScopes: [],
  hostnames: [],
  backends: { kinds: undefined, crossNamespace: 'Warn' },
  filters: {
    protectedHeaders: undefined,
    redirectHosts: undefined,
    rewriteHosts: undefined,
    corsHosts: undefined,
    mirror: undefined,
    extensionRefs: undefined,
  },
  protectedLabels: [],
  routeWeight: 'Enabled',
  limits: { depth: 4, children: 500, regexProgram: 100, requestTimeout: undefined, sessionTimeout: undefined, retries: undefined },
  actions: new Map(),
  exceptions: [],
}
