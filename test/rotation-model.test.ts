import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { modelCert, type Outcome, RotationWorld } from './rotation-world.ts'

const SECOND = 1_000
const HOUR = 3_600 * SECOND
const DAY = 24 * HOUR
const YEAR = 365 * DAY

type Action =
  | { readonly do: 'call'; readonly index: number; readonly outcome: Outcome }
  | { readonly do: 'tick' | 'crash' | 'restore-secret' | 'restore-bundle'; readonly index: number }
  | { readonly do: 'start' | 'delete-secret' | 'corrupt-secret' | 'empty-secret' }
  | { readonly do: 'pass'; readonly milliseconds: number }
  | { readonly do: 'wipe' | 'delete-webhook' | 'foreign-bundle' | 'garbage'; readonly index: number }

const INDEX = fc.nat({ max: 7 })
const CALL: fc.Arbitrary<Action> = fc.record({
  do: fc.constant('call' as const),
  // Mostly the newest one: an older one is a replica that stalls with a write under way, perhaps for years.
  index: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: INDEX }),
  outcome: fc.oneof(
    { weight: 12, arbitrary: fc.constant('done' as const) },
    { weight: 1, arbitrary: fc.constantFrom('failed' as const, 'lost' as const, 'stale' as const) },
  ),
})
const TICK: fc.Arbitrary<Action> = fc.record({ do: fc.constant('tick' as const), index: fc.nat({ max: 3 }) })
const PASS: fc.Arbitrary<Action> = fc.record({
  do: fc.constant('pass' as const),
  milliseconds: fc.constantFrom(SECOND, 20 * SECOND, 31 * SECOND, HOUR, 10 * DAY, 31 * DAY, 61 * DAY, 91 * DAY, 4 * YEAR),
})
const REPLICAS: fc.Arbitrary<Action> = fc.oneof(
  fc.constant<Action>({ do: 'start' }),
  fc.record({ do: fc.constant('crash' as const), index: fc.nat({ max: 3 }) }),
)
const FAULT: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ do: fc.constantFrom('wipe', 'delete-webhook', 'foreign-bundle', 'garbage', 'restore-bundle'), index: INDEX }),
  fc.record({ do: fc.constantFrom('delete-secret', 'corrupt-secret', 'empty-secret') }),
)

const PEACE = fc.oneof(
  { weight: 40, arbitrary: CALL },
  { weight: 8, arbitrary: TICK },
  { weight: 6, arbitrary: PASS },
  { weight: 1, arbitrary: REPLICAS },
)
const WAR = fc.oneof({ weight: 55, arbitrary: PEACE }, { weight: 2, arbitrary: FAULT })
/** A state of the past may name CAs that everybody has forgotten since: all that can be asked is that it ends well. */
const BACKUPS = fc.oneof(
  { weight: 55, arbitrary: WAR },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restore-secret' as const), index: INDEX }) },
)

async function act(world: RotationWorld, action: Action): Promise<void> {
  switch (action.do) {
    case 'call':
      return world.call(action.index, action.outcome)
    case 'tick':
      return world.tick(action.index)
    case 'pass':
      world.now += action.milliseconds
      return
    case 'start':
      if (world.replicas.length < 4) world.start()
      return
    case 'crash':
      return world.crash(action.index)
    case 'delete-secret':
      return world.setSecret(undefined)
    case 'corrupt-secret':
      return world.setSecret('%')
    case 'empty-secret':
      return world.setSecret('')
    case 'restore-secret':
      return world.restoreSecret(action.index)
    case 'restore-bundle': {
      const past = world.configurations.flatMap((configuration) => configuration.past)
      return world.damage(action.index, past[action.index % past.length]?.text)
    }
    case 'wipe':
      return world.damage(action.index, '')
    case 'garbage':
      return world.damage(action.index, 'Cg==')
    case 'delete-webhook':
      return world.damage(action.index, undefined)
    case 'foreign-bundle':
      return world.damage(action.index, modelCert({ id: `foreign-${action.index}`, notBefore: world.now, expires: world.now + 10 * YEAR }))
  }
}

/** What each replica says when nothing has disturbed them for two minutes. */
async function converged(world: RotationWorld) {
  if (world.replicas.length === 0) world.start()
  for (let round = 0; round < 4; round++) {
    await world.settle()
    world.now += 31 * SECOND
  }
  await world.settle()
  world.check(true)
  return world.replicas.map(({ certificates }) => ({
    inSync: certificates.inSync(),
    untrusted: certificates.untrusted(),
    leaf: certificates.current()?.cert,
  }))
}

const LONG = process.env['LANEKEEPER_LONG'] !== undefined

describe('the rotation, on a simulated clock', () => {
  it.each([
    ['replicas that start, stop, stall and lose calls', PEACE],
    ['wiped bundles, lost and corrupt Secrets besides', WAR],
    ['Secrets restored from a backup besides', BACKUPS],
  ])('every served leaf verifies under every live caBundle, with %s', async (_name, arbitrary) => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitrary, { minLength: 50, maxLength: 400, size: 'max' }), async (actions) => {
        const world = new RotationWorld()
        for (let replica = 0; replica < 2; replica++) world.start()
        for (const action of actions) {
          await act(world, action)
          world.check()
        }
        const replicas = await converged(world)
        const leaf = replicas[0]?.leaf
        expect(leaf).toBeDefined()
        expect(replicas).toEqual(replicas.map(() => ({ inSync: true, untrusted: undefined, leaf })))
      }),
      { numRuns: LONG ? 20_000 : 500 },
    )
  })
})
