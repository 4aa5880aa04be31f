import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import type { Raw } from '../manifest-fixtures.ts'
import type { ControlPlane } from './control-plane.ts'

const GATEWAY_API = '/apis/gateway.networking.k8s.io/v1'
const PLACES: Readonly<Record<string, { readonly api: string; readonly resource: string }>> = {
  HTTPRoute: { api: GATEWAY_API, resource: 'httproutes' },
  GRPCRoute: { api: GATEWAY_API, resource: 'grpcroutes' },
  Gateway: { api: GATEWAY_API, resource: 'gateways' },
  GatewayClass: { api: GATEWAY_API, resource: 'gatewayclasses' },
  Namespace: { api: '/api/v1', resource: 'namespaces' },
  DelegationPolicy: { api: '/apis/lanekeeper.dev/v1alpha1', resource: 'delegationpolicies' },
}

export interface AdminReply {
  readonly status: number
  readonly body: string
}

/** Requests of the admin without kubectl, for what is done by the hundred. */
export class AdminApi {
  readonly #plane: ControlPlane
  readonly #agent: Agent

  constructor(plane: ControlPlane) {
    this.#plane = plane
    this.#agent = new Agent({ keepAlive: true, ca: readFileSync(plane.caFile) })
  }

  /** `path` begins with /api or /apis. Rejects when there is no answer. */
  request(method: string, path: string, content?: object, contentType = 'application/json'): Promise<AdminReply> {
    const headers = { authorization: `Bearer ${this.#plane.admin.token}`, 'content-type': contentType }
    return new Promise((resolve, reject) => {
      const sent = request(`${this.#plane.url}${path}`, { method, agent: this.#agent, headers }, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      })
      sent.on('error', reject)
      sent.end(content && JSON.stringify(content))
    })
  }

  /** Creates it or replaces what is there; gives what the API server says against it. `query` may make it a dry run. */
  async put(raw: Raw, query = ''): Promise<string | undefined> {
    const path = pathOf(raw)
    // Several times faster than to apply it, where it is new.
    const created = await this.request('POST', `${path}?${query}`, raw)
    if (created.status === 201) return undefined
    if (created.status !== 409) return created.body
    const apply = `${path}/${raw.metadata.name}?fieldManager=test&force=true&${query}`
    const { status, body } = await this.request('PATCH', apply, raw, 'application/apply-patch+yaml')
    return status === 200 ? undefined : body
  }

  /** Every object of the kind in the namespaces, or of a kind that has none. */
  async deleteAll(kind: string, namespaces: readonly string[] = ['']): Promise<void> {
    for (const namespace of namespaces) {
      const { status, body } = await this.request('DELETE', pathOf({ kind, metadata: { name: '', namespace } }))
      if (status !== 200) throw new Error(body)
    }
  }

  close(): void {
    this.#agent.destroy()
  }
}

function pathOf({ kind, metadata: { namespace } }: Raw): string {
  const place = PLACES[kind]
  if (place === undefined) throw new Error(`no path for ${kind}`)
  return `${place.api}${namespace ? `/namespaces/${namespace}` : ''}/${place.resource}`
}
