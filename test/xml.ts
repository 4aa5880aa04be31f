export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** Between the tags, without that of children. */
  readonly text: string
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", '#10': '\n' }
// https://www.w3.org/TR/xml/#charsets
const NO_CHARACTER = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u

/** The root of a document of elements, attributes and text, and of nothing else that XML may hold. Throws for what is not well formed. */
export function parseXml(document: string): XmlElement {
  if (NO_CHARACTER.test(document)) throw new Error('a character that XML has not')
  let rest = document.replace(/^<\?xml version="1.0" encoding="UTF-8"\?>\n/, '')
  const root = element()
  if (rest.trim() !== '') throw new Error(`after the root: ${rest.slice(0, 50)}`)
  return root

  function element(): XmlElement {
    const [, name = '', written = '', empty] = take(/^<([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>/)
    const attributes = Object.fromEntries(
      [...written.matchAll(/ ([a-z]+)="([^"]*)"/g)].map(([, key, value = '']) => [key, unescaped(value)]),
    )
    const children: XmlElement[] = []
    let text = ''
    while (empty === '' && !rest.startsWith('</')) {
      if (rest.startsWith('<')) children.push(element())
      else text += unescaped(take(/^[^<]+/)[0])
    }
    if (empty === '' && take(/^<\/([a-z-]+)>/)[1] !== name) throw new Error(`${name} is not closed`)
    return { name, attributes, children, text }
  }

  function take(token: RegExp): RegExpExecArray {
    const found = token.exec(rest)
    if (found === null) throw new Error(`not well formed: ${rest.slice(0, 50)}`)
    rest = rest.slice(found[0].length)
    return found
  }
}

function unescaped(text: string): string {
  if (text.includes(']]>')) throw new Error(']]> in text')
  return text.replaceAll(/&([^;]*);|&/g, (reference, name: string | undefined) => {
    const character = ENTITIES[name ?? '']
    if (character === undefined) throw new Error(`unknown reference ${reference}`)
    return character
  })
}
