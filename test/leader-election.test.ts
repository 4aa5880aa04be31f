import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Clock } from '../src/cluster/clock.ts'
import { HOLD_MS, LEASE_MS, LeaderElection, type Lease, type LeaseStore, type StoredLease } from '../src/cluster/leader-election.ts'
import { FakeClock } from './fake-clock.ts'

/** A clock that starts somewhere else and runs faster or slower than the true one. */
function skewed(clock: FakeClock, rate: number, offset: number): Clock {
  return {
    now: () => clock.now() * rate + offset,
    random: () => clock.random(),
    after: (milliseconds, callback) => clock.after(milliseconds / rate, callback),
  }
}

type Fault = 'none' | 'refused' | 'lost answer' | 'slow'

/** The object in the API server, with its rule on versions. */
class Cluster {
  stored: StoredLease | undefined
  #version = 0
  readonly #clock: FakeClock

  constructor(clock: FakeClock) {
    this.#clock = clock
  }

  /** As one replica reaches it. */
  store(fault: () => Fault): LeaseStore {
    return {
      read: () => this.#through(fault(), () => this.stored),
      write: (lease, expected) =>
        this.#through(fault(), () => {
          if (expected?.version !== this.stored?.version) return undefined
          return this.put(lease)
        }),
    }
  }

  put(lease: Lease): StoredLease {
    this.stored = { version: String(++this.#version), lease }
    return this.stored
  }

  async #through<T>(fault: Fault, act: () => T): Promise<T> {
    if (fault === 'refused') throw new Error('HTTP 503')
    if (fault !== 'slow') {
      const result = act()
      if (fault === 'lost answer') throw new Error('read ECONNRESET')
      return result
    }
    // It arrives, and so does its answer: late, but within the time that requests have.
    await this.#pass(4_000)
    const result = act()
    await this.#pass(5_000)
    return result
  }

  #pass(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.#clock.after(milliseconds, resolve))
  }
}

interface Replica {
  readonly election: LeaderElection
  readonly told: boolean[]
  readonly notices: string[]
}

interface World {
  readonly clock: FakeClock
  readonly cluster: Cluster
  readonly replica: (identity: string, clock?: Clock, fault?: () => Fault, wallNow?: () => number) => Replica
}

function world(): World {
  const clock = new FakeClock()
  const cluster = new Cluster(clock)
  return {
    clock,
    cluster,
    replica: (identity, own = clock, fault = () => 'none', wallNow = () => own.now()) => {
      const told: boolean[] = []
      const notices: string[] = []
      const election = new LeaderElection({
        store: cluster.store(fault),
        clock: own,
        wallNow,
        identity,
        onChange: (leading) => told.push(leading),
        onNotice: (level, message) => notices.push(`${level}: ${message}`),
      })
      election.start()
      return { election, told, notices }
    },
  }
}

it('one of two leads, and goes on leading', async () => {
  const { clock, replica, cluster } = world()
  const [a, b] = [replica('a'), replica('b')]
  await clock.advance(600_000)
  expect([a.told, b.told]).toEqual([[true], []])
  expect(cluster.stored?.lease).toMatchObject({ holder: 'a', seconds: 15, acquired: 0, transitions: 0 })
})

it('when the leader is gone, the other waits until its Lease is over', async () => {
  const { clock, replica } = world()
  let down = false
  const a = replica('a', clock, () => (down ? 'refused' : 'none'))
  const b = replica('b')
  await clock.advance(5_000)
  down = true
  await clock.advance(HOLD_MS)
  expect([a.election.isLeader(), b.election.isLeader()]).toEqual([false, false])
  expect(a.notices).toEqual(["warn: the Lease can't be had: HTTP 503; trying again"])
  await clock.advance(LEASE_MS)
  expect([a.told, b.told]).toEqual([[true, false], [true]])
  down = false
  await clock.advance(60_000)
  expect([a.told, b.told]).toEqual([[true, false], [true]])
  expect(a.notices).toHaveLength(2)
})

it('one that stops says so, and the other need not wait', async () => {
  const { clock, replica } = world()
  const [a, b] = [replica('a'), replica('b')]
  await clock.advance(5_000)
  await a.election.close()
  await clock.advance(3_000)
  expect([a.told, b.told]).toEqual([[true, false], [true]])
})

it('leads on through writes whose answers are lost, as long as one in ten seconds comes through', async () => {
  const { clock, replica } = world()
  let count = 0
  const a = replica('a', clock, () => (count++ % 4 < 2 ? 'none' : 'lost answer'))
  const b = replica('b')
  await clock.advance(300_000)
  expect([a.told, b.told]).toEqual([[true], []])
})

it.each([
  ['years ahead', 3e11],
  ['years behind', -3e11],
])('the time of day of the other, %s, does not matter', async (_name, skew) => {
  const { clock, replica } = world()
  const a = replica('a')
  const b = replica(
    'b',
    clock,
    () => 'none',
    () => clock.now() + skew + 1e12,
  )
  await clock.advance(300_000)
  expect([a.told, b.told]).toEqual([[true], []])
})

it.each([
  ['deleted', undefined],
  ['emptied', { holder: '', seconds: 0, acquired: 0, renewed: 0, transitions: 0 }],
])('of a Lease that is %s, the old holder leads no longer than it may', async (_name, lease) => {
  const { clock, cluster, replica } = world()
  let cut = false
  const a = replica('a', clock, () => (cut ? 'refused' : 'none'))
  const b = replica('b')
  await clock.advance(5_000)
  cut = true
  if (lease === undefined) cluster.stored = undefined
  else cluster.put(lease)
  await clock.advance(HOLD_MS)
  expect([a.election.isLeader(), b.election.isLeader()]).toEqual([false, true])
})

it('a Lease of another program is waited for, but not for ever', async () => {
  const { clock, cluster, replica } = world()
  cluster.put({ holder: 'someone', seconds: 1e9, acquired: 0, renewed: 0, transitions: 7 })
  const a = replica('a')
  await clock.advance(59_000)
  expect(a.told).toEqual([])
  await clock.advance(5_000)
  expect(a.told).toEqual([true])
  expect(cluster.stored?.lease.transitions).toBe(8)
})

const faults = fc.array(
  fc.record({
    replica: fc.nat(2),
    from: fc.nat(200_000),
    length: fc.nat(60_000),
    fault: fc.constantFrom<Fault>('refused', 'lost answer', 'slow'),
  }),
  { maxLength: 12 },
)
const rates = fc.tuple(...[0, 1, 2].map(() => fc.double({ min: 0.85, max: 1.15, noNaN: true })))

it('no two lead at once, whatever fails and however clocks run; and when nothing fails any more, one does', async () => {
  await fc.assert(
    fc.asyncProperty(faults, rates, async (planned, speeds) => {
      const { clock, replica } = world()
      const replicas = ['a', 'b', 'c'].map((identity, index) =>
        replica(identity, skewed(clock, speeds[index] ?? 1, index * 1e9), () => {
          const active = planned.find((each) => each.replica === index && each.from <= clock.now() && clock.now() < each.from + each.length)
          return active?.fault ?? 'none'
        }),
      )
      const leaders = () => replicas.filter(({ election }) => election.isLeader()).length
      for (let time = 0; time < 260_000; time += 500) {
        await clock.advance(500)
        expect(leaders()).toBeLessThanOrEqual(1)
      }
      await clock.advance(60_000)
      expect(leaders()).toBe(1)
    }),
    { numRuns: 50 },
  )
})
