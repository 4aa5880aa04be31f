import { expect, it } from 'vitest'
import { childObject, httpRoute, label, type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

it.each<Row>([
  {
    name: 'itself by name',
    scene: { child: { backendRefs: [httpRoute('shop', 'cart')] } },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].backendRefs[0]',
        message:
          'this reference names the route itself, so the gateway cuts the cycle and answers 500 for everything the reference selects. Name another route.',
        value: 'shop/cart',
      },
    ],
  },
  { name: 'another route', scene: { child: { backendRefs: [httpRoute('shop', 'basket')] } }, want: [] },
  {
    name: 'its parent by name',
    scene: { child: { backendRefs: [{ name: 'cart', port: 80 }, httpRoute('infra', 'parent')] } },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].backendRefs[1]',
        message:
          'this reference names a route that delegates to this one, so the gateway cuts the cycle and answers 500 for everything the reference selects. Name another route.',
        value: 'infra/parent',
      },
    ],
  },
  {
    name: 'its grandparent by name',
    scene: {
      parent: { backendRefs: [httpRoute('mid', 'mid')] },
      also: [childObject({ name: 'mid', namespace: 'mid', backendRefs: [httpRoute('shop', 'cart')] })],
      child: { parentRefs: [httpRoute('mid', 'mid')], backendRefs: [httpRoute('infra', 'parent')] },
    },
    want: [
      {
        effect: 'dead',
        action: 'Deny',
        field: 'spec.rules[0].backendRefs[0]',
        message:
          'this reference names a route that delegates to this one, so the gateway cuts the cycle and answers 500 for everything the reference selects. Name another route.',
        value: 'infra/parent',
      },
    ],
  },
  {
    name: 'itself by a wildcard, without parentRefs',
    scene: { child: { parentRefs: null, backendRefs: [httpRoute('shop', '*')] } },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.rules[0].backendRefs[0]',
        message:
          'this reference also selects the route itself, so the gateway cuts the cycle and answers 500 for everything the reference selects. Give the route parentRefs, or select less.',
      },
    ],
  },
  { name: 'a wildcard, with parentRefs', scene: { child: { backendRefs: [httpRoute('shop', '*')] } }, want: [] },
  {
    name: 'itself by a label',
    scene: {
      parent: { backendRefs: [label('shop', 'x')] },
      child: { parentRefs: null, labels: { 'delegation.kgateway.dev/label': 'x' }, backendRefs: [label('all', 'x')] },
    },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.rules[0].backendRefs[0]',
        message:
          'this reference also selects the route itself, so the gateway cuts the cycle and answers 500 for everything the reference selects. Give the route parentRefs, or select less.',
      },
    ],
  },
  {
    name: 'a parentless parent by a wildcard',
    scene: {
      parent: false,
      also: [childObject({ name: 'up', parentRefs: null, backendRefs: [httpRoute('shop', 'cart')] })],
      child: { parentRefs: [httpRoute('shop', 'up')], backendRefs: [httpRoute('shop', '*')] },
    },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.rules[0].backendRefs[0]',
        message:
          'this reference also selects a route that delegates to this one, so the gateway cuts the cycle and answers 500 for everything the reference selects. Give the route parentRefs, or select less.',
      },
    ],
  },
  {
    name: 'agentgateway by key=value',
    scene: { dialect: 'agentgateway', child: { parentRefs: null, labels: { a: 'b' }, backendRefs: [httpRoute('shop', 'a=b')] } },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.rules[0].backendRefs[0]',
        message:
          'this reference also selects the route itself, so the gateway cuts the cycle and answers 500 for everything the reference selects. Give the route parentRefs, or select less.',
      },
    ],
  },
])('LK501: $name', ({ scene, want }) => {
  expect(seen('LK501', scene)).toEqual(want)
})
