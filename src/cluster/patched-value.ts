import { isMapping } from '../api/object-shape.ts'
import type { JsonPatchOperation } from '../policy/decision.ts'

/** The keys of a JSON pointer (RFC 6901). */
export function pointerKeys(path: string): string[] {
  return path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The value after the operations, as the API server applies them; the given one is left as it is. undefined = one does not apply. */
export function patchedValue(value: unknown, operations: readonly JsonPatchOperation[]): unknown {
  let patched = value
  for (const operation of operations) {
    patched = patchedAt(patched, pointerKeys(operation.path), operation)
    if (patched === undefined) return undefined
  }
  return patched
}

function patchedAt(value: unknown, [key, ...deeper]: readonly string[], operation: JsonPatchOperation): unknown {
  if (key === undefined) return operation.op === 'remove' ? undefined : operation.value
  if (Array.isArray(value)) {
    const index = Number(key)
    if (!Object.hasOwn(value, key) || (deeper.length === 0 && operation.op !== 'replace')) return undefined
    const item = patchedAt(value[index], deeper, operation)
    return item === undefined ? undefined : value.with(index, item)
  }
  if (!isMapping(value)) return undefined
  const there = Object.hasOwn(value, key)
  if (!there && (deeper.length > 0 || operation.op !== 'add')) return undefined
  const entries = Object.entries(value)
  if (deeper.length === 0 && operation.op === 'remove') return Object.fromEntries(entries.filter(([name]) => name !== key))
  const changed = patchedAt(value[key], deeper, operation)
  if (changed === undefined) return undefined
  return Object.fromEntries(there ? entries.map(([name, old]) => [name, name === key ? changed : old]) : [...entries, [key, changed]])
}
