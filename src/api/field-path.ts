const PLAIN_KEY = /^[A-Za-z0-9_-]+$/

/** `['spec', 'rules', 0, 'a/b']` → `spec.rules[0]["a/b"]`; the way Problems and Violations name a place. */
export function formatFieldPath(segments: readonly PropertyKey[]): string {
  let text = ''
  for (const segment of segments) {
    if (typeof segment === 'number') text += `[${segment}]`
    else if (PLAIN_KEY.test(String(segment))) text += text === '' ? String(segment) : `.${String(segment)}`
    else text += `[${JSON.stringify(String(segment))}]`
  }
  return text
}

/** The inverse of formatFieldPath. What can't be read ends the path: the ancestors found so far still name a place. */
export function parseFieldPath(text: string): (string | number)[] {
  const segments: (string | number)[] = []
  const token = /\.?([A-Za-z0-9_-]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [, key, index, quoted] = match
    if (key !== undefined) segments.push(key)
    else if (index !== undefined) segments.push(Number(index))
    else if (quoted !== undefined) segments.push(unquote(quoted))
  }
  return segments
}

function unquote(quoted: string): string {
  try {
    return String(JSON.parse(quoted))
  } catch {
    return quoted.slice(1, -1)
  }
}
