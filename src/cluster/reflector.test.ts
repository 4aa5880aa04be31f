import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeApiServer, type FakeRequest, frame } from '../../test/fake-api-server.ts'
import { FakeClock, rest } from '../../test/fake-clock.ts'
import type { ListedObject } from './kind-list.ts'
import { Reflector } from './reflector.ts'
import type { WatchedKind } from './watched-kinds.ts'

const PATH = '/apis/gateway.networking.k8s.io/v1/httproutes'
const OLD_PATH = '/apis/gateway.networking.k8s.io/v1beta1/httproutes'
const ROUTES: WatchedKind = { kind: 'HTTPRoute', group: 'gateway.networking.k8s.io', versions: ['v1', 'v1beta1'], resource: 'httproutes' }
const SECOND = 1000
const MINUTE = 60 * SECOND

let clock: FakeClock
let server: FakeApiServer
let held: Map<string, ListedObject>
/** Every call of the sink, in order. */
let calls: string[]
let notices: string[]
let reflector: Reflector<ListedObject>

beforeEach(() => {
  clock = new FakeClock()
  server = new FakeApiServer(clock, [PATH])
  held = new Map()
  calls = []
  notices = []
  reflector = follow(ROUTES)
})

afterEach(async () => {
  await reflector.stop()
  await rest()
  if (clock.pending > 0) throw new Error('timers are left behind')
})

function follow(watched: WatchedKind, more: { put?: (object: ListedObject) => void } = {}): Reflector<ListedObject> {
  return new Reflector<ListedObject>({
    connection: server.connection(),
    watched,
    clock,
    onNotice: (level, message) => notices.push(`${level} ${message}`),
    sink: {
      read: (object) => object,
      put: (object) => {
        more.put?.(object)
        const key = `${object.namespace}/${object.name}`
        const again = held.get(key)?.resourceVersion === object.resourceVersion
        calls.push(`${again ? 'again ' : ''}put ${object.name} ${object.uid}`)
        held.set(key, object)
      },
      remove: (namespace, name) => {
        const there = held.delete(`${namespace}/${name}`)
        calls.push(`${there ? '' : 'again '}remove ${name}`)
      },
      changed: () => calls.push('changed'),
    },
  })
}

const put = (name: string, more: object = {}) => server.put(PATH, { metadata: { namespace: 'shop', name }, ...more })
const remove = (name: string) => server.remove(PATH, 'shop', name)
const lists = () => server.requests.filter(({ watch }) => !watch)
const watches = () => server.requests.filter(({ watch }) => watch)

function expectSame(): void {
  const versions = (objects: ReadonlyMap<string, { metadata?: unknown; raw?: unknown }>) =>
    Object.fromEntries([...objects].map(([key, object]) => [key, object.raw ?? object]))
  expect(versions(held)).toEqual(versions(server.objects(PATH)))
}

async function started(): Promise<void> {
  void reflector.start()
  await rest()
  expect(reflector.status().synced).toBe(true)
}

/** The first request of this kind gets the fault, the later ones don't. */
function once(matches: (request: FakeRequest) => boolean, fault: ReturnType<FakeApiServer['fault']>): void {
  let done = false
  server.fault = (request) => {
    if (done || !matches(request)) return undefined
    done = true
    return fault
  }
}

describe('a good day', () => {
  it('lists in pages, and watches from there', async () => {
    for (let index = 0; index < 1201; index++) put(`r${index}`)
    await started()
    expectSame()
    expect(lists().map(({ query }) => [query.get('limit'), query.has('continue'), query.has('resourceVersion')])).toEqual([
      ['500', false, false],
      ['500', true, false],
      ['500', true, false],
    ])
    expect(watches().map(({ query }) => Object.fromEntries(query))).toEqual([
      { watch: '1', allowWatchBookmarks: 'true', resourceVersion: '1301', timeoutSeconds: '450' },
    ])
    calls = []
    put('r7', { spec: 1 })
    put('new')
    remove('r8')
    await rest()
    expectSame()
    expect(calls).toEqual(['put r7 uid-8', 'changed', 'put new uid-1202', 'changed', 'remove r8', 'changed'])
  })

  it('keeps objects with U+2028', async () => {
    await started()
    put('a', { spec: { note: 'a\u2028b\u2029c' } })
    put('b')
    await rest()
    expectSame()
    expect(watches()).toHaveLength(1)
  })

  it('is quiet for a whole day: bookmarks keep the contact young and the version current', async () => {
    put('a')
    await started()
    let oldest = 0
    for (let minute = 0; minute < 24 * 60; minute++) {
      // Elsewhere in the cluster things go on: without bookmarks the version would be too old soon.
      if (minute % 60 === 30) server.compact()
      await clock.advance(MINUTE)
      oldest = Math.max(oldest, reflector.status().millisecondsSinceContact)
    }
    expect(oldest).toBeLessThanOrEqual(2 * MINUTE)
    expect(lists().length).toBeLessThanOrEqual(24 + 1)
    expect(reflector.status().watchRestarts).toBeGreaterThan((24 * 60) / 10 - 1)
    expect(reflector.status().watchRestarts).toBeLessThan((24 * 60) / 5 + 1)
    expect(calls.filter((call) => call !== 'changed')).toEqual(['put a uid-1'])
    expect(notices.filter((notice) => !/Expired|answers again/.test(notice))).toEqual([])
  })

  it('spreads the ends of its watches', async () => {
    let chance = 0
    clock = new FakeClock(() => (chance = (chance + 0.37) % 1))
    server = new FakeApiServer(clock, [PATH])
    reflector = follow(ROUTES)
    await started()
    await clock.advance(120 * MINUTE)
    const seconds = watches().map(({ query }) => Number(query.get('timeoutSeconds')))
    expect(Math.min(...seconds)).toBeGreaterThanOrEqual(300)
    expect(Math.max(...seconds)).toBeLessThanOrEqual(600)
    expect(new Set(seconds).size).toBeGreaterThan(5)
  })
})

describe('lists', () => {
  it('takes one unpaged list when a page comes too late for its token', async () => {
    for (let index = 0; index < 600; index++) put(`r${index}`)
    once(({ query }) => query.has('continue'), { kind: 'refuse', status: 410, reason: 'Expired' })
    await started()
    expectSame()
    expect(lists().map(({ query }) => query.toString())).toEqual(['limit=500', expect.stringMatching(/^limit=500&continue=/), ''])
  })

  it.each([
    ['a reset', { kind: 'reset' }, 'warn httproutes: read ECONNRESET'],
    ['a 500', { kind: 'refuse', status: 500, reason: 'InternalError' }, 'warn httproutes: HTTP 500 InternalError: says the fake'],
    ['a 403', { kind: 'refuse', status: 403, reason: 'Forbidden' }, 'warn httproutes: HTTP 403 Forbidden: says the fake'],
    ['half an answer', { kind: 'raw', bytes: '{"items": [' }, 'warn httproutes: the answer is not JSON'],
    ['a page of a proxy', { kind: 'raw', bytes: '<html>' }, 'warn httproutes: the answer is not JSON'],
    ['another shape', { kind: 'raw', bytes: '[]' }, 'warn httproutes: the list has no resourceVersion'],
    [
      'items that are none',
      { kind: 'raw', bytes: '{"metadata":{"resourceVersion":"1"},"items":[1]}' },
      'warn httproutes: an object without a name or a version',
    ],
  ] as const)('comes back after %s', async (_name, fault, notice) => {
    put('a')
    once(() => true, fault)
    void reflector.start()
    await rest()
    expect(reflector.status()).toMatchObject({ synced: false, failure: notice.replace('warn httproutes: ', '') })
    await clock.advance(799)
    expect(lists()).toHaveLength(1)
    await clock.advance(2 * SECOND)
    expectSame()
    expect(notices).toEqual([notice, 'info httproutes: the API server answers again'])
    expect(reflector.status().failure).toBeUndefined()
  })

  it('gives up on one that hangs, and starts again', async () => {
    put('a')
    once(() => true, { kind: 'hang' })
    void reflector.start()
    await clock.advance(149 * SECOND)
    expect(lists()).toHaveLength(1)
    await clock.advance(4 * SECOND)
    expect(notices[0]).toBe('warn httproutes: nothing heard for 150 s')
    expectSame()
  })

  it('backs off from 0.8 to 30 s, no further and never to nothing', async () => {
    server.fault = () => ({ kind: 'reset' })
    const times: number[] = []
    const connection = server.connection()
    const impatient = new Reflector({
      connection: { ...connection, get: (...args) => (times.push(clock.now()), connection.get(...args)) },
      watched: ROUTES,
      clock,
      onNotice: (_level, message) => notices.push(message),
      sink: { read: () => 0, put: () => {}, remove: () => {}, changed: () => {} },
    })
    void impatient.start()
    await clock.advance(10 * MINUTE)
    await impatient.stop()
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    expect(waits.slice(0, 5)).toEqual([1200, 2000, 3600, 6800, 13_200])
    expect(new Set(waits.slice(5))).toEqual(new Set([15_400]))
    expect(notices).toEqual(['httproutes: read ECONNRESET'])
  })

  it.each([
    [429, '7', 7],
    [503, '20', 20],
    [503, '86400', 60],
  ])('honours Retry-After: %i, %s s', async (status, retryAfter, seconds) => {
    put('a')
    once(() => true, { kind: 'refuse', status, retryAfter })
    void reflector.start()
    await clock.advance(seconds * SECOND)
    expect(lists()).toHaveLength(1)
    await clock.advance(SECOND)
    expectSame()
  })
})

describe('watches', () => {
  it('goes on from the last version after a reset: nothing twice, nothing lost', async () => {
    put('a')
    await started()
    put('b')
    await rest()
    calls = []
    server.cut('reset')
    put('c')
    remove('a')
    await clock.advance(2 * SECOND)
    expectSame()
    expect(calls).toEqual(['put c uid-3', 'changed', 'remove a', 'changed'])
    expect(lists()).toHaveLength(1)
    expect(watches().at(-1)?.query.get('resourceVersion')).toBe('102')
  })

  it('takes a clean end after a while for the planned one', async () => {
    await started()
    await clock.advance(20 * SECOND)
    server.cut('clean')
    await rest()
    expect(watches()).toHaveLength(2)
    expect(notices).toEqual([])
  })

  it('does not run in circles when every watch ends at once', async () => {
    server.fault = ({ watch }) => (watch ? { kind: 'raw', bytes: '' } : undefined)
    await started()
    await clock.advance(10 * MINUTE)
    expect(watches().length).toBeLessThan(60)
    expect(notices).toContain('warn httproutes: the watch ended as soon as it began')
    server.fault = () => undefined
    put('a')
    await clock.advance(MINUTE)
    expectSame()
  })

  it('notices silence within 150 s', async () => {
    await started()
    server.silence()
    put('a')
    await clock.advance(149 * SECOND)
    expect(held.size).toBe(0)
    expect(reflector.status().millisecondsSinceContact).toBe(149 * SECOND)
    await clock.advance(4 * SECOND)
    expectSame()
    expect(lists()).toHaveLength(1)
    expect(reflector.status().watchRestarts).toBe(1)
  })

  it('does not take an accepted watch for a sign of life', async () => {
    await started()
    for (let round = 0; round < 3; round++) {
      server.silence()
      await clock.advance(152 * SECOND)
    }
    expect(reflector.status().millisecondsSinceContact).toBeGreaterThan(300 * SECOND)
  })

  it('drops half a line, and gets it again', async () => {
    await started()
    server.inject(PATH, frame('ADDED', { metadata: { name: 'a', namespace: 'shop', resourceVersion: '101' } }).slice(0, 40))
    server.cut('clean')
    put('a')
    await clock.advance(2 * SECOND)
    expectSame()
    expect(calls.filter((call) => call.startsWith('put'))).toEqual(['put a uid-1'])
  })

  it.each([
    ['a line of another program', '<html></html>\n'],
    ['an event of a new type', frame('RENAMED', { metadata: { name: 'a', resourceVersion: '1' } })],
    ['an object without a name', frame('ADDED', { metadata: {} })],
    ['a bookmark of nothing', frame('BOOKMARK', {})],
    ['a line of 17 MB', `${'x'.repeat(17 * 1024 * 1024)}\n`],
  ])('lists again after %s', async (_name, bytes) => {
    put('a')
    await started()
    server.inject(PATH, bytes)
    put('b')
    await clock.advance(2 * SECOND)
    expectSame()
    expect(lists()).toHaveLength(2)
    expect(reflector.status().relists).toBe(1)
  })

  it.each([
    ['as an answer', () => once(({ watch }) => watch, { kind: 'refuse', status: 410, reason: 'Gone' })],
    [
      'as an event',
      () => server.inject(PATH, frame('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' })),
    ],
  ])('lists at once after 410 %s, with the deletions nobody reported', async (_name, expire) => {
    put('a')
    put('b')
    put('same')
    await started()
    server.silence()
    remove('a')
    remove('b')
    put('b')
    put('c')
    calls = []
    await clock.advance(149 * SECOND)
    expire()
    server.compact()
    await clock.advance(3 * SECOND)
    expectSame()
    expect(calls).toEqual(['remove a', 'remove b', 'put b uid-4', 'put c uid-5', 'changed'])
    expect(lists()).toHaveLength(2)
  })

  it('takes a new uid in an event for a new object', async () => {
    put('a')
    await started()
    calls = []
    server.put(PATH, { metadata: { namespace: 'shop', name: 'a', uid: 'another' } })
    await rest()
    expect(calls).toEqual(['remove a', 'put a another', 'changed'])
  })

  it('swaps in one turn: nobody sees half a list', async () => {
    for (let index = 0; index < 1100; index++) put(`old${index}`)
    await started()
    server.silence()
    for (let index = 0; index < 1100; index++) {
      remove(`old${index}`)
      put(`new${index}`)
    }
    server.compact()
    const seen = new Set<string>()
    let looking = true
    const look = () => {
      const names = [...held.values()].map(({ name }) => name.slice(0, 3))
      seen.add(`${new Set(names).size} ${held.size}`)
      if (looking) setImmediate(look)
    }
    look()
    await clock.advance(155 * SECOND)
    looking = false
    expectSame()
    expect(seen).toEqual(new Set(['1 1100']))
  })

  it('does not run in circles when everything is always too old', async () => {
    server.fault = ({ watch }) => (watch ? { kind: 'refuse', status: 410, reason: 'Expired' } : undefined)
    await started()
    await clock.advance(10 * MINUTE)
    expect(lists().length).toBeLessThan(60)
  })

  it('doubts the version after ten answers in vain', async () => {
    put('a')
    await started()
    server.cut('reset')
    server.fault = ({ watch, query }) =>
      watch && query.get('resourceVersion') === '101' ? { kind: 'refuse', status: 500, reason: 'InternalError' } : undefined
    put('b')
    await clock.advance(5 * MINUTE)
    expectSame()
    expect(lists()).toHaveLength(2)
  })

  it('contains what the sink throws', async () => {
    reflector = follow(ROUTES, {
      put: ({ name }) => {
        if (name === 'bad') throw new Error('no such luck')
      },
    })
    put('bad')
    put('a')
    await started()
    put('bad', { spec: 2 })
    put('b')
    await rest()
    expect([...held.keys()]).toEqual(['shop/a', 'shop/b'])
    expect(watches()).toHaveLength(1)
    expect(notices).toEqual([
      "error httproutes: an object can't be handled: no such luck",
      "error httproutes: an object can't be handled: no such luck",
    ])
  })
})

describe('a kind that is not served', () => {
  it('is an empty one, asked for again slowly', async () => {
    server.unserve(PATH)
    await started()
    expect(reflector.status()).toMatchObject({ installed: false, failure: undefined })
    expect(notices).toEqual(['info httproutes are not installed'])
    await clock.advance(29 * SECOND)
    expect(lists().map(({ path }) => path)).toEqual([PATH, OLD_PATH])
    server.serve(PATH)
    put('a')
    await clock.advance(31 * SECOND)
    expectSame()
    expect(reflector.status().installed).toBe(true)
  })

  it('is taken in an older version where only that is served', async () => {
    server.unserve(PATH)
    server.serve(OLD_PATH)
    server.put(OLD_PATH, { metadata: { namespace: 'shop', name: 'a' } })
    await started()
    expect([...held.keys()]).toEqual(['shop/a'])
    expect(watches().map(({ path }) => path)).toEqual([OLD_PATH])
  })

  it('keeps its objects until the 404 is confirmed', async () => {
    put('a')
    await started()
    server.unserve(PATH)
    await clock.advance(20 * SECOND)
    expect(held.size).toBe(1)
    await clock.advance(MINUTE)
    expect(held.size).toBe(0)
    expect(calls.slice(-2)).toEqual(['remove a', 'changed'])
  })
})

describe('stop', () => {
  it.each([
    ['before it began', async () => {}],
    [
      'while a list hangs',
      async () => {
        server.fault = () => ({ kind: 'hang' })
        void reflector.start()
        await rest()
      },
    ],
    [
      'while it waits',
      async () => {
        server.fault = () => ({ kind: 'reset' })
        void reflector.start()
        await rest()
      },
    ],
    ['while it watches', started],
    [
      'with events under way',
      async () => {
        await started()
        put('late')
      },
    ],
  ])('%s ends it, and nothing comes afterwards', async (_name, prepare) => {
    await prepare()
    const before = calls.length
    await reflector.stop()
    expect(calls).toHaveLength(before)
    await clock.advance(10 * MINUTE)
    expect(calls).toHaveLength(before)
    expect(clock.pending).toBe(0)
    expect(server.openWatches()).toBe(0)
  })
})

describe('a storm', () => {
  /** mulberry32: the same storm for the same seed. */
  function chanceOf(seed: number): () => number {
    let state = seed
    return () => {
      state = (state + 0x6d2b79f5) | 0
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
    }
  }

  it.each(Array.from({ length: 40 }, (_, seed) => seed))('number %i passes: what is held is what the server holds', async (seed) => {
    const chance = chanceOf(seed)
    const pick = <X>(of: readonly X[]): X => of[Math.floor(chance() * of.length)] as X // of is not empty
    clock = new FakeClock(chance)
    server = new FakeApiServer(clock, [PATH])
    reflector = follow(ROUTES)
    const disasters = [
      () => server.cut('reset'),
      () => server.cut('clean'),
      () => server.silence(),
      () => server.compact(),
      () => server.inject(PATH, '{"type":"ADDED","obj'),
      () => server.inject(PATH, 'nonsense\n'),
      () => once(() => true, pick([{ kind: 'reset' }, { kind: 'hang' }, { kind: 'refuse', status: 500 }])),
      () => once(() => true, { kind: 'refuse', status: pick([429, 503]), retryAfter: '3' }),
      () => once(({ query }) => query.has('continue'), { kind: 'refuse', status: 410, reason: 'Expired' }),
    ]
    for (let index = 0; index < 520; index++) put(`n${index}`)
    void reflector.start()
    for (let step = 0; step < 60; step++) {
      const name = `n${Math.floor(chance() * 530)}`
      if (chance() < 0.6) put(name, { spec: step })
      else remove(name)
      if (chance() < 0.4) pick(disasters)()
      if (chance() < 0.7) await clock.advance(chance() * 40 * SECOND)
    }
    server.fault = () => undefined
    await clock.advance(5 * MINUTE)
    expectSame()
    expect(reflector.status().millisecondsSinceContact).toBeLessThanOrEqual(2 * MINUTE)
    expect(calls.filter((call) => call.startsWith('again'))).toEqual([])
  })
})
