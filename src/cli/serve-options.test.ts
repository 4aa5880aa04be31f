import { describe, expect, it } from 'vitest'
import { parseServeOptions } from './serve-options.ts'

const CLUSTER = ['--kubeconfig', 'k']
const SECRET = ['--tls-secret', 'lanekeeper/tls', '--validating-webhook', 'lanekeeper', ...CLUSTER]

describe('parseServeOptions', () => {
  it('reads a certificate kept in a Secret', () => {
    const args = [...SECRET, '--mutating-webhook', 'lk', '--service', 'lanekeeper/webhook', '--ca-propagation', '5s', '--ca-life', '2h']
    expect(parseServeOptions(args)?.certificates).toEqual({
      mode: 'secret',
      cluster: { from: 'kubeconfig', file: 'k', context: undefined },
      secret: { namespace: 'lanekeeper', name: 'tls' },
      configurations: [
        { kind: 'ValidatingWebhookConfiguration', name: 'lanekeeper' },
        { kind: 'MutatingWebhookConfiguration', name: 'lk' },
      ],
      hosts: ['webhook.lanekeeper.svc', 'webhook.lanekeeper.svc.cluster.local', 'localhost', '127.0.0.1', '::1'],
      timings: { caLife: 7_200_000, leafLife: 90 * 86_400_000, propagation: 5_000 },
    })
  })

  it('reads who may call', () => {
    const args = ['--client-ca', 'ca.crt', '--client-subject', 'a', '--client-subject', 'b', '--require-client-cert']
    expect(parseServeOptions(args)?.callers).toEqual({ caFile: 'ca.crt', subjects: ['a', 'b'], required: true })
    expect(parseServeOptions([])?.callers).toBeUndefined()
  })

  it.each([
    [
      'a Secret without a namespace',
      ['--tls-secret', 'tls', ...CLUSTER],
      '--tls-secret needs --validating-webhook, --mutating-webhook or both: whose caBundle is it?',
    ],
    ['half a name', [...SECRET.slice(2), '--tls-secret', 'tls'], '--tls-secret must be NAMESPACE/NAME, not "tls"'],
    [
      'a name with a slash to come',
      ['--tls-secret', 'a/b', '--mutating-webhook', 'x/y', ...CLUSTER],
      '--mutating-webhook: "x/y" is no name of an object',
    ],
    ['two ways at once', [...SECRET, '--certs-dir', 'x'], '--tls-secret holds a self-made certificate: leave out --certs-dir'],
    [
      'a Secret of no cluster',
      ['--tls-secret', 'a/b', '--validating-webhook', 'x', '--manifests', 'm'],
      '--tls-secret needs a cluster: that of --kubeconfig, or the one this pod runs in',
    ],
    ['a webhook without a Secret', ['--service', 'a/b'], '--service goes with --tls-secret'],
    ['a life without a unit', [...SECRET, '--ca-life', '5'], '--ca-life must be a number of s, m, h or d, for example 90d, not "5"'],
    ['no life', [...SECRET, '--certificate-life', '0d'], '--certificate-life must be a number of s, m, h or d, for example 90d, not "0d"'],
    ['a client CA for anybody', ['--client-ca', 'x'], '--client-ca needs --client-subject: a CA often signs more than the API server'],
    ['subjects of no CA', ['--client-subject', 'x'], '--client-subject and --require-client-cert go with --client-ca'],
  ])('refuses %s', (_name, args, message) => {
    expect(() => parseServeOptions(args)).toThrow(message)
  })
})
