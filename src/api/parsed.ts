/** Something wrong with a document, by its place in it. */
export interface Problem {
  /** `spec.rules[0].matches[0].path.value`; '' = the document itself. */
  readonly field: string
  readonly message: string
}

/** The result of parsing: the value, or every problem at once. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly Problem[] }

/** `report`: an unknown key is a problem (files, where a misspelt `match:` would silently mean `/`). `ignore`: the API server has pruned or preserved them. */
export type UnknownKeys = 'report' | 'ignore'
