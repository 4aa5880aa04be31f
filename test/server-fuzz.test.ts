import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { BODY_LIMIT, buildApp } from '../src/server/app.ts'
import { ALLOWED, DENIED, review, routeObject } from './server-fixtures.ts'
import { verifyAdmissionResponse } from './verify-admission-response.ts'

const JSON_HEADERS = { 'content-type': 'application/json' }
const denying = buildApp({ decide: () => DENIED })
const allowing = buildApp({ decide: () => ALLOWED })

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

afterAll(() => Promise.all([denying.close(), allowing.close()]))

async function post(url: string, payload: string | Buffer, app = denying): Promise<{ status: number; text: string }> {
  const { statusCode, body } = await app.inject({ method: 'POST', url, payload, headers: JSON_HEADERS })
  return { status: statusCode, text: body }
}

type Verdict = 'denied' | 'error' | 'not judged' | 'allowed'

/** What became of the request; an answer that the API server would not understand, or another status, throws. */
async function verdictOf(payload: string | Buffer): Promise<Verdict> {
  const { status, text } = await post('/validate', payload)
  if ([400, 413, 500].includes(status)) return 'error'
  if (status !== 200) throw new Error(`HTTP ${status}: ${text}`)
  const reply: { response: { uid: string } } = JSON.parse(text)
  const { allowed, auditAnnotations } = verifyAdmissionResponse(reply.response.uid, false, reply)
  if (!allowed) return 'denied'
  return auditAnnotations['decision'] === 'not-judged' ? 'not judged' : 'allowed'
}

/** With an engine that denies all it is asked, nothing of our kind may come out allowed. */
async function isNeverAllowed(payload: string | Buffer): Promise<boolean> {
  return ['denied', 'error'].includes(await verdictOf(payload))
}

/** Rejects with the smallest counterexample. */
function holds<T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => Promise<boolean>, numRuns: number): Promise<void> {
  return fc.assert(fc.asyncProperty(arbitrary, property), { numRuns })
}

/** A JSON document as nested as that. */
function nested(depth: number, open: string, close: string): string {
  return open.repeat(depth) + close.repeat(depth)
}

describe('any input', () => {
  it('of bytes is answered', async () => {
    const bytes = fc.uint8Array({ maxLength: 200 })
    await expect(holds(bytes, (payload) => isNeverAllowed(Buffer.from(payload)), 500)).resolves.toBeUndefined()
  })

  it('of JSON is answered', async () => {
    await expect(holds(fc.json(), isNeverAllowed, 500)).resolves.toBeUndefined()
  })

  it('of JSON in the place of an object is denied or an error', async () => {
    const changes = fc.record({
      object: fc.jsonValue(),
      operation: fc.constantFrom('CREATE', 'UPDATE'),
      oldObject: fc.constant(routeObject()),
    })
    await expect(holds(changes, (changed) => isNeverAllowed(JSON.stringify(review(changed))), 500)).resolves.toBeUndefined()
  })

  it('of JSON in the place of any part of a route is denied or an error', async () => {
    const place = fc.constantFrom(
      'metadata',
      'spec',
      'parentRefs',
      'rules',
      'matches',
      'path',
      'backendRefs',
      'labels',
      'value',
      'name',
      'namespace',
    )
    const changes = fc.record({ place, value: fc.jsonValue() })
    const property = (change: { place: string; value: unknown }) => {
      const object: unknown = JSON.parse(JSON.stringify(routeObject()), (key, old: unknown) => (key === change.place ? change.value : old))
      return isNeverAllowed(JSON.stringify(review({ object })))
    }
    await expect(holds(changes, property, 1_000)).resolves.toBeUndefined()
  })

  it('of JSON in the place of any part of the envelope is judged, refused, or plainly not ours', async () => {
    const place = fc.constantFrom(
      'uid',
      'kind',
      'resource',
      'name',
      'namespace',
      'userInfo',
      'dryRun',
      'subResource',
      'oldObject',
      'requestKind',
    )
    const changes = fc.record({ place, value: fc.jsonValue() })
    const property = async ({ place, value }: { place: string; value: unknown }) =>
      (await verdictOf(JSON.stringify(review({ [place]: value })))) !== 'allowed'
    await expect(holds(changes, property, 500)).resolves.toBeUndefined()
  })
})

describe('hostile input', () => {
  const object = routeObject()
  const withKey = (key: string, value: string) => JSON.stringify(review()).replace('"spec":', `${JSON.stringify(key)}:${value},"spec":`)

  it.each(['__proto__', 'constructor', 'prototype', 'toString'])('a key %s is data, and the object is judged', async (key) => {
    for (const value of ['{"spec":{"rules":[]}}', '{"prototype":{"x":1}}', '1', 'null']) {
      const { status, text } = await post('/validate', withKey(key, value))
      expect(status).toBe(200)
      expect(verifyAdmissionResponse('uid-1', false, JSON.parse(text)).allowed).toBe(false)
    }
    expect(Reflect.get({}, 'x')).toBeUndefined()
  })

  it('__proto__ in maps keyed by users', async () => {
    const metadata = '{"name":"cart","namespace":"shop","labels":{"__proto__":"a","constructor":"b"},"annotations":{"__proto__":"c"}}'
    const body = JSON.stringify(review()).replace(JSON.stringify(object['metadata']), metadata)
    expect(body).toContain('__proto__')
    expect((await post('/validate', body)).status).toBe(200)
  })

  it('__proto__ as the envelope grants nothing', async () => {
    const inherited = `{"__proto__":${JSON.stringify(review())}}`
    expect((await post('/validate', inherited)).status).toBe(400)
    const object = `{"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","__proto__":${JSON.stringify(routeObject())}}`
    const body = JSON.stringify(review({ object: 'HERE' })).replace('"HERE"', object)
    expect((await post('/validate', body)).status).toBe(500)
  })

  it.each([
    ['64 lists', nested(64, '[', ']')],
    ['64 objects', nested(64, '{"a":', '}').replace(':}', ':1}')],
    ['100,000 lists', nested(100_000, '[', ']')],
    ['4 MiB of lists', nested(2_000_000, '[', ']')],
    ['100,000 objects', nested(100_000, '{"a":', '}').replace(':}', ':1}')],
  ])('%s deep: alone, as the object, and inside it', async (_name, deep) => {
    expect(await isNeverAllowed(deep)).toBe(true)
    expect(await isNeverAllowed(JSON.stringify(review({ object: 'HERE' })).replace('"HERE"', deep))).toBe(true)
    for (const place of ['filters', 'matches', 'zzz']) {
      const spec = `{"rules":[{"${place}":${deep}}]}`
      expect(await isNeverAllowed(JSON.stringify(review({ object: { ...routeObject(), spec: 'HERE' } })).replace('"HERE"', spec))).toBe(
        true,
      )
    }
  })

  it('8 MiB of a body are read, and a byte more is refused', async () => {
    const body = JSON.stringify(review())
    expect((await post('/validate', body.padEnd(BODY_LIMIT))).status).toBe(200)
    expect((await post('/validate', body.padEnd(BODY_LIMIT + 1))).status).toBe(413)
    const annotations = { big: 'x'.repeat(3 * 1024 * 1024) }
    const big = { ...routeObject(), metadata: { name: 'cart', namespace: 'shop', annotations } }
    const update = await post('/validate', JSON.stringify(review({ operation: 'UPDATE', object: big, oldObject: big })), allowing)
    expect(update.status).toBe(200)
  })

  it('many problems make a short answer', async () => {
    const rules = Array.from({ length: 100_000 }, () => 1)
    const { status, text } = await post('/validate', JSON.stringify(review({ object: { ...routeObject(), spec: { rules } } })))
    expect(status).toBe(500)
    expect(text.length).toBeLessThan(4_000)
    expect(text).toMatch(/\+99990 more\n$/)
  })

  it('control characters of a requester stay out of warnings', async () => {
    const kind = { group: 'a\r\nb', version: 'v\u0000', kind: 'K\u001b[31m' }
    const { text } = await post('/validate', JSON.stringify(review({ kind })))
    expect(verifyAdmissionResponse('uid-1', false, JSON.parse(text)).warnings).toHaveLength(1)
  })

  it('leaves no memory behind', async () => {
    const body = JSON.stringify(review({ object: { ...routeObject(), spec: { rules: Array.from({ length: 20_000 }, () => ({})) } } }))
    const used = async () => {
      for (let i = 0; i < 10; i++) await post('/validate', body)
      collectGarbage()
      return process.memoryUsage().heapUsed
    }
    const before = await used()
    await used()
    expect((await used()) - before).toBeLessThan(10 * 1024 * 1024)
  })
})
