import { expect, it } from 'vitest'
import { childObject, httpRoute, type RawObject, type Scene, type Seen, seen, strangerObject } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

/** Routes shop/level-1 to shop/level-N below infra/parent, each the child of the one before. */
function chain(length: number): RawObject[] {
  return Array.from({ length }, (_, index) =>
    childObject({
      name: `level-${index + 1}`,
      parentRefs: [index === 0 ? httpRoute('infra', 'parent') : httpRoute('shop', `level-${index}`)],
      backendRefs: [httpRoute('shop', '*')],
    }),
  )
}

it.each<Row>([
  {
    name: 'five delegations',
    scene: { also: chain(4), child: { parentRefs: [httpRoute('shop', 'level-4')] } },
    want: [
      {
        effect: 'risk',
        action: 'Deny',
        field: 'spec.parentRefs',
        message:
          '5 delegations lead from a root through shop/level-4 spec.rules[0] to this route; the policy allows 4. Delegate to it from further up.',
        grant: { namespace: 'shop', name: 'level-4', rule: 0, match: 0 },
      },
    ],
  },
  { name: 'four', scene: { also: chain(3), child: { parentRefs: [httpRoute('shop', 'level-3')] } }, want: [] },
  {
    name: 'two, of one that the policy allows',
    scene: { also: chain(1), policies: [{ limits: { depth: 1 } }], child: { parentRefs: [httpRoute('shop', 'level-1')] } },
    want: [
      {
        effect: 'risk',
        action: 'Deny',
        field: 'spec.parentRefs',
        message:
          '2 delegations lead from a root through shop/level-1 spec.rules[0] to this route; the policy allows 1. Delegate to it from further up.',
        grant: { namespace: 'shop', name: 'level-1', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'agentgateway',
    scene: { dialect: 'agentgateway', also: chain(4), child: { parentRefs: [httpRoute('shop', 'level-4')] } },
    want: [
      {
        effect: 'risk',
        action: 'Deny',
        field: 'spec.parentRefs',
        message:
          '5 delegations lead from a root through shop/level-4 spec.rules[0] to this route; the policy allows 4. Delegate to it from further up.',
        grant: { namespace: 'shop', name: 'level-4', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: 'under a stranger',
    scene: {
      policies: [{ limits: { depth: 1 } }],
      parent: false,
      also: [
        strangerObject({ backendRefs: [httpRoute('mid', '*')] }),
        childObject({ namespace: 'mid', parentRefs: null, backendRefs: [httpRoute('shop', '*')] }),
      ],
      child: { parentRefs: null },
    },
    want: [
      {
        effect: 'risk',
        action: 'Warn',
        field: 'spec.parentRefs',
        message:
          '2 delegations lead from a root through mid/cart spec.rules[0] to this route; the policy allows 1. Delegate to it from further up.',
        grant: { namespace: 'mid', name: 'cart', rule: 0, match: 0 },
      },
    ],
  },
])('LK502: $name', ({ scene, want }) => {
  expect(seen('LK502', scene)).toEqual(want)
})
