import { expect, it } from 'vitest'
import { formatFieldPath, parseFieldPath } from './field-path.ts'

it.each([
  ['', []],
  ['spec', ['spec']],
  ['spec.rules[0].matches[12].path.value', ['spec', 'rules', 0, 'matches', 12, 'path', 'value']],
  ['metadata.labels["example.com/a"]', ['metadata', 'labels', 'example.com/a']],
  ['metadata.labels["a\\"]\\\\b"].c', ['metadata', 'labels', 'a"]\\b', 'c']],
  ['metadata.labels.__proto__', ['metadata', 'labels', '__proto__']],
])('%s is written and read back', (text, segments) => {
  expect(formatFieldPath(segments)).toBe(text)
  expect(parseFieldPath(text)).toEqual(segments)
})

it('keeps the readable beginning of a broken path', () => {
  expect(parseFieldPath('spec.rules[x].name')).toEqual(['spec', 'rules'])
})
