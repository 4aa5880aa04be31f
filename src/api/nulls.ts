import { isMapping } from './object-shape.ts'

// Deeper than any schema here reaches (about 20 levels), shallow enough for the stack whatever was posted.
const MAX_DEPTH = 64

/**
 * A key whose value is null is absent, as the API server prunes it before it fills in defaults; null inside a list stays.
 * Copies only what changes. Below 64 levels nothing is looked at: no schema reads that deep.
 */
export function withoutNulls(raw: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH) return raw
  if (Array.isArray(raw)) {
    let copy: unknown[] | undefined
    for (const [index, item] of raw.entries()) {
      const value = withoutNulls(item, depth + 1)
      if (value !== item) {
        copy ??= [...raw]
        copy[index] = value
      }
    }
    return copy ?? raw
  }
  if (!isMapping(raw)) return raw
  let changed = false
  const entries: [string, unknown][] = []
  for (const key of Object.keys(raw)) {
    const before = raw[key]
    const after = withoutNulls(before, depth + 1)
    if (after === null) changed = true
    else {
      changed ||= after !== before
      entries.push([key, after])
    }
  }
  // fromEntries defines properties, so that a key `__proto__` stays a key.
  return changed ? Object.fromEntries(entries) : raw
}
