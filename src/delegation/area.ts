import { pathElements } from './path.ts'
import { compileRegex } from './re2.ts'
import { literalPrefix } from './regex-containment.ts'
import type { PathMatch } from './route.ts'
import type { Extent } from './trie.ts'

/** A part of a trie: everything that a match or a host pattern takes lies in it, and perhaps more. */
export interface Area {
  readonly segments: readonly string[]
  readonly extent: Extent
}

export const EVERYWHERE: Area = { segments: [], extent: 'below' }

/** Where a path match lies among the elements of paths. Sound: paths outside the area are never matched. */
export function areaOfPath({ type, value }: PathMatch): Area {
  switch (type) {
    case 'Exact':
      return { segments: pathElements(value), extent: 'here' }
    case 'PathPrefix':
      return { segments: pathElements(value), extent: 'below' }
    case 'RegularExpression': {
      const compiled = compileRegex(value)
      if (!compiled.ok) return EVERYWHERE
      const start = literalPrefix(compiled.regex)
      // The element after the last slash may go on: only whole ones count.
      return { segments: pathElements(start.slice(0, start.lastIndexOf('/') + 1)), extent: 'below' }
    }
    case 'Unknown':
      return EVERYWHERE
  }
}

/** Where a host pattern lies among the labels of hosts, read from the right; `*` is every host. */
export function areaOfHost(pattern: string): Area {
  if (pattern === '*') return EVERYWHERE
  const wildcard = pattern.startsWith('*.')
  const labels = (wildcard ? pattern.slice(2) : pattern).split('.').reverse()
  return { segments: labels, extent: wildcard ? 'below' : 'here' }
}
