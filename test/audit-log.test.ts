import { pino } from 'pino'
import { expect, it } from 'vitest'
import { logAudit } from '../src/audit/audit-log.ts'
import type { AuditFinding, AuditReport } from '../src/audit/audit-report.ts'
import { violation } from './server-fixtures.ts'

const VIOLATION = violation({
  code: 'LK103',
  value: '/shop|/bank/.*',
  message: 'also matches GET /bank/',
  witness: { method: 'GET', host: 'api.example.com', path: '/bank/', headers: {}, query: {} },
})

const finding = (name: string): AuditFinding => ({ route: { kind: 'HTTPRoute', namespace: 'shop', name }, violation: VIOLATION })
const report = (findings: readonly AuditFinding[], omitted = 0): AuditReport => ({
  finished: 0,
  milliseconds: 12,
  routes: 3,
  byCode: [],
  byPolicy: new Map(),
  findings,
  omitted,
})

function logged(before: AuditReport | undefined, after: AuditReport): object[] {
  const lines: object[] = []
  const formatters = { level: (level: string) => ({ level }) }
  logAudit(pino({ base: null, timestamp: false, formatters }, { write: (line) => lines.push(JSON.parse(line)) }), before, after)
  return lines
}

it('has a line for what is new, one for what is gone, and one for the scan', () => {
  const line = (name: string) => ({
    code: 'LK103',
    action: 'Deny',
    kind: 'HTTPRoute',
    namespace: 'shop',
    name,
    field: 'spec.rules[0].matches[0].path.value',
    message: 'also matches GET /bank/',
    request: 'GET api.example.com/bank/',
  })
  expect(logged(report([finding('a'), finding('b')]), report([finding('b'), finding('c')]))).toEqual([
    { level: 'warn', ...line('c'), msg: 'audit: new finding' },
    { level: 'info', ...line('a'), msg: 'audit: finding cleared' },
    { level: 'info', routes: 3, findings: 2, ms: 12, new: 1, cleared: 1, msg: 'audit' },
  ])
})

it('is silent while nothing changes, but for the first scan', () => {
  expect(logged(undefined, report([]))).toEqual([{ level: 'info', routes: 3, findings: 0, ms: 12, new: 0, cleared: 0, msg: 'audit' }])
  expect(logged(report([finding('a')]), report([finding('a')]))).toEqual([])
})

it('tells only how many there are when there are too many to keep', () => {
  expect(logged(report([]), report([finding('a')], 7_000))).toEqual([
    {
      level: 'warn',
      routes: 3,
      findings: 7_001,
      ms: 12,
      msg: 'audit: more than 5000 findings are not told one by one; lanekeeper audit lists them',
    },
  ])
  expect(logged(report([finding('a')], 7_000), report([finding('a')], 7_000))).toEqual([])
})
