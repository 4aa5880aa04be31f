import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exact, gatewayParent, header, matchOf, queryParam, regex, routeOf } from '../../test/model-fixtures.ts'
import type { Attachment } from './attachment.ts'
import type { Claimant } from './claimant.ts'
import { compareRank, mayOutrank, outranks } from './rank.ts'
import type { Dialect, HttpMatch, HttpRoute } from './route.ts'

const RULES = { weights: true }

function attachment(dialect: Dialect): Attachment {
  const gateway = { kind: 'Gateway', namespace: 'p', name: 'gw' } as const
  return { gateway, named: 'Gateway p/gw', known: undefined, dialect, hosts: ['*'], places: [] }
}

interface Row {
  readonly name?: string
  readonly created?: number
  readonly weight?: string
  readonly effective?: HttpMatch
  readonly root?: HttpRoute
  readonly up?: Claimant
  readonly rule?: number
  readonly match?: number
}

const ROOT = routeOf('p/root', { created: 0, parentRefs: [gatewayParent('gw')] })

function row(
  dialect: Dialect,
  { name = 'n/x', created, weight, effective = matchOf('/a'), root = ROOT, up, rule = 0, match = 0 }: Row,
): Claimant {
  const annotations = new Map(weight === undefined ? [] : [['kgateway.dev/route-weight', weight]])
  const route = routeOf(name, { created, annotations })
  return {
    route,
    rule,
    match,
    effective,
    root,
    attachment: attachment(dialect),
    hosts: ['*'],
    up,
    depth: up === undefined ? 1 : up.depth + 1,
  }
}

/** `first`: surely, in both directions; `tie`: only what isn't known would decide. */
function verdict(a: Claimant, b: Claimant): 'first' | 'second' | 'tie' {
  expect(Math.sign(compareRank(a, b, RULES))).toBe(0 - Math.sign(compareRank(b, a, RULES)))
  expect(mayOutrank(a, b, RULES)).toBe(!outranks(b, a, RULES))
  if (outranks(a, b, RULES)) return 'first'
  return outranks(b, a, RULES) ? 'second' : 'tie'
}

type Outcome = 'first' | 'second' | 'tie'
type Case = readonly [name: string, a: Row, b: Row, outcome: Readonly<Record<Dialect, Outcome>>]

function all(outcome: Outcome): Readonly<Record<Dialect, Outcome>> {
  return { kgateway: outcome, gloo: outcome, agentgateway: outcome }
}

const FIRST = all('first')
const GET = { method: 'GET' }

describe.each<Dialect>(['kgateway', 'gloo', 'agentgateway'])('%s', (dialect) => {
  it.each<Case>([
    ['an exact path before a prefix', { effective: matchOf(exact('/a')) }, { effective: matchOf('/a/b/c') }, FIRST],
    ['an exact path before a regex', { effective: matchOf(exact('/a')) }, { effective: matchOf(regex('/a/b/c')) }, FIRST],
    [
      'a regex against a longer prefix',
      { effective: matchOf(regex('/a')) },
      { effective: matchOf('/a/b') },
      { ...FIRST, agentgateway: 'second' },
    ],
    ['a longer prefix', { effective: matchOf('/a/b') }, { effective: matchOf('/a') }, FIRST],
    ['a trailing slash', { effective: matchOf('/a/') }, { effective: matchOf('/a') }, FIRST],
    ['a longer path before a method', { effective: matchOf('/a/b') }, { effective: matchOf('/a', GET) }, FIRST],
    [
      'a longer regex',
      { effective: matchOf(regex('/a/b')), name: 'n/z', created: 2 },
      { effective: matchOf(regex('/a')), name: 'n/y', created: 1 },
      { kgateway: 'second', gloo: 'tie', agentgateway: 'first' },
    ],
    [
      'a method before headers',
      { effective: matchOf('/a', GET) },
      { effective: matchOf('/a', { headers: [header('x', '1'), header('y', '1')] }) },
      FIRST,
    ],
    [
      'headers before query parameters',
      { effective: matchOf('/a', { headers: [header('x', '1')] }) },
      { effective: matchOf('/a', { queryParams: [queryParam('x', '1'), queryParam('y', '1')] }) },
      FIRST,
    ],
    ['a query parameter before none', { effective: matchOf('/a', { queryParams: [queryParam('x', '1')] }) }, {}, FIRST],
    [
      'the older root',
      { name: 'n/z', created: 9, root: routeOf('p/old', { created: 1 }) },
      { name: 'n/y', created: 8, root: routeOf('p/young', { created: 2 }) },
      { kgateway: 'first', gloo: 'first', agentgateway: 'second' },
    ],
    [
      'roots of one age, by name',
      { name: 'n/z', root: routeOf('p/a', { created: 1 }) },
      { name: 'n/y', root: routeOf('p/b', { created: 1 }) },
      { kgateway: 'first', gloo: 'first', agentgateway: 'second' },
    ],
    [
      'the older object',
      { name: 'n/z', created: 1 },
      { name: 'n/y', created: 2 },
      { kgateway: 'first', gloo: 'tie', agentgateway: 'second' },
    ],
    [
      'objects of one age, by name',
      { name: 'n/a', created: 1 },
      { name: 'n/b', created: 1 },
      { kgateway: 'first', gloo: 'tie', agentgateway: 'first' },
    ],
    [
      'an object without an age is the youngest',
      { name: 'n/z', created: 1 },
      { name: 'n/y' },
      { kgateway: 'first', gloo: 'tie', agentgateway: 'second' },
    ],
    ['two objects without an age', { name: 'n/a' }, { name: 'n/b' }, { kgateway: 'tie', gloo: 'tie', agentgateway: 'first' }],
    ['an earlier rule of the same route', { name: 'n/x', rule: 1 }, { name: 'n/x', rule: 2 }, FIRST],
    ['an earlier match of the same rule', { name: 'n/x', match: 1 }, { name: 'n/x', match: 2 }, FIRST],
    [
      'a weight before everything',
      { weight: '1', effective: matchOf('/') },
      { name: 'n/y', effective: matchOf(exact('/a')) },
      { ...FIRST, agentgateway: 'second' },
    ],
    ['a negative weight', { weight: '-1', effective: matchOf(exact('/a')) }, { name: 'n/y' }, { ...all('second'), agentgateway: 'first' }],
    ['a weight that is no integer', { weight: 'high' }, { name: 'n/y', effective: matchOf('/a/b') }, all('second')],
    [
      'an unknown match type may come first',
      { effective: matchOf({ type: 'Unknown', value: '/' }) },
      { effective: matchOf(exact('/a')) },
      FIRST,
    ],
  ])('%s', (_, a, b, outcome) => {
    expect(verdict(row(dialect, { name: 'n/a', ...a }), row(dialect, { name: 'n/b', ...b }))).toBe(outcome[dialect])
  })

  it('knows no weights where the policy says that they do not count', () => {
    const [heavy, longer] = [row(dialect, { weight: '1' }), row(dialect, { name: 'n/y', effective: matchOf('/a/b') })]
    expect(mayOutrank(heavy, longer, { weights: false })).toBe(false)
  })

  it('is a total order', () => {
    const objects = fc.record({ created: fc.constantFrom(1, 2), weight: fc.constantFrom('0', '1') })
    const effective = fc.constantFrom(matchOf('/a'), matchOf('/a/'), matchOf(exact('/a')), matchOf(regex('/a.*')), matchOf('/a', GET))
    const places = fc.record({ object: fc.nat(2), effective, rule: fc.nat(1), match: fc.nat(1) })
    const distinct = fc.uniqueArray(places, {
      minLength: 3,
      maxLength: 3,
      selector: ({ object, rule, match }) => `${object} ${rule} ${match}`,
    })
    fc.assert(
      fc.property(fc.array(objects, { minLength: 3, maxLength: 3 }), distinct, (of, some) => {
        const [a, b, c] = some.map(({ object, ...place }) => row(dialect, { name: `n/${object}`, ...of[object], ...place }))
        if (a === undefined || b === undefined || c === undefined) throw new Error('three were asked for')
        const chain = compareRank(a, b, RULES) <= 0 && compareRank(b, c, RULES) <= 0
        expect(chain && compareRank(a, c, RULES) > 0).toBe(false)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('agentgateway, level by level', () => {
  const grant = (path: string) => row('agentgateway', { name: 'p/root', effective: matchOf(path), rule: path.length })
  const under = (up: Claimant, effective: HttpMatch, name = 'n/x') => row('agentgateway', { up, effective, name })

  it.each<readonly [name: string, a: Claimant, b: Claimant, outcome: Outcome]>([
    [
      'the longer grant wins, whatever hangs below',
      under(grant('/a/b'), matchOf('/')),
      under(grant('/a'), matchOf(exact('/a/b/c'))),
      'first',
    ],
    ['below one grant the children compete', under(grant('/a'), matchOf('/a/x'), 'n/z'), under(grant('/a'), matchOf('/a'), 'n/a'), 'first'],
    [
      'the first level that differs decides',
      under(under(grant('/a'), matchOf('/a/b'), 'n/m'), matchOf('/')),
      under(grant('/a'), matchOf('/a')),
      'first',
    ],
    ['a grant and what hangs below it', grant('/a'), under(grant('/a'), matchOf('/a')), 'tie'],
  ])('%s', (_, a, b, outcome) => {
    expect(verdict(a, b)).toBe(outcome)
  })
})
