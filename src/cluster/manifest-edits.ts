import { Document, isAlias, isCollection, isMap, isScalar, isSeq, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'
import type { JsonPatchOperation } from '../policy/decision.ts'
import type { YamlSource } from './manifest-documents.ts'
import { pointerKeys } from './patched-value.ts'
import { kubectlTags } from './yaml-scalars.ts'
import { endOf, isMergeKey, offsetOf } from './yaml-value.ts'

/** Puts `text` in the place of what is between two offsets. */
export interface TextEdit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Why the text can't be changed without touching more than the object means to. */
export class EditError extends Error {
  readonly offset: number

  constructor(message: string, node: unknown) {
    super(message)
    this.offset = offsetOf(node)
  }
}

/**
 * The smallest change of the text that does the operation to the object: whole lines in block style, the entry in flow
 * style (JSON), the scalar where only a value changes. Comments, order, quoting and line endings of all else stay.
 * Operations are on keys of mappings, `replace` also on items of lists. Throws EditError.
 */
export function editsFor(source: YamlSource, operation: JsonPatchOperation): TextEdit[] {
  const keys = pointerKeys(operation.path)
  const last = keys.pop() ?? ''
  const way = walk(source.node, keys)
  const container = way.at(-1)?.node
  refuseShared(source, container)
  if (isSeq(container)) {
    const item = container.items[Number(last)]
    if (operation.op !== 'replace' || item === undefined) throw new EditError('items are not added to or taken from a list', container)
    return [replaceValue(source, item, operation.value)]
  }
  if (!isMap(container)) throw new EditError('is not a mapping', container)
  const pair = ownPair(container, last)
  if (pair === undefined) {
    if (operation.op !== 'add') throw new EditError(`${last} comes from elsewhere, by a merge key`, container)
    return addPair(source, way, container, last, operation.value)
  }
  if (operation.op === 'remove') return removePair(source, way, container, pair)
  if (pair.value === null) throw new EditError('is a key without a value', pair)
  const edit = replaceValue(source, pair.value, operation.value)
  return edit.start < edit.end ? [edit] : [afterColon(source, pair, edit.text)]
}

/** The text after edits that don't overlap, given in any order; of two at one place the first comes first. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let changed = ''
  let done = 0
  for (const { start, end, text: inserted } of edits.toSorted((a, b) => a.start - b.start)) {
    if (start < done) throw new Error(`edits overlap at offset ${start}`)
    changed += text.slice(done, start) + inserted
    done = end
  }
  return changed + text.slice(done)
}

/** A node on the way to what is edited, with the pair that holds it if its parent is a mapping. */
interface Step {
  readonly node: unknown
  readonly pair: Pair | undefined
}

function walk(root: unknown, keys: readonly string[]): Step[] {
  const way: Step[] = [{ node: root, pair: undefined }]
  let node = root
  for (const key of keys) {
    if (isAlias(node)) throw new EditError(`is the alias *${node.source}`, node)
    const pair: Pair | undefined = isMap(node) ? ownPair(node, key) : undefined
    const next: unknown = isSeq(node) ? node.items[Number(key)] : pair?.value
    if (next === undefined || next === null) throw new EditError(`${key} is not written here`, node)
    node = next
    way.push({ node, pair })
  }
  if (isAlias(node)) throw new EditError(`is the alias *${node.source}`, node)
  return way
}

function ownPair(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && !isMergeKey(pair.key) && String(pair.key.value) === key)
}

/** What an alias repeats would change in every place. */
function refuseShared({ shared }: YamlSource, node: unknown): void {
  for (const other of shared) {
    const [start, end] = [offsetOf(other), endOf(other)]
    const anchor = isScalar(other) || isCollection(other) ? (other.anchor ?? '') : ''
    if (offsetOf(node) >= start && offsetOf(node) < end)
      throw new EditError(`is part of &${anchor}, which an alias repeats elsewhere`, node)
  }
}

function refuseAnchorsIn({ shared }: YamlSource, { start, end }: TextEdit, node: unknown): void {
  for (const other of shared) {
    const anchor = isScalar(other) || isCollection(other) ? (other.anchor ?? '') : ''
    if (offsetOf(other) >= start && offsetOf(other) < end) throw new EditError(`holds &${anchor}, which an alias repeats elsewhere`, node)
  }
}

function addPair(source: YamlSource, way: readonly Step[], map: YAMLMap, key: string, value: unknown): TextEdit[] {
  const { text } = source
  const last = map.items.at(-1)
  const style = styleOf(source, way, map)
  if (last === undefined) return [{ start: offsetOf(map), end: endOf(map), text: flowText({ [key]: value }, style) }]
  const [keyStart, end] = [offsetOf(map.items[0]), endOf(last)]
  if (map.flow !== true) {
    const indent = ' '.repeat(columnOf(text, keyStart))
    const lines = blockLines({ [key]: value }, style).map((line) => indent + line)
    // Behind a block scalar the next line has begun already.
    if (end > 0 && text[end - 1] === '\n') return [{ start: end, end, text: lines.map((line) => line + style.eol).join('') }]
    const at = lineEnd(text, end)
    return [{ start: at, end: at, text: lines.map((line) => style.eol + line).join('') }]
  }
  const close = endOf(map) - 1
  const ownLine = beginsLine(text, offsetOf(last))
  const after = ownLine ? Math.min(lineEnd(text, end), close) : close
  const comma = text.slice(end, after).includes(',') ? '' : ','
  if (!ownLine) return [{ start: end, end, text: `, ${flowEntry(key, value, style)}` }]
  const indent = text.slice(lineStart(text, offsetOf(last)), offsetOf(last))
  const at = after === close ? end : after
  const entry = style.json
    ? `${JSON.stringify(key)}: ${JSON.stringify(value, null, indent.startsWith('\t') ? '\t' : style.step)}`
    : flowEntry(key, value, style)
  const lines = entry.split('\n').map((line) => style.eol + indent + line)
  return [
    { start: end, end, text: comma },
    { start: at, end: at, text: lines.join('') },
  ]
}

function removePair(source: YamlSource, way: readonly Step[], map: YAMLMap, pair: Pair): TextEdit[] {
  const edits = removal(source, way, map, pair)
  for (const edit of edits) refuseAnchorsIn(source, edit, pair)
  return edits
}

function removal(source: YamlSource, way: readonly Step[], map: YAMLMap, pair: Pair): TextEdit[] {
  const { text } = source
  const index = map.items.indexOf(pair)
  const [previous, next] = [map.items[index - 1], map.items[index + 1]]
  const [start, end] = [offsetOf(pair), endOf(pair)]
  if (map.flow === true) {
    if (next !== undefined) return [entryBefore(text, start, end, offsetOf(next))]
    if (previous !== undefined) return lastEntry(text, endOf(previous), start, end)
    return [{ start: offsetOf(map), end: endOf(map), text: '{}' }]
  }
  if (!beginsLine(text, start)) return [next === undefined ? { start, end, text: '{}' } : { start, end: offsetOf(next), text: '' }]
  const lines = { start: lineStart(text, start), end: nextLine(text, end), text: '' }
  if (previous !== undefined || next !== undefined) return [lines]
  const holder = way.at(-1)?.pair
  if (holder === undefined) throw new EditError('is the only key', pair)
  return [afterColon(source, holder, '{}'), lines]
}

/** An entry in flow style with its comma, not with a comment or a line break that comes before the next one. */
function entryBefore(text: string, start: number, end: number, next: number): TextEdit {
  const comma = /^(\s*,)[ \t]*(?:\r?\n|#)/.exec(text.slice(end, next))?.[1]
  if (comma === undefined) return { start, end: next, text: '' }
  const after = end + comma.length
  if (beginsLine(text, start)) return { start: lineStart(text, start), end: nextLine(text, after), text: '' }
  const before = text.slice(lineStart(text, start), start)
  return { start: start - before.length + before.trimEnd().length, end: after, text: '' }
}

/** The last entry in flow style with the comma that is then too many, not with a comment between the two. */
function lastEntry(text: string, previous: number, start: number, end: number): TextEdit[] {
  const comma = /^\s*,/.exec(text.slice(previous, start))?.[0]
  const behind = /^[ \t]*(,?)[ \t]*(?:#.*)?$/.exec(text.slice(end, lineEnd(text, end)))
  if (comma === undefined || behind === null || !beginsLine(text, start)) return [{ start: previous, end, text: '' }]
  const line = { start: lineStart(text, start), end: nextLine(text, end), text: '' }
  return behind[1] === ',' ? [line] : [{ start: previous, end: previous + comma.length, text: '' }, line]
}

function replaceValue(source: YamlSource, node: unknown, value: unknown): TextEdit {
  const [start, end] = [offsetOf(node), endOf(node)]
  const inBlock = (isCollection(node) && node.flow !== true) || (isScalar(node) && node.type?.startsWith('BLOCK') === true)
  if (inBlock) throw new EditError('is a block that would have to be written anew', node)
  const style = { step: 2, indentSeq: true, eol: '\n', json: isJson(source) }
  const edit = { start, end, text: scalarLike(node, value) ?? flowText(value, style) }
  refuseShared(source, node)
  refuseAnchorsIn(source, edit, node)
  return edit
}

/** Writes a value behind the colon of a key that has none there. */
function afterColon({ text }: YamlSource, { key }: Pair, value: string): TextEdit {
  const at = text.indexOf(':', endOf(key)) + 1
  return { start: at, end: at, text: ` ${value}` }
}

/** A string in the quotes of the scalar that it replaces. */
function scalarLike(node: unknown, value: unknown): string | undefined {
  if (!isScalar(node) || typeof value !== 'string') return undefined
  if (node.type === 'QUOTE_DOUBLE') return JSON.stringify(value)
  // Only what fits on one line is the same between single quotes.
  return node.type === 'QUOTE_SINGLE' && !/\p{Cc}/u.test(value) ? `'${value.replaceAll("'", "''")}'` : undefined
}

/** How the object's author writes. */
interface Style {
  /** Columns that a nested mapping is indented by. */
  readonly step: number
  /** Whether the items of a list are indented below its key. */
  readonly indentSeq: boolean
  readonly eol: string
  readonly json: boolean
}

function styleOf(source: YamlSource, way: readonly Step[], map: YAMLMap): Style {
  const { text } = source
  const outer = way.at(-2)?.node
  const step = isMap(outer) && map.items.length > 0 ? columnOf(text, offsetOf(map.items[0])) - columnOf(text, offsetOf(outer.items[0])) : 0
  const list = map.items.find((pair): pair is Pair & { value: YAMLSeq } => isSeq(pair.value) && pair.value.flow !== true)
  const indentSeq =
    list === undefined || columnOf(text, text.lastIndexOf('-', offsetOf(list.value.items[0]))) > columnOf(text, offsetOf(list))
  const eol =
    text[text.indexOf('\n', endOf(map)) - 1] === '\r' || (!text.includes('\n', endOf(map)) && text.includes('\r\n')) ? '\r\n' : '\n'
  return { step: step > 0 && step <= 8 ? step : 2, indentSeq, eol, json: isJson(source) }
}

/** A file that begins with a brace, its first key in quotes. */
function isJson({ text }: YamlSource): boolean {
  return /^\s*(?:\[\s*)?\{\s*["}]/.test(text)
}

function blockLines(value: unknown, { step, indentSeq }: Style): string[] {
  return writtenBy(value, { indent: step, indentSeq, lineWidth: 0 }).split('\n')
}

function flowText(value: unknown, style: Style): string {
  if (style.json) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((item) => flowText(item, style)).join(', ')}]`
  if (typeof value !== 'object' || value === null) return writtenBy([value], { collectionStyle: 'flow', lineWidth: 0 }).slice(1, -1).trim()
  return `{${Object.entries(value)
    .map(([key, inner]) => flowEntry(key, inner, style))
    .join(', ')}}`
}

function flowEntry(key: string, value: unknown, style: Style): string {
  return `${flowText(key, style)}: ${flowText(value, style)}`
}

function writtenBy(value: unknown, options: Parameters<Document['toString']>[0]): string {
  return new Document(value, { version: '1.1', customTags: kubectlTags }).toString(options).trimEnd()
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1
}

/** The offset of the line break that ends the line, or of the end of the text. */
function lineEnd(text: string, offset: number): number {
  const feed = text.indexOf('\n', offset)
  if (feed < 0) return text.length
  return text[feed - 1] === '\r' ? feed - 1 : feed
}

/** The start of the next line, unless `offset` is one already (behind a block scalar). */
function nextLine(text: string, offset: number): number {
  if (text[offset - 1] === '\n') return offset
  const feed = text.indexOf('\n', offset)
  return feed < 0 ? text.length : feed + 1
}

function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset)
}

function beginsLine(text: string, offset: number): boolean {
  return text.slice(lineStart(text, offset), offset).trim() === ''
}
