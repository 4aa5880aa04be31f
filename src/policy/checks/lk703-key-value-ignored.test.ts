import { expect, it } from 'vitest'
import { INHERIT, type Scene, type Seen, seen } from '../../../test/fixture.ts'

interface Row {
  readonly name: string
  readonly scene: Scene
  readonly want: readonly Seen[]
}

const INHERITS = 'delegation.kgateway.dev/inherit-parent-matcher'
const PRIORITY = 'kgateway.dev/inherited-policy-priority'
const WEIGHT = 'kgateway.dev/route-weight'
const SCOPES = 'lanekeeper.dev/label-scopes'

function ignored(key: string, value: string, says: string): Seen {
  return { effect: 'dead', action: 'Warn', field: `metadata.annotations[${key}]`, value, message: `${JSON.stringify(value)} ${says}` }
}

const OFF = 'is read as false: only true, yes and enabled switch inheritance on. Write true, or false.'
const CHILD_WINS =
  'is read as ShallowMergePreferChild, which lets children override policies. Write one of ShallowMergePreferChild, ShallowMergePreferParent, DeepMergePreferChild, DeepMergePreferParent.'
const NO_WEIGHT = 'is no integer, so the weight is 0. Write an integer, or remove the annotation.'
const NO_SCOPE =
  'leaves labels free for every namespace: an entry without "=" is not read. Write label=namespace,namespace and separate entries by ";".'

it.each<Row>([
  ...['1', 'on', 'True ', 'ture'].map((value) => ({
    name: `inherit ${JSON.stringify(value)}`,
    scene: { child: { annotations: { [INHERITS]: value } } },
    want: [ignored(INHERITS, value, OFF)],
  })),
  ...['true', 'TRUE', 'Yes', 'enabled', 'false', 'No', 'disabled', ''].map((value) => ({
    name: `inherit ${JSON.stringify(value)}`,
    scene: { child: { annotations: { [INHERITS]: value } } },
    want: [],
  })),
  {
    name: 'gloo reads its own key',
    scene: { dialect: 'gloo', child: { annotations: { [Object.keys(INHERIT.gloo)[0] ?? '']: '1', [INHERITS]: '1' } } },
    want: [ignored('delegation.gateway.solo.io/inherit-parent-matcher', '1', OFF)],
  },
  {
    name: 'agentgateway reads none',
    scene: { dialect: 'agentgateway', child: { annotations: { [INHERITS]: '1', [WEIGHT]: 'x' } } },
    want: [],
  },
  {
    name: 'a misspelt priority',
    scene: { child: { annotations: { [PRIORITY]: 'PreferParent' } } },
    want: [ignored(PRIORITY, 'PreferParent', CHILD_WINS)],
  },
  {
    name: 'a priority in another case',
    scene: { child: { annotations: { [PRIORITY]: 'deepMergePreferParent' } } },
    want: [ignored(PRIORITY, 'deepMergePreferParent', CHILD_WINS)],
  },
  { name: 'a priority', scene: { child: { annotations: { [PRIORITY]: 'DeepMergePreferParent' } } }, want: [] },
  ...['high', '1.5', '', '0x10'].map((value) => ({
    name: `weight ${JSON.stringify(value)}`,
    scene: { child: { annotations: { [WEIGHT]: value } } },
    want: [ignored(WEIGHT, value, NO_WEIGHT)],
  })),
  { name: 'a weight', scene: { child: { annotations: { [WEIGHT]: '-10' } } }, want: [] },
  ...['pay', 'pay=a; web', '=a', ' '].map((value) => ({
    name: `scopes ${JSON.stringify(value)}`,
    scene: { child: { annotations: { [SCOPES]: value } } },
    want: [ignored(SCOPES, value, NO_SCOPE)],
  })),
  ...['pay=a,b', 'pay=a; web=b;', 'lane=pay=a', 'pay ='].map((value) => ({
    name: `scopes ${JSON.stringify(value)}`,
    scene: { child: { annotations: { [SCOPES]: value } } },
    want: [],
  })),
])('LK703: $name', ({ scene, want }) => {
  expect(seen('LK703', scene)).toEqual(want)
})
