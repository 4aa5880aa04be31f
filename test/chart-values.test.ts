import { expect, it } from 'vitest'
import { chartValues, valuesSchema, valuesTable } from './tools/chart-values.ts'

const VALUES = chartValues(`# How many.
# Two survive a node.
replicas: 2

# Where it comes from.
image:
  # The name.
  # @schema {minLength: 1}
  name: lanekeeper
  # Labels of yours.
  # @schema {additionalProperties: {type: string}}
  labels: {}
`)

it('the schema refuses unknown values at every level', () => {
  expect(valuesSchema(VALUES)).toEqual({
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    additionalProperties: false,
    properties: {
      replicas: { description: 'How many. Two survive a node.', type: 'integer' },
      image: {
        description: 'Where it comes from.',
        type: 'object',
        additionalProperties: false,
        properties: {
          name: { description: 'The name.', type: 'string', minLength: 1 },
          labels: { description: 'Labels of yours.', type: 'object', additionalProperties: { type: 'string' } },
        },
      },
      global: { type: 'object' },
    },
  })
})

it('the table has a row for each value that can be set', () => {
  expect(valuesTable(VALUES)).toBe(`| value          | default        | meaning                       |
| -------------- | -------------- | ----------------------------- |
| \`replicas\`     | \`2\`            | How many. Two survive a node. |
| \`image.name\`   | \`"lanekeeper"\` | The name.                     |
| \`image.labels\` | \`{}\`           | Labels of yours.              |`)
})

it.each([
  ['a value without a sentence', 'replicas: 2\n', 'replicas has no sentence above it'],
  ['a list that says nothing of its items', '# Some.\nlist: []\n', 'list needs an @schema line: its default says too little'],
])('%s is refused', (_name, text, message) => {
  expect(() => chartValues(text)).toThrow(message)
})
