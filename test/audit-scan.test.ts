import { expect, it } from 'vitest'
import { type AuditReport, changesBetween } from '../src/audit/audit-report.ts'
import { type AuditClock, AuditScan, INTERVAL_MS, OVERDUE_MS, PATIENCE_MS, SETTLE_MS } from '../src/audit/audit-scan.ts'
import { Metrics } from '../src/audit/metrics.ts'
import { cameBefore } from '../src/audit/standing-route.ts'
import { nameOf } from '../src/delegation/route.ts'
import { View } from '../src/delegation/view.ts'
import { Unsettled } from '../src/policy/unsettled.ts'
import { parsedRoute, worldOf } from './doors.ts'
import { FakeClock } from './fake-clock.ts'
import {
  delegationPolicy,
  gatewayOf,
  granting,
  namespace,
  ON_EDGE,
  PLATFORM_HOST,
  parentRef,
  platformRoot,
  prefix,
  type Raw,
  regex,
  route,
  serving,
  to,
} from './manifest-fixtures.ts'

const PLATFORM = [
  ...gatewayOf('kgateway'),
  namespace('shop'),
  platformRoot([granting(prefix('/shop'), to('shop/*'))], { place: 'infra/parent' }),
]
const child = (name: string, rules: readonly object[] = [serving(prefix('/shop'))]) =>
  route(`shop/${name}`, { parentRefs: [parentRef('infra/parent')], rules })
const escaping = (name: string) => child(name, [serving(regex('/shop|/bank/.*'))])

interface Running {
  readonly scan: AuditScan
  readonly clock: FakeClock
  readonly view: View
  readonly reports: AuditReport[]
  readonly put: (raw: Raw) => void
  readonly crashes: string[]
}

interface Options {
  /** What the scan sees of the clock. */
  readonly see?: (clock: FakeClock) => AuditClock
  readonly loaded?: () => boolean
  readonly chunkMilliseconds?: number
}

function scanOf(objects: readonly Raw[], { see = (clock) => clock, ...options }: Options = {}): Running {
  const clock = new FakeClock()
  const { view, policies } = worldOf(objects, 'files', new View('files'))
  const reports: AuditReport[] = []
  const crashes: string[] = []
  const scan = new AuditScan({
    view,
    policies: () => policies,
    loaded: () => true,
    clock: see(clock),
    wallNow: () => 1_000_000 + clock.now(),
    onReport: (report) => reports.push(report),
    onCrash: (_cause, name) => crashes.push(name),
    ...options,
  })
  const put = (raw: Raw) => {
    view.put({ kind: 'HTTPRoute', value: parsedRoute(raw) })
    scan.changed()
  }
  return { scan, clock, view, reports, put, crashes }
}

/** What is denied; the parent of these tests also gets an Audit. */
const found = (report: AuditReport | undefined) =>
  report?.findings
    .filter(({ violation }) => violation.action === 'Deny')
    .map(({ route: { namespace: space, name }, violation: { code, action } }) => `${action} ${code} ${space}/${name}`)

it('judges what is there as if it came now, without the ratchet', async () => {
  const { scan, clock, reports } = scanOf([...PLATFORM, child('good'), escaping('bad')])
  scan.start()
  await clock.advance(1)
  expect(found(reports[0])).toEqual(['Deny LK103 shop/bad'])
  expect(reports[0]).toMatchObject({ routes: 3, finished: 1_000_000, omitted: 0 })
  expect(reports[0]?.byCode).toEqual([
    { code: 'LK704', action: 'Audit', count: 1 },
    { code: 'LK103', action: 'Deny', count: 1 },
  ])
})

it.each([
  ['the younger', '2026-01-02T00:00:00Z', '2026-01-01T00:00:00Z', 'shop/cart'],
  ['the younger, whatever its name,', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', 'bank/cart'],
  ['the later name, of two that are as old,', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', 'shop/cart'],
])('of two owners that want the same, %s is reported', async (_name, shop, bank, blamed) => {
  const of = (place: string, creationTimestamp: string) =>
    route(place, { parentRefs: [parentRef('infra/parent')], rules: [serving(prefix('/shop/cart'))] }, { creationTimestamp })
  const lane = platformRoot([granting(prefix('/shop'), to('shop/*'), to('bank/*'))])
  const { scan, clock, reports } = scanOf([...gatewayOf('kgateway'), lane, of('shop/cart', shop), of('bank/cart', bank)])
  scan.start()
  await clock.advance(1)
  const pairs = reports[0]?.findings.filter(({ violation }) => violation.code === 'LK403') ?? []
  expect(pairs.map(({ route: found }) => nameOf(found))).toEqual([blamed])
  expect(pairs.map(({ violation }) => violation.confidential?.route)).toEqual([blamed === 'shop/cart' ? 'bank/cart' : 'shop/cart'])
})

it('counts for each policy the findings of the routes it governs', async () => {
  const exceptions = [{ namespace: 'shop', name: 'old', checks: ['LK103'], reason: 'being replaced', expires: '2999-01-01T00:00:00Z' }]
  const { scan, clock, reports } = scanOf([
    ...PLATFORM,
    escaping('bad'),
    escaping('old'),
    delegationPolicy({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } }, exceptions }, 'shop'),
    delegationPolicy({ namespaceSelector: { matchLabels: { tier: 'gold' } } }, 'gold'),
  ])
  scan.start()
  await clock.advance(1)
  expect(Object.fromEntries(reports[0]?.byPolicy ?? [])).toEqual({
    shop: { deny: 1, warn: 0, audit: 0, excepted: 1 },
    gold: { deny: 0, warn: 0, audit: 0, excepted: 0 },
  })
})

it('looks again when a change has settled, and every ten minutes', async () => {
  const { scan, clock, reports, put } = scanOf(PLATFORM)
  scan.start()
  await clock.advance(1)
  expect(reports).toHaveLength(1)
  put(escaping('bad'))
  await clock.advance(SETTLE_MS - 1)
  expect(reports).toHaveLength(1)
  await clock.advance(1)
  expect(found(reports[1])).toEqual(['Deny LK103 shop/bad'])
  await clock.advance(INTERVAL_MS - 1)
  expect(reports).toHaveLength(2)
  await clock.advance(1)
  expect(reports).toHaveLength(3)
})

it('is not put off for longer than its patience by changes that never settle', async () => {
  const { scan, clock, reports, put } = scanOf(PLATFORM)
  scan.start()
  await clock.advance(1)
  for (let time = 0; time < PATIENCE_MS; time += 1_000) {
    put(escaping('bad'))
    await clock.advance(1_000)
  }
  expect(found(reports[1])).toEqual(['Deny LK103 shop/bad'])
})

it('judges nothing by a root that was deleted a moment ago', async () => {
  const direct = route('bank/direct', { parentRefs: [ON_EDGE], hostnames: [PLATFORM_HOST], rules: [serving(prefix('/shop'))] })
  const { scan, clock, view, reports } = scanOf([...PLATFORM, direct])
  scan.start()
  await clock.advance(1)
  expect(found(reports[0])).toEqual(['Deny LK301 bank/direct'])
  new Unsettled(view, () => clock.now()).remove('HTTPRoute', 'infra', 'parent')
  scan.changed()
  await clock.advance(SETTLE_MS)
  expect(view.departed?.count('HTTPRoute')).toBe(1)
  expect(found(reports[1])).toEqual([])
})

it('waits for a view that is whole', async () => {
  let loaded = false
  const { scan, clock, reports } = scanOf([...PLATFORM, escaping('bad')], { loaded: () => loaded })
  scan.start()
  await clock.advance(10_000)
  expect(reports).toEqual([])
  loaded = true
  await clock.advance(SETTLE_MS)
  expect(reports).toHaveLength(1)
})

/** Each look at the time takes a millisecond: so does each route. */
function costly(clock: FakeClock): AuditClock {
  let spent = 0
  return { now: () => clock.now() + ++spent, after: (milliseconds, callback) => clock.after(milliseconds, callback) }
}

const hundred = () => Array.from({ length: 100 }, (_, index) => child(`route-${index}`))

it('lets others have their turn, and rests as long as it worked', async () => {
  const { scan, clock, reports } = scanOf([...PLATFORM, ...hundred()], { see: costly, chunkMilliseconds: 10 })
  scan.start()
  await clock.advance(0)
  expect(reports).toHaveLength(0)
  expect(clock.pending).toBe(1)
  await clock.advance(99)
  expect(reports).toHaveLength(0)
  await clock.advance(30)
  expect(reports[0]?.routes).toBe(101)
})

it('begins anew when something changes under it, until a change is overdue', async () => {
  const { scan, clock, put, reports } = scanOf([...PLATFORM, ...hundred()], { see: costly, chunkMilliseconds: 1 })
  scan.start()
  await clock.advance(20)
  put(escaping('bad'))
  await clock.advance(SETTLE_MS - 100)
  expect(reports).toEqual([])
  // A scan takes longer than the time between two changes.
  for (let time = 0; time < OVERDUE_MS + 20_000; time += 100) {
    put(escaping('bad'))
    await clock.advance(100)
  }
  expect(reports[0]?.finished).toBeGreaterThan(1_000_000 + OVERDUE_MS)
  expect(found(reports[0])).toEqual(['Deny LK103 shop/bad'])
})

it('stops at any moment, and starts again', async () => {
  const { scan, clock, reports, put } = scanOf(PLATFORM)
  scan.start()
  scan.stop()
  put(escaping('bad'))
  await clock.advance(INTERVAL_MS)
  expect([reports.length, clock.pending]).toEqual([0, 0])
  scan.start()
  await clock.advance(1)
  expect(reports).toHaveLength(1)
})

it('a route that cannot be judged is told, and the others are judged', async () => {
  const { scan, clock, view, reports, crashes } = scanOf([...PLATFORM, escaping('bad')])
  const broken = parsedRoute(child('broken'))
  let judging = false
  const get = () => {
    if (judging) throw new Error('a bug')
    return []
  }
  view.put({ kind: 'HTTPRoute', value: Object.defineProperty({ ...broken }, 'parentRefs', { get }) })
  judging = true
  scan.start()
  await clock.advance(1)
  expect(crashes).toContain('HTTPRoute shop/broken')
  expect(reports).toHaveLength(1)
})
it('tells what is new and what is gone', async () => {
  const { scan, clock, reports, put } = scanOf([...PLATFORM, escaping('bad'), escaping('worse')])
  scan.start()
  await clock.advance(1)
  put(child('bad'))
  put(escaping('other'))
  await clock.advance(SETTLE_MS)
  const [first, second] = reports
  if (first === undefined || second === undefined) throw new Error('two reports')
  const { appeared, cleared } = changesBetween(first, second)
  expect(appeared.map(({ route: { name } }) => name)).toEqual(['other'])
  expect(cleared.map(({ route: { name } }) => name)).toEqual(['bad'])
  expect(changesBetween(second, second)).toEqual({ appeared: [], cleared: [] })
})

it.each([
  ['older', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', true],
  ['younger', '2026-01-02T00:00:00Z', '2026-01-01T00:00:00Z', false],
  ['as old, and first by name', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', true],
  ['without an age', undefined, '2026-01-01T00:00:00Z', false],
])('a route that is %s came first or not', (_name, a, b, before) => {
  const aged = (name: string, creationTimestamp: string | undefined) =>
    parsedRoute(route(name, {}, creationTimestamp === undefined ? {} : { creationTimestamp }))
  expect(cameBefore(aged('shop/a', a), aged('shop/b', b))).toBe(before)
  expect(cameBefore(aged('shop/b', b), aged('shop/a', a))).toBe(!before)
})

it('is in the metrics of the replica that audits, and of no other', async () => {
  const { scan, clock, reports } = scanOf([...PLATFORM, escaping('bad')])
  scan.start()
  await clock.advance(1)
  const metricsOf = (audit: () => AuditReport | undefined) =>
    new Metrics({
      version: '',
      viewObjects: () => new Map(),
      unsettled: () => ({ authenticated: 0, unauthenticated: 0, tombstones: 0 }),
      certificateExpiry: () => new Map(),
      audit,
      leading: () => false,
    }).registry.metrics()
  const text = await metricsOf(() => reports[0])
  expect(text).toContain('lanekeeper_audit_findings{code="LK103",action="Deny"} 1')
  expect(text).toContain('lanekeeper_audit_last_run_timestamp_seconds 1000\n')
  expect(text).toContain('lanekeeper_audit_duration_seconds 0\n')
  expect(text).toContain('lanekeeper_leader 0\n')
  expect(await metricsOf(() => undefined)).not.toMatch(/^lanekeeper_audit/m)
})
