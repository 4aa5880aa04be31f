import { describe, expect, it } from 'vitest'
import { readDocuments } from './manifest-documents.ts'

const HEAD = 'apiVersion: v1\nkind: X\n'

function value(text: string): unknown {
  const { documents, problems } = readDocuments(`${HEAD}v: ${text}\n`, 'f')
  return problems.length > 0 ? problems.map(({ message }) => message) : documents[0]?.raw['v']
}

describe('scalars are what kubectl reads', () => {
  it.each([
    ['yes', true],
    ['y', true],
    ['off', false],
    ['N', false],
    ['yEs', 'yEs'],
    ['~', null],
    ['', null],
    ['2027-03-31T00:00:00Z', '2027-03-31T00:00:00Z'],
    ['2027-03-31', '2027-03-31'],
    ['12:30:45', '12:30:45'],
    ['017', 15],
    ['0o17', 15],
    ['0x1F', 31],
    ['0b11', 3],
    ['-017', -15],
    ['08', 8],
    ['1_000', 1000],
    ['0', 0],
    ['1e3', 1000],
    ['.5', 0.5],
    ['1.', 1],
    ['e5', 'e5'],
    ['.', '.'],
    ['_1', '_1'],
    ['.inf', Number.POSITIVE_INFINITY],
    ['"yes"', 'yes'],
    ['!!str yes', 'yes'],
    ['v1.2.3', 'v1.2.3'],
  ])('%s', (text, want) => {
    expect(value(text)).toEqual(want)
  })
})

it('reads several documents with the lines of their fields', () => {
  const text = `# a comment\n---\n---\n${HEAD}spec:\n  rules:\n  - matches:\n    - path:\n        type: Exact\n        value: /a\n  - name: b\n---\n# nothing\n---\n${HEAD}`
  const { documents, problems } = readDocuments(text, 'f.yaml')
  expect(problems).toEqual([])
  expect(documents.map(({ line, index }) => [line, index])).toEqual([
    [4, 0],
    [16, 1],
  ])
  const lineOf = (path: string) => documents[0]?.lineOf(path)
  expect(lineOf('spec.rules[0].matches[0].path.value')).toBe(11)
  expect(lineOf('spec.rules[0].matches[0].headers[0].name')).toBe(9)
  expect(lineOf('spec.rules[1]')).toBe(12)
  expect(lineOf('metadata.name')).toBe(4)
  expect(lineOf('')).toBe(4)
})

describe('the region of a field', () => {
  const text = `\uFEFF${HEAD}spec:\r\n  rules:\r\n  - path: {type: Exact, value: "/\u{1F6A6}"} # why\r\n    names: [a, bc]\r\n  - empty:\r\n    long:\r\n      >-\r\n      folded\r\n      text\r\n`
  const [document] = readDocuments(text, 'f.yaml').documents
  const lines = text.slice(1).split('\n')

  it.each([
    ['a scalar in flow style, in UTF-16 units', 'spec.rules[0].path.value', '"/\u{1F6A6}"'],
    ['a mapping on the line of its key', 'spec.rules[0].path', '{type: Exact, value: "/\u{1F6A6}"}'],
    ['an item', 'spec.rules[0].names[1]', 'bc'],
    ['a block, with its key, up to its last character', 'spec.rules[1].long', 'long:\r\n      >-\r\n      folded\r\n      text'],
    ['the key of an empty value', 'spec.rules[1].empty', 'empty'],
    ['the key of the nearest ancestor', 'spec.rules[0].path.type.x', 'type'],
    ['the first key of an item', 'spec.rules[0].headers[0]', 'path'],
    ['the first key of the object', 'status', 'apiVersion'],
    ['the first key for the object itself', '', 'apiVersion'],
  ])('%s', (_name, field, want) => {
    const region = document?.regionOf(field)
    if (region === undefined) throw new Error('no document')
    const cut = lines.slice(region.line - 1, region.endLine)
    cut.push((cut.pop() ?? '').slice(0, region.endColumn - 1))
    expect(
      cut
        .join('\n')
        .slice(region.column - 1)
        .trimEnd(),
    ).toBe(want)
  })
})

it('reads JSON, tabs and escapes included', () => {
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'X', a: { b: ['\u{1F600}/"\t', 1.5e3, null, true] } }, null, '\t')
  const { documents, problems } = readDocuments(text, 'f.json')
  expect(problems).toEqual([])
  expect(documents[0]?.raw).toEqual(JSON.parse(text))
  expect(documents[0]?.lineOf('a.b[1]')).toBe(7)
})

it('expands lists, their items one by one', () => {
  const text =
    'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: A\n- apiVersion: x/v1\n  kind: BList\n  items:\n  - metadata:\n      name: b\n'
  const { documents, problems } = readDocuments(text, 'f')
  expect(problems).toEqual([])
  expect(documents.map(({ raw, line, index }) => [raw['apiVersion'], raw['kind'], line, index])).toEqual([
    ['v1', 'A', 4, 0],
    ['x/v1', 'B', 9, 1],
  ])
  expect(documents[1]?.lineOf('metadata.name')).toBe(10)
})

it('honours anchors and merge keys', () => {
  const text = `${HEAD}base: &b\n  x: 1\n  w: 2\nother: &o {w: 3, z: 4}\nspec:\n  <<: [*b, *o]\n  x: 9\n`
  const { documents } = readDocuments(text, 'f')
  expect(documents[0]?.raw['spec']).toEqual({ x: 9, w: 2, z: 4 })
  expect(documents[0]?.lineOf('spec.w')).toBe(5)
  expect(documents[0]?.lineOf('spec.z')).toBe(6)
})

it('reads the key y as kubectl does', () => {
  expect(value('{y: 1, 80: 2, ~x: 3}')).toEqual({ true: 1, '80': 2, '~x': 3 })
})

it('keeps __proto__ a key', () => {
  const { documents } = readDocuments(`${HEAD}labels:\n  __proto__: a\n`, 'f')
  expect(Object.entries(documents[0]?.raw['labels'] ?? {})).toEqual([['__proto__', 'a']])
})

const laughs = (next: (index: number) => string) =>
  `${HEAD}a0: &a0 {x: 1}\n${Array.from({ length: 40 }, (_, index) => next(index)).join('')}`

it.each([
  [
    'aliases that explode',
    laughs((i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]\n`),
    22,
    'expands to more than 2000000 values: too many aliases',
  ],
  [
    'merges that explode',
    laughs((i) => `a${i + 1}: &a${i + 1} {<<: [*a${i}, *a${i}]}\n`),
    22,
    'expands to more than 2000000 values: too many aliases',
  ],
  ['an alias inside itself', `${HEAD}a: &a [*a]\n`, 3, 'alias *a names no anchor before it, or one around itself'],
  ['a duplicate key', `${HEAD}a: 1\nkind: Y\n`, 4, 'key "kind" is there twice'],
  ['a key that is a list', `${HEAD}? [a]\n: 1\n`, 3, 'a key must be a string, a number or a boolean'],
  ['a scalar', 'hello\n', 1, 'is not a Kubernetes object: not a mapping'],
  ['control characters', `${HEAD}a: "\u0007"\n`, 3, 'is not text: it holds control characters'],
  ['a syntax error, once', '"a" b: "c" d\n', 1, 'Unexpected scalar token'],
  ['no kind', 'apiVersion: v1\n', 1, 'is required'],
  ['neither kind nor apiVersion', '# Output\na: 1\n', 2, 'is not a Kubernetes object: it has no apiVersion and no kind'],
  ['a kind that is a number', 'apiVersion: v1\nkind: 3\n', 2, 'must be a string that is not empty'],
])('refuses %s', (_name, text, line, message) => {
  const { documents, problems } = readDocuments(text, 'f')
  expect(documents).toEqual([])
  expect(problems.map((problem) => [problem.file, problem.message])).toEqual([['f', message]])
  expect(Math.abs((problems[0]?.line ?? 0) - line)).toBeLessThanOrEqual(2)
})

it('reads the documents beside a broken one', () => {
  const { documents, problems } = readDocuments(`${HEAD}---\na: [1\n---\n${HEAD}`, 'f')
  expect(documents).toHaveLength(2)
  expect(problems.length).toBeGreaterThan(0)
  expect(problems[0]?.line).toBeGreaterThanOrEqual(4)
})

it('skips what is no object when asked to', () => {
  expect(readDocuments(`${HEAD}---\n# Output\nout: []\n`, 'f', { allowNonObjects: true })).toMatchObject({
    documents: [{ index: 0 }],
    problems: [],
  })
})

it('survives nesting that exhausts the stack', () => {
  for (const text of ['['.repeat(200_000), `${HEAD}a: ${'['.repeat(3000)}${']'.repeat(3000)}`])
    expect(() => readDocuments(text, 'f')).not.toThrow()
})
