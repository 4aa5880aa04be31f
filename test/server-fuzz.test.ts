import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { BODY_LIMIT, buildApp } from '../src/server/app.ts'
import { ALLOWED, DENIED, review, routeObject } from './server-fixtures.ts'
import { verifyAdmissionResponse } from './verify-admission-response.ts'

const JSON_HEADERS = { 'content-type': 'application/json' }
const denying = buildApp({ decide: () => DENIED })
const allowing = buildApp({ decide: () => ALLOWED })

afterAll(() => Promise.all([denying.close(), allowing.close()]))

async function post(url: string, payload: string | Buffer, app = denying): Promise<{ status: number; text: string }> {
  const { statusCode, body } = await app.inject({ method: 'POST', url, payload, headers: JSON_HEADERS })
  return { status: statusCode, text: body }
}

/** A known verdict, or a plain error: with an engine that denies all it is asked, nothing may come out allowed. */
async function expectNeverAllowed(payload: string | Buffer): Promise<void> {
  const { status, text } = await post('/validate', payload)
  if (status === 200) {
    const reply: { response: { uid: string } } = JSON.parse(text)
    expect(verifyAdmissionResponse(reply.response.uid, false, reply).allowed).toBe(false)
  } else expect([400, 413, 500]).toContain(status)
}

/** A JSON document as nested as that. */
function nested(depth: number, open: string, close: string): string {
  return open.repeat(depth) + close.repeat(depth)
}

describe('any input', () => {
  it('of bytes is answered', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), (bytes) => expectNeverAllowed(Buffer.from(bytes))),
      { numRuns: 500 },
    )
  })

  it('of JSON is answered', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), (text) => expectNeverAllowed(text)),
      { numRuns: 500 },
    )
  })

  it('of JSON in the place of an object is denied or an error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.constantFrom('CREATE', 'UPDATE'), (object, operation) =>
        expectNeverAllowed(JSON.stringify(review({ operation, object, oldObject: routeObject() }))),
      ),
      { numRuns: 500 },
    )
  })

  it('of JSON in the place of any part of a route is denied or an error', async () => {
    const places = fc.constantFrom(
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
    await fc.assert(
      fc.asyncProperty(places, fc.jsonValue(), async (place, value) => {
        const object: unknown = JSON.parse(JSON.stringify(routeObject()), (key, old: unknown) => (key === place ? value : old))
        await expectNeverAllowed(JSON.stringify(review({ object })))
      }),
      { numRuns: 1_000 },
    )
  })

  it('of JSON in the place of any part of the envelope: judged, refused, or plainly not ours', async () => {
    const places = fc.constantFrom(
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
    await fc.assert(
      fc.asyncProperty(places, fc.jsonValue(), async (place, value) => {
        const { status, text } = await post('/validate', JSON.stringify(review({ [place]: value })))
        if (status === 200 && JSON.parse(text).response.allowed) expect(text).toContain('is not judged')
      }),
      { numRuns: 500 },
    )
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
    await expectNeverAllowed(deep)
    await expectNeverAllowed(JSON.stringify(review({ object: 'HERE' })).replace('"HERE"', deep))
    for (const place of ['filters', 'matches', 'zzz']) {
      const spec = `{"rules":[{"${place}":${deep}}]}`
      await expectNeverAllowed(JSON.stringify(review({ object: { ...routeObject(), spec: 'HERE' } })).replace('"HERE"', spec))
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
      // Present with --expose-gc only; without it the bound below still holds, for young garbage is soon collected.
      globalThis.gc?.()
      return process.memoryUsage().heapUsed
    }
    const before = await used()
    await used()
    expect((await used()) - before).toBeLessThan(200 * 1024 * 1024)
  })
})
