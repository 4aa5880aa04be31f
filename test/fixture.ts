import { applyPatch } from 'rfc6902'
import { parseDelegationPolicy } from '../src/api/delegation-policy.ts'
import { parseViewObject } from '../src/api/view-object.ts'
import type { Dialect, HttpRoute, ViewObject } from '../src/delegation/route.ts'
import { View } from '../src/delegation/view.ts'
import type { Decision, JsonPatchOperation, ReviewRequest, Violation } from '../src/policy/decision.ts'
import { evaluate } from '../src/policy/evaluate.ts'
import type { Policy } from '../src/policy/policy.ts'

/** An object as it stands in a manifest. */
export type RawObject = Readonly<Record<string, unknown>>

export interface RawValue {
  readonly type?: string
  readonly name: string
  readonly value: string
}

export interface RawMatch {
  readonly path?: { readonly type?: string; readonly value?: string }
  readonly headers?: readonly RawValue[]
  readonly queryParams?: readonly RawValue[]
  readonly method?: string
}

export interface RawRef {
  readonly group?: string
  readonly kind?: string
  readonly namespace?: string
  readonly name: string
  readonly port?: number
  readonly sectionName?: string
  readonly weight?: number
  readonly filters?: readonly RawObject[]
}

export interface RawRule {
  readonly matches?: readonly RawMatch[]
  readonly backendRefs?: readonly RawRef[]
  readonly filters?: readonly RawObject[]
  readonly timeouts?: RawObject
  readonly retry?: RawObject
  readonly sessionPersistence?: RawObject
}

/** What a test changes of a minimal route. The keys of a rule are those of the only one, `rules` all of them. */
export interface RouteChanges extends RawRule {
  readonly name?: string
  readonly namespace?: string
  readonly metadata?: RawObject
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  /** null leaves the key out. */
  readonly parentRefs?: readonly RawRef[] | null
  readonly hostnames?: readonly string[]
  readonly rules?: readonly RawRule[]
}

export const GROUP = 'gateway.networking.k8s.io'
export const NOW = Date.parse('2027-01-01T00:00:00Z')

const CONTROLLERS: Readonly<Record<Dialect, string>> = {
  kgateway: 'kgateway.dev/kgateway',
  gloo: 'solo.io/gloo-gateway',
  agentgateway: 'agentgateway.dev/agentgateway',
}

export const INHERIT: Readonly<Record<'kgateway' | 'gloo', Readonly<Record<string, string>>>> = {
  kgateway: { 'delegation.kgateway.dev/inherit-parent-matcher': 'true' },
  gloo: { 'delegation.gateway.solo.io/inherit-parent-matcher': 'true' },
}

export function prefix(value: string, more: RawMatch = {}): RawMatch {
  return { path: { type: 'PathPrefix', value }, ...more }
}

export function exact(value: string, more: RawMatch = {}): RawMatch {
  return { path: { type: 'Exact', value }, ...more }
}

export function regex(value: string, more: RawMatch = {}): RawMatch {
  return { path: { type: 'RegularExpression', value }, ...more }
}

/** A reference to an HTTPRoute, as a parent or as what is delegated to. */
export function httpRoute(namespace: string, name: string): RawRef {
  return { group: GROUP, kind: 'HTTPRoute', namespace, name }
}

export function label(namespace: string, name: string, dialect: 'kgateway' | 'gloo' = 'kgateway'): RawRef {
  return { group: dialect === 'kgateway' ? 'delegation.kgateway.dev' : 'delegation.gateway.solo.io', kind: 'label', namespace, name }
}

function routeObject(defaults: RouteChanges, changes: RouteChanges): RawObject {
  const { name, namespace, metadata, labels, annotations, parentRefs, hostnames, rules, ...rule } = { ...defaults, ...changes }
  return {
    apiVersion: `${GROUP}/v1`,
    kind: 'HTTPRoute',
    metadata: { name, namespace, ...(labels && { labels }), ...(annotations && { annotations }), ...metadata },
    spec: {
      ...(parentRefs && { parentRefs }),
      ...(hostnames && { hostnames }),
      rules: rules ?? [rule],
    },
  }
}

/** infra/parent on the Gateway of its namespace grants PathPrefix /shop to every route of namespace shop. */
export function parentObject(changes: RouteChanges = {}): RawObject {
  return routeObject(
    {
      name: 'parent',
      namespace: 'infra',
      parentRefs: [{ name: 'gateway' }],
      hostnames: ['example.com'],
      matches: [prefix('/shop')],
      backendRefs: [httpRoute('shop', '*')],
    },
    changes,
  )
}

/** shop/cart, a child of infra/parent, claims PathPrefix /shop/cart. */
export function childObject(changes: RouteChanges = {}): RawObject {
  return routeObject(
    {
      name: 'cart',
      namespace: 'shop',
      parentRefs: [httpRoute('infra', 'parent')],
      matches: [prefix('/shop/cart')],
      backendRefs: [{ name: 'cart', port: 80 }],
    },
    changes,
  )
}

/** Adopts the routes of namespace shop from a namespace that nobody trusts. */
export function strangerObject(changes: RouteChanges = {}): RawObject {
  return parentObject({ name: 'adopter', namespace: 'stranger', parentRefs: [{ name: 'gateway', namespace: 'infra' }], ...changes })
}

/** shop/bank, a GRPCRoute on the Gateway of the parent. */
export function grpcRouteObject(spec: RawObject = {}): RawObject {
  return {
    apiVersion: `${GROUP}/v1`,
    kind: 'GRPCRoute',
    metadata: { name: 'bank', namespace: 'shop' },
    spec: { parentRefs: [{ name: 'gateway', namespace: 'infra' }], hostnames: ['example.com'], rules: [], ...spec },
  }
}

/** A Gateway of the parent's class. */
export function gatewayObject(namespace: string, name: string, spec: RawObject = {}): RawObject {
  const listeners = [{ name: 'http', port: 80, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'All' } } }]
  return {
    apiVersion: `${GROUP}/v1`,
    kind: 'Gateway',
    metadata: { name, namespace },
    spec: { gatewayClassName: 'class', listeners, ...spec },
  }
}

/** On infra/gateway, which takes none unless its `allowedListeners` say so. */
export function listenerSetObject(namespace: string, name: string, spec: RawObject = {}): RawObject {
  const listeners = [{ name: 'web', port: 8080, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'All' } } }]
  return {
    apiVersion: `${GROUP}/v1`,
    kind: 'ListenerSet',
    metadata: { name, namespace },
    spec: { parentRef: { name: 'gateway', namespace: 'infra' }, listeners, ...spec },
  }
}

export function namespaceObject(name: string, labels: Readonly<Record<string, string>> = {}): RawObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }
}

function gatewayObjects(dialect: Dialect): RawObject[] {
  return [
    { apiVersion: `${GROUP}/v1`, kind: 'GatewayClass', metadata: { name: 'class' }, spec: { controllerName: CONTROLLERS[dialect] } },
    gatewayObject('infra', 'gateway'),
  ]
}

export function parsed(raw: RawObject): ViewObject {
  const object = parseViewObject(raw, 'report')
  if (object?.ok !== true) throw new Error(`not a valid object: ${JSON.stringify(object ?? raw)}`)
  return object.value
}

export function routeOf(raw: RawObject): HttpRoute {
  const object = parsed(raw)
  if (object.kind !== 'HTTPRoute' && object.kind !== 'GRPCRoute') throw new Error(`a ${object.kind}, not a route`)
  return object.value
}

/** A policy of the given spec, as an admin writes it. */
export function policyOf(spec: RawObject, name = 'default'): Policy {
  const policy = parseDelegationPolicy({ apiVersion: 'lanekeeper.dev/v1alpha1', kind: 'DelegationPolicy', metadata: { name }, spec })
  if (!policy.ok) throw new Error(JSON.stringify(policy.problems))
  return policy.value
}

/** One review: the minimal parent is in the view, the minimal child is created. */
export interface Scene {
  /** Of the Gateway. */
  readonly dialect?: Dialect
  /** The parent in the view; false = there is none. */
  readonly parent?: RouteChanges | false
  /** Whose creation or update is judged. */
  readonly child?: RouteChanges
  /** What else the view holds. */
  readonly also?: readonly RawObject[]
  /** Judges this object instead of the child. */
  readonly judged?: RawObject
  /** What the judged object was before: an UPDATE. */
  readonly old?: RawObject
  /** The judged object is deleted; the view holds it, or no longer does. */
  readonly deletes?: boolean
  /** Specs of policies; none = the defaults. */
  readonly policies?: readonly RawObject[]
  /** A cluster's view, in which what is missing does not exist. Default: files. */
  readonly cluster?: boolean
  readonly steps?: number
}

export function viewOf({ dialect = 'kgateway', parent = {}, also = [], cluster = false, old }: Scene): View {
  const view = new View(cluster ? 'cluster' : 'files')
  const objects = [...gatewayObjects(dialect), ...(parent === false ? [] : [parentObject(parent)]), ...also]
  for (const raw of old === undefined ? objects : [...objects, old]) view.put(parsed(raw))
  return view
}

export function judgedObject({ judged, child = {} }: Scene): RawObject {
  return judged ?? childObject(child)
}

/** The decision on the scene's object, which is the same whether or not the view holds the object already. */
export function judge(scene: Scene, raw: RawObject = judgedObject(scene)): Decision {
  const route = routeOf(raw)
  const request = requestOf(scene, route)
  const policies = (scene.policies ?? []).map((spec, index) => policyOf(spec, `policy-${index}`))
  const view = viewOf(scene)
  const decision = evaluate(request, view, policies, scene.steps)
  if (route.name === '') return decision
  view.put({ kind: route.kind, value: route })
  const again = evaluate(request, view, policies, scene.steps)
  if (JSON.stringify(again) !== JSON.stringify(decision)) {
    throw new Error(`the view's copy of the object changes the decision:\n${JSON.stringify(decision)}\n${JSON.stringify(again)}`)
  }
  return decision
}

function requestOf({ old, deletes }: Scene, route: HttpRoute): ReviewRequest {
  if (deletes) return { operation: 'DELETE', route: undefined, oldRoute: route, now: NOW }
  if (old === undefined) return { operation: 'CREATE', route, oldRoute: undefined, now: NOW }
  return { operation: 'UPDATE', route, oldRoute: routeOf(old), now: NOW }
}

/** What a user sees of a violation. */
export type Seen = Pick<Violation, 'effect' | 'action' | 'field' | 'message'> & Partial<Pick<Violation, 'value' | 'grant' | 'witness'>>

/** The violations with this code. */
export function seen(code: string, scene: Scene): Seen[] {
  return judge(scene)
    .violations.filter((violation) => violation.code === code)
    .map(({ effect, action, field, value, message, grant, witness }) => ({
      effect,
      action,
      field,
      message,
      ...(value !== undefined && { value }),
      ...(grant && { grant }),
      ...(witness && { witness }),
    }))
}

/** Codes with the actions taken, in the order of the decision. */
export function outcome(decision: Decision): string[] {
  return decision.violations.map(({ code, action }) => `${code} ${action}`)
}

/**
 * What the check's patch does to the object: the operations, what is left of the check's findings in the object they
 * give, and the operations that this would get in turn.
 */
export function patched(
  code: string,
  scene: Scene,
): { operations: readonly JsonPatchOperation[]; left: string[]; again: readonly unknown[] } {
  const patching: Scene = { ...scene, policies: [{ actions: { [code]: 'Patch' } }] }
  const { patches, allowed } = judge(patching)
  const object = structuredClone(judgedObject(scene))
  const errors = applyPatch(object, [...patches]).filter((error) => error !== null)
  if (!allowed || errors.length > 0) throw new Error(`not patched: ${JSON.stringify(judge(patching).violations)} ${String(errors)}`)
  const after = judge(patching, object)
  return { operations: patches, left: outcome(after).filter((line) => line.startsWith(code)), again: after.patches }
}
