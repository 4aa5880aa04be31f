import { hostsOn } from './hostname.ts'
import { selectsLabels } from './label-selector.ts'
import type { AllowedNamespaces, Gateway, HttpRoute, Listener, ListenerSet, ObjectName } from './route.ts'
import { GATEWAY_GROUP } from './selection.ts'
import type { View } from './view.ts'

/** Why a listener gives a route no place, what it fails first. */
export type Refusal = 'kind' | 'namespace' | 'hostname'

/**
 * Whether a listener of `holder` (a Gateway or ListenerSet) takes a route that attaches to it; undefined = it does. Only
 * roots are asked this: flattening gateways apply allowedRoutes to no delegatee. Nothing that decides who takes whose
 * requests depends on it, for what is refused today may be accepted tomorrow.
 */
export function refusalOf(listener: Listener, holder: ObjectName, route: HttpRoute, view: View): Refusal | undefined {
  if (!allowsKind(listener, route)) return 'kind'
  if (!allowsNamespace(listener.allowedNamespaces, holder.namespace, route.namespace, view)) return 'namespace'
  return hostsOn(listener.hostname, route.hostnames).length === 0 ? 'hostname' : undefined
}

/** Whether the Gateway takes listeners of the set. */
export function allowsListenerSet(gateway: Gateway, { namespace }: ListenerSet, view: View): boolean {
  return allowsNamespace(gateway.allowedListeners, gateway.namespace, namespace, view)
}

/** Protocols that speak other routes than these; of one that isn't known here, nobody can tell. */
const OTHER_PROTOCOLS: ReadonlySet<string> = new Set(['TLS', 'TCP', 'UDP'])

function allowsKind({ allowedKinds, protocol }: Listener, { kind }: HttpRoute): boolean {
  if (allowedKinds.length === 0) return !OTHER_PROTOCOLS.has(protocol)
  return allowedKinds.some((allowed) => allowed.group === GATEWAY_GROUP && allowed.kind === kind)
}

function allowsNamespace(allowed: AllowedNamespaces, own: string, asked: string, view: View): boolean {
  switch (allowed.from) {
    case 'All':
      return true
    case 'Same':
      return own === asked
    case 'None':
      return false
    case 'Selector':
      // Files need not hold the Namespaces: what labels one wears there isn't known.
      if (view.completeness === 'files' && view.namespace(asked) === undefined) return true
      return selectsLabels(allowed.selector, view.namespaceLabels(asked))
  }
}
