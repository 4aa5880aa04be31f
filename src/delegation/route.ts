/**
 * The domain's nouns: what the Gateway API objects say, in normal form. Parsed once at the edge (src/api/), defaults
 * filled in, so that nothing behind it compares raw API objects. Words are Gateway API's own.
 */

/** The flavour of delegation a gateway implements: two flattening ones and a nested one (agentgateway). */
export type Dialect = 'kgateway' | 'gloo' | 'agentgateway'

export interface ObjectName {
  readonly namespace: string
  readonly name: string
}

/** `namespace/name`, the way messages and maps name an object. */
export function nameOf(object: ObjectName): string {
  return `${object.namespace}/${object.name}`
}

/** `Unknown` is a value newer than this program: what it matches can't be decided. */
export type PathType = 'Exact' | 'PathPrefix' | 'RegularExpression' | 'Unknown'

export interface PathMatch {
  readonly type: PathType
  /** As written: trailing slashes, encodings and all. */
  readonly value: string
}

export type ValueMatchType = 'Exact' | 'RegularExpression' | 'Unknown'

/** One header or query parameter condition. */
export interface ValueMatch {
  readonly type: ValueMatchType
  /** As written. */
  readonly name: string
  /** What identifies it at request time: the lower-cased name for a header, the name itself for a query parameter. */
  readonly key: string
  readonly value: string
}

/** A set of requests: the conjunction of its conditions. Hosts are not part of it; they belong to the attachment. */
export interface HttpMatch {
  readonly path: PathMatch
  readonly headers: readonly ValueMatch[]
  readonly queryParams: readonly ValueMatch[]
  readonly method: string | undefined
}

export interface ParentRef {
  readonly group: string
  readonly kind: string
  /** undefined = the route's own namespace. */
  readonly namespace: string | undefined
  readonly name: string
  readonly sectionName: string | undefined
  readonly port: number | undefined
  /** Whether the object wrote `kind` out (an omitted one means Gateway). */
  readonly kindWritten: boolean
}

/** Something that requests are sent to: a backend, a mirror, an authorization service. */
export interface BackendObjectReference {
  readonly group: string
  readonly kind: string
  /** undefined = the route's own namespace. */
  readonly namespace: string | undefined
  readonly name: string
}

export interface BackendRef extends BackendObjectReference {
  readonly weight: number
  readonly filters: readonly Filter[]
  /** Of a GRPCRoute: never a delegation, whatever it names. */
  readonly delegates?: false
}

/** A header that a filter sets or adds. `key` is what identifies it at request time: the lower-cased name. */
export interface HeaderValue {
  readonly name: string
  readonly key: string
  readonly value: string
}

export interface HeaderChanges {
  readonly set: readonly HeaderValue[]
  readonly add: readonly HeaderValue[]
  /** Names as written. */
  readonly remove: readonly string[]
}

/**
 * What a filter does, by its type. `Unknown` is a type newer than this program, or one that says nothing under its own
 * key: what it does can't be decided.
 */
export type FilterEffect =
  | { readonly type: 'RequestHeaderModifier' | 'ResponseHeaderModifier'; readonly changes: HeaderChanges }
  | { readonly type: 'RequestMirror'; readonly backend: BackendObjectReference }
  /** `scheme` and `hostname` lower-cased; undefined = the request's own. */
  | { readonly type: 'RequestRedirect'; readonly scheme: string | undefined; readonly hostname: string | undefined }
  | { readonly type: 'URLRewrite'; readonly hostname: string | undefined; readonly path: PathReplacement | undefined }
  /** Origins as written: `*`, `https://shop.example.com`, `https://*.example.com`. */
  | { readonly type: 'CORS'; readonly allowOrigins: readonly string[] }
  /** `copiedHeaders`: what the service may put into the request; undefined = whatever it answers. */
  | {
      readonly type: 'ExternalAuth'
      readonly backend: BackendObjectReference | undefined
      readonly copiedHeaders: readonly string[] | undefined
    }
  | { readonly type: 'ExtensionRef'; readonly group: string; readonly kind: string; readonly name: string }
  | { readonly type: 'Unknown'; readonly written: string }

export interface PathReplacement {
  /** The key the replacement stands under. */
  readonly key: 'replaceFullPath' | 'replacePrefixMatch'
  readonly value: string
}

/** `fields` is the filter as written, newer keys included: it tells two filters apart and is otherwise not read. */
export type Filter = FilterEffect & { readonly fields: unknown }

/** A Gateway API duration; `milliseconds` undefined = the text is none. */
export interface Duration {
  readonly written: string
  readonly milliseconds: number | undefined
}

/** Zero switches a timeout off; undefined = the gateway's default. */
export interface Timeouts {
  readonly request: Duration | undefined
  readonly backendRequest: Duration | undefined
}

export interface SessionPersistence {
  readonly absoluteTimeout: Duration | undefined
  readonly idleTimeout: Duration | undefined
}

export interface Rule {
  /** Absent in the object = the CRD's default, one PathPrefix `/`; written as `[]` = empty. */
  readonly matches: readonly HttpMatch[]
  readonly backendRefs: readonly BackendRef[]
  readonly filters: readonly Filter[]
  readonly timeouts: Timeouts
  /** `attempts` undefined = the gateway's default. */
  readonly retry: { readonly attempts: number | undefined } | undefined
  readonly sessionPersistence: SessionPersistence | undefined
}

export type RouteKind = 'HTTPRoute' | 'GRPCRoute'

export interface RouteName extends ObjectName {
  readonly kind: RouteKind
}

/**
 * A route that takes HTTP requests. A GRPCRoute says its methods as paths here: it competes with HTTPRoutes on the Gateways
 * it attaches to, and neither delegates nor is delegated to.
 */
export interface HttpRoute extends RouteName {
  /** Set when the API server has yet to choose the name; `name` is then empty. */
  readonly generateName: string | undefined
  readonly uid: string | undefined
  /** Milliseconds since the epoch; undefined = the youngest. */
  readonly created: number | undefined
  readonly labels: ReadonlyMap<string, string>
  readonly annotations: ReadonlyMap<string, string>
  readonly parentRefs: readonly ParentRef[]
  /** Lower-cased, as Gateway API compares them. */
  readonly hostnames: readonly string[]
  readonly rules: readonly Rule[]
  /** spec.useDefaultGateways is set: attaches to Gateways without naming them. */
  readonly usesDefaultGateways: boolean
}

/** What tells routes apart: an HTTPRoute and a GRPCRoute may have one name. */
export function identityOf(route: RouteName): string {
  return `${nameOf(route)} ${route.kind}`
}

export interface LabelSelector {
  readonly matchLabels: ReadonlyMap<string, string>
  readonly matchExpressions: readonly {
    readonly key: string
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
    readonly values: readonly string[]
  }[]
}

/** Whose objects may use another object, by their namespaces. */
export type AllowedNamespaces = { readonly from: 'Same' | 'All' | 'None' } | { readonly from: 'Selector'; readonly selector: LabelSelector }

export interface Listener {
  readonly name: string
  /** 0 = the gateway chooses one (XListenerSet alone). */
  readonly port: number
  readonly protocol: string
  /** undefined = every host. */
  readonly hostname: string | undefined
  readonly allowedNamespaces: AllowedNamespaces
  /** Empty = those that the protocol speaks. */
  readonly allowedKinds: readonly { readonly group: string; readonly kind: string }[]
}

export interface Gateway extends ObjectName {
  readonly className: string
  readonly created: number | undefined
  readonly listeners: readonly Listener[]
  /** Whose ListenerSets may add listeners. */
  readonly allowedListeners: AllowedNamespaces
  /** Routes that ask for the default Gateways are put on this one (`spec.defaultScope: All`). */
  readonly isDefault: boolean
}

export type ListenerSetKind = 'ListenerSet' | 'XListenerSet'

/** Listeners of a Gateway, kept apart from it. */
export interface ListenerSet extends ObjectName {
  readonly kind: ListenerSetKind
  /** undefined = its parent is no Gateway. */
  readonly gateway: ObjectName | undefined
  readonly listeners: readonly Listener[]
}

export interface GatewayClass {
  readonly name: string
  readonly controllerName: string
}

export interface Namespace {
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
}

export interface ReferenceGrant extends ObjectName {
  readonly from: readonly { readonly group: string; readonly kind: string; readonly namespace: string }[]
  readonly to: readonly { readonly group: string; readonly kind: string; readonly name: string | undefined }[]
}

/** Everything a view holds, told apart by `kind`. */
export type ViewObject =
  | { readonly kind: RouteKind; readonly value: HttpRoute }
  | { readonly kind: 'Gateway'; readonly value: Gateway }
  | { readonly kind: ListenerSetKind; readonly value: ListenerSet }
  | { readonly kind: 'GatewayClass'; readonly value: GatewayClass }
  | { readonly kind: 'Namespace'; readonly value: Namespace }
  | { readonly kind: 'ReferenceGrant'; readonly value: ReferenceGrant }

export type ViewKind = ViewObject['kind']

/** An example request, enough to reproduce with curl. */
export interface Witness {
  readonly method: string
  readonly host: string
  readonly path: string
  /** By name as written in the match. */
  readonly headers: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
}
