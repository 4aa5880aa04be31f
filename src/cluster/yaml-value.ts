import { type Alias, isAlias, isCollection, isMap, isPair, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml'

/** What a document can't be read for, with the offset of the offending node in the text. */
export class YamlValueError extends Error {
  readonly offset: number

  constructor(message: string, node: unknown) {
    super(message)
    this.offset = offsetOf(node)
  }
}

// A manifest of 3 MiB has at most half a million nodes; one that expands to more than this is an attack.
const MAX_NODES = 2_000_000

interface Sized {
  readonly value: unknown
  /** Nodes the value has when every alias is expanded. */
  readonly nodes: number
}

/**
 * The plain value of a parsed document. Linear in the text: what is aliased is shared, not copied, and the size it would have when expanded is
 * bounded, since whoever walks the value expands it. Merge keys are honoured, own keys first. Throws YamlValueError.
 */
export class YamlReader {
  readonly #anchors = new Map<string, Sized>()
  /** The node each anchor names, complete when the document has been read. */
  readonly anchorNodes = new Map<string, Node>()
  /** The nodes that stand in several places: written once, named by an alias. */
  readonly aliasedNodes = new Set<Node>()

  read(node: unknown): unknown {
    return this.#sized(node).value
  }

  #sized(node: unknown): Sized {
    if (node === null || node === undefined) return { value: null, nodes: 1 }
    if (isAlias(node)) return this.#alias(node)
    let sized: Sized
    if (isScalar(node)) sized = { value: node.value, nodes: 1 }
    else if (isMap(node)) sized = this.#map(node)
    else if (isSeq(node)) sized = this.#seq(node.items)
    else throw new YamlValueError('is not a value', node)
    if (sized.nodes > MAX_NODES) throw new YamlValueError(`expands to more than ${MAX_NODES} values: too many aliases`, node)
    if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) {
      this.#anchors.set(node.anchor, sized)
      this.anchorNodes.set(node.anchor, node)
    }
    return sized
  }

  #alias(alias: Alias): Sized {
    const target = this.#anchors.get(alias.source)
    if (target === undefined) throw new YamlValueError(`alias *${alias.source} names no anchor before it, or one around itself`, alias)
    const node = this.anchorNodes.get(alias.source)
    if (node !== undefined) this.aliasedNodes.add(node)
    return target
  }

  #seq(items: readonly unknown[]): Sized {
    let nodes = 1
    const value: unknown[] = []
    for (const item of items) {
      // `[a: 1]` is a sequence of a pair: a mapping of one key.
      const sized = isPair(item) ? this.#pairs([item], item) : this.#sized(item)
      nodes += sized.nodes
      value.push(sized.value)
    }
    return { value, nodes }
  }

  #map(map: YAMLMap): Sized {
    return this.#pairs(map.items, map)
  }

  #pairs(pairs: readonly Pair[], node: unknown): Sized {
    const value: Record<string, unknown> = {}
    const merged: unknown[] = []
    let nodes = 1
    for (const pair of pairs) {
      if (isMergeKey(pair.key)) {
        const source = this.#sized(pair.value)
        nodes += source.nodes
        merged.push(...(Array.isArray(source.value) ? source.value : [source.value]))
        continue
      }
      const sized = this.#sized(pair.value)
      nodes += sized.nodes
      const key = keyText(this.#sized(pair.key).value, pair.key)
      if (Object.hasOwn(value, key)) throw new YamlValueError(`key ${JSON.stringify(key)} is there twice`, pair.key)
      define(value, key, sized.value)
    }
    for (const source of merged) {
      if (typeof source !== 'object' || source === null || Array.isArray(source))
        throw new YamlValueError('<< needs a mapping or a list of mappings', node)
      for (const [key, inherited] of Object.entries(source)) if (!Object.hasOwn(value, key)) define(value, key, inherited)
    }
    return { value, nodes }
  }
}

/** Whether a key is the merge key `<<`, written plain. */
export function isMergeKey(key: unknown): boolean {
  if (!isScalar(key) || (key.type !== undefined && key.type !== 'PLAIN')) return false
  return key.value === '<<' || (typeof key.value === 'symbol' && key.value.description === '<<')
}

/** The first offset of a node in the text, 0 when the parser gave none. */
export function offsetOf(node: unknown): number {
  if (isPair(node)) return offsetOf(node.key)
  return isScalar(node) || isCollection(node) || isAlias(node) ? (node.range?.[0] ?? 0) : 0
}

/** The offset behind the last character of a node: comments and line breaks after it don't count, those of a block scalar do. */
export function endOf(node: unknown): number {
  if (isPair(node)) return Math.max(endOf(node.key), endOf(node.value))
  if (isCollection(node) && node.flow !== true && node.items.length > 0) return endOf(node.items.at(-1))
  return isScalar(node) || isCollection(node) || isAlias(node) ? (node.range?.[1] ?? 0) : 0
}

/** Keys become strings as they do in JSON: kubectl turns `80: x` into `"80": x`. */
function keyText(key: unknown, node: unknown): string {
  if (typeof key === 'string') return key
  if (typeof key === 'number' || typeof key === 'boolean') return String(key)
  throw new YamlValueError('a key must be a string, a number or a boolean', node)
}

// Defined, not assigned: `__proto__` is a key like any other.
function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
}
