/** Text of a manifest stands in messages: no escape sequence of it may reach a terminal. Newlines stay. */
export function printable(text: string): string {
  return text.replaceAll(/(?!\n)[\p{Cc}\p{Cf}]/gu, '\uFFFD')
}

/** For people, where nothing is wrong and yet nothing is proven. */
export const NO_ROUTE = 'no HTTPRoute and no GRPCRoute found: nothing was judged\n'

/** `3 routes`, `1 policy`, `2 policies` */
export function count(number: number, noun: string): string {
  if (number === 1) return `1 ${noun}`
  if (noun.endsWith('s')) return `${number} ${noun}es`
  return `${number} ${noun.endsWith('cy') ? `${noun.slice(0, -1)}ies` : `${noun}s`}`
}

/** The base of documentation links, `/<code>` being appended. */
export function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '')
}
