import { describe, expect, it } from 'vitest'
import type { DecisionRecord } from '../src/audit/decision-record.ts'
import type { Decision, ReviewRequest } from '../src/policy/decision.ts'
import { type AppOptions, buildApp } from '../src/server/app.ts'
import { CallerAuthentication } from '../src/server/caller-authentication.ts'
import { ALLOWED, DENIED, review, routeObject, violation } from './server-fixtures.ts'
import { type VerifiedResponse, verifyAdmissionResponse } from './verify-admission-response.ts'

interface Posted {
  readonly status: number
  readonly text: string
  readonly response: VerifiedResponse | undefined
  readonly asked: ReviewRequest[]
  readonly records: DecisionRecord[]
}

async function post(body: unknown, decide: () => Decision, url = '/validate', options: Partial<AppOptions> = {}): Promise<Posted> {
  const asked: ReviewRequest[] = []
  const records: DecisionRecord[] = []
  const app = buildApp({
    decide: (request) => {
      asked.push(request)
      return decide()
    },
    onDecision: (record) => records.push(record),
    now: () => 1_000,
    ...options,
  })
  const payload = typeof body === 'string' ? body : JSON.stringify(body)
  const { statusCode, body: text } = await app.inject({ method: 'POST', url, payload, headers: { 'content-type': 'application/json' } })
  await app.close()
  const uid = records[0]?.uid ?? ''
  const response = statusCode === 200 ? verifyAdmissionResponse(uid, url.startsWith('/mutate'), JSON.parse(text)) : undefined
  return { status: statusCode, text, response, asked, records }
}

describe('before it may judge', () => {
  const notReady = () => 'the view is not complete yet'

  it.each(['/validate', '/mutate'])('%s fails, so that the failurePolicy decides, and asks nobody', async (url) => {
    const { status, text, asked } = await post(review(), () => ALLOWED, url, { notReady })
    expect({ status, text, asked }).toEqual({ status: 500, text: 'lanekeeper: the view is not complete yet\n', asked: [] })
  })

  it('a delete passes', async () => {
    const deletion = review({ operation: 'DELETE', object: null, oldObject: routeObject() })
    expect((await post(deletion, () => ALLOWED, '/validate', { notReady })).response?.allowed).toBe(true)
  })
})

describe('/validate', () => {
  it('denies with 403, the message and a cause per violation', async () => {
    const { status, response } = await post(review(), () => DENIED)
    expect(status).toBe(200)
    expect(response).toEqual({
      allowed: false,
      patch: [],
      code: 403,
      reason: 'Forbidden',
      message:
        'HTTPRoute shop/cart denied: 1 violation\n' +
        'LK102 PathEscapesGrant at spec.rules[0].matches[0].path.value: PathPrefix /cart is outside what infra/parent grants. https://lanekeeper.dev/checks/LK102',
      causes: [
        {
          reason: 'LK102',
          field: 'spec.rules[0].matches[0].path.value',
          message: 'PathPrefix /cart is outside what infra/parent grants.',
        },
      ],
      warnings: [],
      auditAnnotations: { decision: 'deny', codes: 'LK102' },
    })
  })

  it('allows with warnings', async () => {
    const warned = { ...ALLOWED, violations: [violation({ action: 'Warn', message: 'two\nlines' }), violation({ action: 'Audit' })] }
    const { response } = await post(review(), () => warned)
    expect(response).toMatchObject({
      allowed: true,
      warnings: ['LK102 PathEscapesGrant at spec.rules[0].matches[0].path.value: two lines'],
      auditAnnotations: { decision: 'allow', codes: 'LK102' },
    })
  })

  it('tells the audit log by which policies it judged, and in which state', async () => {
    const policies = [
      { name: 'all', generation: 7 },
      { name: 'of-a-file', generation: undefined },
    ]
    const { response } = await post(review(), () => ({ ...ALLOWED, policies }))
    expect(response).toMatchObject({ auditAnnotations: { decision: 'allow', policies: 'all@7,of-a-file' } })
    const many = Array.from({ length: 22 }, (_, index) => ({ name: `p${index}`, generation: 1 }))
    const { auditAnnotations } = (await post(review(), () => ({ ...ALLOWED, policies: many }))).response ?? {}
    expect(auditAnnotations?.['policies']).toMatch(/^p0@1,p1@1,.*,p19@1,\+2$/)
  })

  it('denies what should have been patched and was not', async () => {
    const patchable: Decision = {
      ...ALLOWED,
      violations: [violation({ action: 'Patch' })],
      patches: [{ op: 'remove', path: '/spec/hostnames' }],
    }
    const { response } = await post(review(), () => patchable)
    expect(response).toMatchObject({ allowed: false, code: 403, causes: [{ reason: 'LK102' }] })
  })

  it('asks about the new and the old object of an UPDATE', async () => {
    const { asked } = await post(review({ operation: 'UPDATE', oldObject: routeObject('older') }), () => ALLOWED)
    expect(asked).toMatchObject([{ operation: 'UPDATE', route: { name: 'cart' }, oldRoute: { name: 'older' }, now: 1_000 }])
  })

  it('judges an UPDATE of an old object that no CRD would take without the ratchet', async () => {
    const { asked, response } = await post(review({ operation: 'UPDATE', oldObject: { spec: 1 } }), () => DENIED)
    expect(asked).toMatchObject([{ operation: 'UPDATE', oldRoute: undefined }])
    expect(response?.allowed).toBe(false)
  })

  it('asks about a DELETE with the old object, readable or not', async () => {
    const deleted = { operation: 'DELETE', object: null }
    const readable = await post(review({ ...deleted, oldObject: routeObject() }), () => ALLOWED)
    expect(readable.asked).toMatchObject([{ operation: 'DELETE', route: undefined, oldRoute: { name: 'cart' } }])
    for (const oldObject of [null, { spec: 1 }]) {
      const unreadable = await post(review({ ...deleted, oldObject }), () => ALLOWED)
      expect(unreadable.response?.allowed).toBe(true)
      expect(unreadable.asked).toMatchObject([{ oldRoute: undefined }])
    }
  })

  it('reads v1beta1', async () => {
    const object = { ...routeObject(), apiVersion: 'gateway.networking.k8s.io/v1beta1' }
    const kind = { group: 'gateway.networking.k8s.io', version: 'v1beta1', kind: 'HTTPRoute' }
    const { asked } = await post(review({ kind, object }), () => ALLOWED)
    expect(asked).toMatchObject([{ route: { name: 'cart' } }])
  })

  it('judges a GRPCRoute, and says what it is', async () => {
    const kind = { group: 'gateway.networking.k8s.io', version: 'v1', kind: 'GRPCRoute' }
    const { apiVersion, metadata } = routeObject()
    const object = { apiVersion, kind: 'GRPCRoute', metadata, spec: { rules: [{ matches: [{ method: { service: 'Bank' } }] }] } }
    const { asked, response } = await post(review({ kind, operation: 'UPDATE', object, oldObject: object }), () => DENIED)
    const route = { kind: 'GRPCRoute', name: 'cart', rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/Bank' } }] }] }
    expect(asked).toMatchObject([{ route, oldRoute: route }])
    expect(response?.message).toMatch(/^GRPCRoute shop\/cart denied: 1 violation\n/)
    const broken = await post(review({ kind, object: { ...object, spec: { rules: {} } } }), () => ALLOWED)
    expect(broken).toMatchObject({
      status: 500,
      text: 'lanekeeper: object is no GRPCRoute the API server would store: spec.rules: must be a list, not a mapping\n',
    })
    expect((await post(review({ kind }), () => ALLOWED)).text).toContain('kind: must be GRPCRoute, not "HTTPRoute"')
  })

  it('takes the namespace of the request where the object has none, and names a generateName by its prefix', async () => {
    const object = { ...routeObject(), metadata: { generateName: 'cart-' } }
    const { asked, response, records } = await post(review({ name: '', object }), () => DENIED)
    expect(asked).toMatchObject([{ route: { namespace: 'shop', name: '', generateName: 'cart-' } }])
    expect(response?.message).toMatch(/^HTTPRoute shop\/cart-\* denied: 1 violation\n/)
    expect(records[0]?.name).toBe('cart-*')
  })

  it.each([
    [
      'another kind of the group',
      { kind: { group: 'gateway.networking.k8s.io', version: 'v1', kind: 'TCPRoute' } },
      'gateway.networking.k8s.io/v1 TCPRoute',
    ],
    ['the kind in another group', { kind: { group: 'example.com', version: 'v1', kind: 'HTTPRoute' } }, 'example.com/v1 HTTPRoute'],
    ['a core kind', { kind: { group: '', version: 'v1', kind: 'Pod' } }, 'v1 Pod'],
    ['CONNECT', { operation: 'CONNECT' }, 'CONNECT'],
    ['a subresource', { subResource: 'status', operation: 'UPDATE' }, 'subresource status'],
  ])('lets %s through unjudged, with a warning', async (_name, changes, what) => {
    const { response, asked, records } = await post(review(changes), () => DENIED)
    expect(response).toMatchObject({
      allowed: true,
      warnings: [`lanekeeper: ${what} is not judged; narrow the rules of the webhook configuration`],
      auditAnnotations: { decision: 'not-judged' },
    })
    expect(asked).toEqual([])
    expect(records).toMatchObject([{ outcome: 'not-judged' }])
  })

  it.each([
    ['a null object', { object: null }],
    ['a list', { object: [] }],
    ['a string', { object: 'HTTPRoute' }],
    ['no metadata', { object: { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', spec: {} } }],
    ['no name', { object: { ...routeObject(), metadata: {} } }],
    ['another kind inside', { object: { ...routeObject(), kind: 'GRPCRoute' } }],
    ['another group inside', { object: { ...routeObject(), apiVersion: 'example.com/v1' } }],
    ['another namespace inside', { object: { ...routeObject(), metadata: { name: 'cart', namespace: 'infra' } } }],
    ['no namespace anywhere', { namespace: undefined, object: { ...routeObject(), metadata: { name: 'cart' } } }],
    ['rules that are no list', { object: { ...routeObject(), spec: { rules: {} } } }],
    ['an UPDATE without oldObject', { operation: 'UPDATE' }],
  ])('answers 500, never "allowed", to %s', async (_name, changes) => {
    const { status, text, asked, records } = await post(review(changes), () => ALLOWED)
    expect(status).toBe(500)
    expect(text).toMatch(/^lanekeeper: .+\n$/)
    expect(asked).toEqual([])
    expect(records).toMatchObject([{ outcome: 'error' }])
  })

  it('names the field of what the CRD would refuse', async () => {
    const { text } = await post(review({ object: { ...routeObject(), spec: { rules: {} } } }), () => ALLOWED)
    expect(text).toBe('lanekeeper: object is no HTTPRoute the API server would store: spec.rules: must be a list, not a mapping\n')
  })

  it('answers 500 when evaluation crashes, and tells the cause', async () => {
    const causes: unknown[] = []
    const bug = new Error('secret detail')
    const { status, text } = await post(
      review(),
      () => {
        throw bug
      },
      '/validate',
      { onCrash: (cause) => causes.push(cause) },
    )
    expect(status).toBe(500)
    expect(text).toBe('lanekeeper: evaluation failed unexpectedly; this is a bug of lanekeeper\n')
    expect(causes).toEqual([bug])
  })

  it('answers 504 without evaluating once the deadline is over', async () => {
    const late = await post(review(), () => ALLOWED, '/validate?timeout=0s')
    expect(late).toMatchObject({ status: 504, asked: [] })
  })

  it.each(['5s', '1500ms', '1m', 'soon', '-1s', ''])('evaluates with a timeout of %j', async (timeout) => {
    expect((await post(review(), () => ALLOWED, `/validate?timeout=${timeout}`)).response?.allowed).toBe(true)
  })

  it('puts no more of any name into the record than names are long', async () => {
    const long = 'x'.repeat(100_000)
    const kind = { group: 'gateway.networking.k8s.io', version: 'v1', kind: long }
    const { records } = await post(review({ kind, namespace: long, name: long, userInfo: { username: long } }), () => DENIED)
    expect(records).toMatchObject([{ outcome: 'not-judged', operation: 'CREATE' }])
    expect(JSON.stringify(records).length).toBeLessThan(2_000)
  })

  it('says nothing of the object in the record', async () => {
    const { records } = await post(review(), () => DENIED)
    expect(records).toEqual([
      {
        webhook: 'validate',
        uid: 'uid-1',
        operation: 'CREATE',
        kind: 'HTTPRoute',
        namespace: 'shop',
        name: 'cart',
        user: 'alice',
        dryRun: false,
        outcome: 'deny',
        violations: DENIED.violations,
        milliseconds: expect.any(Number),
        error: undefined,
      },
    ])
    expect(records[0]?.milliseconds).toBeGreaterThan(0)
  })
})

describe('/mutate', () => {
  it('sends patches as base64', async () => {
    const patches = [{ op: 'remove', path: '/spec/hostnames' }] as const
    const { response, records } = await post(
      review(),
      () => ({ ...ALLOWED, violations: [violation({ action: 'Patch' })], patches }),
      '/mutate',
    )
    expect(response).toMatchObject({ allowed: true, patch: patches, auditAnnotations: { decision: 'patch', codes: 'LK102' } })
    expect(records).toMatchObject([{ outcome: 'patch' }])
  })

  it('neither denies nor warns: /validate does', async () => {
    const { response } = await post(review(), () => ({ ...DENIED, violations: [violation(), violation({ action: 'Warn' })] }), '/mutate')
    expect(response).toMatchObject({ allowed: true, patch: [], warnings: [] })
  })

  it('answers 500 to what it cannot read', async () => {
    expect((await post(review({ object: null }), () => ALLOWED, '/mutate')).status).toBe(500)
  })
})

describe('before the uid is known', () => {
  it.each([
    ['nothing', '', 400],
    ['no JSON', '{', 400],
    ['null', 'null', 400],
    ['a number', '1', 400],
    ['a list', '[]', 400],
    ['no request', '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}', 400],
    ['a null request', '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":null}', 400],
    ['no uid', JSON.stringify(review({ uid: undefined })), 400],
    ['an empty uid', JSON.stringify(review({ uid: '' })), 400],
    ['a uid that is no string', JSON.stringify(review({ uid: 1 })), 400],
    ['an unknown operation', JSON.stringify(review({ operation: 'PATCH' })), 400],
    ['the old version of the envelope', JSON.stringify({ ...review(), apiVersion: 'admission.k8s.io/v1beta1' }), 400],
  ])('answers %s with a plain 4xx', async (_name, body, status) => {
    const posted = await post(body, () => ALLOWED)
    expect(posted).toMatchObject({ status, asked: [], records: [] })
    expect(posted.text).not.toBe('')
  })

  it('answers other paths, methods and content types', async () => {
    const app = buildApp({ decide: () => ALLOWED })
    expect((await app.inject({ method: 'GET', url: '/validate' })).statusCode).toBe(404)
    expect((await app.inject({ method: 'POST', url: '/' })).statusCode).toBe(404)
    const typed = (type: string) => app.inject({ method: 'POST', url: '/validate', payload: 'x', headers: { 'content-type': type } })
    expect((await typed('text/plain')).statusCode).toBe(400)
    expect((await typed('application/x-www-form-urlencoded')).statusCode).toBe(415)
    await app.close()
  })
})

describe('a denied change', () => {
  const update = { operation: 'UPDATE', oldObject: routeObject() }
  const heard = async (
    changes: Readonly<Record<string, unknown>>,
    decide: () => Decision,
    url = '/validate',
    options: Partial<AppOptions> = {},
  ) => {
    const denials: unknown[] = []
    await post(review(changes), decide, url, { onDenied: (denial) => denials.push(denial), ...options })
    return denials
  }

  it('is told, with the words that the requester got', async () => {
    expect(await heard(update, () => DENIED)).toEqual([
      {
        kind: 'HTTPRoute',
        namespace: 'shop',
        name: 'cart',
        message:
          'HTTPRoute shop/cart denied: 1 violation\n' +
          'LK102 PathEscapesGrant at spec.rules[0].matches[0].path.value: PathPrefix /cart is outside what infra/parent grants. https://lanekeeper.dev/checks/LK102',
      },
    ])
  })

  it.each([
    ['one that is only tried', { ...update, dryRun: true }, () => DENIED, '/validate'],
    ['one that is allowed', update, () => ALLOWED, '/validate'],
    ['a creation', {}, () => DENIED, '/validate'],
    ['one that may be patched yet', update, () => DENIED, '/mutate'],
  ])('%s is not', async (_name, changes, decide, url) => {
    expect(await heard(changes, decide, url)).toEqual([])
  })

  it('one of a caller that could be anybody is not, where callers are authenticated', async () => {
    const callers = new CallerAuthentication({ subjects: ['kube-apiserver'], required: false })
    expect(await heard(update, () => DENIED, '/validate', { callers })).toEqual([])
  })
})
