/** Where an entry lies: at its node alone, or at its node and everything below it. */
export type Extent = 'here' | 'below'

interface Node<T> {
  readonly children: Map<string, Node<T>>
  readonly here: Map<string, T>
  readonly below: Map<string, T>
}

/**
 * Entries by a list of segments (path elements, or the labels of a host from the right), found by overlap: `here` meets the
 * same node and every `below` above it, `below` meets the whole subtree too. Adding and removing cost the length of the
 * list; asking costs that and what is found. Empty nodes are pruned, so that memory follows what is held.
 */
export class Trie<T> {
  readonly #root: Node<T> = emptyNode()

  add(segments: readonly string[], extent: Extent, key: string, value: T): void {
    let node = this.#root
    for (const segment of segments) {
      let child = node.children.get(segment)
      if (child === undefined) {
        child = emptyNode()
        node.children.set(segment, child)
      }
      node = child
    }
    node[extent].set(key, value)
  }

  /** Removing what isn't there changes nothing. */
  remove(segments: readonly string[], extent: Extent, key: string): void {
    const way: { parent: Node<T>; segment: string }[] = []
    let node = this.#root
    for (const segment of segments) {
      const child = node.children.get(segment)
      if (child === undefined) return
      way.push({ parent: node, segment })
      node = child
    }
    node[extent].delete(key)
    for (const { parent, segment } of way.reverse()) {
      const child = parent.children.get(segment)
      if (child === undefined || child.children.size + child.here.size + child.below.size > 0) return
      parent.children.delete(segment)
    }
  }

  /** Every entry whose extent overlaps the asked one; each once. */
  *meeting(segments: readonly string[], extent: Extent): Iterable<T> {
    let node: Node<T> | undefined = this.#root
    for (const segment of segments) {
      yield* node.below.values()
      node = node.children.get(segment)
      if (node === undefined) return
    }
    if (extent === 'below') yield* subtree(node)
    else {
      yield* node.below.values()
      yield* node.here.values()
    }
  }
}

function* subtree<T>(top: Node<T>): Iterable<T> {
  const stack = [top]
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    yield* node.below.values()
    yield* node.here.values()
    stack.push(...node.children.values())
  }
}

function emptyNode<T>(): Node<T> {
  return { children: new Map(), here: new Map(), below: new Map() }
}
