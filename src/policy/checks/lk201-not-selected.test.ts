import { expect, it } from 'vitest'
import { httpRoute, label, parentObject, type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

it.each<Row>([
  {
    name: 'the parent delegates to another namespace',
    scene: { parent: { backendRefs: [httpRoute('bank', '*')] } },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.parentRefs[0]',
        message:
          "HTTPRoute infra/parent delegates nothing to this route, so it gets no requests through it. Check its name, namespace and labels against the parent's backendRefs, or ask the owner of infra/parent.",
        value: 'infra/parent',
      },
    ],
  },
  {
    name: 'the parent delegates to another name',
    scene: { parent: { backendRefs: [httpRoute('shop', 'basket')] } },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.parentRefs[0]',
        message:
          "HTTPRoute infra/parent delegates nothing to this route, so it gets no requests through it. Check its name, namespace and labels against the parent's backendRefs, or ask the owner of infra/parent.",
        value: 'infra/parent',
      },
    ],
  },
  { name: 'the parent delegates to it', scene: {}, want: [] },
  {
    name: 'the parent writes no group',
    scene: { parent: { backendRefs: [{ kind: 'HTTPRoute', namespace: 'shop', name: 'cart' }] } },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.parentRefs[0]',
        message:
          "HTTPRoute infra/parent delegates nothing to this route, so it gets no requests through it. Check its name, namespace and labels against the parent's backendRefs, or ask the owner of infra/parent.",
        value: 'infra/parent',
      },
    ],
  },
  {
    name: 'one of two parents',
    scene: {
      also: [parentObject({ name: 'other', backendRefs: [{ name: 'web', port: 80 }] })],
      child: { parentRefs: [httpRoute('infra', 'parent'), httpRoute('infra', 'other')] },
    },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.parentRefs[1]',
        message:
          "HTTPRoute infra/other delegates nothing to this route, so it gets no requests through it. Check its name, namespace and labels against the parent's backendRefs, or ask the owner of infra/other.",
        value: 'infra/other',
      },
    ],
  },
  {
    name: "the other dialect's label",
    scene: { parent: { backendRefs: [label('shop', 'cart', 'gloo')] }, child: { labels: { 'delegation.gateway.solo.io/label': 'cart' } } },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.parentRefs[0]',
        message:
          "HTTPRoute infra/parent delegates nothing to this route, so it gets no requests through it. Check its name, namespace and labels against the parent's backendRefs, or ask the owner of infra/parent.",
        value: 'infra/parent',
      },
    ],
  },
  {
    name: "gloo's own label",
    scene: {
      dialect: 'gloo',
      parent: { backendRefs: [label('shop', 'cart', 'gloo')] },
      child: { labels: { 'delegation.gateway.solo.io/label': 'cart' } },
    },
    want: [],
  },
  {
    name: 'agentgateway reads key=value',
    scene: { dialect: 'agentgateway', parent: { backendRefs: [httpRoute('shop', 'team=cart')] }, child: { labels: { team: 'cart' } } },
    want: [],
  },
  {
    name: 'kgateway does not',
    scene: { parent: { backendRefs: [httpRoute('shop', 'team=cart')] }, child: { labels: { team: 'cart' } } },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.parentRefs[0]',
        message:
          "HTTPRoute infra/parent delegates nothing to this route, so it gets no requests through it. Check its name, namespace and labels against the parent's backendRefs, or ask the owner of infra/parent.",
        value: 'infra/parent',
      },
    ],
  },
  { name: 'no such parent', scene: { parent: false }, want: [] },
  {
    name: 'itself is no parent',
    scene: { child: { parentRefs: [httpRoute('infra', 'parent'), httpRoute('shop', 'cart')] } },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'spec.parentRefs[1]',
        message:
          "HTTPRoute shop/cart delegates nothing to this route, so it gets no requests through it. Check its name, namespace and labels against the parent's backendRefs, or ask the owner of shop/cart.",
        value: 'shop/cart',
      },
    ],
  },
])('LK201: $name', ({ scene, want }) => {
  expect(seen('LK201', scene)).toEqual(want)
})
