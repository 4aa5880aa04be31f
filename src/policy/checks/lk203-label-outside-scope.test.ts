import { expect, it } from 'vitest'
import { label, namespaceObject, type Scene, type Seen, seen, strangerObject } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

it.each<Row>([
  {
    name: 'a reserved label',
    scene: {
      policies: [
        {
          labelScopes: [
            { labels: ['pay-*'], namespaces: ['payments', 'eu-*'], namespaceSelector: { matchLabels: { vertical: 'payments' } } },
          ],
        },
      ],
      child: { labels: { 'delegation.kgateway.dev/label': 'pay-bff' } },
    },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'metadata.labels[delegation.kgateway.dev/label]',
        message:
          "label delegation.kgateway.dev/label=pay-bff may not be worn in namespace shop: the policy reserves it for other namespaces. Remove the label, or ask the cluster admin to add the namespace to the label's scope.",
        value: 'pay-bff',
      },
    ],
  },
  {
    name: 'before any parent',
    scene: {
      parent: false,
      policies: [
        {
          labelScopes: [
            { labels: ['pay-*'], namespaces: ['payments', 'eu-*'], namespaceSelector: { matchLabels: { vertical: 'payments' } } },
          ],
        },
      ],
      child: { labels: { 'delegation.kgateway.dev/label': 'pay-bff' }, parentRefs: null },
    },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'metadata.labels[delegation.kgateway.dev/label]',
        message:
          "label delegation.kgateway.dev/label=pay-bff may not be worn in namespace shop: the policy reserves it for other namespaces. Remove the label, or ask the cluster admin to add the namespace to the label's scope.",
        value: 'pay-bff',
      },
    ],
  },
  {
    name: 'a free label',
    scene: {
      policies: [
        {
          labelScopes: [
            { labels: ['pay-*'], namespaces: ['payments', 'eu-*'], namespaceSelector: { matchLabels: { vertical: 'payments' } } },
          ],
        },
      ],
      child: { labels: { 'delegation.kgateway.dev/label': 'web' } },
    },
    want: [],
  },
  {
    name: 'a namespace of the scope',
    scene: {
      policies: [
        {
          labelScopes: [
            { labels: ['pay-*'], namespaces: ['payments', 'eu-*'], namespaceSelector: { matchLabels: { vertical: 'payments' } } },
          ],
        },
      ],
      child: { labels: { 'delegation.kgateway.dev/label': 'pay-bff' }, namespace: 'eu-pay' },
    },
    want: [],
  },
  {
    name: 'a namespace with the label of the scope',
    scene: {
      also: [namespaceObject('shop', { vertical: 'payments' })],
      policies: [
        {
          labelScopes: [
            { labels: ['pay-*'], namespaces: ['payments', 'eu-*'], namespaceSelector: { matchLabels: { vertical: 'payments' } } },
          ],
        },
      ],
      child: { labels: { 'delegation.kgateway.dev/label': 'pay-bff' } },
    },
    want: [],
  },
  { name: 'no scopes', scene: { child: { labels: { 'delegation.kgateway.dev/label': 'pay-bff' } } }, want: [] },
  {
    name: "gloo's label",
    scene: {
      dialect: 'gloo',
      policies: [
        {
          labelScopes: [
            { labels: ['pay-*'], namespaces: ['payments', 'eu-*'], namespaceSelector: { matchLabels: { vertical: 'payments' } } },
          ],
        },
      ],
      child: { labels: { 'delegation.gateway.solo.io/label': 'pay-bff' } },
    },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'metadata.labels[delegation.gateway.solo.io/label]',
        message:
          "label delegation.gateway.solo.io/label=pay-bff may not be worn in namespace shop: the policy reserves it for other namespaces. Remove the label, or ask the cluster admin to add the namespace to the label's scope.",
        value: 'pay-bff',
      },
    ],
  },
  {
    name: 'any label, as agentgateway selects',
    scene: {
      dialect: 'agentgateway',
      policies: [{ labelScopes: [{ labels: ['team=pay'], namespaces: ['payments'] }] }],
      child: { labels: { team: 'pay', tier: 'pay' } },
    },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'metadata.labels[team]',
        message:
          "label team=pay may not be worn in namespace shop: the policy reserves it for other namespaces. Remove the label, or ask the cluster admin to add the namespace to the label's scope.",
        value: 'pay',
      },
    ],
  },
  {
    name: 'another label, whose key looks like a value of the scope',
    scene: {
      policies: [{ labelScopes: [{ labels: ['pay-*', '*'], namespaces: ['payments'] }] }],
      child: { labels: { 'pay-tier': 'gold' } },
    },
    want: [],
  },
  {
    name: "outside the parent's own scope",
    scene: {
      parent: { annotations: { 'lanekeeper.dev/label-scopes': 'web=shop; pay-*=payments,eu-*' }, backendRefs: [label('all', 'pay-bff')] },
      child: { labels: { 'delegation.kgateway.dev/label': 'pay-bff' } },
    },
    want: [
      {
        effect: 'escape',
        action: 'Deny',
        field: 'metadata.labels[delegation.kgateway.dev/label]',
        message:
          'label delegation.kgateway.dev/label=pay-bff may not be worn in namespace shop: infra/parent keeps it for other namespaces in its annotation lanekeeper.dev/label-scopes. Remove the label, or ask the owner of infra/parent.',
        value: 'pay-bff',
        grant: { namespace: 'infra', name: 'parent', rule: 0, match: 0 },
      },
    ],
  },
  {
    name: "inside the parent's own scope",
    scene: {
      parent: { annotations: { 'lanekeeper.dev/label-scopes': 'web=shop; pay-*=payments,eu-*' }, backendRefs: [label('all', 'pay-bff')] },
      child: { labels: { 'delegation.kgateway.dev/label': 'pay-bff' }, namespace: 'eu-pay' },
    },
    want: [],
  },
  {
    name: "a label that the parent's scopes leave out",
    scene: {
      parent: { annotations: { 'lanekeeper.dev/label-scopes': 'web=shop' }, backendRefs: [label('all', 'pay-bff')] },
      child: { labels: { 'delegation.kgateway.dev/label': 'pay-bff' } },
    },
    want: [],
  },
  {
    name: 'a stranger scopes it',
    scene: {
      parent: false,
      also: [
        strangerObject({
          annotations: { 'lanekeeper.dev/label-scopes': 'web=shop; pay-*=payments,eu-*' },
          backendRefs: [label('all', 'pay-bff')],
        }),
      ],
      child: { parentRefs: null, labels: { 'delegation.kgateway.dev/label': 'pay-bff' } },
    },
    want: [
      {
        effect: 'escape',
        action: 'Warn',
        field: 'metadata.labels[delegation.kgateway.dev/label]',
        message:
          'label delegation.kgateway.dev/label=pay-bff may not be worn in namespace shop: stranger/adopter keeps it for other namespaces in its annotation lanekeeper.dev/label-scopes. Remove the label, or ask the owner of stranger/adopter.',
        value: 'pay-bff',
        grant: { namespace: 'stranger', name: 'adopter', rule: 0, match: 0 },
      },
    ],
  },
])('LK203: $name', ({ scene, want }) => {
  expect(seen('LK203', scene)).toEqual(want)
})
