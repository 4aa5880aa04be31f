import { allowsListenerSet, type Refusal, refusalOf } from '../../delegation/allowed-routes.ts'
import { type Attachable, attachableName, type Entrance, entranceAt, listenersNamed } from '../../delegation/attachment.ts'
import { type HttpRoute, nameOf, type ParentRef } from '../../delegation/route.ts'
import type { View } from '../../delegation/view.ts'
import { type Check, EVERY_KIND, type Finding } from '../check.ts'
import { probablyMeansRoute } from '../named-parents.ts'

/** In files a Gateway may live elsewhere: one that is missing is told only where others of its namespace are there. */
export const gatewayMissing: Check = {
  code: 'LK304',
  effect: 'dead',
  rule: 'The route attaches to a Gateway, ListenerSet, listener or port that is not known (yet), or that does not take it.',
  action: 'Warn',
  patches: false,
  kinds: EVERY_KIND,
  *find({ route, view }) {
    for (const [index, ref] of route.parentRefs.entries()) {
      const entrance = entranceAt(ref, route, view)
      const found = entrance && obstacleAt(entrance, ref, route, view)
      if (found !== undefined) yield { ...found, field: `spec.parentRefs[${index}]${found.field}` }
    }
    if (route.usesDefaultGateways && view.completeness === 'cluster' && view.defaultGateways().length === 0) {
      yield {
        field: 'spec.useDefaultGateways',
        message:
          'no Gateway known here is a default one (spec.defaultScope), so this attaches the route to none. Name a Gateway in parentRefs.',
      }
    }
  },
}

/** What keeps the route from being served there; the field is relative to the parentRef. */
function obstacleAt(entrance: Entrance, ref: ParentRef, route: HttpRoute, view: View): Finding | undefined {
  const { named, listenerSet, gateway, known, listeners } = entrance
  const name = attachableName(named)
  const whole = { field: '', value: nameOf(named) }
  if (listeners === undefined) {
    // LK206 says what was probably meant.
    if (probablyMeansRoute(ref, route, view) || mayBeElsewhere(named.namespace, view)) return undefined
    return {
      ...whole,
      message: `${name} is not known here, so nothing is served through it until it is created. Check the name and the namespace.`,
    }
  }
  if (listenerSet?.gateway !== undefined && known === undefined && !mayBeElsewhere(gateway.namespace, view)) {
    return { ...whole, message: `the Gateway of ${name} is not known here, so nothing is served through it until it is created.` }
  }
  if (listenerSet !== undefined && known !== undefined && !allowsListenerSet(known, listenerSet, view)) {
    return {
      ...whole,
      message: `the Gateway of ${name} takes no ListenerSets of namespace ${named.namespace} (allowedListeners), so nothing is served through it. Ask the owner of the Gateway.`,
    }
  }
  const asked = listenersNamed(listeners, [ref])
  if (asked.length === 0) return noListener(named, ref)
  const refusals = asked.map((listener) => refusalOf(listener, named, route, view))
  if (refusals.includes(undefined)) return undefined
  const listener = ref.sectionName === undefined ? name : `listener ${JSON.stringify(ref.sectionName)} of ${name}`
  // The one that comes closest to taking it tells the most.
  const refusal = CLOSEST_FIRST.find((each) => refusals.includes(each)) ?? 'kind'
  return { ...whole, message: `${REFUSALS[refusal](listener, route)} Ask the owner of ${name}.` }
}

/** Whether what is missing says nothing: files that hold no Gateway of the namespace don't hold its Gateways. */
function mayBeElsewhere(namespace: string, view: View): boolean {
  return view.completeness === 'files' && !view.hasGatewaysIn(namespace)
}

function noListener(named: Attachable, { sectionName, port }: ParentRef): Finding {
  const section = sectionName === undefined ? '' : ` ${JSON.stringify(sectionName)}`
  const onPort = port === undefined ? '' : ` on port ${port}`
  const key = sectionName !== undefined ? '.sectionName' : port !== undefined ? '.port' : ''
  return {
    field: key,
    value: String(sectionName ?? port ?? nameOf(named)),
    message: `${attachableName(named)} has no listener${section}${onPort}, so nothing is served through it. Check the reference against its listeners.`,
  }
}

const CLOSEST_FIRST: readonly Refusal[] = ['hostname', 'namespace', 'kind']

const REFUSALS: Readonly<Record<Refusal, (listener: string, route: HttpRoute) => string>> = {
  kind: (listener, { kind }) => `${listener} takes no ${kind}s, by its protocol or its allowedRoutes.`,
  namespace: (listener, { namespace }) => `${listener} takes no routes of namespace ${namespace} (allowedRoutes).`,
  hostname: (listener) => `none of the route's hostnames is one that ${listener} serves.`,
}
