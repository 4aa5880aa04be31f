import { isMap, isScalar, isSeq, type Pair, parse, parseDocument, type YAMLMap } from 'yaml'
import { markdownTable } from './markdown-table.ts'

/** A value of the chart, as values.yaml documents it. */
export interface ChartValue {
  /** `webhook.port`. */
  readonly path: string
  readonly meaning: string
  readonly value: unknown
  /** What its `@schema` line adds to what the default says. */
  readonly schema: Readonly<Record<string, unknown>>
  /** The values inside, if it is a group of values. */
  readonly inside: readonly ChartValue[]
}

/**
 * The values of values.yaml in order. Above each stands a comment of sentences, and if the default doesn't say enough, a line
 * `@schema {...}` with JSON Schema in YAML. Throws for a value without a sentence, and for `{}`, `[]` or null without a schema.
 */
export function chartValues(text: string): readonly ChartValue[] {
  const document = parseDocument(text)
  if (document.errors[0] !== undefined) throw document.errors[0]
  if (!isMap(document.contents)) throw new Error('values.yaml is no mapping')
  return valuesOf(document.contents, '')
}

function valuesOf(map: YAMLMap, prefix: string): ChartValue[] {
  return map.items.map((pair: Pair, index): ChartValue => {
    if (!isScalar(pair.key)) throw new Error(`a key below ${prefix} is no word`)
    const path = `${prefix}${String(pair.key.value)}`
    // The YAML library takes the comment above the first key of an inner mapping for the mapping's.
    const comment = pair.key.commentBefore ?? (index === 0 ? map.commentBefore : undefined) ?? ''
    const paragraph = comment.split('\n\n').at(-1) ?? ''
    const lines = paragraph.split('\n').map((line) => line.trim())
    const meaning = lines.filter((line) => line !== '' && !line.startsWith('@')).join(' ')
    if (!meaning.endsWith('.')) throw new Error(`${path} has no sentence above it`)
    const schema = parse(lines.find((line) => line.startsWith('@schema '))?.slice('@schema '.length) ?? '{}')
    const node = pair.value
    const group = isMap(node) && node.items.length > 0 && schema.additionalProperties === undefined
    const value: unknown = isMap(node) || isSeq(node) || isScalar(node) ? node.toJSON() : null
    const vague = value === null || (typeof value === 'object' && !group)
    if (vague && Object.keys(schema).length === 0) throw new Error(`${path} needs an @schema line: its default says too little`)
    return { path, meaning, value, schema, inside: group ? valuesOf(node, `${path}.`) : [] }
  })
}

/** values.schema.json: refuses unknown values all the way down, so that a misspelt one never passes for the default. */
export function valuesSchema(values: readonly ChartValue[]): object {
  // Helm itself adds `global` to the values of every chart.
  return { $schema: 'http://json-schema.org/draft-07/schema#', ...groupSchema(values, { global: { type: 'object' } }) }
}

function groupSchema(values: readonly ChartValue[], more: object = {}): object {
  const properties = Object.fromEntries(values.map((value) => [lastKey(value.path), valueSchema(value)]))
  return { type: 'object', additionalProperties: false, properties: { ...properties, ...more } }
}

function valueSchema({ value, meaning, schema, inside }: ChartValue): object {
  if (inside.length > 0) return { description: meaning, ...groupSchema(inside) }
  return { description: meaning, type: typeOf(value), ...schema }
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}

/** The table of the chart's README: a row for each value that can be set. */
export function valuesTable(values: readonly ChartValue[]): string {
  return markdownTable(['value', 'default', 'meaning'], values.flatMap(rowsOf))
}

function rowsOf(value: ChartValue): string[][] {
  if (value.inside.length > 0) return value.inside.flatMap(rowsOf)
  return [[`\`${value.path}\``, `\`${JSON.stringify(value.value)}\``, value.meaning]]
}

function lastKey(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1)
}
