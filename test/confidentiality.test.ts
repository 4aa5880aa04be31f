import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { logDecision } from '../src/audit/decision-log.ts'
import { judgeManifests } from '../src/cli/check-judge.ts'
import { checkResult } from '../src/cli/check-result.ts'
import { checkText } from '../src/cli/check-text.ts'
import { loadManifests } from '../src/cluster/manifests.ts'
import { type HttpRoute, nameOf } from '../src/delegation/route.ts'
import { CHECKS } from '../src/policy/catalogue.ts'
import type { Decision } from '../src/policy/decision.ts'
import { evaluate } from '../src/policy/evaluate.ts'
import { DEFAULT_MESSAGE_OPTIONS } from '../src/policy/message.ts'
import { answer } from '../src/server/admission-response.ts'
import { worldOf } from './doors.ts'
import {
  gatewayOf,
  granting,
  listText,
  ON_EDGE,
  parentRef,
  platformRoot,
  prefix,
  type Raw,
  type RawMatch,
  regex,
  route,
  serving,
  to,
} from './manifest-fixtures.ts'
import { violation } from './server-fixtures.ts'

/** Everything of another tenant carries this word; no text that a requester gets may. */
const CANARY = 'canary'
const PAGES = resolve(import.meta.dirname, '../docs/checks')
const MESSAGES = DEFAULT_MESSAGE_OPTIONS

interface World {
  readonly name: string
  readonly objects: readonly Raw[]
  /** The code that somebody here is told. */
  readonly code: string
  /** `namespace/name` of who is told; every route without the word where none is named. */
  readonly judged?: string
}

/** Another tenant's route in the lane /shop of infra/parent, or wherever `spec` puts it. */
function stranger(matches: readonly RawMatch[], spec: object = { parentRefs: [parentRef('infra/parent')] }): Raw {
  return route('canary-ns/canary-route', { ...spec, rules: [serving(...matches)] })
}

function own(rules: readonly object[], spec: object = { parentRefs: [parentRef('infra/parent')] }): Raw {
  return route('shop/own', { ...spec, rules })
}

const SHARED = platformRoot([granting(prefix('/shop'), to('shop/*'), to('canary-ns/*'))])
const SPLIT = platformRoot([
  granting(prefix('/'), to('shop/*')),
  granting(prefix('/shop/canary-hole', { headers: [{ name: 'x-canary', value: '1' }] }), to('canary-ns/*')),
])
const WIDE = platformRoot([granting(prefix('/'), to('canary-ns/*')), granting(prefix('/shop'), to('shop/*'))])
const HIDDEN = platformRoot([granting(prefix('/canary-path'), to('canary-ns/*'))], {
  place: 'infra/canary-root',
  hostnames: ['*.example.com'],
})
const DIRECT = { parentRefs: [ON_EDGE], hostnames: ['api.example.com'] }

const CONFLICTS: readonly World[] = [
  {
    name: 'LK301: takes a lane by a regex',
    code: 'LK301',
    objects: [
      platformRoot([granting(prefix('/shop/canary-path'), to('canary-ns/*'))], { place: 'infra/canary-root' }),
      own([serving(regex('/shop/.*'))], DIRECT),
    ],
  },
  {
    name: 'LK301: hides a wider host',
    code: 'LK301',
    objects: [HIDDEN, own([serving(prefix('/shop'))], { ...DIRECT, hostnames: ['own.example.com'] })],
  },
  { name: 'LK401: reaches into a carve-out', code: 'LK401', objects: [SPLIT, own([serving(regex('/shop/.*'))])] },
  {
    name: 'LK402: over a longer prefix',
    code: 'LK402',
    objects: [stranger([prefix('/shop/canary-path')]), SHARED, own([serving(regex('/shop/.*'))])],
  },
  {
    name: 'LK402: over a header',
    code: 'LK402',
    objects: [
      stranger([prefix('/shop/x', { headers: [{ name: 'x-canary', value: 'canary' }] })]),
      SHARED,
      own([serving(prefix('/shop/x/y'))]),
    ],
  },
  {
    name: 'LK402: attached directly',
    code: 'LK402',
    objects: [stranger([prefix('/shop/canary-path')], DIRECT), own([serving(regex('/shop/.*'))], DIRECT)],
  },
  { name: 'LK403', code: 'LK403', objects: [stranger([prefix('/shop/x')]), SHARED, own([serving(prefix('/shop/x'))])] },
  {
    name: 'LK404',
    code: 'LK404',
    objects: [
      stranger([regex('/shop/[c-z]+', { headers: [{ name: 'x-canary', value: '1' }] })]),
      SHARED,
      own([serving(regex('/shop/[a-m]+'))]),
    ],
  },
  {
    name: 'LK405',
    code: 'LK405',
    objects: [stranger([prefix('/shop'), prefix('/')]), WIDE, own([{ matches: [prefix('/shop/x')] }])],
  },
].map((world) => ({ ...world, objects: [...gatewayOf('kgateway'), ...world.objects], judged: 'shop/own' }))

/** What a check's page shows, with another tenant around every route of it. */
function pageWorld(code: string): World {
  const text = readFileSync(join(PAGES, `${code}.md`), 'utf8')
  const yaml = /^## Bad\n[\s\S]*?^```yaml\n([\s\S]*?)^```$/m.exec(text)?.[1] ?? ''
  const raws = parseAllDocuments(yaml).map((document) => document.toJS() as Raw)
  const decoys = raws
    .filter(({ kind }) => kind === 'HTTPRoute')
    .map((raw, index) => {
      const { rules = [], ...spec } = raw['spec'] as { rules?: { matches?: RawMatch[] }[] }
      const matches = rules.flatMap((rule) => rule.matches ?? []).map(({ path, ...more }) => prefix(`${path?.value}/canary-path`, more))
      const labels = raw.metadata.labels === undefined ? {} : { labels: raw.metadata.labels }
      return route(`canary-ns/canary-${index}`, { ...spec, rules: [serving(...matches.filter(isWritable))] }, labels)
    })
  return { name: `the page of ${code}`, code, objects: [...raws, ...decoys] }
}

function isWritable({ path }: RawMatch): boolean {
  return /^(?:\/[a-z0-9-]+)+$/.test(path?.value ?? '')
}

/** Their pages are about a change, and what is judged here is new. */
const ABOUT_CHANGES = ['LK505', 'LK511', 'LK609']

const WORLDS: readonly World[] = [
  ...CONFLICTS,
  ...CHECKS.filter(({ code }) => !ABOUT_CHANGES.includes(code)).map(({ code }) => pageWorld(code)),
]

/** The routes of a world that are judged, each as if it were new to the rest. */
function judgedIn(world: World): { route: HttpRoute; decision: Decision }[] {
  const { view, policies } = worldOf(world.objects, 'cluster')
  return [...view.routes(), ...view.grpcRoutes()]
    .filter((candidate) => (world.judged === undefined ? !nameOf(candidate).includes(CANARY) : nameOf(candidate) === world.judged))
    .map((candidate) => ({
      route: candidate,
      decision: evaluate({ operation: 'CREATE', route: candidate, oldRoute: undefined, now: 0 }, view, policies),
    }))
}

/** Everything a webhook or `check` says to who submits the route. */
function told(world: World, { route: judged, decision }: { route: HttpRoute; decision: Decision }): string[] {
  const request = {
    uid: 'uid-1',
    kind: { group: 'gateway.networking.k8s.io', version: 'v1', kind: judged.kind },
    name: judged.name,
    namespace: judged.namespace,
    operation: 'CREATE',
    object: {},
    oldObject: undefined,
    subResource: '',
    dryRun: false,
  }
  const asked = { operation: 'CREATE', route: judged, oldRoute: undefined, now: 0 } as const
  const admission = (['validate', 'mutate'] as const).map((webhook) =>
    JSON.stringify(answer(webhook, request as never, { kind: 'judged', asked, decision }, MESSAGES).reply),
  )
  const manifests = loadManifests([{ file: 'world.json', text: listText(world.objects) }], { defaultNamespace: 'default' })
  const checked = judgeManifests({ objects: [], policies: [] }, manifests, { now: 0, includes: () => true, onProgress: () => {} }).filter(
    (other) => nameOf(other.route) === nameOf(judged),
  )
  return [...admission, checkText(checked, MESSAGES, false), JSON.stringify(checkResult(checked))]
}

describe('what a requester is told of others', () => {
  it.each(WORLDS)('$name: nothing they did not know', (world) => {
    const judged = judgedIn(world)
    expect(judged.flatMap(({ decision }) => decision.violations.map(({ code }) => code))).toContain(world.code)
    for (const one of judged) for (const text of told(world, one)) expect(text).not.toContain(CANARY)
  })

  it.each(CONFLICTS)('$name: the log says whose requests they are', (world) => {
    const conflicts = judgedIn(world).flatMap(({ decision }) => logged(decision)['conflicts'] ?? [])
    expect(JSON.stringify(conflicts)).toContain(CANARY)
  })

  it('the log names the first ten, and how many more there are', () => {
    const confidential = (index: number) => ({
      route: `web/r${index}`,
      witness: { method: 'GET', host: 'example.com', path: `/p${index}`, headers: {}, query: {} },
    })
    const violations = Array.from({ length: 12 }, (_, index) => violation({ code: 'LK402', confidential: confidential(index) }))
    const line = logged({ allowed: false, violations, patches: [], policies: [] })
    expect(line['conflicts']).toHaveLength(10)
    expect(line).toMatchObject({ moreConflicts: 2 })
    expect(line).toMatchObject({ conflicts: expect.arrayContaining([{ code: 'LK402', route: 'web/r0', method: 'GET', path: '/p0' }]) })
  })

  it('the log of a decision without conflicts has no such key', () => {
    expect(logged({ allowed: false, violations: [violation()], patches: [], policies: [] })).not.toHaveProperty('conflicts')
  })
})

function logged({ violations }: Decision): Record<string, unknown> {
  let line = ''
  const log = pino({ base: null, timestamp: false }, { write: (text) => (line += text) })
  logDecision(log, {
    webhook: 'validate',
    uid: 'uid-1',
    operation: 'CREATE',
    kind: 'HTTPRoute',
    namespace: 'shop',
    name: 'own',
    user: 'alice',
    dryRun: false,
    outcome: 'deny',
    violations,
    milliseconds: 1,
    error: undefined,
  })
  return JSON.parse(line)
}
