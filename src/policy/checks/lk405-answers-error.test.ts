import { expect, it } from 'vitest'
import { childObject, httpRoute, prefix, type RawRule, type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

/** web/web serves everything in its lane /, and shop has a lane below it. */
function inside(rule: RawRule, more: Partial<Scene> = {}): Scene {
  return {
    parent: {
      rules: [
        { matches: [prefix('/')], backendRefs: [httpRoute('web', '*')] },
        { matches: [prefix('/shop')], backendRefs: [httpRoute('shop', '*')] },
      ],
    },
    child: { rules: [{ matches: [prefix('/shop/cart')], ...rule }] },
    also: [childObject({ namespace: 'web', name: 'web', matches: [prefix('/')] })],
    ...more,
  }
}

function answers(why: string, advice: string, action: Seen['action']): Seen {
  return {
    effect: 'escape',
    action,
    field: 'spec.rules[0].matches[0].path.value',
    value: '/shop/cart',
    message: `rule 0 ${why}, so PathPrefix /shop/cart answers 500 to requests (for example GET /shop/cart) that a route in another namespace would serve. ${advice}`,
    grant: { namespace: 'infra', name: 'parent', rule: 1, match: 0 },
    witness: { method: 'GET', host: 'example.com', path: '/shop/cart', headers: {}, query: {} },
  }
}

const EMPTY = answers('has no backendRefs and no filter that answers', 'Name a backend, or drop the match.', 'Deny')
const NOBODY = answers('delegates to routes that are not there (yet)', 'Create them first, or drop the match until they are.', 'Warn')

it.each<Row>([
  { name: 'no backends', scene: inside({}), want: [EMPTY] },
  {
    name: 'no backends and filters that only change the request',
    scene: inside({ filters: [{ type: 'URLRewrite', urlRewrite: { hostname: 'a' } }] }),
    want: [EMPTY],
  },
  { name: 'a redirect', scene: inside({ filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https' } }] }), want: [] },
  {
    name: 'an extension that may answer',
    scene: inside({
      filters: [{ type: 'ExtensionRef', extensionRef: { group: 'gateway.kgateway.dev', kind: 'DirectResponse', name: 'a' } }],
    }),
    want: [],
  },
  { name: 'a backend', scene: inside({ backendRefs: [{ name: 'cart', port: 80 }] }), want: [] },
  { name: 'a child that is not there', scene: inside({ backendRefs: [httpRoute('shop', 'gone')] }), want: [NOBODY] },
  { name: 'a namespace without children', scene: inside({ backendRefs: [httpRoute('empty', '*')] }), want: [NOBODY] },
  {
    name: 'a child that names other parents',
    scene: inside(
      { backendRefs: [httpRoute('shop', 'deeper')] },
      {
        also: [
          childObject({ namespace: 'web', name: 'web', matches: [prefix('/')] }),
          childObject({ name: 'deeper', matches: [prefix('/shop/x')] }),
        ],
      },
    ),
    want: [NOBODY],
  },
  {
    name: 'a child that is there',
    scene: inside(
      { backendRefs: [httpRoute('shop', 'deeper')] },
      {
        also: [
          childObject({ namespace: 'web', name: 'web', matches: [prefix('/')] }),
          childObject({ name: 'deeper', parentRefs: [httpRoute('shop', 'cart')], matches: [prefix('/shop/cart')] }),
        ],
      },
    ),
    want: [],
  },
  { name: "nobody else's route below it", scene: inside({}, { also: [] }), want: [] },
  {
    name: 'a route that serves nothing either',
    scene: inside({}, { also: [childObject({ namespace: 'web', name: 'web', rules: [{ matches: [prefix('/')] }] })] }),
    want: [],
  },
  {
    name: 'only the own namespace loses',
    scene: inside({}, { also: [childObject({ name: 'wide', matches: [prefix('/shop')] })] }),
    want: [],
  },
  {
    name: "the platform's own catch-all beside the lane",
    scene: inside(
      {},
      {
        parent: {
          rules: [
            { matches: [prefix('/')], backendRefs: [{ name: 'platform', port: 80 }] },
            { matches: [prefix('/shop')], backendRefs: [httpRoute('shop', '*')] },
          ],
        },
        also: [],
      },
    ),
    want: [],
  },
  { name: 'agentgateway: the grant decides first', scene: inside({}, { dialect: 'agentgateway' }), want: [] },
])('LK405: $name', ({ scene, want }) => {
  expect(seen('LK405', scene)).toEqual(want)
})
