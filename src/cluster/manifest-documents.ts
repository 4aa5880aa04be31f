import { isAlias, isCollection, isMap, isPair, isScalar, isSeq, LineCounter, type Node, type Pair, parseAllDocuments } from 'yaml'
import { parseFieldPath } from '../api/field-path.ts'
import { isMapping } from '../api/object-shape.ts'
import { kubectlTags } from './yaml-scalars.ts'
import { endOf, isMergeKey, offsetOf, YamlReader, YamlValueError } from './yaml-value.ts'

/** One Kubernetes object written in a file. */
export interface ManifestDocument {
  readonly file: string
  /** 1-based, of the object's first content. */
  readonly line: number
  /** Position among the objects of the file, those of a List one by one. */
  readonly index: number
  readonly raw: Readonly<Record<string, unknown>>
  readonly source: YamlSource
  /** 1-based line of `spec.rules[0].matches[0].path.value`, or of the nearest ancestor that is written. */
  lineOf(fieldPath: string): number
  /** The field's value, its key with it when the value starts on another line; of an ancestor only its name or first key. */
  regionOf(fieldPath: string): Region
}

/** A part of a file. Lines and columns count from 1, columns in UTF-16 units; the end is the first column behind it. */
export interface Region {
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
}

/** The object as it is written. Ranges of nodes are offsets in `text`. */
export interface YamlSource {
  /** Of the whole file, without a byte order mark. */
  readonly text: string
  readonly node: unknown
  /** Nodes of the document that an alias repeats elsewhere. */
  readonly shared: ReadonlySet<Node>
}

/** Something wrong in a file. */
export interface ManifestProblem {
  readonly file: string
  /** 1-based; 0 = the file could not be read at all. */
  readonly line: number
  /** '' = the document, or the file as a whole. */
  readonly field: string
  readonly message: string
}

/** `file:line: field: message`, without what there is not: line 0 is no line. */
export function problemLine({ file, line, field, message }: ManifestProblem): string {
  return `${file}${line === 0 ? '' : `:${line}`}: ${field === '' ? '' : `${field}: `}${message}`
}

export interface DocumentOptions {
  /** Skip mappings that have neither apiVersion nor kind instead of reporting them. */
  readonly allowNonObjects?: boolean
}

/** Neither YAML nor JSON has them; kubectl refuses them, too. */
const CONTROL_CHARACTER = /(?![\t\n\r\u0085])\p{Cc}/u

/** What a text holds. */
export interface ReadDocuments {
  readonly documents: ManifestDocument[]
  readonly problems: ManifestProblem[]
  /** Whether any object is written there; a List without items is one. */
  readonly hasObjects: boolean
}

/** The objects of a YAML or JSON text, read the way kubectl reads it. A broken document is a problem; the others are still read. */
export function readDocuments(written: string, file: string, options: DocumentOptions = {}): ReadDocuments {
  const text = written.replace(/^\uFEFF/, '')
  const documents: ManifestDocument[] = []
  const problems: ManifestProblem[] = []
  let hasObjects = false
  const lines = new LineCounter()
  const lineAt = (offset: number) => Math.max(1, lines.linePos(offset).line)
  const region = ([start, end]: Range): Region => {
    const last = lines.linePos(end)
    return { line: lineAt(start), column: Math.max(1, lines.linePos(start).col), endLine: Math.max(1, last.line), endColumn: last.col }
  }
  const report = (line: number, message: string, field = '') => problems.push({ file, line, field, message })

  const add = (raw: unknown, node: unknown, reader: YamlReader): void => {
    const line = lineAt(offsetOf(resolve(node, reader)))
    if (!isMapping(raw)) return void report(line, 'is not a Kubernetes object: not a mapping')
    const { apiVersion, kind } = raw
    if (apiVersion === undefined && kind === undefined) {
      if (options.allowNonObjects !== true) report(line, 'is not a Kubernetes object: it has no apiVersion and no kind')
      return
    }
    for (const [key, value] of [['apiVersion', apiVersion] as const, ['kind', kind] as const]) {
      if (typeof value !== 'string' || value === '') {
        report(line, value === undefined ? 'is required' : 'must be a string that is not empty', key)
        return
      }
    }
    hasObjects = true
    const items = raw['items']
    if (String(kind).endsWith('List') && Array.isArray(items)) {
      const itemsNode = lookUp(node, 'items', reader)
      for (const [index, item] of items.entries()) add(withListKind(item, raw), lookUp(itemsNode, index, reader) ?? node, reader)
      return
    }
    const regionOf = (fieldPath: string) => region(rangeOfPath(node, fieldPath, reader, lineAt))
    const source = { text, node, shared: reader.aliasedNodes }
    documents.push({ file, line, index: documents.length, raw, source, regionOf, lineOf: (fieldPath) => regionOf(fieldPath).line })
  }

  const control = text.search(CONTROL_CHARACTER)
  if (control >= 0) {
    report(text.slice(0, control).split('\n').length, 'is not text: it holds control characters')
    return { documents, problems, hasObjects }
  }
  for (const document of parse(text, lines, report)) {
    const [error] = document.errors
    if (error !== undefined) {
      // What follows is an echo of the first, and may quote the rest of the file.
      report(lineAt(error.pos[0]), error.message)
      continue
    }
    const reader = new YamlReader()
    try {
      const raw = reader.read(document.contents)
      if (raw !== null) add(raw, document.contents, reader)
    } catch (error) {
      if (!(error instanceof YamlValueError)) throw error
      report(lineAt(error.offset), error.message)
    }
  }
  return { documents, problems, hasObjects }
}

function parse(text: string, lineCounter: LineCounter, report: (line: number, message: string) => void) {
  try {
    const parsed = parseAllDocuments(text, {
      version: '1.1',
      customTags: kubectlTags,
      lineCounter,
      prettyErrors: false,
      logLevel: 'silent',
      // The reader finds duplicate keys itself: the parser compares every pair of them.
      uniqueKeys: false,
    })
    return Array.isArray(parsed) ? parsed : []
  } catch (error) {
    // The parser recurses: deep nesting ends its stack.
    if (!(error instanceof RangeError)) throw error
    report(1, 'is nested too deeply')
    return []
  }
}

/** A typed list (`HTTPRouteList`) may leave out its items' kind and apiVersion. */
function withListKind(item: unknown, list: Readonly<Record<string, unknown>>): unknown {
  if (!isMapping(item) || list['kind'] === 'List') return item
  const { apiVersion = list['apiVersion'], kind = String(list['kind']).slice(0, -'List'.length) } = item
  return { ...item, apiVersion, kind }
}

type Range = readonly [start: number, end: number]

function rangeOfPath(node: unknown, fieldPath: string, reader: YamlReader, lineAt: (offset: number) => number): Range {
  let found: unknown = resolve(node, reader)
  let current: unknown = node
  for (const segment of parseFieldPath(fieldPath)) {
    const next = pairOrItem(current, segment, reader)
    if (next === undefined) return headOf(found)
    found = next
    current = isPair(found) ? found.value : found
  }
  if (found === resolve(node, reader)) return headOf(found)
  if (!isPair(found)) return [offsetOf(found), endOf(found)]
  const [key, value, end] = [offsetOf(found.key), offsetOf(found.value), endOf(found.value)]
  // An empty value is nowhere: its key stands for it.
  if (end <= value) return headOf(found)
  return lineAt(key) === lineAt(value) ? [value, end] : [key, end]
}

/** What names a node that is written, where only something inside it was looked for: its key, or the first key in it. */
function headOf(node: unknown): Range {
  if (isPair(node)) return [offsetOf(node.key), endOf(node.key)]
  if (isCollection(node) && node.items.length > 0) return headOf(node.items[0])
  return [offsetOf(node), endOf(node)]
}

function lookUp(node: unknown, segment: string | number, reader: YamlReader): unknown {
  const found = pairOrItem(node, segment, reader)
  return isPair(found) ? found.value : found
}

/** The pair of a key, or the item of an index; looks through aliases and merge keys. */
function pairOrItem(node: unknown, segment: string | number, reader: YamlReader): unknown {
  const target = resolve(node, reader)
  if (isSeq(target)) return typeof segment === 'number' ? target.items[segment] : undefined
  if (!isMap(target)) return undefined
  return findPair(target.items, String(segment), reader)
}

function findPair(pairs: readonly Pair[], key: string, reader: YamlReader): Pair | undefined {
  const own = pairs.find((pair) => isScalar(pair.key) && !isMergeKey(pair.key) && String(pair.key.value) === key)
  if (own !== undefined) return own
  for (const pair of pairs) {
    if (!isMergeKey(pair.key)) continue
    const source = resolve(pair.value, reader)
    for (const candidate of isSeq(source) ? source.items.map((item) => resolve(item, reader)) : [source]) {
      const inherited = isMap(candidate) ? findPair(candidate.items, key, reader) : undefined
      if (inherited !== undefined) return inherited
    }
  }
  return undefined
}

function resolve(node: unknown, reader: YamlReader): unknown {
  return isAlias(node) ? reader.anchorNodes.get(node.source) : node
}
