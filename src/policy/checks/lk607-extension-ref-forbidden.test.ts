import { expect, it } from 'vitest'
import { type RawObject, type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

function extension(name: string, kind = 'TrafficPolicy'): RawObject {
  return { type: 'ExtensionRef', extensionRef: { group: 'gateway.kgateway.dev', kind, name } }
}

function allowing(...extensionRefs: RawObject[]): RawObject {
  return { filters: { extensionRefs } }
}

const LIMITS = { group: 'gateway.kgateway.dev', kind: 'TrafficPolicy', name: 'limit-*' }

function forbidden(name: string, allowed: string, kind = 'TrafficPolicy'): Seen {
  return {
    effect: 'risk',
    action: 'Deny',
    field: 'spec.rules[0].filters[0].extensionRef',
    value: `${kind} of gateway.kgateway.dev: ${name}`,
    message: `ExtensionRef ${kind} of gateway.kgateway.dev named ${name} is not allowed here: ${allowed}. Remove the filter, or ask the cluster admin to allow it.`,
  }
}

const UNLISTED = 'it is not among those the policy allows'

it.each<Row>([
  { name: 'nothing configured', scene: { child: { filters: [extension('no-auth')] } }, want: [] },
  {
    name: 'a name that is not listed',
    scene: { policies: [allowing(LIMITS)], child: { filters: [extension('no-auth')] } },
    want: [forbidden('no-auth', UNLISTED)],
  },
  {
    name: 'a kind that is not listed',
    scene: { policies: [allowing(LIMITS)], child: { filters: [extension('limit-a', 'Other')] } },
    want: [forbidden('limit-a', UNLISTED, 'Other')],
  },
  {
    name: 'none is allowed',
    scene: { policies: [allowing()], child: { filters: [extension('limit-a')] } },
    want: [forbidden('limit-a', 'the policy allows none')],
  },
  {
    name: 'on a backendRef',
    scene: { policies: [allowing()], child: { backendRefs: [{ name: 'cart', port: 80, filters: [extension('a')] }] } },
    want: [{ ...forbidden('a', 'the policy allows none'), field: 'spec.rules[0].backendRefs[0].filters[0].extensionRef' }],
  },
  { name: 'listed by pattern', scene: { policies: [allowing(LIMITS)], child: { filters: [extension('limit-a')] } }, want: [] },
  {
    name: 'listed by kind',
    scene: { policies: [allowing({ group: 'gateway.kgateway.dev', kind: 'TrafficPolicy' })], child: { filters: [extension('any')] } },
    want: [],
  },
  {
    name: 'a filter nobody knows',
    scene: { policies: [allowing(LIMITS)], child: { filters: [{ type: 'Newer' }] } },
    want: [
      {
        effect: 'risk',
        action: 'Deny',
        field: 'spec.rules[0].filters[0].type',
        value: 'Newer',
        message:
          'what a filter of type "Newer" does is not known here, so it can\'t be ruled out that it extends the gateway, which the policy restricts. Remove it, or ask the cluster admin for an exception.',
      },
    ],
  },
  {
    name: 'a root namespace',
    scene: { policies: [{ ...allowing(), rootNamespaces: { names: ['shop'] } }], child: { filters: [extension('a')] } },
    want: [],
  },
])('LK607: $name', ({ scene, want }) => {
  expect(seen('LK607', scene)).toEqual(want)
})
