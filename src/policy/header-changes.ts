import type { HeaderChanges } from '../delegation/route.ts'

/** One header that a header modifier touches. */
export interface ChangedHeader {
  /** `requestHeaderModifier.set[0].name`, below the filter. */
  readonly place: string
  readonly name: string
  readonly verb: 'sets' | 'adds' | 'removes'
  /** undefined for a removed one. */
  readonly value: string | undefined
}

export function changedHeaders(filter: {
  readonly type: 'RequestHeaderModifier' | 'ResponseHeaderModifier'
  readonly changes: HeaderChanges
}): ChangedHeader[] {
  const { set, add, remove } = filter.changes
  const key = filter.type === 'RequestHeaderModifier' ? 'requestHeaderModifier' : 'responseHeaderModifier'
  return [
    ...set.map(({ name, value }, index) => ({ place: `${key}.set[${index}].name`, name, verb: 'sets' as const, value })),
    ...add.map(({ name, value }, index) => ({ place: `${key}.add[${index}].name`, name, verb: 'adds' as const, value })),
    ...remove.map((name, index) => ({ place: `${key}.remove[${index}]`, name, verb: 'removes' as const, value: undefined })),
  ]
}
