import { attachmentsOf, isGatewayOf } from '../delegation/attachment.ts'
import { hostsMeet } from '../delegation/hostname.ts'
import { allowsHost } from './allowed-hosts.ts'
import type { Subject } from './subject.ts'

/** A host pattern that a route takes on a Gateway it attaches to itself. */
export interface DirectHost {
  /** Where the hostname is written; `spec.hostnames` as a whole where none is. */
  readonly field: string
  readonly hostname: string | undefined
  /** What is left of it on the listeners; all of it, and not certain, while the Gateway or the listener isn't there. */
  readonly host: string
  readonly certain: boolean
  /** The Gateway is one of the route's own namespace. */
  readonly onOwnGateway: boolean
}

export function directHosts({ route, view, dialect }: Subject): DirectHost[] {
  const hostnames = route.hostnames.length === 0 ? [undefined] : route.hostnames
  return hostnames.flatMap((hostname, index) => {
    const written = { field: hostname === undefined ? 'spec.hostnames' : `spec.hostnames[${index}]`, hostname }
    const wide = { ...written, host: hostname ?? '*', certain: false }
    const alone = { ...route, hostnames: hostname === undefined ? [] : [hostname] }
    const found: DirectHost[] = attachmentsOf(alone, view, dialect).flatMap(({ gateway, known, hosts }) => {
      const onOwnGateway = isGatewayOf(gateway, route.namespace)
      if (known === undefined || hosts.length === 0) return [{ ...wide, onOwnGateway }]
      return hosts.map((host) => ({ ...written, host, certain: true, onOwnGateway }))
    })
    return route.usesDefaultGateways ? [...found, { ...wide, onOwnGateway: false }] : found
  })
}

/** `undecided`: a Gateway that isn't there yet may narrow the host to what is allowed. */
export function hostVerdict({ host, certain }: DirectHost, allowed: readonly string[]): 'inside' | 'outside' | 'undecided' {
  if (allowsHost(allowed, host)) return 'inside'
  return certain || !allowed.some((pattern) => hostsMeet(host, pattern)) ? 'outside' : 'undecided'
}
