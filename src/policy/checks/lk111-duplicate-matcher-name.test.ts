import { expect, it } from 'vitest'
import { INHERIT, prefix, type Scene, type Seen, seen, strangerObject } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

it.each<Row>([
  {
    name: 'two spellings of one header',
    scene: {
      child: {
        matches: [
          prefix('/shop/cart', {
            headers: [
              { name: 'X-Env', value: 'dev' },
              { name: 'x-env', value: 'prod' },
            ],
          }),
        ],
      },
    },
    want: [
      {
        effect: 'risk',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].headers',
        message: 'headers X-Env and x-env are the same header: Gateway API reads only the first, proxies require both. Keep one.',
        value: 'X-Env=dev, x-env=prod',
      },
    ],
  },
  {
    name: 'two headers',
    scene: {
      child: {
        matches: [
          prefix('/shop/cart', {
            headers: [
              { name: 'X-Env', value: 'dev' },
              { name: 'X-Envy', value: 'prod' },
            ],
          }),
        ],
      },
    },
    want: [],
  },
  {
    name: 'two spellings of a query parameter are two parameters',
    scene: {
      child: {
        matches: [
          prefix('/shop/cart', {
            queryParams: [
              { name: 'v', value: '1' },
              { name: 'V', value: '2' },
            ],
          }),
        ],
      },
    },
    want: [],
  },
  {
    name: 'the same header in two matches',
    scene: {
      child: {
        matches: [
          prefix('/shop/a', { headers: [{ name: 'X-Env', value: 'dev' }] }),
          prefix('/shop/b', { headers: [{ name: 'x-env', value: 'dev' }] }),
        ],
      },
    },
    want: [],
  },
  {
    name: 'inherited beside another value',
    scene: {
      parent: { matches: [prefix('/shop', { headers: [{ name: 'X-Env', value: 'dev' }] })] },
      child: { matches: [prefix('/cart', { headers: [{ name: 'x-env', value: 'prod' }] })], annotations: INHERIT.kgateway },
    },
    want: [
      {
        effect: 'risk',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].headers',
        message:
          'header x-env=prod stands in the programmed match beside X-Env=dev, inherited from infra/parent spec.rules[0]: which of the two decides depends on the proxy. Leave it out.',
        value: 'x-env=prod',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'inherited beside the same value',
    scene: {
      parent: { matches: [prefix('/shop', { headers: [{ name: 'X-Env', value: 'dev' }] })] },
      child: { matches: [prefix('/cart', { headers: [{ name: 'x-env', value: 'dev' }] })], annotations: INHERIT.kgateway },
    },
    want: [],
  },
  {
    name: 'gloo inherits with its own key',
    scene: {
      dialect: 'gloo',
      parent: { matches: [prefix('/shop', { headers: [{ name: 'X-Env', value: 'dev' }] })] },
      child: { matches: [prefix('/cart', { headers: [{ name: 'x-env', value: 'prod' }] })], annotations: INHERIT.gloo },
    },
    want: [
      {
        effect: 'risk',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].headers',
        message:
          'header x-env=prod stands in the programmed match beside X-Env=dev, inherited from infra/parent spec.rules[0]: which of the two decides depends on the proxy. Leave it out.',
        value: 'x-env=prod',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'agentgateway inherits nothing',
    scene: {
      dialect: 'agentgateway',
      parent: { matches: [prefix('/shop', { headers: [{ name: 'X-Env', value: 'dev' }] })] },
      child: { matches: [prefix('/shop/cart', { headers: [{ name: 'x-env', value: 'prod' }] })], annotations: INHERIT.kgateway },
    },
    want: [],
  },
  {
    name: 'agentgateway: two spellings in the object itself',
    scene: {
      dialect: 'agentgateway',
      child: {
        matches: [
          prefix('/shop/cart', {
            headers: [
              { name: 'X-Env', value: 'dev' },
              { name: 'x-env', value: 'prod' },
            ],
          }),
        ],
      },
    },
    want: [
      {
        effect: 'risk',
        action: 'Deny',
        field: 'spec.rules[0].matches[0].headers',
        message: 'headers X-Env and x-env are the same header: Gateway API reads only the first, proxies require both. Keep one.',
        value: 'X-Env=dev, x-env=prod',
      },
    ],
  },
  {
    name: 'inherited from a stranger',
    scene: {
      parent: false,
      also: [strangerObject({ matches: [prefix('/shop', { headers: [{ name: 'X-Env', value: 'dev' }] })] })],
      child: {
        parentRefs: null,
        matches: [prefix('/cart', { headers: [{ name: 'x-env', value: 'prod' }] })],
        annotations: INHERIT.kgateway,
      },
    },
    want: [
      {
        effect: 'risk',
        action: 'Warn',
        field: 'spec.rules[0].matches[0].headers',
        message:
          'header x-env=prod stands in the programmed match beside X-Env=dev, inherited from stranger/adopter spec.rules[0]: which of the two decides depends on the proxy. Leave it out.',
        value: 'x-env=prod',
        grant: { namespace: 'stranger', name: 'adopter', rule: 0, match: 0 },
      },
    ],
  },
])('LK111: $name', ({ scene, want }) => {
  expect(seen('LK111', scene)).toEqual(want)
})
