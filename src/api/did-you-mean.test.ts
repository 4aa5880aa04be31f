import { expect, it } from 'vitest'
import { editDistance, nearest } from './did-you-mean.ts'

it.each([
  ['', 'abc', 3],
  ['match', 'matches', 2],
  ['kitten', 'sitting', 3],
  ['naem', 'name', 1],
])('%s and %s are %i apart', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance)
  expect(editDistance(b, a)).toBe(distance)
})

it.each([
  ['match', ['name', 'matches', 'filters'], 'matches'],
  ['hostName', ['hostnames', 'rules'], 'hostnames'],
  ['xyz', ['name', 'rules'], undefined],
  ['DENY', ['Deny', 'Warn'], 'Deny'],
])('%s of %j is %s', (word, known, meant) => {
  expect(nearest(word, known)).toBe(meant)
})
