import { describe, expect, it } from 'vitest'
import type { JsonPatchOperation } from '../policy/decision.ts'
import { readDocuments } from './manifest-documents.ts'
import { applyEdits, editsFor } from './manifest-edits.ts'
import { patchedValue } from './patched-value.ts'

const add = (path: string, value: unknown): JsonPatchOperation => ({ op: 'add', path, value })
const replace = (path: string, value: unknown): JsonPatchOperation => ({ op: 'replace', path, value })
const remove = (path: string): JsonPatchOperation => ({ op: 'remove', path })

const HEAD = 'apiVersion: v1\nkind: X\n'

/** The text after the operation on its first object, which then reads as the patched object. */
function edit(text: string, operation: JsonPatchOperation): string {
  const [document] = readDocuments(text, 'a.yaml').documents
  if (document === undefined) throw new Error('no document')
  const changed = applyEdits(document.source.text, editsFor(document.source, operation))
  expect(readDocuments(changed, 'a.yaml').documents[0]?.raw).toEqual(patchedValue(document.raw, [operation]))
  return changed
}

describe('editsFor, block style', () => {
  it.each([
    ['a key after the last one', 'm:\n  a: 1 # one\n\n  # end\nz: 1\n', add('/m/b', 'x'), 'm:\n  a: 1 # one\n  b: x\n\n  # end\nz: 1\n'],
    ['a text that would be something else', 'm:\n  a: 1\n', add('/m/b', 'true'), 'm:\n  a: 1\n  b: "true"\n'],
    ['no line break at the end', 'm:\n  a: 1', add('/m/b', 'x'), 'm:\n  a: 1\n  b: x'],
    ['line breaks of Windows', 'm:\r\n  a: 1\r\nz: 1\r\n', add('/m/b', 'x'), 'm:\r\n  a: 1\r\n  b: x\r\nz: 1\r\n'],
    ['behind a block scalar', 'm:\n  a: |\n    b\n    c\n\nz: 1\n', add('/m/b', 'x'), 'm:\n  a: |\n    b\n    c\n  b: x\n\nz: 1\n'],
    ['a mapping, indented as its neighbours', 'm:\n    a: 1\n', add('/m/b', { k: 'v' }), 'm:\n    a: 1\n    b:\n        k: v\n'],
    ['a list like its neighbour', 'm:\n  l:\n  - 1\n', add('/m/b', [{ k: 'v' }]), 'm:\n  l:\n  - 1\n  b:\n  - k: v\n'],
    ['a list like its indented neighbour', 'm:\n  l:\n    - 1\n', add('/m/b', ['v']), 'm:\n  l:\n    - 1\n  b:\n    - v\n'],
    ['in the item of a list', 'm:\n- a: 1\n- a: 2\n', add('/m/0/b', 'x'), 'm:\n- a: 1\n  b: x\n- a: 2\n'],
    ['over null', 'm:\n  a: null # why\n', add('/m/a', { k: 'v' }), 'm:\n  a: {k: v} # why\n'],
    ['over nothing', 'm:\n  a: # why\n', add('/m/a', { 'k/l': 'true' }), 'm:\n  a: {k/l: "true"} # why\n'],
    ['over {}', 'm:\n  a: {}\n', add('/m/a', { k: 'a, b' }), 'm:\n  a: {k: "a, b"}\n'],
    ['over []', 'm:\n  a: []\n', add('/m/a', [{ k: 'v', l: 'w' }]), 'm:\n  a: [{k: v, l: w}]\n'],
    ['in a flow mapping', 'm: { a: 1, }\n', add('/m/b', 'x'), 'm: { a: 1, b: x, }\n'],
    ['beside a merge key', 'n: &n {a: 1}\nm:\n  <<: *n\n', add('/m/a', 'x'), 'n: &n {a: 1}\nm:\n  <<: *n\n  a: x\n'],
    ['in flow YAML', 'm: {a: 1}\n', add('/m/b', [{ k: 'v' }]), 'm: {a: 1, b: [{k: v}]}\n'],
    ['in the place of an alias', 'n: &n {a: 1}\nm: {a: *n}\n', replace('/m/a', 'x'), 'n: &n {a: 1}\nm: {a: x}\n'],
    ['plain', 'm: [{a: b}] # c\n', replace('/m/0/a', 'X-T'), 'm: [{a: X-T}] # c\n'],
    ['an item', 'm: [a, b]\n', replace('/m/1', 'c'), 'm: [a, c]\n'],
    ['in single quotes', "m: {a: 'b'}\n", replace('/m/a', "it's"), "m: {a: 'it''s'}\n"],
    ['in double quotes', 'm: {a: "b"}\n', replace('/m/a', 'c'), 'm: {a: "c"}\n'],
    [
      'lines',
      'm:\n  a: 1\n  # about b\n  b: # on b\n  - x # on x\n  # about c\n  c: 1\n',
      remove('/m/b'),
      'm:\n  a: 1\n  # about b\n  # about c\n  c: 1\n',
    ],
    ['the last lines', 'm:\n  a: 1\n  b: [1,\n    2]', remove('/m/b'), 'm:\n  a: 1\n'],
    ['the only key', 'm:\n  # on b\n  b: 1\nz: 1\n', remove('/m/b'), 'm: {}\n  # on b\nz: 1\n'],
    ['the first key of an item', 'm:\n- a: 1\n  b: 2\n', remove('/m/0/a'), 'm:\n- b: 2\n'],
    ['the only key of an item', 'm:\n- a: 1\n- b: 2\n', remove('/m/0/a'), 'm:\n- {}\n- b: 2\n'],
    ['a flow entry', 'm: {a: 1, b: 2, c: 3}\n', remove('/m/b'), 'm: {a: 1, c: 3}\n'],
    ['the last flow entry', 'm: {a: 1, b: 2}\n', remove('/m/b'), 'm: {a: 1}\n'],
    ['the only flow entry', 'm: {b: 2}\n', remove('/m/b'), 'm: {}\n'],
    [
      'a flow entry before comments',
      'm: {a: 1, b: 2, # on b\n  # about c, d\n  c: 3}\n',
      remove('/m/b'),
      'm: {a: 1, # on b\n  # about c, d\n  c: 3}\n',
    ],
    ['a flow entry at the end of a line', 'm: {a: 1, b: 2,\n  c: 3}\n', remove('/m/b'), 'm: {a: 1,\n  c: 3}\n'],
    [
      'a flow entry on a line',
      'm: {\n  a: 1,\n  # about b\n  b: [2,\n    3], # on b\n  # about c\n  c: 3\n}\n',
      remove('/m/b'),
      'm: {\n  a: 1,\n  # about b\n  # about c\n  c: 3\n}\n',
    ],
    [
      'the last flow entry on a line',
      'm: {\n  a: 1, # on a\n  # about b\n  b: 2 # on b\n}\n',
      remove('/m/b'),
      'm: {\n  a: 1 # on a\n  # about b\n}\n',
    ],
    ['the last flow entry with a comma', 'm: {\n  a: 1, # on a\n  b: 2, # on b\n}\n', remove('/m/b'), 'm: {\n  a: 1, # on a\n}\n'],
    ['the last flow entry before the brace', 'm: {a: 1, # on a\n  b: 2}\n', remove('/m/b'), 'm: {a: 1}\n'],
    ['an escaped key', 'm: {a/b~c: 2, d: 1}\n', remove('/m/a~1b~0c'), 'm: {d: 1}\n'],
  ])('%s', (_name, before, operation, after) => {
    expect(edit(HEAD + before, operation)).toBe(HEAD + after)
  })
})

describe('editsFor, JSON', () => {
  const json = (metadata: object, space?: number | string) => JSON.stringify({ apiVersion: 'v1', kind: 'X', metadata }, null, space)

  it.each([
    ['on one line', undefined],
    ['with two spaces', 2],
    ['with tabs', '\t'],
  ])('writes a key as it would have stood there: %s', (_name, space) => {
    const operation = add('/metadata/annotations', { 'a/b': 'true' })
    const compact = (text: string) => (space === undefined ? text.replaceAll(/([,:])\s*/g, '$1') : text)
    expect(compact(edit(json({ name: 'x' }, space), operation))).toBe(json({ name: 'x', annotations: { 'a/b': 'true' } }, space))
  })

  it.each([
    ['the first', 'a', { b: 1, c: [2] }],
    ['one between', 'b', { a: 0, c: [2] }],
    ['the last', 'c', { a: 0, b: 1 }],
  ])('leaves no trace of a key: %s', (_name, key, left) => {
    expect(edit(json({ a: 0, b: 1, c: [2] }, 2), remove(`/metadata/${key}`))).toBe(json(left, 2))
  })
})

describe('editsFor refuses', () => {
  it.each([
    ['what an alias repeats', 'a: &a {x: 1}\nb: *a\n', add('/a/y', 'z'), 'is part of &a, which an alias repeats elsewhere'],
    ['the way through an alias', 'a: &a {x: 1}\nb: *a\n', add('/b/y', 'z'), 'is the alias *a'],
    ['to take an anchor away', 'm: {a: &a 1, b: 2}\nb: *a\n', remove('/m/a'), 'holds &a, which an alias repeats elsewhere'],
    ['a key that is merged', 'n: &n {a: 1}\nm:\n  <<: *n\n', remove('/m/a'), 'a comes from elsewhere, by a merge key'],
    ['the way through a merged key', 'n: &n {a: {b: 1}}\nm:\n  <<: *n\n', add('/m/a/c', 1), 'a is not written here'],
    ['a block scalar', 'm:\n  a: |\n    b\n', replace('/m/a', 'x'), 'is a block that would have to be written anew'],
    ['items', 'm: [a]\n', remove('/m/0'), 'items are not added to or taken from a list'],
  ])('%s', (_name, text, operation, message) => {
    expect(() => edit(HEAD + text, operation)).toThrow(message)
  })
})
