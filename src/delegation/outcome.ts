import type { Claimant } from './claimant.ts'
import type { BackendRef, Dialect } from './route.ts'
import { GATEWAY_GROUP, isReadBy, selectorOf } from './selection.ts'

/** What the requests that a row of a gateway's table gets are answered with. */
export type Outcome =
  | { readonly kind: 'backends'; readonly backends: readonly BackendRef[] }
  | { readonly kind: 'redirect' }
  /** An ExtensionRef filter of a rule without backends: what it does is not in the route. */
  | { readonly kind: 'extension' }
  | { readonly kind: 'error'; readonly status: 404 | 500; readonly why: WhyError }

export type WhyError =
  | 'no-backends'
  /** Every backendRef has weight 0. */
  | 'no-weight'
  /** Every backendRef is one that this gateway can't serve: a delegation of another dialect, or one without its group. */
  | 'unread-backends'
  /** The grant has nobody: nothing it selects is programmed. */
  | 'no-child'
  /** The joined path is no legal literal. */
  | 'illegal-path'

/** What a rule answers with by itself, delegations of this dialect aside. */
export function outcomeOf({ route, rule, attachment }: Claimant): Outcome {
  const { backendRefs = [], filters = [] } = route.rules[rule] ?? {}
  if (filters.some(({ type }) => type === 'RequestRedirect')) return { kind: 'redirect' }
  const own = ownBackends(backendRefs, route.namespace, attachment.dialect)
  if (own.some(({ weight }) => weight > 0)) return { kind: 'backends', backends: own.filter(({ weight }) => weight > 0) }
  if (own.length > 0) return { kind: 'error', status: 500, why: 'no-weight' }
  if (backendRefs.length > 0) return { kind: 'error', status: 500, why: 'unread-backends' }
  if (filters.some(({ type }) => type === 'ExtensionRef')) return { kind: 'extension' }
  return { kind: 'error', status: 500, why: 'no-backends' }
}

/** The references to something that serves: neither delegations nor what would be one if it were written whole. */
export function ownBackends(refs: readonly BackendRef[], namespace: string, dialect: Dialect): BackendRef[] {
  return refs.filter((ref) => {
    const selector = selectorOf(ref, namespace)
    if (selector !== undefined && isReadBy(selector, dialect)) return false
    return selector === undefined && !(ref.kind === 'HTTPRoute' && (ref.group === '' || ref.group === GATEWAY_GROUP))
  })
}
