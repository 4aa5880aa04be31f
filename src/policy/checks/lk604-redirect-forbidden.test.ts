import { expect, it } from 'vitest'
import { GROUP, type RawObject, type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

function redirect(requestRedirect: RawObject): RawObject {
  return { type: 'RequestRedirect', requestRedirect }
}

/** The Gateway of the parent with these listeners. */
function gateway(...protocols: string[]): RawObject {
  return {
    apiVersion: `${GROUP}/v1`,
    kind: 'Gateway',
    metadata: { name: 'gateway', namespace: 'infra' },
    spec: {
      gatewayClassName: 'class',
      listeners: protocols.map((protocol, index) => ({ name: `l${index}`, port: 80 + index, protocol })),
    },
  }
}

const TO_HTTP: Seen = {
  effect: 'risk',
  action: 'Warn',
  field: 'spec.rules[0].filters[0].requestRedirect.scheme',
  value: 'http',
  message: 'this redirect sends clients that came by https on without encryption. Leave the scheme out, or write https.',
}

function hostSeen(value: string, allowed: string): Seen {
  return {
    effect: 'risk',
    action: 'Deny',
    field: 'spec.rules[0].filters[0].requestRedirect.hostname',
    value,
    message: `a redirect to host ${value} is not allowed here: ${allowed}. Keep the request's host, or ask the cluster admin to allow this one.`,
  }
}

it.each<Row>([
  { name: 'any host where nothing is configured', scene: { child: { filters: [redirect({ hostname: 'a.example.org' })] } }, want: [] },
  {
    name: 'a host that is not listed',
    scene: { policies: [{ filters: { redirectHosts: ['*.example.com'] } }], child: { filters: [redirect({ hostname: 'A.example.org' })] } },
    want: [hostSeen('a.example.org', 'it is not among those the policy allows')],
  },
  {
    name: 'no host is listed',
    scene: { policies: [{ filters: { redirectHosts: [] } }], child: { filters: [redirect({ hostname: 'a.example.com' })] } },
    want: [hostSeen('a.example.com', 'the policy allows none')],
  },
  {
    name: 'no host is listed, and the redirect keeps the one of the request',
    scene: { policies: [{ filters: { redirectHosts: [] } }], child: { filters: [redirect({ scheme: 'https', statusCode: 301 })] } },
    want: [],
  },
  {
    name: 'a host that is listed',
    scene: { policies: [{ filters: { redirectHosts: ['*.example.com'] } }], child: { filters: [redirect({ hostname: 'a.example.com' })] } },
    want: [],
  },
  {
    name: 'to http, from a Gateway that speaks https as well',
    scene: { also: [gateway('HTTP', 'HTTPS')], child: { filters: [redirect({ scheme: 'http' })] } },
    want: [TO_HTTP],
  },
  {
    name: 'to http, once hosts are configured',
    scene: {
      also: [gateway('HTTPS')],
      policies: [{ filters: { redirectHosts: ['*'] } }],
      child: { filters: [redirect({ scheme: 'HTTP', hostname: 'a.example.com' })] },
    },
    want: [{ ...TO_HTTP, action: 'Deny' }],
  },
  { name: 'to http, from plain http alone', scene: { child: { filters: [redirect({ scheme: 'http' })] } }, want: [] },
  {
    name: 'to http, from nobody knows where',
    scene: { parent: false, child: { filters: [redirect({ scheme: 'http' })] } },
    want: [TO_HTTP],
  },
  { name: 'to https', scene: { also: [gateway('HTTPS')], child: { filters: [redirect({ scheme: 'https' })] } }, want: [] },
  {
    name: 'a filter nobody knows',
    scene: { policies: [{ filters: { redirectHosts: ['*'] } }], child: { filters: [{ type: 'Newer' }] } },
    want: [
      {
        effect: 'risk',
        action: 'Deny',
        field: 'spec.rules[0].filters[0].type',
        value: 'Newer',
        message:
          'what a filter of type "Newer" does is not known here, so it can\'t be ruled out that it redirects to another host, which the policy restricts. Remove it, or ask the cluster admin for an exception.',
      },
    ],
  },
  {
    name: 'a root namespace',
    scene: {
      policies: [{ filters: { redirectHosts: [] }, rootNamespaces: { names: ['shop'] } }],
      child: { filters: [redirect({ hostname: 'a.example.org' })] },
    },
    want: [],
  },
])('LK604: $name', ({ scene, want }) => {
  expect(seen('LK604', scene)).toEqual(want)
})
