import { expect, it } from 'vitest'
import { BURST, DenialEvents, type DenialSeries, type EventWriter, MAX_SERIES, REFILL_MS, UPDATE_MS } from '../src/audit/denial-events.ts'
import type { ApiReply } from '../src/cluster/api-client.ts'
import type { ApiContent, ApiMethod } from '../src/cluster/api-connection.ts'
import { ApiEventWriter } from '../src/cluster/event-writer.ts'
import { FakeClock, rest } from './fake-clock.ts'

const DENIAL = {
  kind: 'HTTPRoute' as const,
  namespace: 'shop',
  name: 'cart',
  uid: 'uid-1',
  message: 'HTTPRoute shop/cart denied: 1 violation',
}

interface Writer extends EventWriter {
  readonly written: string[]
  /** What each call does instead. */
  fault: 'none' | 'fails' | 'gone'
}

function events() {
  const clock = new FakeClock()
  const failures: string[] = []
  const tell = ({ name, id, count, first, last }: DenialSeries) => `${name} #${id} x${count} ${first}-${last}`
  const writer: Writer = {
    written: [],
    fault: 'none',
    create: async (series) => {
      if (writer.fault === 'fails') throw new Error('HTTP 403')
      writer.written.push(`create ${tell(series)}`)
    },
    update: async (series) => {
      if (writer.fault === 'gone') return false
      writer.written.push(`update ${tell(series)}`)
      return true
    },
  }
  const denials = new DenialEvents({ writer, clock, wallNow: () => clock.now(), onFailure: (reason) => failures.push(reason) })
  return { clock, writer, denials, failures }
}

it('one denial is one event, written beside the request', async () => {
  const { writer, denials } = events()
  denials.denied(DENIAL)
  await rest()
  expect(writer.written).toEqual(['create cart #0 x1 0-0'])
})

it('the same again is a series, told now and then', async () => {
  const { clock, writer, denials } = events()
  for (let second = 0; second < 60; second++) {
    denials.denied(DENIAL)
    await clock.advance(1_000)
  }
  await clock.advance(UPDATE_MS)
  expect(writer.written).toEqual(['create cart #0 x1 0-0', 'update cart #0 x30 0-29000', 'update cart #0 x60 0-59000'])
  await clock.advance(600_000)
  expect(writer.written).toHaveLength(3)
  expect(clock.pending).toBe(0)
})

it('another message, route or incarnation is another event', async () => {
  const { writer, denials } = events()
  for (const change of [{}, { message: 'other' }, { name: 'other' }, { uid: 'uid-2' }]) denials.denied({ ...DENIAL, ...change })
  await rest()
  expect(writer.written).toHaveLength(4)
})

it('a series whose event is gone begins anew', async () => {
  const { clock, writer, denials } = events()
  denials.denied(DENIAL)
  await clock.advance(7_200_000)
  writer.fault = 'gone'
  denials.denied(DENIAL)
  await rest()
  expect(writer.written).toEqual(['create cart #0 x1 0-0', 'create cart #1 x1 7200000-7200000'])
})

it('a flood is cut off, and over when it is over', async () => {
  const { clock, writer, denials } = events()
  for (let index = 0; index < 1_000; index++) denials.denied({ ...DENIAL, name: `route-${index}` })
  await clock.advance(0)
  expect(writer.written).toHaveLength(BURST)
  await clock.advance(REFILL_MS)
  for (let index = 0; index < 1_000; index++) denials.denied({ ...DENIAL, name: `other-${index}` })
  await clock.advance(0)
  expect(writer.written).toHaveLength(BURST + 1)
})

it('remembers no more than it may while the cluster does not answer', async () => {
  const { clock, writer, denials } = events()
  const answer = Promise.withResolvers<void>()
  writer.create = async ({ name }) => {
    await answer.promise
    writer.written.push(name)
  }
  for (let index = 0; index < MAX_SERIES * 2; index++) {
    denials.denied({ ...DENIAL, name: `route-${index}` })
    await clock.advance(REFILL_MS)
  }
  answer.resolve()
  for (let turn = 0; turn < 50; turn++) await rest()
  expect(writer.written).toHaveLength(MAX_SERIES + 1)
  expect(writer.written.at(-1)).toBe(`route-${MAX_SERIES * 2 - 1}`)
})

it('says once why it cannot write, and tries again with the next denial', async () => {
  const { writer, denials, failures } = events()
  writer.fault = 'fails'
  denials.denied(DENIAL)
  await rest()
  denials.denied(DENIAL)
  await rest()
  expect(failures).toEqual(['HTTP 403'])
  writer.fault = 'none'
  denials.denied(DENIAL)
  await rest()
  expect(writer.written).toHaveLength(1)
})

it('cuts what is longer than a note may be, at whole characters', async () => {
  const { writer, denials } = events()
  const notes: string[] = []
  writer.create = async ({ message }) => void notes.push(message)
  denials.denied({ ...DENIAL, message: 'x'.repeat(1024) })
  denials.denied({ ...DENIAL, message: '😀'.repeat(300) })
  await rest()
  expect(notes).toEqual(['x'.repeat(1024), `${'😀'.repeat(255)}…`])
})

it('writes nothing after it was closed', async () => {
  const { clock, writer, denials } = events()
  denials.denied(DENIAL)
  await rest()
  denials.denied(DENIAL)
  denials.close()
  denials.denied(DENIAL)
  await clock.advance(600_000)
  expect(writer.written).toHaveLength(1)
})

it('as objects: an event on the route, and a patch of its series', async () => {
  const sent: { method: ApiMethod; path: string; content: ApiContent | undefined }[] = []
  const request = async (method: ApiMethod, path: string, content?: ApiContent): Promise<ApiReply> => {
    sent.push({ method, path, content })
    return { status: method === 'POST' ? 201 : 200, body: '{}' }
  }
  const writer = new ApiEventWriter({ request }, 'Lanekeeper-7f_abc')
  const series = { ...DENIAL, id: 3, first: 0, last: 0, count: 1 }
  await writer.create(series)
  expect(await writer.update({ ...series, count: 2, last: 1_500 })).toBe(true)
  expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /apis/events.k8s.io/v1/namespaces/shop/events',
    'PATCH /apis/events.k8s.io/v1/namespaces/shop/events/cart.lanekeeper-7f-abc.3',
  ])
  expect(sent.map(({ content }) => JSON.parse(content?.body ?? ''))).toEqual([
    {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { namespace: 'shop', name: 'cart.lanekeeper-7f-abc.3' },
      eventTime: '1970-01-01T00:00:00.000000Z',
      type: 'Warning',
      reason: 'Denied',
      action: 'Update',
      note: DENIAL.message,
      regarding: { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', namespace: 'shop', name: 'cart', uid: 'uid-1' },
      reportingController: 'lanekeeper.dev/lanekeeper',
      reportingInstance: 'Lanekeeper-7f_abc',
    },
    { series: { count: 2, lastObservedTime: '1970-01-01T00:00:01.500000Z' } },
  ])
})
