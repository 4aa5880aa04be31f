import type { RouteKind } from '../delegation/route.ts'
import { ApiRefusal, type ApiReply, type ApiRequests } from './api-client.ts'
import { microTime } from './lease-store.ts'

/** A warning about a route that is there. Times are milliseconds since the epoch. */
export interface RouteWarning {
  readonly kind: RouteKind
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly message: string
  /** Tells it from the others of this process. */
  readonly id: number
  readonly first: number
  readonly last: number
  readonly count: number
}

const CONTROLLER = 'lanekeeper.dev/lanekeeper'

/** Events of events.k8s.io/v1 beside the route, in its namespace. Needs create and patch on them. */
export class ApiEventWriter {
  readonly #api: ApiRequests
  /** Of this process alone: no two write one event. */
  readonly #instance: string

  constructor(api: ApiRequests, instance: string) {
    this.#api = api
    this.#instance = instance
  }

  async create(warning: RouteWarning): Promise<void> {
    const { kind, namespace, name, uid, message, first } = warning
    const reply = await this.#api.request('POST', eventsPath(namespace), {
      contentType: 'application/json',
      body: JSON.stringify({
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { namespace, name: this.#nameOf(warning) },
        eventTime: microTime(first),
        ...seriesOf(warning),
        type: 'Warning',
        reason: 'Denied',
        action: 'Update',
        note: message,
        regarding: { apiVersion: 'gateway.networking.k8s.io/v1', kind, namespace, name, uid },
        reportingController: CONTROLLER,
        reportingInstance: this.#instance,
      }),
    })
    // 409: it was sent before, and the answer was lost.
    if (reply.status !== 201 && reply.status !== 409) throw refusal(warning, reply)
  }

  /** false = it is gone. */
  async update(warning: RouteWarning): Promise<boolean> {
    const path = `${eventsPath(warning.namespace)}/${this.#nameOf(warning)}`
    const reply = await this.#api.request('PATCH', path, {
      contentType: 'application/merge-patch+json',
      body: JSON.stringify(seriesOf(warning)),
    })
    if (reply.status !== 200 && reply.status !== 404) throw refusal(warning, reply)
    return reply.status === 200
  }

  #nameOf({ name, id }: RouteWarning): string {
    return `${dnsName(name.slice(0, 150))}.${dnsName(this.#instance.slice(-80))}.${id}`
  }
}

/** As a part of an object's name. */
function dnsName(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '')
}

/** What happened once is no series. */
function seriesOf({ count, last }: RouteWarning): { readonly series?: object } {
  return count < 2 ? {} : { series: { count, lastObservedTime: microTime(last) } }
}

function eventsPath(namespace: string): string {
  return `/apis/events.k8s.io/v1/namespaces/${namespace}/events`
}

function refusal({ kind, namespace, name }: RouteWarning, reply: ApiReply): ApiRefusal {
  return new ApiRefusal(`event on ${kind} ${namespace}/${name}`, reply)
}
