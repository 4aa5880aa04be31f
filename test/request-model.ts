import fc from 'fast-check'
import type { HttpMatch, PathMatch, ValueMatch } from '../src/delegation/route.ts'
import { exact, header, queryParam, regex } from './model-fixtures.ts'

/** Which of a few thousand short requests a match takes, by trying them. */

export interface Request {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
}

/** The definition, written again: with the JavaScript engine, for expressions of this file alone. */
export function takes(match: HttpMatch, { method, path, headers, query }: Request): boolean {
  const values = (conditions: readonly ValueMatch[], sent: Readonly<Record<string, string>>, fold: boolean) =>
    conditions.every(({ type, name, value }) => {
      const got = Object.entries(sent).find(([key]) => (fold ? key.toLowerCase() === name.toLowerCase() : key === name))?.[1]
      return got !== undefined && (type === 'Exact' ? got === value : new RegExp(`^(?:${value})$`, 's').test(got))
    })
  return (
    takesPath(match.path, path) &&
    (match.method === undefined || match.method === method) &&
    values(match.headers, headers, true) &&
    values(match.queryParams, query, false)
  )
}

function takesPath({ type, value }: PathMatch, path: string): boolean {
  if (type === 'Exact') return path === value
  if (type === 'RegularExpression') return path.startsWith('/') && new RegExp(`^(?:${value})$`, 's').test(path)
  const wanted = value.split('/').filter((element, index, elements) => index < elements.length - 1 || element !== '')
  return wanted.every((element, index) => path.split('/')[index] === element)
}

const PATHS = texts(['/', 'a', 'b'], 5).filter((path) => path.startsWith('/'))
const VALUES = [undefined, '', '1', '2', '11']

function texts(alphabet: readonly string[], length: number): string[] {
  if (length === 0) return ['']
  const shorter = texts(alphabet, length - 1)
  return [...new Set([...shorter, ...shorter.flatMap((text) => alphabet.map((letter) => text + letter))])]
}

function sampled(): Request[] {
  const one = (name: string, value: string | undefined) => (value === undefined ? {} : { [name]: value })
  return PATHS.flatMap((path) =>
    ['GET', 'PUT'].flatMap((method) =>
      VALUES.flatMap((sent) => VALUES.map((asked) => ({ method, path, headers: one('x', sent), query: one('q', asked) }))),
    ),
  )
}

/** All short requests that tell these matches apart. */
export const REQUESTS = sampled()

function paths(): fc.Arbitrary<PathMatch> {
  return fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom('/', '/a', '/a/', '/a/b', '/b', '/ab').map((value): PathMatch => ({ type: 'PathPrefix', value })),
    },
    { weight: 2, arbitrary: fc.constantFrom('/', '/a', '/a/', '/a/b', '/ab').map(exact) },
    { weight: 2, arbitrary: fc.constantFrom('/a.*', '/[ab]+', '/a/.*|/b', '/(a|b)/b', '/(aa)*', '.*b', '/b?').map(regex) },
  )
}

function values(name: readonly string[], make: typeof header): fc.Arbitrary<ValueMatch[]> {
  const value = fc.oneof(
    fc.tuple(fc.constantFrom(...name), fc.constantFrom('1', '2')).map(([key, text]) => make(key, text)),
    fc.tuple(fc.constantFrom(...name), fc.constantFrom('1+', '.*', '2|1')).map(([key, text]) => make(key, text, 'RegularExpression')),
  )
  return fc.array(value, { maxLength: 1 })
}

/** Over few letters, so that they meet, cross and contain each other. */
export function matches(): fc.Arbitrary<HttpMatch> {
  return fc.record({
    path: paths(),
    method: fc.constantFrom(undefined, undefined, 'GET', 'PUT'),
    headers: values(['x', 'X'], header),
    queryParams: values(['q'], queryParam),
  })
}
