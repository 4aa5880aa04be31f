/** Paths as the gateways compare them: bytes, split at `/`; nothing is decoded and no case is folded. */

/** A prefix without its trailing slashes; `/` stays `/`. Two prefixes with the same norm match the same requests. */
export function normalizePrefix(prefix: string): string {
  let end = prefix.length
  while (end > 1 && prefix[end - 1] === '/') end--
  return end === 0 ? '/' : prefix.slice(0, end)
}

/**
 * The shortest path that a prefix takes wherever it is read: Gateway API takes `/x/` for `/x`, but not every gateway takes the path
 * without the slash then.
 */
export function examplePath(prefix: string): string {
  const path = normalizePrefix(prefix)
  return prefix.endsWith('/') && path !== '/' ? `${path}/` : path
}

/**
 * Whether PathPrefix `prefix` (normalized) matches `path`: element by element, so `/api` is above `/api/x` and not
 * above `/apis`. Reflexive and transitive.
 */
export function isWithin(prefix: string, path: string): boolean {
  if (prefix === '/') return path.startsWith('/')
  return path === prefix || (path.length > prefix.length && path.startsWith(prefix) && path[prefix.length] === '/')
}

/**
 * Go's `path.Join(a, b)`, which the flattening gateways apply to parent and child: joins, resolves `.` and `..`,
 * collapses `//` and drops a trailing slash, whatever the strings mean (a regex included).
 */
export function joinPaths(a: string, b: string): string {
  const joined = a !== '' && b !== '' ? `${a}/${b}` : a + b
  if (joined === '') return ''
  const rooted = joined.startsWith('/')
  const kept: string[] = []
  for (const element of joined.split('/')) {
    if (element === '' || element === '.') continue
    if (element !== '..') kept.push(element)
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop()
    else if (!rooted) kept.push('..')
  }
  const cleaned = (rooted ? '/' : '') + kept.join('/')
  return cleaned === '' ? '.' : cleaned
}

/** The elements between slashes, in order; empty ones (from `//` or a trailing slash) left out. */
export function pathElements(path: string): string[] {
  return path.split('/').filter((element) => element !== '')
}

/** What Gateway API allows in an Exact or PathPrefix value (v1.6 CRD, path match CEL rules). */
const LEGAL_PATH = /^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+$/

/** Whether a gateway that validates joined paths programs this literal; kgateway answers 500 for others. */
export function isLegalLiteral(path: string): boolean {
  return path.startsWith('/') && LEGAL_PATH.test(path)
}

/** Whether a value has an element that path.Join would resolve away: `.`, `..` or an empty one in the middle. */
export function hasClimbingElement(path: string): boolean {
  return path.includes('//') || path.split('/').some((element) => element === '.' || element === '..')
}
