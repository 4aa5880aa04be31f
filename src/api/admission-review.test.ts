import { expect, it } from 'vitest'
import { parseAdmissionReview } from './admission-review.ts'

const kind = { group: 'gateway.networking.k8s.io', version: 'v1', kind: 'HTTPRoute' }
const resource = { group: 'gateway.networking.k8s.io', version: 'v1', resource: 'httproutes' }

function review(request: object): unknown {
  const whole = {
    uid: 'u-1',
    kind,
    resource,
    operation: 'CREATE',
    userInfo: { username: 'ann' },
    object: { a: null },
    oldObject: null,
    ...request,
  }
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: whole }
}

it('reads a request, the objects untouched', () => {
  const extra = JSON.parse('{"__proto__": ["x"]}')
  const result = parseAdmissionReview(review({ dryRun: true, options: { x: 1 }, userInfo: { username: 'ann', groups: ['g'], extra } }))
  expect(result).toEqual({
    ok: true,
    value: {
      uid: 'u-1',
      kind,
      resource,
      operation: 'CREATE',
      userInfo: { username: 'ann', groups: ['g'], extra },
      object: { a: null },
      oldObject: undefined,
      dryRun: true,
    },
  })
})

it('takes an absent dryRun as false', () => {
  expect(parseAdmissionReview(review({}))).toMatchObject({ ok: true, value: { dryRun: false } })
})

it.each([
  ['no mapping', 3, [': must be a mapping, not the number 3']],
  ['no request', { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' }, ['request: is required']],
  [
    'an older version',
    { ...(review({}) as object), apiVersion: 'admission.k8s.io/v1beta1' },
    ['apiVersion: must be admission.k8s.io/v1, not "admission.k8s.io/v1beta1"'],
  ],
  ['an empty uid', review({ uid: '' }), ['request.uid: must not be empty']],
  [
    'an unknown operation and no user',
    review({ operation: 'PATCH', userInfo: null }),
    ['request.operation: must be one of CREATE, UPDATE, DELETE, CONNECT, not "PATCH"', 'request.userInfo: is required'],
  ],
])('refuses %s', (_name, raw, want) => {
  const result = parseAdmissionReview(raw)
  expect(result.ok ? [] : result.problems.map(({ field, message }) => `${field}: ${message}`)).toEqual(want)
})
