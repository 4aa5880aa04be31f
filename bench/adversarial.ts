/**
 * The worst a tenant can send, none of it compiled before: each decision must end within 50 ms, decided or undecided (then denied). Prints every case
 * with its verdict; exits 1 when one is over the bound. Run: node bench/adversarial.ts
 */
import type { HttpRoute } from '../src/delegation/route.ts'
import type { View } from '../src/delegation/view.ts'
import { evaluate } from '../src/policy/evaluate.ts'
import { delegateTo, ON_EDGE, parseRoute, prefix, putRoute, regex, SERVICE, viewWithGateway } from './cluster.ts'
import { heading, measure, report } from './timing.ts'

const BOUND_MS = 50

interface Case {
  readonly name: string
  readonly view: View
  readonly route: HttpRoute
  readonly deletes?: boolean
}

const INHERIT = { 'delegation.kgateway.dev/inherit-parent-matcher': 'true' }

function lane(): View {
  const view = viewWithGateway()
  putRoute(view, {
    namespace: 'infra',
    name: 'root',
    ...ON_EDGE,
    rules: [{ matches: [prefix('/a')], backendRefs: [delegateTo('team', '*')] }],
  })
  return view
}

/** 128 matches over the 16 rules an HTTPRoute may have. */
function manyMatches(pattern: (index: number) => string) {
  return Array.from({ length: 16 }, (_, rule) => ({
    matches: Array.from({ length: 8 }, (_unused, match) => regex(pattern(rule * 8 + match))),
    backendRefs: [SERVICE],
  }))
}

function regexCase(name: string, pattern: (index: number) => string): Case {
  return { name: `128 regexes: ${name}`, view: lane(), route: parseRoute({ namespace: 'team', name: 'new', rules: manyMatches(pattern) }) }
}

function manyChildren(): Case {
  const view = lane()
  for (let child = 0; child < 10_000; child++) {
    putRoute(view, { namespace: 'team', name: `c${child}`, rules: [{ matches: [prefix(`/a/${child}`)], backendRefs: [SERVICE] }] })
  }
  return {
    name: '10,000 children under one grant',
    view,
    route: parseRoute({ namespace: 'team', name: 'new', rules: [{ matches: [prefix('/a/new')] }] }),
  }
}

function manyParents(matches: number, annotations: Record<string, string>, namespace: string): Case {
  const view = viewWithGateway()
  for (let parent = 0; parent < 64; parent++) {
    const rules = Array.from({ length: 16 }, (_, rule) => ({
      matches: Array.from({ length: matches }, (_unused, match) => prefix(`/a/${rule}-${match}`)),
      backendRefs: [delegateTo('team', '*')],
    }))
    putRoute(view, { namespace, name: `root-${parent}`, ...ON_EDGE, rules })
  }
  const rules = manyMatches((index) => `/a/${index}-[a-z]+/(x|y)*`)
  return {
    name: `64 parents (${namespace}) × ${16 * matches} grants × 128 regexes${Object.keys(annotations).length > 0 ? ', inherited' : ''}`,
    view,
    route: parseRoute({ namespace: 'team', name: 'new', annotations, rules }),
  }
}

/** N parentless routes that all delegate to all: every order is a way. */
function mesh(count: number, ref: (index: number, other: number) => object): Case {
  const view = viewWithGateway()
  putRoute(view, {
    namespace: 'infra',
    name: 'root',
    ...ON_EDGE,
    rules: [{ matches: [prefix('/')], backendRefs: [delegateTo('team', '*')] }],
  })
  for (let index = 0; index < count; index++) {
    const backendRefs = Array.from({ length: Math.min(16, count) }, (_, other) => ref(index, other))
    putRoute(view, { namespace: 'team', name: `m${index}`, rules: [{ matches: [prefix('/')], backendRefs }] })
  }
  const route = parseRoute({ namespace: 'team', name: 'new', rules: [{ matches: [prefix('/')], backendRefs: [ref(count, 0)] }] })
  return { name: `mesh of ${count} routes`, view, route }
}

function chain(length: number): Case {
  const view = viewWithGateway()
  putRoute(view, {
    namespace: 'infra',
    name: 'root',
    ...ON_EDGE,
    rules: [{ matches: [prefix('/')], backendRefs: [delegateTo('team', 'c0')] }],
  })
  for (let index = 0; index < length; index++) {
    putRoute(view, {
      namespace: 'team',
      name: `c${index}`,
      rules: [{ matches: [prefix('/')], backendRefs: [delegateTo('team', `c${index + 1}`)] }],
    })
  }
  return {
    name: `chain of ${length} delegations`,
    view,
    route: parseRoute({ namespace: 'team', name: `c${length}`, rules: [{ matches: [prefix('/')] }] }),
  }
}

/** 16 ways at every level, ten levels: 16^10 ways in all. */
function lattice(): Case {
  const view = viewWithGateway()
  for (let level = 0; level < 10; level++) {
    for (let index = 0; index < 16; index++) {
      const attached = level === 0 ? ON_EDGE : {}
      putRoute(view, {
        namespace: `level-${level}`,
        name: `r${index}`,
        ...attached,
        rules: [{ matches: [prefix('/')], backendRefs: [delegateTo(`level-${level + 1}`, '*')] }],
      })
    }
  }
  return {
    name: 'lattice of 10 levels by 16',
    view,
    route: parseRoute({ namespace: 'level-10', name: 'new', rules: [{ matches: [prefix('/x')] }] }),
  }
}

/** Rows of other owners on one host: attached directly, or in one lane that everybody shares. */
function crowd(name: string, rows: number, rule: (row: number) => object, candidate: object): Case {
  const view = viewWithGateway()
  const ROUTES = 100
  for (let route = 0; route < ROUTES; route++) {
    const rules = Array.from({ length: rows / ROUTES }, (_, row) => rule(route * (rows / ROUTES) + row))
    for (let part = 0; part * 16 < rules.length; part++) {
      putRoute(view, {
        namespace: `other-${route}`,
        name: `r${part}`,
        ...ON_EDGE,
        hostnames: ['api.example.com'],
        rules: rules.slice(part * 16, part * 16 + 16),
      })
    }
  }
  return {
    name,
    view,
    route: parseRoute({ namespace: 'team', name: 'new', hostnames: ['api.example.com'], ...ON_EDGE, ...candidate } as never),
  }
}

/** 128 regexes in a lane that 500 matches of another owner share, and as many of the own one that were there before. */
function excusedLane(name: string, pattern: (index: number) => string): Case {
  const { view, route } = sharedLane(name, pattern)
  for (let own = 0; own < 4; own++) {
    putRoute(view, { namespace: 'team', name: `r${own}`, rules: manyMatches((index) => `/a/[a-z]*[${own}-9]*${index}(/.*)?`) })
  }
  return { name, view, route }
}

/** Everybody in one namespace reaches into the lane of another. */
function reachingOver(count: number, pattern: (index: number) => string): Case {
  const view = viewWithGateway()
  const rules = [
    { matches: [prefix('/a')], backendRefs: [delegateTo('team', '*')] },
    { matches: [prefix('/b')], backendRefs: [delegateTo('other', '*')] },
  ]
  putRoute(view, { namespace: 'infra', name: 'root', ...ON_EDGE, rules })
  putRoute(view, { namespace: 'other', name: 'b', rules: [SERVES(prefix('/b'))] })
  for (let index = 0; index < count; index++) {
    putRoute(view, { namespace: 'team', name: `r${index}`, rules: [SERVES(regex(pattern(index)))] })
  }
  const route = parseRoute({ namespace: 'team', name: 'new', rules: [SERVES(regex(pattern(count)))] })
  return { name: `${count} routes that reach into another lane`, view, route }
}

/** 128 regexes in a lane that 500 matches of another owner share. */
function sharedLane(name: string, pattern: (index: number) => string): Case {
  const view = viewWithGateway()
  putRoute(view, {
    namespace: 'infra',
    name: 'root',
    ...ON_EDGE,
    rules: [{ matches: [prefix('/a')], backendRefs: [delegateTo('team', '*'), delegateTo('other', '*')] }],
  })
  for (let route = 0; route < 50; route++) {
    const matches = Array.from({ length: 10 }, (_, row) => regex(`/a/[a-z]*${route}-${row}(/.*)?`))
    putRoute(view, {
      namespace: 'other',
      name: `r${route}`,
      rules: [
        { matches: matches.slice(0, 8), backendRefs: [SERVICE] },
        { matches: matches.slice(8), backendRefs: [SERVICE] },
      ],
    })
  }
  return { name, view, route: parseRoute({ namespace: 'team', name: 'new', rules: manyMatches(pattern) }) }
}

const SERVES = (match: object) => ({ matches: [match], backendRefs: [SERVICE] })

/** A parent whose children it selects by a wildcard comes or goes: what that does to each of them is asked. */
function manyBelow(count: number, matches: (child: number) => readonly object[], what: string, comes: boolean): Case {
  const view = lane()
  for (let child = 0; child < count; child++) {
    putRoute(view, { namespace: 'team', name: `c${child}`, rules: [{ matches: matches(child), backendRefs: [SERVICE] }] })
  }
  const root = view.route('infra', 'root')
  if (root === undefined) throw new Error('the lane has no root')
  if (comes) view.remove('HTTPRoute', 'infra', 'root')
  return { name: `${count} children ${comes ? 'get' : 'lose'} their parent, ${what}`, view, route: root, deletes: !comes }
}

const CASES: Case[] = [
  regexCase('nested repeats', (index) => `/a/((x{0,30}){0,30}|y${index})*`),
  regexCase('every prefix optional', (index) => `/a${'(/b)?'.repeat(60)}/${index}`),
  regexCase('wide alternation', (index) => `/a/(${Array.from({ length: 150 }, (_, other) => `k${other}${index}`).join('|')})*`),
  regexCase('assertions everywhere', (index) => `/a(\\b|\\B|^|$)*(/|$)(.*\\b)*${index}`),
  regexCase('unicode classes', (index) => `/a/[\\p{L}\\p{N}]{1,200}${index}`),
  regexCase('1,000 characters each', (index) => `/a/${`k${index}(x|y)?`.repeat(110)}`.slice(0, 1000).replace(/\([^)]*$/, '')),
  regexCase('folded unicode classes', (index) => `/a/(?i)${'\\p{L}'.repeat(90)}${index}`),
  regexCase('outside, late', (index) => `/a/(.*)|/a(.{0,300})z${index}`),
  manyChildren(),
  manyParents(1, {}, 'infra'),
  manyParents(8, {}, 'infra'),
  manyParents(8, INHERIT, 'infra'),
  manyParents(8, INHERIT, 'stranger'),
  mesh(9, () => delegateTo('team', '*')),
  mesh(200, () => delegateTo('team', '*')),
  mesh(16, (_, other) => delegateTo('team', `m${other}`)),
  chain(100),
  chain(3_000),
  lattice(),
  crowd('/ beside 5,000 rows of one host', 5_000, (row) => SERVES(prefix(`/x/${row}`)), { rules: [SERVES(prefix('/'))] }),
  crowd('/.* over 5,000 rows of one host', 5_000, (row) => SERVES(prefix(`/x/${row}`)), { rules: [SERVES(regex('/.*'))] }),
  crowd('/x among 5,000 rows of /', 5_000, () => SERVES(prefix('/')), { rules: [SERVES(prefix('/x'))] }),
  crowd('/x among 5,000 rows of /x', 5_000, () => SERVES(prefix('/x')), { rules: [SERVES(prefix('/x'))] }),
  crowd('128 regexes over 5,000 rows of one host', 5_000, (row) => SERVES(prefix(`/x/${row}`)), {
    rules: manyMatches((index) => `/x/.*${index}`),
  }),
  sharedLane('128 regexes that meet 500', (index) => `/a/[a-z]*${index}.*`),
  sharedLane('128 regexes beside 500', (index) => `/a/(x|y)*${index}z`),
  excusedLane('128 regexes, 500 of others, 512 of their own', (index) => `/a/[a-z]*${index}.*`),
  reachingOver(10_000, (index) => `/a/.*|/b/${index}`),
  manyBelow(5_000, (child) => [prefix(`/a/${child}`)], 'a prefix', false),
  manyBelow(5_000, (child) => [prefix(`/a/${child}`)], 'a prefix', true),
  manyBelow(1_000, (child) => [regex(`/a/.*${child}`)], 'a regex', true),
  manyBelow(300, (child) => Array.from({ length: 8 }, (_, match) => regex(`/a/((x{0,30}){0,30}|y${child}-${match})*`)), 'regexes', true),
]

const warm = regexCase('warm-up', (index) => `/a/warm${index}/[^/]+`)
measure(() => evaluate({ operation: 'CREATE', route: warm.route, oldRoute: undefined, now: 0 }, warm.view, []), 500)

heading()
let over = 0
for (const { name, view, route, deletes } of CASES) {
  const request = deletes
    ? ({ operation: 'DELETE', route: undefined, oldRoute: route, now: 0 } as const)
    : ({ operation: 'CREATE', route, oldRoute: undefined, now: 0 } as const)
  const timing = measure(() => evaluate(request, view, []), 20, 0)
  const decision = evaluate(request, view, [])
  const codes = [...new Set(decision.violations.map((violation) => `${violation.code}:${violation.action}`))].slice(0, 4).join(' ')
  report(`${name} → ${decision.allowed ? 'allowed' : 'denied'} ${codes}`.slice(0, 58), timing)
  if (timing.p99 > BOUND_MS * 1000) over++
}
console.log(over === 0 ? `every decision within ${BOUND_MS} ms` : `${over} decisions over ${BOUND_MS} ms`)
process.exitCode = over === 0 ? 0 : 1
