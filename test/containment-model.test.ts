import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { allowanceOf } from '../src/delegation/budget.ts'
import { type Claim, claimsOf, type Escape, escapesOf } from '../src/delegation/claim.ts'
import { type Lane, type Lanes, lanesOf } from '../src/delegation/lane.ts'
import {
  type Dialect,
  type HttpMatch,
  type HttpRoute,
  nameOf,
  type PathMatch,
  type ValueMatch,
  type Witness,
} from '../src/delegation/route.ts'
import { View } from '../src/delegation/view.ts'
import { exact, gatewayParent, header, matchOf, queryParam, routeOf, routeParent, routeRef, ruleOf } from './model-fixtures.ts'

/**
 * The escape test against all small requests, one by one. What a request matches is decided by definitions on strings and by V8's
 * regular expressions, which the product never uses. A wrong "contained" shows as a request that a claim takes and no grant of some
 * hop gives; a wrong witness as one that is outside the claim, or inside a grant.
 */

const LONG = process.env['LANEKEEPER_LONG'] !== undefined
const RUNS = LONG ? 25_000 : 2_500
if (LONG) vi.setConfig({ testTimeout: 600_000 })

interface Request {
  readonly path: string
  readonly method: string
  /** By lower-cased name. */
  readonly headers: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
}

// ---- definitions

function takesPath({ type, value }: PathMatch, path: string): boolean {
  if (type === 'Exact') return path === value
  if (type === 'RegularExpression') return fullMatch(value, path)
  const wanted = value.replace(/\/+$/, '').split('/')
  const got = path.split('/')
  return wanted.every((element, i) => got[i] === element)
}

const compiled = new Map<string, RegExp | undefined>()

/** A regex that is none (a join can cut one in two) matches nothing. */
function fullMatch(source: string, text: string): boolean {
  if (!compiled.has(source)) {
    try {
      compiled.set(source, new RegExp(`^(?:${source})$`, 'su'))
    } catch {
      compiled.set(source, undefined)
    }
  }
  return compiled.get(source)?.test(text) ?? false
}

function takesValue({ type, value }: ValueMatch, got: string | undefined): boolean {
  if (got === undefined) return false
  return type === 'Exact' ? got === value : fullMatch(value, got)
}

/** Every condition must hold, two of one header included: that is how Envoy reads them. */
function meetsConditions(match: HttpMatch, { method, headers, query }: Omit<Request, 'path'>): boolean {
  return (
    (match.method ?? method) === method &&
    match.headers.every((each) => takesValue(each, headers[each.name.toLowerCase()])) &&
    match.queryParams.every((each) => takesValue(each, query[each.name]))
  )
}

function takes(match: HttpMatch, request: Request): boolean {
  return takesPath(match.path, request.path) && meetsConditions(match, request)
}

// ---- all small requests

const LONGEST = 6
const PATHS = pathsUpTo(LONGEST)

function pathsUpTo(length: number): string[] {
  const paths = ['/']
  for (let i = 0; i < paths.length; i++) {
    const path = paths[i] ?? ''
    if (path.length < length) paths.push(...['/', 'a', 'b', '.'].map((character) => path + character))
  }
  return paths
}

/** Every way to meet or fail the conditions of these trees; `DELETE` stands for a method nobody names. */
const CONDITIONS: readonly Omit<Request, 'path'>[] = ['GET', 'POST', 'DELETE'].flatMap((method) =>
  optional('x', ['1', '2', '12']).flatMap((x) =>
    optional('y', ['1', '2']).flatMap((y) =>
      optional('q', ['1', '2']).flatMap((q) =>
        optional('Q', ['1']).map((Q) => ({ method, headers: { ...x, ...y }, query: { ...q, ...Q } })),
      ),
    ),
  ),
)

function optional(name: string, values: readonly string[]): Readonly<Record<string, string>>[] {
  return [{}, ...values.map((value) => ({ [name]: value }))]
}

/** The numbers of the small paths a match takes, as bits: what makes thousands of trees times all requests bearable. */
const pathBits = new Map<string, bigint>()

function bitsOf(path: PathMatch): bigint {
  const key = `${path.type} ${path.value}`
  let bits = pathBits.get(key)
  if (bits === undefined) {
    bits = BigInt(`0b${PATHS.map((each) => (takesPath(path, each) ? '1' : '0')).join('')}`)
    pathBits.set(key, bits)
  }
  return bits
}

/** A small request of `match` and of none of `granted`. */
function smallEscape(match: HttpMatch, granted: readonly HttpMatch[]): Request | undefined {
  const all = bitsOf(match.path)
  for (const conditions of CONDITIONS) {
    if (!meetsConditions(match, conditions)) continue
    let left = all
    for (const grant of granted) if (meetsConditions(grant, conditions)) left &= ~bitsOf(grant.path)
    if (left === 0n) continue
    const path = PATHS[PATHS.length - left.toString(2).length] ?? ''
    return { path, ...conditions }
  }
  return undefined
}

// ---- hops

interface Tree {
  readonly dialect: Dialect
  readonly root: HttpRoute
  readonly middle: HttpRoute
  readonly child: HttpRoute
}

function viewOf({ root, middle, child }: Tree): View {
  const view = new View('files')
  for (const value of [root, middle, child]) view.put({ kind: 'HTTPRoute', value })
  return view
}

interface Judged {
  readonly claims: readonly Claim[]
  readonly escapes: readonly Escape[]
  /** What the parent of the lane hands, in its root's tree, to the route below it. */
  readonly grantsAt: (route: HttpRoute, lane: Lane) => readonly HttpMatch[]
  /** Of these, what is handed on to the child. */
  readonly passedOnAt: (route: HttpRoute, lane: Lane) => readonly HttpMatch[]
}

function judge(tree: Tree): Judged {
  const view = viewOf(tree)
  const rules = { dialect: tree.dialect, isRootNamespace: () => false, sameOwner: () => false }
  const lanes = new Map<string, Lanes>()
  const lanesTo = (route: HttpRoute) => {
    const known = lanes.get(nameOf(route))
    if (known !== undefined) return known
    const found = lanesOf(route, view, rules, allowanceOf(1_000_000))
    lanes.set(nameOf(route), found)
    return found
  }
  const own = lanesTo(tree.child)
  const claims = claimsOf(tree.child, own.lanes, allowanceOf(1_000_000)).alive
  const passed = new Set<string>()
  for (const leaf of own.lanes) for (let lane = leaf.up; lane !== undefined; lane = lane.up) passed.add(placeOf(lane))
  const near = (route: HttpRoute, { parent, root }: Lane) =>
    lanesTo(route).lanes.filter((lane) => nameOf(lane.parent) === nameOf(parent) && nameOf(lane.root.route) === nameOf(root.route))
  return {
    claims,
    escapes: escapesOf(tree.child, claims, own, allowanceOf(10_000_000)).escapes,
    passedOnAt: (route, lane) =>
      near(route, lane)
        .filter((other) => route === tree.child || passed.has(placeOf(other)))
        .map(({ granted }) => granted),
    grantsAt: (route, lane) => near(route, lane).map(({ granted }) => granted),
  }
}

function placeOf({ parent, rule, match, granted }: Lane): string {
  return `${nameOf(parent)} ${rule} ${match} ${JSON.stringify(granted)}`
}

/** The way of a claim, the hop nearest to the child first. */
function hopsOf(claim: Claim, child: HttpRoute): { route: HttpRoute; lane: Lane }[] {
  const hops: { route: HttpRoute; lane: Lane }[] = []
  let route = child
  for (let lane: Lane | undefined = claim.lane; lane !== undefined; lane = lane.up) {
    hops.push({ route, lane })
    route = lane.parent
  }
  return hops
}

function requestOf({ path, method, headers, query }: Witness): Request {
  return { path, method, query, headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])) }
}

// ---- random trees

const LITERALS = ['/', '/a', '/a/', '/ab', '/a/b', '/b', '/a.b', '/a/../b', '/..', '/a.']
const REGEXES = [
  '/a/.*',
  '/a.*',
  '/ab?/.*',
  '/a|/b/.*',
  '/a(/.*)?',
  '/a(/|$)(.*)',
  '/a/[ab]+',
  '/a.b/.*',
  '/a/[^/]+/b',
  '.*',
  '/(a|b)/.*',
  '/a/|/ab',
  '/a\\.b',
  '[ab]',
  '/[^b].*',
]

function pathMatch(regexes: number): fc.Arbitrary<PathMatch> {
  const small = fc.string({ unit: fc.constantFrom('/', 'a', 'b', '.'), maxLength: 3, size: 'max' }).map((rest) => `/${rest}`)
  const literal = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...LITERALS) }, { weight: 1, arbitrary: small })
  const type = fc.constantFrom<PathMatch['type']>('PathPrefix', 'PathPrefix', 'Exact')
  const pieces = fc.array(fc.constantFrom('/', 'a', 'b', '\\.', '.', '.*', '[ab]', '(?:/b)?', '|/b', 'b?', '(/.*)?'), {
    maxLength: 3,
    size: 'max',
  })
  const source = fc.oneof(
    fc.constantFrom(...REGEXES),
    pieces.map((parts) => `/a${parts.join('').replaceAll(/\*\?/g, '*')}`),
  )
  return fc.oneof(
    { weight: 10 - regexes, arbitrary: fc.record({ type, value: literal }) },
    { weight: regexes, arbitrary: source.map((value): PathMatch => ({ type: 'RegularExpression', value })) },
  )
}

function httpMatch(path: fc.Arbitrary<PathMatch>): fc.Arbitrary<HttpMatch> {
  const rarely = <T extends ValueMatch>(arbitrary: fc.Arbitrary<T>) =>
    fc.oneof(
      { weight: 4, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.uniqueArray(arbitrary, { minLength: 1, maxLength: 2, selector: ({ name }) => name }) },
    )
  const exactly = fc.tuple(fc.constantFrom('x', 'X', 'y'), fc.constantFrom('1', '2'))
  const byRegex = fc.tuple(fc.constantFrom('x', 'X', 'y'), fc.constantFrom('1', '[12]', '.*', '1|2', '1.?'))
  return fc.record({
    path,
    headers: rarely(
      fc.oneof(
        exactly.map(([name, value]) => header(name, value)),
        byRegex.map(([name, value]) => header(name, value, 'RegularExpression')),
      ),
    ),
    queryParams: rarely(fc.tuple(fc.constantFrom('q', 'Q'), fc.constantFrom('1', '2')).map((args) => queryParam(...args))),
    method: fc.constantFrom(undefined, undefined, undefined, undefined, 'GET', 'POST'),
  })
}

function treeOf(dialect: Dialect): fc.Arbitrary<Tree> {
  const annotations = fc
    .constantFrom('false', 'false', 'true')
    .map((value) => new Map([[`delegation.${dialect === 'gloo' ? 'gateway.solo.io' : 'kgateway.dev'}/inherit-parent-matcher`, value]]))
  const rules = (path: fc.Arbitrary<PathMatch>, targets: readonly string[]) =>
    fc.array(
      fc
        .tuple(fc.array(httpMatch(path), { minLength: 1, maxLength: 2 }), fc.constantFrom(...targets))
        .map(([matches, target]) => ruleOf(matches, [routeRef(target)])),
      { minLength: 1, maxLength: 3, size: 'max' },
    )
  return fc
    .record({
      above: rules(pathMatch(1), ['middle', 'child']),
      between: rules(pathMatch(2), ['child']),
      below: rules(pathMatch(5), ['nothing']),
      inherits: annotations,
      alsoInherits: annotations,
    })
    .map(({ above, between, below, inherits, alsoInherits }) => ({
      dialect,
      root: routeOf('p/root', { parentRefs: [gatewayParent('gw')], rules: above }),
      middle: routeOf('p/middle', { annotations: inherits, parentRefs: [routeParent('root')], rules: between }),
      child: routeOf('p/child', { annotations: alsoInherits, rules: below }),
    }))
}

/** Two spellings of one header: one request can't be written down that shows both. */
function isSpeltTwice({ headers }: HttpMatch): boolean {
  return new Set(headers.map(({ key }) => key)).size < headers.length
}

/** A small request of the claim that some hop doesn't grant. */
function wrongContained(claim: Claim, { child }: Tree, { grantsAt }: Judged): Request | undefined {
  for (const { route, lane } of hopsOf(claim, child)) {
    const request = smallEscape(claim.effective.match, grantsAt(route, lane))
    if (request !== undefined) return request
  }
  return undefined
}

/** The witness, if it is not a request of the claim, or if a grant of its hop gives it. */
function wrongWitness({ claim, lane, containment, effective, witness }: Escape, { child }: Tree, judged: Judged): Request | undefined {
  if (containment.verdict !== 'not-contained' || isSpeltTwice(effective)) return undefined
  if (witness === undefined) return undefined
  const request = requestOf(witness)
  const hop = hopsOf(claim, child).find((each) => each.lane === lane)
  if (hop === undefined || !takes(effective, request)) return request
  return judged.grantsAt(hop.route, lane).some((grant) => takes(grant, request)) ? request : undefined
}

describe.each(['kgateway', 'gloo'] as const)('%s', (dialect) => {
  it('no small request leaves a claim that is said to stay inside, and every witness is one', () => {
    const seen = { contained: 0, escaping: 0 }
    fc.assert(
      fc.property(treeOf(dialect), (tree) => {
        const judged = judge(tree)
        for (const claim of judged.claims) {
          const escape = judged.escapes.find((each) => each.claim === claim)
          if (escape === undefined) seen.contained++
          else if (escape.containment.verdict === 'not-contained') seen.escaping++
          expect(escape === undefined ? wrongContained(claim, tree, judged) : wrongWitness(escape, tree, judged)).toBeUndefined()
        }
      }),
      { numRuns: RUNS },
    )
    expect(seen.contained).toBeGreaterThan(RUNS / 10)
    expect(seen.escaping).toBeGreaterThan(RUNS / 10)
  })
})

it('agentgateway clips, so nothing escapes', () => {
  fc.assert(
    fc.property(treeOf('agentgateway'), (tree) => {
      expect(judge(tree).escapes).toEqual([])
    }),
    { numRuns: RUNS / 10 },
  )
})

describe('grants that overlap a claim', () => {
  function witness(child: HttpMatch, narrower: HttpMatch): (Request | undefined)[] {
    const tree: Tree = {
      dialect: 'kgateway',
      root: routeOf('p/root', {
        parentRefs: [gatewayParent('gw')],
        rules: [ruleOf(['/a'], [routeRef('child')]), ruleOf([narrower], [routeRef('child')])],
      }),
      middle: routeOf('p/middle'),
      child: routeOf('p/child', { rules: [ruleOf([child])] }),
    }
    const { escapes } = judge(tree)
    return escapes.map(({ witness: shown }) => (shown === undefined ? undefined : requestOf(shown)))
  }

  it.each<readonly [name: string, child: HttpMatch, narrower: HttpMatch]>([
    ['a method', matchOf(exact('/ab')), matchOf('/ab', { method: 'GET' })],
    [
      'a value',
      matchOf(exact('/ab'), { headers: [header('x', '1|2', 'RegularExpression')] }),
      matchOf('/ab', { headers: [header('x', '1')] }),
    ],
    [
      'a wider regex',
      matchOf(exact('/ab'), { headers: [header('x', '1', 'RegularExpression')] }),
      matchOf('/ab', { headers: [header('x', '1.?', 'RegularExpression')] }),
    ],
  ])('the witness is outside a grant that asks for %s', (_, child, narrower) => {
    const [request, ...more] = witness(child, narrower)
    expect(more).toEqual([])
    // None at all = undecided.
    expect(request !== undefined && takes(narrower, request)).toBe(false)
  })

  it('a grant of the middle route counts, though what it hands on came through another', () => {
    const { escapes } = judge({
      dialect: 'kgateway',
      // Textually the match /ab survives under /a only; the requests below /ab are granted by /ab/ all the same.
      root: routeOf('p/root', { parentRefs: [gatewayParent('gw')], rules: [ruleOf(['/a', '/ab/'], [routeRef('middle')])] }),
      middle: routeOf('p/middle', { rules: [ruleOf(['/ab'], [routeRef('child')])] }),
      child: routeOf('p/child', { rules: [ruleOf(['/ab'])] }),
    })
    expect(escapes).toEqual([])
  })
})
