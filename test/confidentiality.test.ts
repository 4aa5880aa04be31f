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
import type { Decision, ReviewRequest } from '../src/policy/decision.ts'
import { evaluate } from '../src/policy/evaluate.ts'
import { DEFAULT_MESSAGE_OPTIONS } from '../src/policy/message.ts'
import { answer } from '../src/server/admission-response.ts'
import { parsedRoute, worldOf } from './doors.ts'
import {
  gatewayOf,
  granting,
  labelOf,
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
  toLabel,
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
  /** What was there, if the world is about a change: then `objects` are what comes. */
  readonly before?: readonly Raw[]
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

const LABELLED = route(
  'canary-ns/canary-route',
  { parentRefs: [parentRef('infra/parent')], rules: [serving(prefix('/shop/canary-path'))] },
  { labels: labelOf('kgateway', 'team') },
)
/** What nobody selects by a name is counted, by the namespace or label that the parent writes. */
const COUNTED = route('web/canary-route', { rules: [serving(prefix('/shop/canary-path'))] })
const ESCAPING = route('web/canary-route', { rules: [serving(prefix('/shop-canary'))] })

/** Changes of a parent above another tenant. */
const IMPACTS: readonly World[] = [
  {
    name: 'LK505: a lane taken from those of a namespace',
    code: 'LK505',
    before: [platformRoot([granting(prefix('/shop'), to('web/*'))]), COUNTED],
    objects: [platformRoot([granting(prefix('/other'), to('web/*'))])],
  },
  {
    name: 'LK505: a lane taken from those with a label',
    code: 'LK505',
    before: [platformRoot([granting(prefix('/shop'), toLabel('kgateway', 'team', 'all'))]), LABELLED],
    objects: [platformRoot([granting(prefix('/other'), toLabel('kgateway', 'team', 'all'))])],
  },
  {
    name: 'LK505: a rule of its own comes first',
    code: 'LK505',
    before: [platformRoot([granting(prefix('/shop'), to('web/*'))]), COUNTED],
    objects: [platformRoot([granting(prefix('/shop'), to('web/*')), serving(regex('/shop/.*'))])],
  },
  {
    name: 'LK511: an escape becomes live',
    code: 'LK511',
    before: [ESCAPING],
    objects: [platformRoot([granting(prefix('/shop'), to('web/*'))])],
  },
  {
    name: "LK511: another owner's requests are taken",
    code: 'LK511',
    before: [
      route('bank/canary-bank', { parentRefs: [parentRef('infra/first')], rules: [serving(prefix('/shop/canary-path'))] }),
      platformRoot([granting(prefix('/shop/canary-path'), to('bank/*'))], { place: 'infra/first' }),
      COUNTED,
    ],
    objects: [platformRoot([granting(prefix('/shop'), to('web/*'))])],
  },
].map((world) => ({ ...world, before: [...gatewayOf('kgateway'), ...world.before], judged: 'infra/parent' }))

/** What a check's page shows, with another tenant around every route of it. */
function pageWorld(code: string): World {
  const text = readFileSync(join(PAGES, `${code}.md`), 'utf8')
  const shown = (heading: string) => {
    const yaml = new RegExp(`^## ${heading}\\n[\\s\\S]*?^\`\`\`yaml\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(text)?.[1]
    return yaml === undefined ? undefined : parseAllDocuments(yaml).map((document) => document.toJS() as Raw)
  }
  const before = shown('Before')
  const raws = shown('Bad') ?? []
  const decoys = [...(before ?? []), ...raws]
    .filter(({ kind }) => kind === 'HTTPRoute')
    .map((raw, index) => {
      const { rules = [], ...spec } = raw['spec'] as { rules?: { matches?: RawMatch[] }[] }
      const matches = rules.flatMap((rule) => rule.matches ?? []).map(({ path, ...more }) => prefix(`${path?.value}/canary-path`, more))
      const labels = raw.metadata.labels === undefined ? {} : { labels: raw.metadata.labels }
      return route(`canary-ns/canary-${index}`, { ...spec, rules: [serving(...matches.filter(isWritable))] }, labels)
    })
  const name = `the page of ${code}`
  return before === undefined
    ? { name, code, objects: [...raws, ...decoys] }
    : { name, code, objects: raws, before: [...before, ...decoys] }
}

function isWritable({ path }: RawMatch): boolean {
  return /^(?:\/[a-z0-9-]+)+$/.test(path?.value ?? '')
}

const WORLDS: readonly World[] = [...CONFLICTS, ...IMPACTS, ...CHECKS.map(({ code }) => pageWorld(code))]

interface Judged {
  readonly asked: ReviewRequest & { readonly route: HttpRoute }
  readonly decision: Decision
}

/** The routes of a world that are judged, each as if it were new to the rest; those of a change by what was there. */
function judgedIn({ objects, before, judged }: World): Judged[] {
  const { view, policies } = worldOf(
    before === undefined ? objects : [...before, ...objects.filter(({ kind }) => !isRoute(kind))],
    'cluster',
  )
  const isTold = (name: string) => (judged === undefined ? !name.includes(CANARY) : name === judged)
  return objects
    .filter(({ kind }) => isRoute(kind))
    .map(parsedRoute)
    .filter((route) => isTold(nameOf(route)))
    .map((route) => {
      const old = before?.find(({ kind, metadata }) => kind === route.kind && `${metadata.namespace}/${metadata.name}` === nameOf(route))
      const asked = { route, now: 0, ...(old === undefined ? CREATE : { operation: 'UPDATE' as const, oldRoute: parsedRoute(old) }) }
      return { asked, decision: evaluate(asked, view, policies) }
    })
}

const CREATE = { operation: 'CREATE', oldRoute: undefined } as const

function isRoute(kind: string): boolean {
  return kind === 'HTTPRoute' || kind === 'GRPCRoute'
}

/** Everything a webhook or `check` says to who submits the route; `check` of a parent tells whose files it is given. */
function told({ objects, before }: World, { asked, decision }: Judged): string[] {
  const { route: judged, operation } = asked
  const request = {
    uid: 'uid-1',
    kind: { group: 'gateway.networking.k8s.io', version: 'v1', kind: judged.kind },
    name: judged.name,
    namespace: judged.namespace,
    operation,
    object: {},
    oldObject: undefined,
    subResource: '',
    dryRun: false,
  }
  const admission = (['validate', 'mutate'] as const).map((webhook) =>
    JSON.stringify(answer(webhook, request as never, { kind: 'judged', asked, decision }, MESSAGES).reply),
  )
  if (before !== undefined) return admission
  const manifests = loadManifests([{ file: 'world.json', text: listText(objects) }], { defaultNamespace: 'default' })
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
