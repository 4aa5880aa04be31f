import { expect, it } from 'vitest'
import { type RawObject, type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

const LIMITS = { limits: { requestTimeout: '1m30s', retries: 2, sessionTimeout: '1h' }, filters: { corsHosts: ['*.example.com'] } }
const SHORTER = 'Write a shorter one, or ask the cluster admin to raise the limit.'

function exceeded(field: string, message: string, value?: string): Seen {
  return { effect: 'risk', action: 'Deny', field: `spec.rules[0].${field}`, message, ...(value !== undefined && { value }) }
}

function cors(...allowOrigins: string[]): RawObject {
  return { type: 'CORS', cors: { allowOrigins } }
}

function originSeen(index: number, origin: string, allowed = 'it is not among those the policy allows'): Seen {
  return exceeded(
    `filters[0].cors.allowOrigins[${index}]`,
    `pages of origin ${origin} may not be let in here: ${allowed}. Name narrower origins, or ask the cluster admin to allow this one.`,
    origin,
  )
}

const AT_THE_LIMIT = {
  timeouts: { request: '90s', backendRequest: '90000ms' },
  retry: { attempts: 2 },
  sessionPersistence: { absoluteTimeout: '60m', idleTimeout: '3600s' },
  filters: [cors('https://shop.example.com', 'https://*.a.example.com', 'http://b.example.com:8080', 'https://*.Example.com')],
}

it.each<Row>([
  {
    name: 'nothing configured',
    scene: {
      child: { timeouts: { request: '9h' }, retry: { attempts: 99 }, sessionPersistence: { idleTimeout: '99h' }, filters: [cors('*')] },
    },
    want: [],
  },
  { name: 'nothing set', scene: { policies: [LIMITS] }, want: [] },
  { name: 'at the limit, written in other units', scene: { policies: [LIMITS], child: AT_THE_LIMIT }, want: [] },
  {
    name: 'a millisecond more',
    scene: { policies: [LIMITS], child: { timeouts: { request: '90s1ms', backendRequest: '90001ms' } } },
    want: [
      exceeded('timeouts.backendRequest', `90001ms is too long: the policy allows at most 1m30s. ${SHORTER}`, '90001ms'),
      exceeded('timeouts.request', `90s1ms is too long: the policy allows at most 1m30s. ${SHORTER}`, '90s1ms'),
    ],
  },
  {
    name: 'switched off',
    scene: { policies: [LIMITS], child: { timeouts: { request: '0s' } } },
    want: [exceeded('timeouts.request', `0s means no limit: the policy allows at most 1m30s. ${SHORTER}`, '0s')],
  },
  {
    name: 'no duration',
    scene: { policies: [LIMITS], child: { timeouts: { request: '1.5s' } } },
    want: [exceeded('timeouts.request', `"1.5s" is no duration: the policy allows at most 1m30s. ${SHORTER}`, '1.5s')],
  },
  {
    name: 'too many retries',
    scene: { policies: [LIMITS], child: { retry: { attempts: 3 } } },
    want: [
      exceeded(
        'retry.attempts',
        'retry attempts: 3, and the policy allows at most 2. Write fewer, or ask the cluster admin to raise the limit.',
        '3',
      ),
    ],
  },
  { name: 'retries without a number', scene: { policies: [LIMITS], child: { retry: { codes: [503] } } }, want: [] },
  {
    name: 'retries without a number, where none is allowed',
    scene: { policies: [{ limits: { retries: 0 } }], child: { retry: { codes: [503] } } },
    want: [
      exceeded(
        'retry',
        'retry attempts: 1, and the policy allows at most 0. Write fewer, or ask the cluster admin to raise the limit.',
        '1',
      ),
    ],
  },
  {
    name: 'long sessions',
    scene: { policies: [LIMITS], child: { sessionPersistence: { absoluteTimeout: '2h', idleTimeout: '61m' } } },
    want: [
      exceeded('sessionPersistence.absoluteTimeout', `2h is too long: the policy allows at most 1h. ${SHORTER}`, '2h'),
      exceeded('sessionPersistence.idleTimeout', `61m is too long: the policy allows at most 1h. ${SHORTER}`, '61m'),
    ],
  },
  {
    name: 'endless sessions',
    scene: { policies: [LIMITS], child: { sessionPersistence: { idleTimeout: '1m' } } },
    want: [
      exceeded(
        'sessionPersistence',
        'a session without absoluteTimeout never ends, and the policy allows at most 1h. Write an absoluteTimeout, or ask the cluster admin to raise the limit.',
      ),
    ],
  },
  {
    name: 'other origins',
    scene: {
      policies: [LIMITS],
      child: { filters: [cors('*', 'https://a.example.com', 'https://example.com', 'https://*.com', 'https://x.example.com.evil.org')] },
    },
    want: [
      originSeen(0, '*'),
      originSeen(2, 'https://example.com'),
      originSeen(3, 'https://*.com'),
      originSeen(4, 'https://x.example.com.evil.org'),
    ],
  },
  {
    name: 'no origin is allowed',
    scene: { policies: [{ filters: { corsHosts: [] } }], child: { filters: [cors('https://a.example.com')] } },
    want: [originSeen(0, 'https://a.example.com', 'the policy allows none')],
  },
  { name: 'any origin is allowed', scene: { policies: [{ filters: { corsHosts: ['*'] } }], child: { filters: [cors('*')] } }, want: [] },
  {
    name: 'a root namespace',
    scene: { policies: [{ ...LIMITS, rootNamespaces: { names: ['shop'] } }], child: { timeouts: { request: '9h' }, filters: [cors('*')] } },
    want: [],
  },
])('LK608: $name', ({ scene, want }) => {
  expect(seen('LK608', scene)).toEqual(want)
})
