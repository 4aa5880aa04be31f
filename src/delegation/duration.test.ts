import { expect, it } from 'vitest'
import { parseDuration } from './duration.ts'

it.each<[string, number | undefined]>([
  ['0s', 0],
  ['500ms', 500],
  ['1m30s', 90_000],
  ['90s', 90_000],
  ['1h1m1s1ms', 3_661_001],
  // GEP-2257 neither orders the units nor keeps one from coming twice.
  ['1s1h', 3_601_000],
  ['1s1s', 2000],
  ['99999h', 359_996_400_000],
  ['', undefined],
  ['30', undefined],
  ['1.5s', undefined],
  ['-1s', undefined],
  ['1d', undefined],
  ['100000s', undefined],
  ['1s1s1s1s1s', undefined],
  [' 1s', undefined],
  ['1s\n', undefined],
])('%j is %s ms', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds)
})
