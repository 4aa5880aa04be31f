import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Expiring } from './expiring.ts'

const LIMITS = { milliseconds: 10, entries: 8, size: 40 }

function kept(): { readonly expiring: Expiring<string>; readonly gone: string[] } {
  const gone: string[] = []
  return { expiring: new Expiring(LIMITS, (value) => gone.push(value)), gone }
}

describe('Expiring', () => {
  it('keeps a value for its time and says when it goes', () => {
    const { expiring, gone } = kept()
    expiring.set('a', 'A', { group: 'g', size: 1, now: 0 })
    expiring.set('b', 'B', { group: 'g', size: 1, now: 5 })
    expiring.expire(9)
    expect([expiring.get('a'), expiring.count, gone]).toEqual(['A', 2, []])
    expiring.expire(10)
    expect([expiring.get('a'), expiring.get('b'), gone]).toEqual([undefined, 'B', ['A']])
  })

  it('counts from the last time a key was set', () => {
    const { expiring, gone } = kept()
    expiring.set('a', 'A', { group: 'g', size: 1, now: 0 })
    expiring.set('b', 'B', { group: 'g', size: 1, now: 1 })
    expiring.set('a', 'A2', { group: 'g', size: 1, now: 2 })
    expiring.expire(11)
    expect([expiring.get('a'), gone]).toEqual(['A2', ['A', 'B']])
  })

  it('drops the oldest over a limit, first of all of the group that has its share', () => {
    const { expiring, gone } = kept()
    expiring.set('other', 'other', { group: 'h', size: 1, now: 0 })
    for (const key of ['a', 'b', 'c']) expiring.set(key, key, { group: 'g', size: 1, now: 1 })
    expect(gone).toEqual(['a'])
    for (const group of ['i', 'j', 'k']) for (const key of ['1', '2']) expiring.set(group + key, group + key, { group, size: 1, now: 2 })
    expect(gone).toEqual(['a', 'other'])
  })

  it('does not keep what is larger than the share of its group', () => {
    const { expiring, gone } = kept()
    expiring.set('a', 'A', { group: 'g', size: 11, now: 0 })
    expect([expiring.get('a'), expiring.count, gone]).toEqual([undefined, 0, ['A']])
  })

  it('is within its limits at every moment, and each value put in is kept or gone', () => {
    const set = fc.record({ key: fc.nat(20), group: fc.constantFrom('g', 'h', 'i', 'j', 'k'), size: fc.nat(12), wait: fc.nat(3) })
    fc.assert(
      fc.property(fc.array(set, { maxLength: 60, size: 'max' }), (all) => {
        const sizes = new Map<string, number>()
        const present = new Set<string>()
        const expiring = new Expiring<string>(LIMITS, (value) => expect(present.delete(value)).toBe(true))
        let now = 0
        for (const [index, { key, group, size, wait }] of all.entries()) {
          now += wait
          expiring.expire(now)
          const value = `${key} ${index}`
          present.add(value)
          sizes.set(value, size)
          expiring.set(String(key), value, { group, size, now })
          const total = [...present].reduce((sum, one) => sum + (sizes.get(one) ?? 0), 0)
          expect(present.size).toBe(expiring.count)
          expect(expiring.count).toBeLessThanOrEqual(LIMITS.entries)
          expect(total).toBeLessThanOrEqual(LIMITS.size)
        }
        expiring.expire(now + LIMITS.milliseconds)
        expect([expiring.count, present.size]).toEqual([0, 0])
      }),
    )
  })
})
