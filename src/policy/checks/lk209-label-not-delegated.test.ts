import { expect, it } from 'vitest'
import { label, type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

it.each<Row>([
  {
    name: 'nobody selects it',
    scene: { child: { labels: { 'delegation.kgateway.dev/label': 'cart' } } },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'metadata.labels[delegation.kgateway.dev/label]',
        message:
          'no parent delegates to label delegation.kgateway.dev/label=cart in namespace shop, so the label brings no requests. Check its spelling, or ask the platform team to delegate to it.',
        value: 'cart',
      },
    ],
  },
  {
    name: 'a parent selects it',
    scene: { parent: { backendRefs: [label('shop', 'cart')] }, child: { labels: { 'delegation.kgateway.dev/label': 'cart' } } },
    want: [],
  },
  {
    name: 'a parent selects it everywhere',
    scene: { parent: { backendRefs: [label('all', 'cart')] }, child: { labels: { 'delegation.kgateway.dev/label': 'cart' } } },
    want: [],
  },
  {
    name: 'a parent selects it in another namespace',
    scene: {
      parent: { backendRefs: [label('bank', 'cart')] },
      child: { labels: { 'delegation.kgateway.dev/label': 'cart' }, parentRefs: null },
    },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'metadata.labels[delegation.kgateway.dev/label]',
        message:
          'no parent delegates to label delegation.kgateway.dev/label=cart in namespace shop, so the label brings no requests. Check its spelling, or ask the platform team to delegate to it.',
        value: 'cart',
      },
    ],
  },
  {
    name: "gloo's label",
    scene: { dialect: 'gloo', child: { labels: { 'delegation.gateway.solo.io/label': 'cart' } } },
    want: [
      {
        effect: 'dead',
        action: 'Warn',
        field: 'metadata.labels[delegation.gateway.solo.io/label]',
        message:
          'no parent delegates to label delegation.gateway.solo.io/label=cart in namespace shop, so the label brings no requests. Check its spelling, or ask the platform team to delegate to it.',
        value: 'cart',
      },
    ],
  },
  { name: 'any other label', scene: { child: { labels: { team: 'cart' } } }, want: [] },
])('LK209: $name', ({ scene, want }) => {
  expect(seen('LK209', scene)).toEqual(want)
})
