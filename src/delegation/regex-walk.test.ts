import fc from 'fast-check'
import { expect, test } from 'vitest'
import { budgetOf } from './budget.ts'
import { takesPath } from './path-automaton.ts'
import { runsTo } from './program-run.ts'
import { compileRegex, fullMatches, type Regex, shortestMatch } from './re2.ts'
import { literalPrefix, regexContainedIn, samplePath } from './regex-containment.ts'
import { regexIntersects } from './regex-intersection.ts'
import type { PathMatch } from './route.ts'

// Random regular expressions against their definition: all short paths over a small alphabet are tried one by one.

const LONG = process.env['LANEKEEPER_LONG'] !== undefined
const RUNS = LONG ? 60_000 : 3_000
const AMPLE = 10_000_000

type Node =
  | { readonly is: 'text'; readonly source: string; readonly matches: (character: string) => boolean }
  | { readonly is: 'assert'; readonly source: string; readonly holds: (text: string, at: number) => boolean }
  | { readonly is: 'sequence' | 'choice'; readonly parts: readonly Node[] }
  | { readonly is: 'repeat'; readonly part: Node; readonly least: number; readonly most: number; readonly suffix: string }

function sourceOf(node: Node): string {
  switch (node.is) {
    case 'text':
    case 'assert':
      return node.source
    case 'sequence':
      return node.parts.map(sourceOf).join('')
    case 'choice':
      return `(${node.parts.map(sourceOf).join('|')})`
    case 'repeat':
      return `(?:${sourceOf(node.part)})${node.suffix}`
  }
}

/** Where a match of `node` can end that begins at one of `starts`: positions as bits. */
function ends(node: Node, text: string, starts: number): number {
  switch (node.is) {
    case 'text':
    case 'assert': {
      let reached = 0
      for (let at = 0; at <= text.length; at++) {
        if ((starts & (1 << at)) === 0) continue
        if (node.is === 'assert' && node.holds(text, at)) reached |= 1 << at
        if (node.is === 'text' && at < text.length && node.matches(text.charAt(at))) reached |= 1 << (at + 1)
      }
      return reached
    }
    case 'sequence':
      return node.parts.reduce((reached, part) => (reached === 0 ? 0 : ends(part, text, reached)), starts)
    case 'choice':
      return node.parts.reduce((reached, part) => reached | ends(part, text, starts), 0)
    case 'repeat': {
      let reached = starts
      for (let count = 0; count < node.least; count++) reached = ends(node.part, text, reached)
      let all = reached
      for (let count = node.least; count < node.most; count++) {
        reached = ends(node.part, text, reached)
        if ((all | reached) === all) break
        all |= reached
      }
      return all
    }
  }
}

function matchesByDefinition(node: Node, text: string): boolean {
  return (ends(node, text, 1) & (1 << text.length)) !== 0
}

const isWordAt = (text: string, at: number) => /^\w$/.test(text.charAt(at))
const isBoundary = (text: string, at: number) => isWordAt(text, at - 1) !== isWordAt(text, at)

function literal(character: string): Node {
  return { is: 'text', source: character, matches: (c) => c === character }
}

const SLASH = literal('/')
const LEAVES: readonly Node[] = [
  SLASH,
  SLASH,
  literal('a'),
  literal('a'),
  literal('b'),
  { is: 'text', source: '.', matches: () => true },
  { is: 'text', source: '[^/]', matches: (c) => c !== '/' },
  { is: 'text', source: '[^a]', matches: (c) => c !== 'a' },
  { is: 'text', source: '[ab]', matches: (c) => c === 'a' || c === 'b' },
  { is: 'text', source: '(?i:A)', matches: (c) => c === 'a' || c === 'A' },
  { is: 'text', source: '\\w', matches: (c) => /\w/.test(c) },
  { is: 'text', source: '\\W', matches: (c) => /\W/.test(c) },
  { is: 'text', source: '[?#\\x00- ]', matches: (c) => c === '?' || c === '#' || c <= ' ' },
]
const ASSERTIONS: readonly Node[] = [
  { is: 'assert', source: '^', holds: (_, at) => at === 0 },
  { is: 'assert', source: '$', holds: (text, at) => at === text.length },
  { is: 'assert', source: '(?m:^)', holds: (_, at) => at === 0 },
  { is: 'assert', source: '(?m:$)', holds: (text, at) => at === text.length },
  { is: 'assert', source: '\\A', holds: (_, at) => at === 0 },
  { is: 'assert', source: '\\z', holds: (text, at) => at === text.length },
  { is: 'assert', source: '\\b', holds: isBoundary },
  { is: 'assert', source: '\\B', holds: (text, at) => !isBoundary(text, at) },
]
const REPEATS = [
  { least: 0, most: 99, suffix: '*' },
  { least: 1, most: 99, suffix: '+' },
  { least: 0, most: 1, suffix: '?' },
  { least: 0, most: 99, suffix: '*?' },
  { least: 2, most: 3, suffix: '{2,3}' },
  { least: 2, most: 2, suffix: '{2}' },
]

const node = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 8, arbitrary: fc.constantFrom(...LEAVES) },
    { weight: 2, arbitrary: fc.constantFrom(...ASSERTIONS) },
    { weight: 5, arbitrary: fc.array(tie('node'), { minLength: 0, maxLength: 4 }).map((parts): Node => ({ is: 'sequence', parts })) },
    { weight: 3, arbitrary: fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((parts): Node => ({ is: 'choice', parts })) },
    {
      weight: 3,
      arbitrary: fc.tuple(tie('node'), fc.constantFrom(...REPEATS)).map(([part, repeat]): Node => ({ is: 'repeat', part, ...repeat })),
    },
  ),
})).node

/** Most begin like a path, so that something is left to decide. */
const regexNode = fc.oneof(
  { weight: 4, arbitrary: fc.array(node, { maxLength: 4 }).map((parts): Node => ({ is: 'sequence', parts: [SLASH, ...parts] })) },
  { weight: 1, arbitrary: node },
)

const allowedMatch = fc.record<PathMatch>({
  type: fc.constantFrom('Exact', 'PathPrefix', 'PathPrefix'),
  value: fc.oneof(
    fc.constantFrom('/a', '/a/', '/ab', '/a/b', '/aa', '/b', '/b//', '/a-', '/ax'),
    fc.string({ unit: fc.constantFrom('/', 'a', 'b', '-'), maxLength: 3 }).map((rest) => `/${rest}`),
  ),
})

const CHARACTERS = ['/', 'a', 'b', 'A', 'x', '-', '.']
const LONGEST = 4

function allPaths(): readonly string[] {
  const paths = ['/']
  for (const path of paths) {
    if (path.length < LONGEST) for (const character of CHARACTERS) paths.push(path + character)
  }
  return paths
}

const PATHS = allPaths()

function regexOf(source: Node): Regex {
  const compiled = compileRegex(sourceOf(source))
  if (!compiled.ok) throw new Error(`${sourceOf(source)}: ${compiled.error}`)
  return compiled.regex
}

/** Witnesses may be longer than what is enumerated; positions are bits of 32. */
const byDefinition = (source: Node, text: string) => text.length > 30 || matchesByDefinition(source, text)

/** A shortest witness is as short as the shortest path tried, or longer than all that were. */
function isShortest(witness: string, tried: string | undefined): boolean {
  return tried === undefined ? witness.length > LONGEST : witness.length === tried.length
}

/** A run that throws unless the property always holds, for `expect` to say so. */
function always<Values>(property: fc.IProperty<Values>): () => void {
  return () => fc.assert(property, { numRuns: RUNS })
}

test('containment in literals is what trying all short paths says, with a shortest witness', () => {
  expect(
    always(
      fc.property(regexNode, fc.array(allowedMatch, { maxLength: 3 }), (source, allowed) => {
        const answer = regexContainedIn(regexOf(source), allowed, budgetOf(AMPLE))
        const isAllowed = (path: string) => allowed.some((match) => takesPath(match, path))
        const escape = PATHS.find((path) => !isAllowed(path) && matchesByDefinition(source, path))
        if (answer.verdict === 'contained') return escape === undefined
        if (answer.verdict === 'undecided') return false
        return isShortest(answer.witness, escape) && byDefinition(source, answer.witness) && !isAllowed(answer.witness)
      }),
    ),
  ).not.toThrow()
})

test('samples and emptiness are what trying all short paths says', () => {
  expect(
    always(
      fc.property(regexNode, (source) => {
        const regex = regexOf(source)
        const matched = PATHS.find((path) => matchesByDefinition(source, path))
        const sample = samplePath(regex, budgetOf(AMPLE))
        const isEmpty = regexContainedIn(regex, [], budgetOf(AMPLE)).verdict === 'contained'
        if (isEmpty !== (sample === undefined)) return false
        if (sample === undefined) return matched === undefined
        return isShortest(sample, matched) && byDefinition(source, sample)
      }),
    ),
  ).not.toThrow()
})

test('a shortest match is one, and missing only where no path matches', () => {
  expect(
    always(
      fc.property(regexNode, (source) => {
        const value = shortestMatch(regexOf(source), budgetOf(AMPLE))
        if (value === undefined) return !PATHS.some((path) => matchesByDefinition(source, path))
        return byDefinition(source, value)
      }),
    ),
  ).not.toThrow()
})

test('every path that matches starts with the literal prefix', () => {
  expect(
    always(
      fc.property(regexNode, (source) => {
        const prefix = literalPrefix(regexOf(source))
        return PATHS.every((path) => path.startsWith(prefix) || !matchesByDefinition(source, path))
      }),
    ),
  ).not.toThrow()
})

test('intersections are what trying all short paths says, with a shortest witness', () => {
  const other = fc.oneof(
    regexNode.map((source) => ({ match: { type: 'RegularExpression', value: sourceOf(source) } satisfies PathMatch, source })),
    allowedMatch.map((match) => ({ match, source: undefined })),
  )
  expect(
    always(
      fc.property(regexNode, other, (source, { match, source: second }) => {
        const takes = (path: string) => (second === undefined ? takesPath(match, path) : byDefinition(second, path))
        const answer = regexIntersects(regexOf(source), match, budgetOf(AMPLE))
        const common = PATHS.find((path) => takes(path) && matchesByDefinition(source, path))
        if (answer.verdict === 'disjoint') return common === undefined
        if (answer.verdict === 'undecided') return false
        return isShortest(answer.witness, common) && byDefinition(source, answer.witness) && takes(answer.witness)
      }),
    ),
  ).not.toThrow()
})

test('the library and the program it compiled match the same texts as the definition', () => {
  const text = fc.string({ unit: fc.constantFrom(...CHARACTERS), maxLength: 12 })
  fc.assert(
    fc.property(node, fc.array(text, { minLength: 5, maxLength: 5 }), (source, texts) => {
      const regex = regexOf(source)
      for (const each of texts) {
        const expected = matchesByDefinition(source, each)
        expect([each, fullMatches(regex, each), runsTo(regex.program, each)]).toEqual([each, expected, expected])
      }
    }),
    { numRuns: RUNS },
  )
})
