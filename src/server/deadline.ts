const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 }

/**
 * The milliseconds the API server waits for this answer: it appends `?timeout=5s` to the URL. undefined = it didn't say
 * (or said something we can't read, which is no reason to refuse the request).
 */
export function parseTimeout(query: unknown): number | undefined {
  if (typeof query !== 'object' || query === null || !('timeout' in query)) return undefined
  const text = query.timeout
  if (typeof text !== 'string' || text.length > 20) return undefined
  const parts = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text)
  const unit = UNITS[parts?.[2] ?? '']
  return parts === null || unit === undefined ? undefined : Number(parts[1]) * unit
}
