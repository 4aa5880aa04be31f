import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Extent, Trie } from './trie.ts'

interface Entry {
  readonly segments: readonly string[]
  readonly extent: Extent
  readonly key: string
}

function entries(): fc.Arbitrary<Entry> {
  return fc.record({
    segments: fc.array(fc.constantFrom('a', 'b'), { maxLength: 3 }),
    extent: fc.constantFrom<Extent>('here', 'below'),
    key: fc.constantFrom('x', 'y'),
  })
}

/** The places of a trie that is four segments deep, listed one by one. */
function placesOf({ segments, extent }: Omit<Entry, 'key'>): string[] {
  const all = ['']
  for (let from = 0, depth = 0; depth < 4; depth++) {
    const level = all.slice(from)
    from = all.length
    for (const place of level) all.push(`${place}/a`, `${place}/b`)
  }
  const own = segments.map((segment) => `/${segment}`).join('')
  return all.filter((place) => (extent === 'here' ? place === own : place === own || place.startsWith(`${own}/`)))
}

describe('Trie', () => {
  it('gives each entry that shares a place with what is asked, once, after any additions and removals', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), entries()), { maxLength: 20 }), entries(), (changes, asked) => {
        const trie = new Trie<string>()
        const held = new Map<string, Entry>()
        for (const [adds, entry] of changes) {
          const id = JSON.stringify(entry)
          if (adds) trie.add(entry.segments, entry.extent, entry.key, id)
          else trie.remove(entry.segments, entry.extent, entry.key)
          if (adds) held.set(id, entry)
          else held.delete(id)
        }
        const wanted = new Set(placesOf(asked))
        const want = [...held].filter(([, entry]) => placesOf(entry).some((place) => wanted.has(place))).map(([id]) => id)
        expect([...trie.meeting(asked.segments, asked.extent)].sort()).toEqual(want.sort())
      }),
      { numRuns: 2_000 },
    )
  })
})
