const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }

/** A Gateway API duration (GEP-2257: `30s`, `1m30s`, `500ms`) in whole milliseconds; undefined = the text is none. */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d{1,5}(?:h|ms|m|s)){1,4}$/.test(text)) return undefined
  let milliseconds = 0
  for (const [, count, unit] of text.matchAll(/(\d+)(h|ms|m|s)/g)) milliseconds += Number(count) * (UNITS[unit ?? ''] ?? 0)
  return milliseconds
}
