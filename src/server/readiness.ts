/** One thing that must be there before requests may come. undefined = it is; else what is missing, as a sentence. */
export interface Condition {
  readonly name: string
  readonly missing: () => string | undefined
}

export interface Readiness {
  readonly ready: boolean
  /** One line per condition, as the API server's own /readyz prints them. */
  readonly report: string
}

export function readiness(conditions: readonly Condition[]): Readiness {
  const looked = conditions.map(({ name, missing }) => ({ name, missing: missing() }))
  const ready = looked.every(({ missing }) => missing === undefined)
  const lines = looked.map(({ name, missing }) => (missing === undefined ? `[+] ${name} ok` : `[-] ${name}: ${missing}`))
  return { ready, report: [...lines, ready ? 'ready' : 'not ready'].join('\n') }
}
