import type { Check } from '../check.ts'
import { matchField } from '../subject.ts'

/** Percent-encodings of unreserved characters (RFC 3986 §2.3): equal to the plain ones for some readers, not for others. */
const ENCODED_UNRESERVED = /%(?:2[DdEe]|3[0-9]|4[1-9A-Fa-f]|5[0-9AaFf]|6[1-9A-Fa-f]|7[0-9AaEe])/

export const ambiguousPath: Check = {
  code: 'LK113',
  effect: 'risk',
  rule: 'A path holds something proxies and applications read differently: percent-encoded unreserved characters, or `;` parameters.',
  action: 'Warn',
  patches: false,
  *find({ route }) {
    for (const [rule, { matches }] of route.rules.entries()) {
      for (const [match, { path }] of matches.entries()) {
        const encoded = ENCODED_UNRESERVED.exec(path.value)?.[0]
        const what = encoded ?? (path.value.includes(';') ? ';' : undefined)
        if (what === undefined) continue
        yield {
          field: `${matchField({ rule, match })}.path.value`,
          value: path.value,
          message: `${JSON.stringify(what)} in a path is compared as text here, but read as ${encoded === undefined ? 'a parameter' : 'a plain character'} by other proxies and by applications. Write the path without it.`,
        }
      }
    }
  },
}
